from __future__ import annotations

from pathlib import Path

import pytest

from arbiter.settings import LogFormat, Profile, Settings, variables
from arbiter.settings_page import describe
from domain.callers import Scope
from domain.errors import InvalidSettings


def test_defaults_serve_this_machine_only() -> None:
    settings = Settings.load()
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.database_url == "sqlite://arbiter.db"
    assert settings.log is LogFormat.CONSOLE
    assert settings.effective_profile is Profile.DEVELOPMENT
    assert settings.effective_anonymous_scopes == frozenset(Scope)
    assert settings.anonymous_by_name is False


def test_every_interface_means_public_and_nothing_for_anonymous_callers() -> None:
    settings = Settings.load(host="0.0.0.0")
    assert settings.effective_profile is Profile.PUBLIC
    assert settings.effective_anonymous_scopes == frozenset()


def test_environment_is_read_and_the_command_line_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_PORT", "9001")
    monkeypatch.setenv("arbiter_log", "json")
    monkeypatch.setenv("ARBITER_ARTIFACTS", "/models")
    settings = Settings.load(port=9002, host=None)
    assert settings.port == 9002
    assert settings.log is LogFormat.JSON
    assert settings.artifacts == Path("/models")


@pytest.mark.parametrize("written", ["predict feedback", "predict,feedback", " predict , feedback "])
def test_lists_are_written_with_spaces_or_commas(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv("ARBITER_ANONYMOUS_SCOPES", written)
    settings = Settings.load()
    assert settings.effective_anonymous_scopes == {Scope.PREDICT, Scope.FEEDBACK}
    assert settings.anonymous_by_name is True


def test_empty_anonymous_scopes_grant_nothing_even_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_ANONYMOUS_SCOPES", "")
    settings = Settings.load()
    assert settings.effective_anonymous_scopes == frozenset()
    assert settings.anonymous_by_name is False


def test_a_typo_in_a_name_is_refused_with_the_nearest_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_DATABSE_URL", "sqlite://x.db")
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert caught.value.message == "ARBITER_DATABSE_URL is no setting; did you mean ARBITER_DATABASE_URL?"


def test_the_build_variable_is_no_typo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_BUILD_WITHOUT_GRAPHIQL", "1")
    assert Settings.load().port == 8000


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("ARBITER_PORT", "eighty", "ARBITER_PORT is 'eighty': Input should be a valid integer"),
        ("ARBITER_PORT", "65536", "ARBITER_PORT is '65536': Input should be less than or equal to 65535"),
        ("ARBITER_PROFILE", "prod", "ARBITER_PROFILE is 'prod': Input should be 'development' or 'public'"),
        (
            "ARBITER_ANONYMOUS_SCOPES",
            "reed",
            "Input should be 'read', 'predict', 'feedback', 'admin' or 'read:private'",
        ),
        ("ARBITER_CORS_ORIGINS", "app.example", "'app.example' is no origin"),
        ("ARBITER_CORS_ORIGINS", "*", "'*' is no origin"),
        ("ARBITER_ALLOWED_HOSTS", "https://a.example", "'https://a.example' is no host name"),
        ("ARBITER_MAX_BODY", "-1", "ARBITER_MAX_BODY is '-1': Input should be greater than or equal to 1024"),
        ("ARBITER_DRAIN_SECONDS", "nan", "ARBITER_DRAIN_SECONDS is 'nan'"),
        ("ARBITER_DEADLINE", "inf", "ARBITER_DEADLINE is 'inf'"),
    ],
)
def test_a_bad_value_is_refused_by_name_value_and_cure(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert part in caught.value.message


def test_all_problems_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_PORT", "x")
    monkeypatch.setenv("ARBITER_LOG", "xml")
    monkeypatch.setenv("ARBITER_HSOT", "a")
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    for name in ("ARBITER_PORT", "ARBITER_LOG", "ARBITER_HSOT"):
        assert caught.value.message.count(name) == 1


def test_the_database_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARBITER_DATABASE_URL", "postgres://ann:p@ss/w0rd@db:5432/arbiter?password=more")
    settings = Settings.load()
    shown = [repr(settings), *(line.value for line in describe(settings))]
    assert not [text for text in shown if "w0rd" in text or "more" in text.partition("password=")[2]]
    lines = {line.variable: line for line in describe(settings)}
    assert lines["ARBITER_DATABASE_URL"].value == "postgres://ann:***@db:5432/arbiter?password=***"
    assert lines["ARBITER_DATABASE_URL"].source == "environment"


def test_every_setting_is_described_with_its_source() -> None:
    lines = describe(Settings.load(port=1))
    assert [line.variable for line in lines] == variables()
    assert {line.variable for line in lines if line.source == "command line"} == {"ARBITER_PORT"}
    assert [line.variable for line in lines if not line.description.endswith(".")] == []


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(Settings.load(), "port", 1)  # noqa: B010 - mypy refuses the plain assignment, as it should
