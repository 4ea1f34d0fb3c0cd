"""Fixtures of the tests of the queries."""

from __future__ import annotations

import pytest

from orm.connection.database import Database
from tests.orm.figures.figures import three_endpoints
from tests.orm.rows import Seed, seed_into


@pytest.fixture
async def seed(database: Database) -> Seed:
    """An endpoint with two classifiers."""
    return await seed_into(database)


@pytest.fixture
async def three(database: Database) -> Database:
    """The endpoints of a classifier, a regressor and a classifier whose classes are numbers."""
    return await three_endpoints(database)
