"""What jobs can do: one kind a file, and the list of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

from domain.jobs import JobKind
from serving.jobs.kinds.index import IndexKind
from serving.jobs.kinds.kind import Kind
from serving.jobs.kinds.rebuild import RebuildKind
from serving.jobs.kinds.replay import ReplayKind

Kinds: TypeAlias = Mapping[JobKind, Kind]

KINDS: Kinds = MappingProxyType({kind.kind: kind for kind in (ReplayKind(), IndexKind(), RebuildKind())})
