"""The settings for people: the rows of `arbiter settings`, and docs/settings.md, which `python -m` on this prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from arbiter.addresses import mask_password
from arbiter.retired_settings import RETIRED
from arbiter.secret_files import SUFFIX
from arbiter.settings import PREFIX, Settings, variables

HEAD = """# Settings

A setting is an environment variable. `arbiter settings` lists all of them with their value, default and source; \
`--json` gives the same to programs. The options of `arbiter serve` win over the environment.

All settings are checked together before anything starts. An unknown `ARBITER_*` variable is an error that names the \
nearest setting; a bad value is an error that names the variable, the value and what it must be. The password of the \
database is masked wherever a setting is shown or logged.

A secret can stand in a file: `ARBITER_SECRET_FILE`, `ARBITER_DATABASE_URL_FILE`, `ARBITER_DIRECT_DATABASE_URL_FILE` \
and `ARBITER_BOOTSTRAP_KEY_FILE` name files that hold what the variables without `_FILE` would; a line break at the \
end does not count.

Lists are written with spaces or commas. Durations are seconds, sizes are bytes."""

RETIRED_HEAD = """## Settings of earlier releases

These are constants now, since no operator had to change them. The server still obeys them for one release and writes \
a warning for each when it starts; then they are refused.

| setting | instead |
|---|---|"""


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One row of `arbiter settings`."""

    variable: str
    value: str
    default: str
    source: str
    description: str


def describe(settings: Settings) -> list[SettingLine]:
    """Every setting with its value (passwords masked), default, source, and the first paragraph of its text."""
    environment = {key.upper() for key in os.environ}
    return [
        SettingLine(
            variable=variable,
            value=_display(getattr(settings, name)),
            default=_display(field.default),
            source="default"
            if name not in settings.model_fields_set
            else "environment"
            if variable in environment
            else "file"
            if variable + SUFFIX in environment
            else "command line",
            description=Settings.summary_of(name),
        )
        for variable, (name, field) in zip(variables(), Settings.model_fields.items(), strict=True)
    ]


def page() -> str:
    """The text of docs/settings.md."""
    retired = [f"| `{name}` | {setting.cure} |" for name, setting in RETIRED.items()]
    return "\n".join(["\n\n".join([HEAD, *_sections(), RETIRED_HEAD]), *retired]) + "\n"


def _sections() -> Iterator[str]:
    for name, field in Settings.model_fields.items():
        paragraphs = [" ".join(text.split()) for text in (field.description or "").split("\n\n")]
        default = f"Default: `{_display(field.default)}`"
        yield "\n\n".join([f"## {PREFIX}{name.upper()}\n{default}", *paragraphs])


def _display(value: object) -> str:
    if value is None:
        return "(automatic)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | frozenset):
        return " ".join(sorted(str(item) for item in value)) or "(none)"
    return mask_password(str(value))


if __name__ == "__main__":
    sys.stdout.write(page())
