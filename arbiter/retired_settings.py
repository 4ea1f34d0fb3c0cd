"""Settings of earlier releases: still read for one release, each with a warning that says what to do instead."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError


class RetiredSetting(NamedTuple):
    """What became of one: the constant that its value still replaces, the values it may have, and the cure.

    target, parameter: the constructor whose parameter is that constant by default.
    """

    target: str
    parameter: str
    values: TypeAdapter[Any]
    cure: str


def _whole(least: int, most: int | None = None) -> TypeAdapter[int]:
    return TypeAdapter(Annotated[int, Field(ge=least, le=most)])


def _seconds(**bounds: float) -> TypeAdapter[float]:
    return TypeAdapter(Annotated[float, Field(allow_inf_nan=False, **bounds)])


_SHOWN = {"always": True, "asked": None, "never": False}
_WHO_SEES_COSTS: TypeAdapter[Any] = TypeAdapter(
    Annotated[Literal["always", "asked", "never"], AfterValidator(_SHOWN.__getitem__)]
)

_PRICED = "bound what operations cost with ARBITER_MAX_COST"
_SUBSCRIPTIONS = "bound all subscriptions of the process with ARBITER_MAX_SUBSCRIPTIONS"
_FASTER = "have the algorithm answer sooner, or start more processes"

RETIRED: Mapping[str, RetiredSetting] = {
    "ARBITER_MAX_CHARACTERS": RetiredSetting("GraphLimits", "characters", _whole(100), _PRICED),
    "ARBITER_MAX_TOKENS": RetiredSetting("GraphLimits", "tokens", _whole(10), _PRICED),
    "ARBITER_MAX_DEPTH": RetiredSetting("GraphLimits", "depth", _whole(1), _PRICED),
    "ARBITER_MAX_ALIASES": RetiredSetting("GraphLimits", "aliases", _whole(0), _PRICED),
    "ARBITER_MAX_ROOT_FIELDS": RetiredSetting("GraphLimits", "root_fields", _whole(1), _PRICED),
    "ARBITER_MAX_DIRECTIVES": RetiredSetting("GraphLimits", "directives", _whole(0), _PRICED),
    "ARBITER_MAX_NODES": RetiredSetting("GraphLimits", "nodes", _whole(1), _PRICED),
    "ARBITER_MAX_OPERATIONS": RetiredSetting("GraphLimits", "operations", _whole(1), _PRICED),
    "ARBITER_MAX_LIST_ITEMS": RetiredSetting("GraphLimits", "list_items", _whole(1), _PRICED),
    "ARBITER_SHOW_COST": RetiredSetting(
        "GraphOptions", "show_cost", _WHO_SEES_COSTS, "send the header `GraphQL-Cost` to see a cost"
    ),
    "ARBITER_MAX_SOCKETS": RetiredSetting("GraphOptions", "sockets", _whole(0), _SUBSCRIPTIONS),
    "ARBITER_MAX_SUBSCRIPTIONS_PER_SOCKET": RetiredSetting(
        "GraphOptions", "subscriptions_per_socket", _whole(1), _SUBSCRIPTIONS
    ),
    "ARBITER_SUBSCRIPTION_QUEUE": RetiredSetting(
        "LiveBounds", "queue", _whole(1), "have slow readers select fewer fields or narrow `where`"
    ),
    "ARBITER_MAX_QUEUED_ROWS": RetiredSetting("Bounds", "queue_rows", _whole(1), _FASTER),
    "ARBITER_MAX_QUEUED_LOG_ROWS": RetiredSetting(
        "RequestLog", "queue_rows", _whole(1), "give the database a faster disk, or start more processes"
    ),
    "ARBITER_READERS": RetiredSetting(
        "Database", "readers", _whole(1, 64), "start more processes to read more at once"
    ),
    "ARBITER_READ_TIMEOUT": RetiredSetting(
        "Database", "read_timeout", _seconds(gt=0), "bound GraphQL queries with ARBITER_MAX_SECONDS"
    ),
    "ARBITER_JWT_LEEWAY": RetiredSetting(
        "TokenRules", "leeway", _seconds(ge=0, le=600), "set the clocks of server and issuer by NTP"
    ),
    "ARBITER_PLUGINS": RetiredSetting(
        "discover", "entry_points", TypeAdapter(bool), "uninstall packages whose algorithms are not wanted"
    ),
    "ARBITER_LEGACY_LIST_LIMIT": RetiredSetting(
        "legacy_routes", "list_limit", _whole(0), "have clients page long lists with `?limit=&after=`"
    ),
    "ARBITER_EXPORT_SECONDS": RetiredSetting(
        "LinkRules", "seconds", _whole(1, 86_400), "open a link to an export within five minutes"
    ),
}
"""By variable. A value is an operator's last word on a constant, until the setting is gone."""


def values_in(environ: Mapping[str, str]) -> tuple[dict[str, Any], list[str]]:
    """The values of the retired settings that are set, by variable, and a message for each that is wrong.

    >>> values_in({"ARBITER_MAX_DEPTH": "20", "ARBITER_READERS": "0"})[0]
    {'ARBITER_MAX_DEPTH': 20}
    """
    values, problems = {}, []
    for key, text in sorted(environ.items()):
        setting = RETIRED.get(key.upper())
        if setting is None:
            continue
        try:
            values[key.upper()] = setting.values.validate_python(text.strip())
        except ValidationError as error:
            must = error.errors()[0]["msg"]
            problems.append(f"{key} is {text[:60]!r}: {must}. It is no setting any more: unset it")
    return values, problems


def warnings_of(variables: Iterable[str]) -> list[str]:
    """What to tell an operator about each of these retired settings.

    >>> warnings_of(["ARBITER_READERS"])[0]
    'ARBITER_READERS is no setting any more and will be refused: unset it; start more processes to read more at once'
    """
    return [
        f"{name} is no setting any more and will be refused: unset it; {RETIRED[name].cure}"
        for name in variables
    ]
