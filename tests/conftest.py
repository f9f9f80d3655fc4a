"""Fixtures for every folder of tests; see `tests/stores.py`."""

from tests.stores import neo4j_server, place, store

__all__ = ["neo4j_server", "place", "store"]
