"""Fixtures of the tests of the queries."""

from __future__ import annotations

import pytest

from orm.database import Database
from tests.orm.rows import Seed, seed_into


@pytest.fixture
async def seed(database: Database) -> Seed:
    """An endpoint with two classifiers."""
    return await seed_into(database)
