"""The packages of the house and where they must lie: another distribution's `orm` would overwrite ours."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from domain.errors import Misconfigured

PACKAGES = ("arbiter", "graph", "rest", "serving", "registry", "orm", "domain")


def misplaced_packages() -> str:
    """Each package that does not lie beside `arbiter`, and where it was found instead; empty when none is."""
    home = Path(__file__).resolve().parent.parent
    found = {name: _place_of(name) for name in PACKAGES}
    return "; ".join(f"{name} is {place}" for name, place in found.items() if place != str(home / name))


def require_own_packages() -> None:
    """Raise Misconfigured when a package of the house comes from elsewhere."""
    misplaced = misplaced_packages()
    if misplaced:
        raise Misconfigured(
            f"these packages do not lie beside arbiter: {misplaced}. Another distribution has overwritten them: "
            "install arbiter-server into an environment of its own"
        )


def _place_of(name: str) -> str:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return "missing"
    return str(Path(spec.origin).resolve().parent)
