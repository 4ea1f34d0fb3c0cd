from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ENDPOINT, write_endpoint

from domain.errors import InvalidManifest
from domain.types import Kind
from registry.endpoints import load_endpoint
