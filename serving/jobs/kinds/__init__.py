"""What jobs can do: one kind a file, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from domain.jobs import JobKind
from serving.jobs.kinds.export import ExportKind
from serving.jobs.kinds.feedback import FeedbackKind
from serving.jobs.kinds.index import IndexKind
from serving.jobs.kinds.kind import Kind
from serving.jobs.kinds.predict import PredictKind
from serving.jobs.kinds.rebuild import RebuildKind
from serving.jobs.kinds.replay import ReplayKind

Kinds: TypeAlias = Mapping[JobKind, Kind]

_ALL: tuple[Kind, ...] = (
    ReplayKind(),
    IndexKind(),
    RebuildKind(),
    ExportKind(),
    PredictKind(),
    FeedbackKind(),
)
KINDS: Kinds = MappingProxyType({kind.kind: kind for kind in _ALL})
