"""The settings: ARBITER_* variables, checked as a whole before anything starts."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from domain.callers import Scope
from domain.durability import Durability
from domain.errors import InvalidSettings

PREFIX = "ARBITER_"
BUILD_ONLY = frozenset({"ARBITER_BUILD_WITHOUT_GRAPHIQL"})
"""Variables that the build hook reads; the server accepts and ignores them."""

OWN_URLS = frozenset({"api", "docs", "exports", "favicon.ico", "graphql", "livez", "metrics", "readyz"})
"""First parts of the server's own paths: a prefix that began so could not be told from them."""

LONGEST_SHOWN = 60
PUBLIC_BUDGET = 200_000
SHORTEST_SECRET = 16

_PASSWORD = re.compile(r"(?<=://)([^/@:\s]*):\S*@")
_PASSWORD_PARAMETER = re.compile(r"(?i)(password=)[^&\s]*")
_PREFIX_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_ORIGIN = re.compile(r"^https?://[^/\s]+$")

Words = Annotated[tuple[str, ...], NoDecode]


class Profile(StrEnum):
    """How much the server shows of itself."""

    DEVELOPMENT = "development"
    PUBLIC = "public"


class TrustedMode(StrEnum):
    """What trusted documents mean for others."""

    OFF = "off"
    ALLOW = "allow"
    ONLY = "only"


class ShowCost(StrEnum):
    """To whom the answers of GraphQL show what the operation costs."""

    ALWAYS = "always"
    ASKED = "asked"
    NEVER = "never"


