"""The transformers backend, over the small model; needs the extra `transformers`."""

import asyncio
from pathlib import Path

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage

from reasoning.llm.calls import Prompt, Spent, choose, fill, write
from reasoning.llm.errors import ModelMisconfigured, ModelRefused
from reasoning.llm.open import open_model

pytestmark = pytest.mark.timeout(300)  # PyTorch takes half a minute to start and to read the file

FRUIT = Prompt("Answer with a letter only.", "Which of these is a fruit?\nA. a car\nB. an apple\nC. a stone\nAnswer:")
LONG = [HumanMessage("word " * 1900)]
BRIEF = 30.0  # seconds: far less than the work that a test cancels would go on for


async def test_it_chooses_as_llama_cpp_does_with_the_same_model(
    small_in_transformers: BaseChatModel, small: BaseChatModel
) -> None:
    choice = await choose(small_in_transformers, FRUIT, 3, timeout=60)
    same = await choose(small, FRUIT, 3, timeout=60)
    assert choice.index == same.index
    assert choice.confidence == pytest.approx(same.confidence, abs=0.15)  # the arithmetic differs
    assert choice.spent == same.spent


async def test_json_is_validated_whatever_the_model_writes(small_in_transformers: BaseChatModel) -> None:
    schema = {"type": "object", "properties": {"fruit": {"const": "apple"}}, "required": ["fruit"]}
    prompt = Prompt("You fill forms as JSON.", 'Say {"fruit": "apple"}.')
    filled = await fill(small_in_transformers, prompt, schema, max_tokens=30, timeout=120)
    assert filled.value is None or filled.value["fruit"] == "apple"
    assert filled.calls in {1, 2}
    assert 0 < filled.spent.output_tokens <= 60


async def test_it_streams_what_it_would_say_at_once(small_in_transformers: BaseChatModel) -> None:
    prompt = Prompt("Be brief.", "用中文说你好。")
    *text, spent = [piece async for piece in write(small_in_transformers, prompt, max_tokens=12, timeout=60)]
    whole = await small_in_transformers.ainvoke([("system", prompt.system), ("human", prompt.user)], max_tokens=12)
    assert "".join(str(piece) for piece in text) == whole.text
    assert isinstance(spent, Spent)
    assert whole.usage_metadata is not None
    assert spent.output_tokens == whole.usage_metadata["output_tokens"] <= 12
    assert whole.response_metadata["model_name"] == "SmolLM2-135M-Instruct.Q4_1"


@pytest.mark.parametrize("tokens", [20, 2000], ids=["while it reads the prompt", "while it writes"])
async def test_cancelling_a_call_stops_the_model(small_in_transformers: BaseChatModel, tokens: int) -> None:
    messages = LONG if tokens == 20 else [HumanMessage("Write down all the numbers that you know.")]
    call = asyncio.create_task(small_in_transformers.ainvoke(messages, max_tokens=tokens))
    await asyncio.wait([call], timeout=0.3)  # let it get to work
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (await choose(small_in_transformers, FRUIT, 3, timeout=BRIEF)).index is not None


async def test_a_prompt_longer_than_the_context_is_refused(small_in_transformers: BaseChatModel) -> None:
    with pytest.raises(ModelRefused, match="exceed"):
        await choose(small_in_transformers, Prompt("", "word " * 9000), 3, timeout=60)


@pytest.mark.usefixtures("small_in_transformers")  # it says why it is skipped
def test_a_folder_that_is_no_model_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelMisconfigured, match="BENCAO_MODEL"):
        open_model(f"transformers:{tmp_path}")


def test_a_missing_folder_names_the_setting(tmp_path: Path) -> None:
    with pytest.raises(ModelMisconfigured, match=r"none.*BENCAO_MODEL"):
        open_model(f"transformers:{tmp_path / 'none'}")
