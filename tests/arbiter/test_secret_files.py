"""Secrets that stand in files, and the first key of a server that others reach."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.errors import InvalidSettings
from tests.serving.world import small_registry

KEY = "k" * 32


def test_a_secret_is_read_from_its_file_without_the_line_break(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (
        ("secret", "s" * 16),
        ("database_url", "sqlite://elsewhere.db"),
        ("bootstrap_key", KEY),
    ):
        path = tmp_path / name
        path.write_text(f"{text}\n")
        monkeypatch.setenv(f"ARBITER_{name.upper()}_FILE", str(path))
    settings = Settings.load()
    assert settings.secret is not None
    assert settings.bootstrap_key is not None
    assert settings.secret.get_secret_value() == "s" * 16
    assert settings.database_url == "sqlite://elsewhere.db"
    assert settings.bootstrap_key.get_secret_value() == KEY
    assert Settings.load(database_url="sqlite://option.db").database_url == "sqlite://option.db"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "No such file or directory"),
        (b"", "it is empty"),
        (b"\xff", "it is not UTF-8"),
        (b"x" * 70_000, "larger than 65536"),
    ],
)
def test_a_file_without_a_secret_is_named_and_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, words: str
) -> None:
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("ARBITER_SECRET_FILE", str(path))
    with pytest.raises(InvalidSettings, match=f"ARBITER_SECRET_FILE: .* cannot be used: .*{words}"):
        Settings.load()


def test_a_secret_in_two_places_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_SECRET", "s" * 16)
    monkeypatch.setenv("ARBITER_SECRET_FILE", str(tmp_path))
    with pytest.raises(InvalidSettings, match="ARBITER_SECRET and ARBITER_SECRET_FILE are both set"):
        Settings.load()


def test_a_bootstrap_key_that_can_be_guessed_is_refused_and_not_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ARBITER_BOOTSTRAP_KEY", "too-short-secret")
    with pytest.raises(InvalidSettings, match="it needs 32 to 256 letters") as caught:
        Settings.load()
    assert "too-short-secret" not in caught.value.message


async def test_the_first_key_opens_a_server_that_others_reach_and_stays_revoked(tmp_path: Path) -> None:
    settings = Settings.load(
        database_url=f"sqlite://{tmp_path / 'arbiter.db'}",
        host="0.0.0.0",
        bootstrap_key=KEY,
        access_log=False,
    )
    build = partial(wiring.build, registry=small_registry())
    for _ in range(2):
        app = create_app(settings, build=build)
        async with app.router.lifespan_context(app):
            keys = app.state.services.keys
            assert [key.name for key in await keys.list()] == ["bootstrap"]
            principal = keys.principal_of(KEY)
            assert sorted(principal.scopes) == ["admin", "feedback", "predict", "read"]
    app = create_app(settings, build=build)
    async with app.router.lifespan_context(app):
        await app.state.services.keys.create("other", ["read"])
        await app.state.services.keys.revoke("bootstrap")
    app = create_app(settings, build=build)
    async with app.router.lifespan_context(app):
        assert app.state.services.keys.principal_of(KEY) is None
        assert len(await app.state.services.keys.list()) == 2