class LogFormat(StrEnum):
    """How log lines are written."""

    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe log line that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class Settings(BaseSettings):
    """Everything that an operator can choose; each field is the variable ARBITER_<NAME>.

    Immutable. Use `load` rather than the constructor: it also refuses unknown variables and raises
    InvalidSettings instead of a validation error of pydantic.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, env_file=None, allow_inf_nan=False
    )

    host: str = Field("127.0.0.1", description="Address to listen on.", min_length=1)
    port: int = Field(8000, ge=0, le=65535, description="TCP port; 0 takes a free one and prints it.")
    database_url: str = Field(
        "sqlite://arbiter.db",
        repr=False,
        description="Where everything is kept: `sqlite://file.db`, `sqlite:///absolute/file.db` or "
        "`postgres://user:password@host/name`.",
    )
    durability: Durability = Field(
        Durability.DURABLE,
        description="`durable` answers when the disk has the row; `relaxed` does not wait for the disk, and a "
        "power cut may take the last moments.",
    )
    artifacts: Path | None = Field(
        None, description="Folder of model files; by default the `artifacts/` that came with the server."
    )
    plugins: bool = Field(
        True,
        description="Whether installed packages may add algorithms (entry points `arbiter.algorithms`).",
    )
    typed_predictions: bool = Field(
        True,
        description="Whether each endpoint gets a GraphQL mutation of its own, typed by its features.",
    )
    profile: Profile | None = Field(
        None,
        description="`development` shows GraphiQL, introspection, suggestions and GET queries to everybody, `public` "
        "to callers with a key. By default `development` on loopback and `public` elsewhere.",
    )
    log: LogFormat = Field(LogFormat.CONSOLE, description="`console` for people, `json` for machines.")
    log_level: LogLevel = Field(LogLevel.INFO, description="`debug`, `info`, `warning` or `error`.")
    access_log: bool = Field(True, description="Whether each request writes one log line.")
    telemetry: bool = Field(
        False,
        description="Whether each call is traced with OpenTelemetry; OTEL_* variables say where spans are sent.",
    )
    anonymous_scopes: Annotated[frozenset[Scope] | None, NoDecode] = Field(
        None,
        description="What needs no API key: any of `read predict feedback admin read:private`, or empty for nothing. "
        "By default everything on loopback, and nothing elsewhere.",
    )
    cors_origins: Words = Field(
        (),
        description="Origins of web pages that may call this server from a browser, such as `https://app.example`.",
    )
    allowed_hosts: Words = Field(
        (),
        description="Host names by which keyless callers may change things, besides loopback names.",
    )
    jwt_jwks: str | None = Field(
        None,
        description="The public keys (JWKS) whose tokens are accepted beside API keys: a file or an https URL.",
    )
    jwt_issuer: str | None = Field(
        None, description="Who must have issued a token: its `iss`, such as `https://login.example`."
    )
    jwt_audience: Words = Field((), description="For whom a token must be: any of these in its `aud`.")
    jwt_scope_claim: str = Field(
        "scope", min_length=1, description="The claim of a token that lists its scopes, as a text or a list."
    )
    jwt_leeway: float = Field(
        30.0, ge=0, le=600, description="Seconds by which the clocks of server and issuer may differ."
    )
    max_body: int = Field(
        8 * 1024 * 1024,
        ge=1024,
        description="Largest request body in bytes; a larger one gets 413.",
    )
    max_characters: int = Field(40_000, ge=100, description="Most characters in a GraphQL document.")
    max_depth: int = Field(15, ge=1, description="Deepest nesting of a GraphQL operation.")
    max_tokens: int = Field(4000, ge=10, description="Most tokens in a GraphQL document.")
    max_aliases: int = Field(30, ge=0, description="Most aliases in a GraphQL document.")
    max_root_fields: int = Field(20, ge=1, description="Most fields that a GraphQL operation starts with.")
    max_directives: int = Field(50, ge=0, description="Most directives in a GraphQL operation.")
    max_nodes: int = Field(
        20_000, ge=1, description="Most objects that the lists of one GraphQL operation may give together."
    )
    max_seconds: float = Field(
        30.0,
        gt=0,
        description="Seconds that a GraphQL query may take; then it is stopped. Mutations are not.",
    )
    max_batch: int = Field(
        0, ge=0, description="Most GraphQL operations that one POST may list; 0 takes no lists."
    )
    max_operations: int = Field(50, ge=1, description="Most operations in a GraphQL document.")
    max_list_items: int = Field(
        10_000, ge=1, description="Most items of one list in the variables of a GraphQL operation."
    )
    max_cost: int = Field(
        100_000,
        ge=1,
        description="Most points that one GraphQL operation may cost: one for each object, and more.",
    )
    show_cost: ShowCost = Field(
        ShowCost.ASKED,
        description="Who sees the cost in `extensions.cost`: `always`, `asked` with the header `GraphQL-Cost`, "
        "or `never`.",
    )
    budget: int | None = Field(
        None,
        ge=0,
        description="Points that a caller may spend at once; 0 is no bound. By default none in development and "
        "200,000 in public.",
    )
    budget_per_second: float = Field(
        2_000.0, gt=0, description="Points that come back to a caller every second."
    )
    proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="How many proxies stand before the server and add to X-Forwarded-For; they tell keyless "
        "callers apart.",
    )
    root_path: str | None = Field(
        None,
        description="The prefix under which a proxy shows the server, such as `/arbiter`; links begin with it.",
    )
    trusted_documents: Path | None = Field(
        None,
        description="Manifest of trusted documents: a JSON file that client-preset, relay-compiler or Apollo "
        "wrote, or a folder of such files.",
    )
    trusted_documents_mode: TrustedMode = Field(
        TrustedMode.ALLOW,
        description="`allow` runs documents of the manifest by their id and all others as they are sent; `only` "
        "runs no others; `off` reads no manifest.",
    )
    subscription_queue: int = Field(
        1_000,
        ge=1,
        description="Most events that wait for one subscriber; one who reads more slowly is cut off.",
    )
    max_subscriptions: int = Field(
        1_000, ge=0, description="Most subscriptions of one process; more are refused. 0 takes none."
    )
    max_subscriptions_per_socket: int = Field(
        100, ge=1, description="Most subscriptions of one WebSocket; more are refused."
    )
    max_sockets: int = Field(
        500, ge=0, description="Most WebSockets open at once; more are closed at once. 0 takes none."
    )
    secret: SecretStr | None = Field(
        None,
        description="Signs the links to exports: at least 16 random characters, the same in all processes of one "
        "database. By default each process makes its own.",
    )
    export_seconds: int = Field(
        300, ge=1, le=86_400, description="Seconds for which a link to an export can be opened."
    )
    legacy_list_limit: int = Field(
        0, ge=0, description="Most rows in a list of the legacy URLs when no `?limit=` is given; 0 lists all."
    )
    max_queued_log_rows: int = Field(
        20_000,
        ge=1,
        description="Most rows that wait for the request log; more are refused with 503.",
    )
    max_queued_rows: int = Field(
        20_000,
        ge=1,
        description="Most rows that wait for one algorithm; more are refused with 503.",
    )
    deadline: float = Field(
        10.0, gt=0, description="Seconds that a call waits for a slow algorithm; then its rows fail."
    )
    readers: int = Field(4, ge=1, le=64, description="Connections that read from the database at once.")
    read_timeout: float = Field(10.0, gt=0, description="Seconds after which a read is stopped.")
    drain_seconds: float = Field(
        30.0, ge=0, description="Seconds that running requests get to finish after SIGTERM."
    )

    @field_validator("cors_origins", "allowed_hosts", "anonymous_scopes", "jwt_audience", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        """Lists are written with spaces or commas."""
        return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not _ORIGIN.match(origin) or "*" in origin:
                raise ValueError(
                    f"{origin!r} is no origin: write scheme and host only, such as https://app.example"
                )
        return tuple(origin.lower() for origin in value)

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for host in value:
            if "/" in host or "*" in host:
                raise ValueError(f"{host!r} is no host name: write it without scheme, path or wildcard")
        return tuple(host.lower() for host in value)

    @field_validator("jwt_jwks")
    @classmethod
    def _source_of_keys(cls, value: str | None) -> str | None:
        if value is not None and "://" in value and not is_trustworthy_url(value):
            raise ValueError("a URL must be https, without user and password; http only on loopback")
        return value

    @field_validator("profile", "artifacts", "jwt_jwks", "jwt_issuer", "secret", mode="before")
    @classmethod
    def _empty_is_default(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("secret")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(
                f"it needs at least {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes a good one"
            )
        return value

    @field_validator("trusted_documents", "budget", mode="before")
    @classmethod
    def _empty_is_automatic(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("root_path")
    @classmethod
    def _is_prefix(cls, value: str | None) -> str | None:
        prefix = (value or "").rstrip("/")
        if prefix and not _PREFIX_PATH.fullmatch(prefix):
            raise ValueError(
                "must read like `/arbiter` or `/team/arbiter`: letters, digits, `-`, `_`, `.` and `~`"
            )
        if prefix[1:].partition("/")[0] in OWN_URLS:
            raise ValueError(f"must not begin like the server's own URLs ({', '.join(sorted(OWN_URLS))})")
        return prefix or None

    @field_validator("trusted_documents_mode")
    @classmethod
    def _only_needs_a_manifest(cls, value: TrustedMode, info: ValidationInfo) -> TrustedMode:
        if value is TrustedMode.ONLY and info.data.get("trusted_documents") is None:
            raise ValueError("`only` needs a manifest in ARBITER_TRUSTED_DOCUMENTS, or nothing could run")
        return value

    @classmethod
    def load(cls, **overrides: object) -> Settings:
        """The settings of the environment, with `overrides` (None is ignored) from the command line.

        Raises InvalidSettings that names every wrong variable, its value (never a secret) and the cure.
        """
        problems = list(unknown_variables(os.environ))
        try:
            settings = cls.model_validate(
                {name: value for name, value in overrides.items() if value is not None}
            )
        except ValidationError as error:
            problems += [_explain(dict(details)) for details in error.errors()]
        else:
            problems += contradictions(settings)
        if problems:
            raise InvalidSettings("; ".join(problems))
        return settings

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach the server."""
        return is_loopback(self.host)

    @property
    def effective_profile(self) -> Profile:
        """The profile, with its default: development on loopback, public elsewhere."""
        return self.profile or (Profile.DEVELOPMENT if self.on_loopback else Profile.PUBLIC)

    @property
    def effective_budget(self) -> int | None:
        """The points of each caller, or None for no bound."""
        if self.budget is not None:
            return self.budget or None
        return PUBLIC_BUDGET if self.effective_profile is Profile.PUBLIC else None

    @property
    def graphiql(self) -> bool:
        """Whether browsers get GraphiQL at once: in public after a key, and never where only trusted documents run."""
        development = self.effective_profile is Profile.DEVELOPMENT
        return development and self.trusted_documents_mode is not TrustedMode.ONLY

    @property
    def effective_trusted_documents(self) -> Path | None:
        """The manifest to read, or None."""
        return None if self.trusted_documents_mode is TrustedMode.OFF else self.trusted_documents

    @property
    def effective_anonymous_scopes(self) -> frozenset[Scope]:
        """What keyless callers may do: as set, else everything on loopback and nothing elsewhere."""
        if self.anonymous_scopes is not None:
            return self.anonymous_scopes
        return frozenset(Scope) if self.on_loopback else frozenset()

    @property
    def anonymous_by_name(self) -> bool:
        """Whether the operator has granted scopes to anonymous callers by name."""
        return bool(self.anonymous_scopes)


