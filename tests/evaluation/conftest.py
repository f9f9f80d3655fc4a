"""The two packs in embedded stores, opened once."""

from collections.abc import Iterator

import pytest

from reasoning.domain import Domain
from tests.reasoning.parts import HERBAL, MINERALS, opened


@pytest.fixture(scope="session")
def herbal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    with opened(HERBAL, tmp_path_factory.mktemp("herbal")) as domain:
        yield domain


@pytest.fixture(scope="session")
def minerals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    with opened(MINERALS, tmp_path_factory.mktemp("minerals")) as domain:
        yield domain
