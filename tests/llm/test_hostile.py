"""Whatever a model puts out, a call ends with a bounded result or with `ModelUnavailable`."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from reasoning.llm.calls import Prompt, Spent, choose, fill, write
from reasoning.llm.errors import ModelUnavailable
from reasoning.llm.parse import option_confidence

ASK = Prompt("system", "user")
FORM = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}


class Scripted(BaseChatModel):
    """Says what no real model can be made to say at will: one script per call, in pieces; or raises."""

    scripts: tuple[Any, ...]
    asked: list[list[BaseMessage]] = []  # noqa: RUF012 - pydantic copies it
    _calls: Iterator[Any] = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        super().model_post_init(context)
        self._calls = iter(self.scripts)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        del stop, run_manager, kwargs
        self.asked.append(messages)
        script = next(self._calls)
        if isinstance(script, Exception):
            raise script
        for piece in [script] if isinstance(script, str) else script:
            await asyncio.sleep(0)
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))


def endless() -> Iterator[str]:
    while True:
        yield "A and so on, "


@pytest.mark.parametrize(
    ("reply", "index"),
    [
        ("B", 1),
        (" (b) ", None),
        ("B.", 1),
        ("**C**", 2),
        ("B) an apple", 1),
        ("Answer: B", 1),
        ("The answer is B", 1),
        ("答案是B。", 1),
        ("选C，因为它是水果", 2),
        ("<think>A or C? Not A.</think>\n\nB", 1),
        ("<think>A, I think", None),
        ("A good question! I would say so.", None),
        ("A or B", None),
        ("B is the fruit", 1),
        ("I think that it is B", 1),
        ("I do not know", None),
        ("B or E", None),
        ("D", None),
        ("I cannot answer that.", None),
        ("", None),
        ("\0\0\0", None),
        ("B\0", 1),
        ("x" * 10_000_000, None),
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_a_choice_is_read_out_of_what_was_said(reply: str, index: int | None) -> None:
    choice = await choose(Scripted(scripts=(reply,)), ASK, 3, timeout=20)
    assert choice.index == index
    assert choice.confidence == (0.0 if index is None else 1.0)


@pytest.mark.parametrize(
    "reply",
    [
        "no JSON at all",
        '{"n": 1',
        '{"n": "one"}',
        '{"n": 1, "more": 2}',
        "[1]",
        '{"n": NaN}',
        '{"n": ' + "9" * 5000 + "}",
        '{"n": {"n":' * 20_000,
        '{"\\ud800": 1}',
        "x" * 10_000_000,
        "\0",
    ],
    ids=lambda value: repr(value)[:20],
)
async def test_bad_json_twice_is_no_value(reply: str) -> None:
    filled = await fill(Scripted(scripts=(reply, reply)), ASK, FORM, timeout=20)
    assert (filled.value, filled.calls, filled.repaired) == (None, 2, False)
    assert filled.spent.output_tokens < 100_000


@pytest.mark.parametrize("reply", ['{"n": 1}', '```json\n{"n": 1}\n```', 'Here you are: {"n": 1}. More?'])
async def test_good_json_is_found_in_its_wrapping(reply: str) -> None:
    filled = await fill(Scripted(scripts=(reply,)), ASK, FORM, timeout=20)
    assert (filled.value, filled.calls, filled.repaired) == ({"n": 1}, 1, False)


async def test_a_bad_reply_is_shown_to_the_model_once_with_its_fault() -> None:
    model = Scripted(scripts=('{"n": "one"}', json.dumps({"n": 1})))
    filled = await fill(model, ASK, FORM, timeout=20)
    assert (filled.value, filled.calls, filled.repaired) == ({"n": 1}, 2, True)
    *_, said, fault = model.asked[1]
    assert said.text == '{"n": "one"}'
    assert "n: 'one' is not of type 'integer'" in fault.text


async def test_a_model_that_is_not_constrained_is_told_the_schema() -> None:
    model = Scripted(scripts=('{"n": 1}',))
    await fill(model, ASK, FORM, timeout=20)
    assert json.dumps(FORM) in model.asked[0][-1].text
    assert model.asked[0][0].text == ASK.system


async def test_endless_output_is_cut() -> None:
    assert (await choose(Scripted(scripts=(endless(),)), ASK, 1, timeout=20)).spent.output_tokens < 100_000
    *text, spent = [p async for p in write(Scripted(scripts=(endless(),)), ASK, max_tokens=10, timeout=20)]
    assert len("".join(str(piece) for piece in text)) == 160
    assert isinstance(spent, Spent)


async def test_written_text_has_no_control_characters() -> None:
    script = ["good\0 \x1b[31m", "text\n", "\ud800", "\x9b"]
    *text, _ = [piece async for piece in write(Scripted(scripts=(script,)), ASK, timeout=20)]
    assert text == ["good [31m", "text\n"]


@pytest.mark.parametrize("fault", [OSError("cable cut"), ValueError("odd"), RuntimeError("\ud800"), TimeoutError()])
async def test_a_fault_of_any_kind_is_an_unavailable_model(fault: Exception) -> None:
    with pytest.raises(ModelUnavailable):
        await choose(Scripted(scripts=(fault,)), ASK, 2, timeout=20)
    with pytest.raises(ModelUnavailable):
        await fill(Scripted(scripts=(fault,)), ASK, FORM, timeout=20)
    with pytest.raises(ModelUnavailable):
        _ = [piece async for piece in write(Scripted(scripts=(fault,)), ASK, timeout=20)]


async def test_cancellation_is_not_taken_for_a_fault() -> None:
    call = asyncio.create_task(choose(Scripted(scripts=([""] * 10_000_000,)), ASK, 2, timeout=20))
    await asyncio.sleep(0)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


@pytest.mark.parametrize("options", [0, 27])
async def test_a_choice_needs_as_many_options_as_there_are_letters(options: int) -> None:
    with pytest.raises(ValueError, match="1 to 26"):
        await choose(Scripted(scripts=("A",)), ASK, options, timeout=20)


@pytest.mark.parametrize(
    "logprobs",
    [None, [], {"content": None}, {"content": [{"token": 1}]}, {"content": [{"token": "A", "top_logprobs": "?"}]}, "?"],
)
def test_probabilities_in_no_known_form_leave_the_choice_as_it_is(logprobs: object) -> None:
    assert option_confidence(logprobs, "A", "AB") == 1.0


def test_confidence_is_the_share_among_the_options() -> None:
    top = [{"token": " A", "logprob": -0.7}, {"token": "The", "logprob": -0.1}, {"token": "B", "logprob": -0.7}]
    assert option_confidence({"content": [{"token": " A", "logprob": -0.7, "top_logprobs": top}]}, "A", "AB") == 0.5
