"""What an artifact says of a model that runs elsewhere: where it is, what it is called there, and what it gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, urlsplit

import orjson

from domain.words import JSONValue
from registry.artifacts import Artifact
from registry.json_documents import JSONDocument

DEFAULT_BATCH = 256
LARGEST_BATCH = 1024
"""The most rows of one call: reading so many answers keeps the event loop for a millisecond."""
LONGEST_DEADLINE = 600.0
TOKEN = re.compile(r"OIP_TOKEN(_[A-Z0-9_]+)?")
"""What a variable that holds a token is called: whoever writes into the store must not have others sent away."""
OUTPUTS = ("label", "probabilities", "value")
_FIELDS = (
    "url", "model", "version", "outputs", "datatypes", "parameters", "token", "plain_http", "deadline", "max_batch",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteModel:
    """A model of a server that speaks the Open Inference Protocol v2.

    `url` is what stands before `/v2`. `outputs` says what the far side calls `label`, `probabilities` and `value`;
    `datatypes` as which each feature goes. `token` names the variable of the environment that holds the bearer token,
    or with `_FILE` behind it the file that does. `deadline` in seconds; None leaves it to the server's setting.
    """

    url: str
    model: str
    version: str | None
    outputs: Mapping[str, str]
    datatypes: Mapping[str, str]
    parameters: Mapping[str, JSONValue] = field(default_factory=dict)
    token: str | None = None
    plain_http: bool = False
    deadline: float | None = None
    max_batch: int = DEFAULT_BATCH

    @property
    def address(self) -> SplitResult:
        """The parts of `url`."""
        return urlsplit(self.url)

    @property
    def path(self) -> str:
        """Where the model is on its server, as it stands in requests."""
        version = "" if self.version is None else f"/versions/{quote(self.version, safe='')}"
        return f"{self.address.path.rstrip('/')}/v2/models/{quote(self.model, safe='')}{version}"

    def content(self) -> bytes:
        """The declaration as the file of its artifact."""
        fields = {name: getattr(self, name) for name in _FIELDS}
        fields |= {name: dict(fields[name]) for name in ("outputs", "datatypes", "parameters")}
        return orjson.dumps(fields, option=orjson.OPT_INDENT_2) + b"\n"


def remote_in(artifact: Artifact) -> RemoteModel:
    """The remote model of an artifact; raises InvalidArtifact or InvalidManifest."""
    file = artifact.folder / artifact.manifest.model.name
    try:
        value = orjson.loads(artifact.model())
    except orjson.JSONDecodeError:
        value = None
    document = JSONDocument(value if isinstance(value, dict) else {}, str(file))
    return remote_of(document)


def remote_of(document: JSONDocument) -> RemoteModel:
    """The remote model that a document declares; raises InvalidManifest."""
    document.only(_FIELDS)
    token = document.optional_text("token")
    if token is not None and not TOKEN.fullmatch(token):
        raise document.error("token", "must name a variable of the environment: OIP_TOKEN or OIP_TOKEN_NAME")
    plain = document.flag("plain_http", False)
    max_batch = document.integer("max_batch")
    if not 1 <= max_batch <= LARGEST_BATCH:
        raise document.error("max_batch", f"must be from 1 to {LARGEST_BATCH} rows")
    deadline = document.optional_number("deadline")
    if deadline is not None and not 0 < deadline <= LONGEST_DEADLINE:
        raise document.error("deadline", f"must be above 0 and at most {LONGEST_DEADLINE:g} seconds")
    outputs = _texts(document.child("outputs"))
    for name in outputs:
        if name not in OUTPUTS:
            raise document.error("outputs", f"may say what {', '.join(OUTPUTS)} are called, not {name!r}")
    return RemoteModel(
        url=_url(document, plain=plain),
        model=document.text("model"),
        version=document.optional_text("version"),
        outputs=outputs,
        datatypes=_texts(document.child("datatypes")),
        parameters=document.child("parameters").fields,
        token=token,
        plain_http=plain,
        deadline=None if deadline is None else float(deadline),
        max_batch=max_batch,
    )


def _texts(document: JSONDocument) -> dict[str, str]:
    return {name: document.text(name) for name in document.fields}


def _url(document: JSONDocument, *, plain: bool) -> str:
    """An address without secrets. Over plain HTTP rows and token could be read on their way: that is said, not met."""
    url = document.text("url")
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        known = False
    if not known or not url.isascii() or not url.isprintable() or " " in url:
        raise document.error("url", "must be an address such as https://models.example:8443")
    if parts.username is not None or parts.query or parts.fragment:
        raise document.error(
            "url",
            "may hold no user, password, query or fragment; a token goes into the environment (`token`)",
        )
    if parts.scheme == "http" and not plain:
        raise document.error(
            "url",
            "is plain HTTP, on which rows and token can be read; use https, or say that it may (--plain-http)",
        )
    return url.rstrip("/")
