"""The settings: ARBITER_* variables, checked as a whole before anything starts."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from arbiter import retired_settings, secret_files
from arbiter.addresses import is_loopback, is_trustworthy_url, mask_password
from arbiter.retired_settings import RETIRED
from domain.callers import Scope
from domain.errors import InvalidSettings
from domain.words import Durability

PREFIX = "ARBITER_"
BUILD_ONLY = frozenset({"ARBITER_BUILD_WITHOUT_CONSOLE", "ARBITER_BUILD_WITHOUT_GRAPHIQL"})
"""Variables that the build hook reads; the server accepts and ignores them."""

OTHERS = BUILD_ONLY | secret_files.VARIABLES
"""Variables that are no settings and yet no mistakes."""

OWN_URLS = frozenset(
    {"api", "console", "docs", "exports", "favicon.ico", "graphql", "livez", "metrics", "readyz", "v2"}
)
"""First parts of the server's own paths: a prefix that began so could not be told from them."""

LONGEST_SHOWN = 60
PUBLIC_BUDGET = 200_000
SHORTEST_SECRET = 16
MOST_WORKERS = 64
"""A database knows 256 live processes at most, and a machine that is renewed has one more for a moment."""

_PREFIX_PATH = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_KEY = re.compile(r"[A-Za-z0-9_-]{32,256}")
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
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        env_file=None,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )

    host: str = Field("127.0.0.1", min_length=1)
    """Address to listen on.

    Anything but a loopback address is refused unless there is an API key or
    [ARBITER_ANONYMOUS_SCOPES](#arbiter_anonymous_scopes) names a scope: otherwise nobody could call the server.
    """

    port: int = Field(8000, ge=0, le=65535)
    """TCP port; 0 takes a free one and prints it.

    The address is printed when the server listens.
    """

    workers: int = Field(1, ge=1, le=MOST_WORKERS)
    """How many processes answer on the port; more than one uses as many cores of the machine.

    With more than one, `arbiter serve` starts them, replaces those that die or stall, and SIGHUP renews them one by
    one. Each has its share of [ARBITER_BUDGET](#arbiter_budget) and bounds of its own for everything else.
    [Operations](operations.md#several-workers) says when it pays.
    """

    database_url: str = Field("sqlite://arbiter.db", repr=False)
    """Where everything is kept: `sqlite://file.db`, `sqlite:///absolute/file.db` or `postgres://user:password@host/name`.

    `sqlite://arbiter.db` is a file in the working directory, `sqlite:///var/lib/arbiter/arbiter.db` an absolute path.
    `postgres://user:password@host:5432/name` is a PostgreSQL database, which must exist. Tables are made and migrated
    at start-up.
    """

    direct_database_url: str | None = Field(None, repr=False)
    """The PostgreSQL server itself, where ARBITER_DATABASE_URL names a pooler in transaction mode before it.

    Give it behind PgBouncer and its like, and only there: migrations, their lock, what listens for changes and commands
    that take long then go this way, and time-outs are set with each transaction. By default ARBITER_DATABASE_URL is
    the server. [Operations](operations.md#behind-pgbouncer) has the set-up.
    """

    durability: Durability = Durability.DURABLE
    """`durable` answers when the disk has the row; `relaxed` does not wait for the disk.

    With `relaxed` the last moments may be missing after a power cut or a crash of the operating system; after a crash
    of the server alone nothing is. [Operations](operations.md#what-is-lost-when) has the table.
    """

    artifacts: Path | None = None
    """The artifact store: the folder of endpoints and published models that all processes of a service share.

    By default the `artifacts/` that came with the server. `arbiter publish` writes into it, as
    [Adding an algorithm](adding-an-algorithm.md) shows.
    """

    typed_predictions: bool = True
    """Whether each endpoint gets its own GraphQL mutation, typed by its features.

    [The guide](graphql-guide.md#typed-predictions) shows them. Switch it off when two names clash in GraphQL and
    neither can be changed, or when very many endpoints make start-up slow. `predict` serves all endpoints either way.
    """

    compiled: bool = True
    """Whether GraphQL operations that come again run compiled; switched off, graphql-core's executor runs all of them.

    The answers are the same. Switch it off to find out whether a fault is in a plan, and tell us:
    [operations](operations.md#compiled-operations) says what the metrics and `arbiter explain --operation` show.
    """

    profile: Profile | None = None
    """How much the server shows of itself: `development` or `public`. By default `development` on loopback.

    Elsewhere the default is `public`. `development` offers GraphiQL, introspection, suggestions in error messages and
    GraphQL queries by GET to everybody; `public` offers them to [callers with a key or
    token](authentication.md#what-a-key-opens-in-the-public-profile) only.
    """

    log: LogFormat = LogFormat.CONSOLE
    """`console` for people, `json` for machines.

    Lines go to standard error; with `json` each is one object.
    """

    log_level: LogLevel = LogLevel.INFO
    """The least severe line that is written: `debug`, `info`, `warning` or `error`."""

    access_log: bool = True
    """Whether each request writes one log line.

    It has the method, path, status, milliseconds, caller and request id. When the caller sent a valid `traceparent`,
    the line has its trace id as well.
    """

    telemetry: bool = False
    """Whether each call is traced with OpenTelemetry; OTEL_* variables say where spans are sent.

    It needs the extra `telemetry`; switched off it costs nothing. Where spans are sent, and how many, the standard
    variables say, such as `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_SERVICE_NAME` and `OTEL_TRACES_SAMPLER`.
    [Operations](operations.md#traces) lists the spans.
    """

    anonymous_scopes: Annotated[frozenset[Scope] | None, NoDecode] = None
    """What needs no API key: any of `read predict feedback admin read:private`, or empty for nothing.

    By default everything on loopback, and nothing elsewhere. Set to nothing (`ARBITER_ANONYMOUS_SCOPES=`), every call
    needs a key, also on loopback.

    Old clients of the REST URLs send no keys: `predict feedback` keeps them working. Scopes that are granted here by
    name are granted to every web page too, so the guard on Host and Origin does not apply, and the REST URLs answer
    CORS to everyone. [Operations](operations.md#who-may-call) says what that means.
    """

    cors_origins: Words = ()
    """Origins of web pages that may call this server from a browser, such as `https://app.example`.

    On loopback, pages of this machine may call too.
    """

    allowed_hosts: Words = ()
    """Host names by which keyless callers may change things, besides loopback names and ARBITER_HOST."""

    jwt_jwks: str | None = None
    """The public keys (JWKS) whose tokens are accepted beside API keys: a file or an https URL. By default none is.

    [Tokens](authentication.md#tokens) need the extra `jwt`, and ARBITER_JWT_ISSUER and ARBITER_JWT_AUDIENCE beside this
    setting. An `http` URL is taken on loopback only. The keys are read again every five minutes, and when a token names
    one that is not known yet, then at most once in ten seconds. When that fails, those from before stay and the log
    says why.
    """

    jwt_issuer: str | None = None
    """Who must have issued a token: its claim `iss`, letter by letter, such as `https://login.example/`.

    By default none is named.
    """

    jwt_audience: Words = ()
    """For whom a token must be: its claim `aud` must hold one of these."""

    jwt_scope_claim: str = Field("scope", min_length=1)
    """The claim of a token that lists its scopes, as a text with spaces or as a list.

    Some issuers write `scp`, `permissions` or `roles`.
    """

    max_body: int = Field(8 * 1024 * 1024, ge=1024)
    """Largest request body in bytes; a larger one gets 413.

    The default is 8 MiB. A larger body is refused whether it announces its length or not.
    """

    max_seconds: float = Field(30.0, gt=0)
    """Seconds that a GraphQL query may take; then it is stopped. Mutations are not.

    They are counted from the moment its body is read. A query is stopped with its reads of the database, and answered
    with `QUERY_TIMEOUT`. A mutation is never stopped, since its caller could not know what it has changed; what it
    waits for has bounds of its own: [ARBITER_DEADLINE](#arbiter_deadline) and the queues.
    """

    max_batch: int = Field(0, ge=0)
    """Most GraphQL operations that one POST may list in an array; 0 takes no lists.

    [Several operations at once](graphql-guide.md#several-operations-at-once) says how they run and what bounds them
    together.
    """

    max_cost: int = Field(100_000, ge=1)
    """Most points that one GraphQL operation may cost: one for each object, and more.

    [Limits](graphql-guide.md#what-an-operation-costs) says what costs how much. Where the whole
    [ARBITER_BUDGET](#arbiter_budget) is less, that is the bound.
    """

    budget: int | None = Field(None, ge=0)
    """Points that a caller may spend at once; 0 is no bound. By default none in development and 200,000 in public.

    A GraphQL operation takes its cost, a REST prediction a point for each row, both at least a point for each 1,024
    bytes of the body; other REST calls take one, and lists one more for each row. Who has too few left gets HTTP
    429 with `Retry-After`, and nothing runs; a list that has begun goes on as fast as points come back. Each API
    key and each subject of a token has a budget of its own; callers without one are told apart by their IPv4
    address or the 64 bits of their IPv6 network.

    Budgets are kept in the process: with several servers a caller has one in each, and a restart fills them. Of
    [workers](#arbiter_workers) each has its share, so a caller with one connection has the share of one worker, and
    no operation may cost more than that. The 10,000 callers last seen are remembered, with and without a key apart.
    """

    budget_per_second: float = Field(2_000.0, gt=0)
    """Points that come back to a caller every second, up to ARBITER_BUDGET."""

    proxies: int = Field(0, ge=0, le=10)
    """How many proxies stand before the server and add to `X-Forwarded-For`; they tell keyless callers apart.

    With `0` that header and `X-Forwarded-Proto` are ignored: behind a proxy all callers without a key then share one
    budget, and links begin with `http`. With more than there are, callers can claim to be somebody else. [Behind a
    proxy](operations.md#behind-a-proxy) lists the headers and their forms.
    """

    root_path: str | None = None
    """The prefix under which a proxy shows the server, such as `/arbiter`; links begin with it. By default none.

    Paths are taken with and without it, so it does not matter whether the proxy takes it off. Its first part cannot be
    one of the server's own (`/api`, `/docs`, `/exports`, `/graphql` and the health URLs).
    """

    trusted_documents: Path | None = None
    """Manifest of trusted documents: a JSON file of client-preset, relay-compiler or Apollo, or a folder of such.

    By default there is none. It is read at start-up. [Trusted documents](trusted-documents.md) says how one is made.
    """

    trusted_documents_mode: TrustedMode = TrustedMode.ALLOW
    """`allow` runs the manifest's documents by id and all others as sent; `only` runs no others; `off` reads none.

    `only` without a manifest is refused.
    """

    max_subscriptions: int = Field(1_000, ge=0)
    """Most subscriptions of one process (of each worker); more are refused. 0 takes none.

    Those over WebSockets and event streams count together. The code of the refusal is `TOO_MANY_SUBSCRIPTIONS`.
    """

    secret: SecretStr | None = None
    """Signs the links to exports: at least 16 random characters, the same in all processes of one database.

    By default each server makes a random one for itself and its workers; then a link works only in the server that made
    it, and not after a restart. Where several servers answer, give all of them the same text, for example from
    `openssl rand -hex 32`. It is never shown or logged. Another secret makes all links useless that were made before.
    [Exports](exports.md) says who can open a link.
    """

    bootstrap_key: SecretStr | None = None
    """The secret of a first API key, called `bootstrap`: 32 or more random characters, such as `openssl rand -hex 32`.

    By default there is none. The key is made at start-up where there is no key of that name, with the scopes `admin`,
    `read`, `predict` and `feedback`; it is left alone afterwards, so that a revoked one stays revoked. It lets a server
    that others reach start on an empty database. Hand it over as a file: `ARBITER_BOOTSTRAP_KEY_FILE`.
    """

    deadline: float = Field(10.0, gt=0)
    """Seconds that a call waits for a slow algorithm; then its rows fail.

    It holds for an algorithm that runs in its worker thread. Rows that have no answer by then fail with
    `DEADLINE_EXCEEDED` and are logged so. A single row of an algorithm that runs inline takes less than a tenth of a
    millisecond and is not held to it; [`arbiter predict`](bulk.md) waits as long as it takes.
    """

    drain_seconds: float = Field(30.0, ge=0)
    """Seconds that running requests get to finish after SIGTERM."""

    _retired: dict[str, Any] = PrivateAttr(default_factory=lambda: retired_settings.values_in(os.environ)[0])

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

    @field_validator(
        *(
            "profile",
            "artifacts",
            "jwt_jwks",
            "jwt_issuer",
            "secret",
            "bootstrap_key",
            "trusted_documents",
            "budget",
            "direct_database_url",
        ),
        mode="before",
    )
    @classmethod
    def _empty_is_automatic(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("secret")
    @classmethod
    def _hard_to_guess(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SHORTEST_SECRET:
            raise ValueError(
                f"it needs at least {SHORTEST_SECRET} characters; `openssl rand -hex 32` makes a good one"
            )
        return value

    @field_validator("bootstrap_key")
    @classmethod
    def _can_be_sent(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not _KEY.fullmatch(value.get_secret_value()):
            raise ValueError(
                "it needs 32 to 256 letters, digits, `-` or `_`; `openssl rand -hex 32` makes a good one"
            )
        return value

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
        from_files, unreadable = secret_files.values_in(os.environ)
        problems = [
            *unknown_variables(os.environ),
            *retired_settings.values_in(os.environ)[1],
            *unreadable,
        ]
        given = {name: value for name, value in overrides.items() if value is not None}
        if "database_url" in given:
            # The way past the pooler belongs to the database that the environment names.
            given = {"direct_database_url": ""} | given
        try:
            settings = cls.model_validate(from_files | given)
        except ValidationError as error:
            problems += [_explain(dict(details)) for details in error.errors()]
        else:
            problems += contradictions(settings)
        if problems:
            raise InvalidSettings("; ".join(problems))
        return settings

    @classmethod
    def summary_of(cls, name: str) -> str:
        """What a setting is, in the first paragraph of its text; empty where there is no such setting."""
        field = cls.model_fields.get(name)
        return " ".join(((field and field.description) or "").partition("\n\n")[0].split())

    @property
    def retired(self) -> list[str]:
        """The variables that are set although they are no settings any more."""
        return list(self._retired)

    def retired_values(self, target: str) -> dict[str, Any]:
        """By parameter, what retired settings still put in the place of the constants of `target`."""
        return {
            RETIRED[name].parameter: value
            for name, value in self._retired.items()
            if RETIRED[name].target == target
        }

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
        """The points of each caller in each worker, or None for no bound."""
        if self.budget is not None:
            return max(1, self.budget // self.workers) if self.budget else None
        return PUBLIC_BUDGET // self.workers if self.effective_profile is Profile.PUBLIC else None

    @property
    def effective_budget_per_second(self) -> float:
        """The points that come back to a caller in each worker every second."""
        return self.budget_per_second / self.workers

    @property
    def graphiql(self) -> bool:
        """Whether browsers get GraphiQL at once: in public after a key, and never where only trusted documents run."""
        return (
            self.effective_profile is Profile.DEVELOPMENT
        ) and self.trusted_documents_mode is not TrustedMode.ONLY

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
        if not name.startswith(PREFIX) or name in known or name in OTHERS or name in RETIRED:
            continue
        near = difflib.get_close_matches(name, known, n=1)
        cure = f"did you mean {near[0]}?" if near else "`arbiter settings` lists them all"
        yield f"{key} is no setting; {cure}"


def contradictions(settings: Settings) -> Iterable[str]:
    """One message for each setting that another one needs and that is absent.

    >>> list(contradictions(Settings.model_construct(jwt_issuer="https://login.example")))
    ['ARBITER_JWT_ISSUER is set without ARBITER_JWT_JWKS: name the keys of the issuer, or unset it']
    """
    for variable, value in (
        ("ARBITER_JWT_ISSUER", settings.jwt_issuer),
        ("ARBITER_JWT_AUDIENCE", settings.jwt_audience),
    ):
        if value and settings.jwt_jwks is None:
            yield f"{variable} is set without ARBITER_JWT_JWKS: name the keys of the issuer, or unset it"
        elif settings.jwt_jwks is not None and not value:
            yield (
                f"ARBITER_JWT_JWKS is set without {variable}: "
                "a token that was made for somebody else would be accepted; set it too"
            )


def _explain(details: Mapping[str, Any]) -> str:
    """One line for one error of pydantic: variable, value, what it must be."""
    location = [str(part) for part in details["loc"]]
    name = location[0].lower() if location else "settings"
    variable = PREFIX + name.upper()
    must = str(details["msg"]).removeprefix("Value error, ")
    value = details.get("input")
    text = (
        "***"
        if name in {"secret", "bootstrap_key"}
        else mask_password(value if isinstance(value, str) else repr(value))
    )
    if len(text) > LONGEST_SHOWN:
        text = text[:LONGEST_SHOWN] + "…"
    return f"{variable} is {text!r}: {must}. {Settings.summary_of(name)}".rstrip()