@dataclass(frozen=True, slots=True)
class SettingLine:
    """One row of `arbiter settings`."""

    variable: str
    value: str
    default: str
    source: str
    description: str


def describe(settings: Settings) -> list[SettingLine]:
    """Every setting with its value (the database password masked), default, source and description."""
    lines = []
    for name, field in Settings.model_fields.items():
        variable = PREFIX + name.upper()
        set_by_environment = any(key.upper() == variable for key in os.environ)
        given = "environment" if set_by_environment else "command line"
        lines.append(
            SettingLine(
                variable=variable,
                value=_display(getattr(settings, name)),
                default=_display(field.default),
                source=given if name in settings.model_fields_set else "default",
                description=field.description or "",
            )
        )
    return lines


def variables() -> list[str]:
    """The names of all settings, such as ARBITER_PORT."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


def unknown_variables(environ: Mapping[str, str]) -> Iterable[str]:
    """One message for each ARBITER_* variable that is no setting, with the nearest name.

    >>> list(unknown_variables({"ARBITER_PROT": "1", "HOME": "/"}))
    ['ARBITER_PROT is no setting; did you mean ARBITER_PORT?']
    """
    known = variables()
    for key in sorted(environ):
        name = key.upper()
        if not name.startswith(PREFIX) or name in known or name in BUILD_ONLY:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        cure = f"did you mean {near[0]}?" if near else "`arbiter settings` lists them all"
        yield f"{key} is no setting; {cure}"


def contradictions(settings: Settings) -> Iterable[str]:
    """One message for each setting that another one needs and that is absent.

    >>> list(contradictions(Settings.model_construct(jwt_issuer="https://login.example")))
    ['ARBITER_JWT_ISSUER is set without ARBITER_JWT_JWKS: name the keys of the issuer, or unset it']
    """
    wanted = {"ARBITER_JWT_ISSUER": settings.jwt_issuer, "ARBITER_JWT_AUDIENCE": settings.jwt_audience}
    for variable, value in wanted.items():
        if value and settings.jwt_jwks is None:
            yield f"{variable} is set without ARBITER_JWT_JWKS: name the keys of the issuer, or unset it"
        elif settings.jwt_jwks is not None and not value:
            yield (
                f"ARBITER_JWT_JWKS is set without {variable}: "
                "a token that was made for somebody else would be accepted; set it too"
            )


def is_url(source: str) -> bool:
    """Whether `source` is an address on the web, not a file.

    >>> is_url("https://login.example/keys"), is_url("/etc/arbiter/keys.json")
    (True, False)
    """
    return source.startswith(("https://", "http://"))


def is_trustworthy_url(url: str) -> bool:
    """Whether what comes from `url` cannot be changed on its way: https, or http from this machine.

    >>> is_trustworthy_url("https://login.example/keys"), is_trustworthy_url("http://login.example/keys")
    (True, False)
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or "@" in parts.netloc:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without port) means this machine only.

    >>> is_loopback("127.0.0.1"), is_loopback("[::1]"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    bare = host.strip("[]").lower().rstrip(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return False


def is_loopback_origin(origin: str) -> bool:
    """Whether a browser's Origin is a page of this machine.

    >>> is_loopback_origin("http://localhost:3000"), is_loopback_origin("https://evil.example")
    (True, False)
    """
    try:
        parts = urlsplit(origin)
        return (
            parts.scheme in {"http", "https"} and parts.hostname is not None and is_loopback(parts.hostname)
        )
    except ValueError:
        return False


def mask_password(text: str) -> str:
    """The text with the password of every URL in it replaced.

    >>> mask_password("postgres://ann:s3cret@db/arbiter")
    'postgres://ann:***@db/arbiter'
    """
    # True of nearly every text in a log line, and much quicker to see: both patterns need one of these.
    if "@" not in text and "=" not in text:
        return text
    return _PASSWORD_PARAMETER.sub(r"\1***", _PASSWORD.sub(r"\1:***@", text))


def _display(value: object) -> str:
    if value is None:
        return "(automatic)"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple | frozenset):
        return " ".join(sorted(str(item) for item in value)) or "(none)"
    return mask_password(str(value))


def _explain(details: Mapping[str, Any]) -> str:
    """One line for one error of pydantic: variable, value, what it must be."""
    location = [str(part) for part in details["loc"]]
    name = location[0].lower() if location else "settings"
    variable = PREFIX + name.upper()
    must = str(details["msg"]).removeprefix("Value error, ")
    value = details.get("input")
    text = "***" if name == "secret" else mask_password(value if isinstance(value, str) else repr(value))
    if len(text) > LONGEST_SHOWN:
        text = text[:LONGEST_SHOWN] + "…"
    field = Settings.model_fields.get(name)
    meaning = f" {field.description}" if field and field.description else ""
    return f"{variable} is {text!r}: {must}.{meaning}"
