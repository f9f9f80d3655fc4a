"""Models behind an OpenAI-compatible server: a real one, llama.cpp's, listening in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
import xllamacpp
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from reasoning.llm.calls import Prompt, Spent, choose, fill, write
from reasoning.llm.errors import ModelMisconfigured, ModelRefused, ModelUnavailable
from reasoning.llm.open import open_model

pytestmark = pytest.mark.asyncio(loop_scope="module")  # connections are kept, so the loop has to be

FRUIT = Prompt("Answer with a letter only.", "Which of these is a fruit?\nA. a car\nB. an apple\nC. a stone\nAnswer:")
FORM = {
    "type": "object",
    "properties": {"fruit": {"enum": ["apple", "pear"]}},
    "required": ["fruit"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def address(small_file: Path) -> Iterator[str]:
    params = xllamacpp.CommonParams()
    params.model.path = str(small_file)
    params.n_ctx = 4096
    params.n_parallel = 1
    params.verbosity = -1
    params.api_keys = ["let-me-in"]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def served(address: str) -> AsyncIterator[BaseChatModel]:
    model = open_model("openai:small", base_url=address, api_key=SecretStr("let-me-in"), timeout=60)
    assert isinstance(model, ChatOpenAI)
    yield model
    await model.root_async_client.close()  # shared with the other models of this address


async def test_it_chooses_among_the_options_or_says_that_it_did_not(served: BaseChatModel) -> None:
    choice = await choose(served, FRUIT, 3, timeout=60)
    assert choice.index in {None, 0, 1, 2}
    assert 0 <= choice.confidence <= 1
    assert 1 <= choice.spent.output_tokens <= 16
    assert choice.spent.input_tokens > 20


async def test_it_fills_a_schema(served: BaseChatModel) -> None:
    filled = await fill(served, Prompt("You fill forms as JSON.", "I ate an apple."), FORM, timeout=60)
    assert filled.value is not None
    assert filled.value["fruit"] in {"apple", "pear"}
    assert filled.calls == 1


async def test_writing_is_streamed_and_as_short_as_asked(served: BaseChatModel) -> None:
    *text, spent = [piece async for piece in write(served, Prompt("", "Tell a long story."), max_tokens=9, timeout=60)]
    assert isinstance(spent, Spent)
    assert spent.output_tokens == 9
    assert len(text) > 1


async def test_cancelling_closes_the_request_and_the_server_serves_the_next(served: BaseChatModel) -> None:
    endless = {"max_tokens": 3500, "ignore_eos": True}
    call = asyncio.create_task(served.ainvoke("Write down all the numbers that you know.", extra_body=endless))
    await asyncio.wait([call], timeout=0.3)  # let it get to work
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await choose(served, FRUIT, 3, timeout=60)).spent.output_tokens >= 1


async def test_a_wrong_key_names_the_setting(address: str) -> None:
    stranger = open_model("openai:small", base_url=address, api_key="guess")
    with pytest.raises(ModelMisconfigured, match="BENCAO_MODEL_API_KEY"):
        await choose(stranger, FRUIT, 3, timeout=60)


async def test_a_request_that_no_attempt_can_save_is_refused(served: BaseChatModel) -> None:
    with pytest.raises(ModelRefused):
        await choose(served, Prompt("", "word " * 6000), 3, timeout=60)


async def test_a_server_that_is_down_is_an_unavailable_model() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        with pytest.raises(ModelUnavailable) as caught:
            await choose(open_model("openai:any", base_url=f"http://127.0.0.1:{port}/v1"), FRUIT, 3, timeout=60)
    assert caught.value.retryable


async def test_a_server_that_never_answers_is_given_up_after_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_model = open_model("openai:any", base_url=f"http://127.0.0.1:{silent.getsockname()[1]}/v1")
        with pytest.raises(ModelUnavailable, match="within"):
            await choose(silent_model, FRUIT, 3, timeout=0.3)
