"""Fixtures for every folder of tests; see `tests/stores.py`."""

import os
import sys

import pytest

from tests.stores import neo4j_server, place, store

__all__ = ["neo4j_server", "place", "store"]

_STATUS = pytest.StashKey[int]()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the status for the end."""
    session.config.stash[_STATUS] = int(exitstatus)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave at once: at the interpreter's end DuckDB's binding would write below the runner's closing line."""
    if _STATUS in config.stash:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(config.stash[_STATUS])
