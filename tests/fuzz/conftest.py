"""Fixtures: both packs, each loaded once and open on one snapshot for the whole session."""

from collections.abc import Iterator

import pytest

from tests.fuzz.properties import Fuzzed, opened
from tests.reasoning.parts import HERBAL, MINERALS


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with opened(MINERALS, tmp_path_factory.mktemp("small")) as fuzzed:
        yield fuzzed


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    with opened(HERBAL, tmp_path_factory.mktemp("large")) as fuzzed:
        yield fuzzed
