"""The three calls that the agent makes of a model: choose one option, fill a JSON schema, write a little prose.

Whatever the model puts out, these end in time, with a bounded result, and raise nothing but
`ModelUnavailable`; cancellation passes through and stops the model.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any, Final

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage

from reasoning.llm.dialect import Attempt, choice_attempts, dialect_of, fill_attempts, length_limit
from reasoning.llm.errors import ModelMisconfigured, ModelRefused, ModelUnavailable
from reasoning.llm.parse import NotValid, clean, option_confidence, option_letter, read_object

__all__ = ["Choice", "Filled", "Prompt", "Spent", "choose", "fill", "write"]

_LONGEST_REPLY: Final = 65_536  # characters that are looked at; a longer reply is cut
_CHARACTERS_PER_TOKEN: Final = 16  # more than any tokenizer makes of common text
_REJECTED: Final = frozenset({400, 415, 422})  # HTTP: the request itself is wrong
_NOT_ADMITTED: Final = frozenset({401, 403, 404})  # HTTP: the key, or the name of the model


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` is the constant part, which backends keep in their cache; `user` is what changes, kept short."""

    system: str
    user: str


@dataclass(frozen=True, slots=True)
class Spent:
    """Tokens read and written; an estimate where the backend does not count."""

    input_tokens: int
    output_tokens: int

    def __add__(self, other: "Spent") -> "Spent":
        """Return the sum."""
        return Spent(self.input_tokens + other.input_tokens, self.output_tokens + other.output_tokens)


@dataclass(frozen=True, slots=True)
class Choice:
    """The option taken, counted from 0, or None for an answer outside the options.

    `confidence` is the option's probability among the options; 1 or 0 if the backend tells none.
    """

    index: int | None
    confidence: float
    spent: Spent


@dataclass(frozen=True, slots=True)
class Filled:
    """A value of the schema, or None if two tries brought none; `repaired` if the second did."""

    value: Mapping[str, Any] | None
    repaired: bool
    spent: Spent
    calls: int


async def choose(model: BaseChatModel, prompt: Prompt, options: int, *, timeout: float) -> Choice:  # noqa: ASYNC109 - callers hold a deadline, not a scope
    """Let the model pick one of `options` that the prompt letters A, B, …: one token where it can be forced.

    Args:
        model: any chat model.
        prompt: ends by asking for a letter.
        options: how many there are, 1 to 26.
        timeout: seconds.

    Raises:
        ModelUnavailable: the model did not answer in time, or at all.
    """
    letters = ascii_uppercase[:options]
    if not letters or len(letters) != options:
        message = f"a choice has 1 to {len(ascii_uppercase)} options, not {options}"
        raise ValueError(message)
    reply, spent = await _ask(model, _messages(prompt), choice_attempts(model, letters), timeout)
    letter = option_letter(str(reply.text)[:_LONGEST_REPLY], letters)
    if letter is None:
        return Choice(None, 0.0, spent)
    confidence = option_confidence(reply.response_metadata.get("logprobs"), letter, letters)
    return Choice(letters.index(letter), confidence, spent)


async def fill(
    model: BaseChatModel,
    prompt: Prompt,
    schema: Mapping[str, Any],
    *,
    max_tokens: int = 256,
    timeout: float,  # noqa: ASYNC109 - as above
) -> Filled:
    """Let the model write one JSON object of `schema`: constrained where it can be, always validated.

    A reply that does not validate is shown to the model once, with what is wrong with it.

    Args:
        model: any chat model.
        prompt: says what to fill in.
        schema: a JSON schema whose root is an object.
        max_tokens: the most that one reply may have.
        timeout: seconds for all of it.

    Raises:
        ModelUnavailable: the model did not answer in time, or at all.
    """
    ends = time.monotonic() + timeout
    attempts = fill_attempts(model, schema, max_tokens)
    messages = _messages(prompt)
    spent = Spent(0, 0)
    for call in (1, 2):
        reply, cost = await _ask(model, messages, attempts, ends - time.monotonic())
        spent += cost
        text = str(reply.text)[:_LONGEST_REPLY]
        try:
            return Filled(read_object(text, schema), call > 1, spent, call)
        except NotValid as fault:
            correction = f"That is not valid: {fault}. Answer again with the corrected JSON object only."
            shown = clean(text)[: max_tokens * _CHARACTERS_PER_TOKEN // 4]
            messages = [*_messages(prompt), AIMessage(content=shown), HumanMessage(correction)]
    return Filled(None, repaired=False, spent=spent, calls=2)


async def write(
    model: BaseChatModel,
    prompt: Prompt,
    *,
    max_tokens: int = 160,
    timeout: float,  # noqa: ASYNC109 - as above
) -> AsyncGenerator[str | Spent, None]:
    """Yield the model's text as it comes, without control characters, and last what it cost.

    Args:
        model: any chat model.
        prompt: says what to write.
        max_tokens: the most tokens; the text is cut there even if the backend goes on.
        timeout: seconds for all of it.

    Raises:
        ModelUnavailable: the model did not answer in time, or broke off.
    """
    ends = time.monotonic() + timeout
    messages = _messages(prompt)
    room = max_tokens * _CHARACTERS_PER_TOKEN
    whole = AIMessageChunk(content="")
    stream = model.astream(messages, **length_limit(model, max_tokens))
    while room > 0:
        try:
            async with asyncio.timeout(ends - time.monotonic()):  # not around a `yield`: that time is the reader's
                chunk = await anext(stream, None)
        except Exception as error:
            raise _unavailable(error, timeout) from error
        if chunk is None:
            break
        text = clean(str(chunk.text))[:room]
        room -= len(text)
        if isinstance(chunk, AIMessageChunk):
            whole = AIMessageChunk(
                content=whole.text + text, usage_metadata=chunk.usage_metadata or whole.usage_metadata
            )
        if text:
            yield text
    yield _spent(messages, whole)


def _messages(prompt: Prompt) -> list[BaseMessage]:
    return [SystemMessage(prompt.system), HumanMessage(prompt.user)]


async def _ask(
    model: BaseChatModel, messages: Sequence[BaseMessage], attempts: Sequence[Attempt], seconds: float
) -> tuple[AIMessage, Spent]:
    """Return the reply to the first attempt that the model's server does not reject, and its cost."""
    *rest, last = messages
    try:
        async with asyncio.timeout(seconds):
            for number, (arguments, addition) in enumerate(attempts, start=1):
                asked = [*rest, HumanMessage(str(last.text) + addition)]
                try:
                    reply = await _reply(model, asked, arguments)
                except Exception as error:
                    if number == len(attempts) or not _rejected(error):
                        raise
                else:
                    return reply, _spent(asked, reply)
    except Exception as error:
        raise _unavailable(error, seconds) from error
    message = "a request needs at least one attempt"
    raise ValueError(message)


async def _reply(model: BaseChatModel, messages: Sequence[BaseMessage], arguments: Mapping[str, Any]) -> AIMessage:
    if dialect_of(model) != "plain":
        return await model.ainvoke(list(messages), **arguments)
    text = ""  # such a model has no length limit that we could name: it is read until enough has come
    usage = None
    async for chunk in model.astream(list(messages), **arguments):
        text += str(chunk.text)
        usage = getattr(chunk, "usage_metadata", None) or usage
        if len(text) > _LONGEST_REPLY:
            break
    return AIMessage(content=text[:_LONGEST_REPLY], usage_metadata=usage)


def _rejected(error: Exception) -> bool:
    return isinstance(error, ModelRefused) or getattr(error, "status_code", None) in _REJECTED


def _unavailable(error: Exception, timeout: float) -> ModelUnavailable:
    """Return what `error` means to the caller; backends raise anything, from socket errors to their own."""
    if isinstance(error, ModelUnavailable):
        return error
    if isinstance(error, TimeoutError):
        return ModelUnavailable(f"the model did not answer within {timeout:.1f} s", timeout=f"{timeout:.1f}")
    cause = f"{type(error).__name__}: {str(error)[:300]}"
    if getattr(error, "status_code", None) in _NOT_ADMITTED:
        message = f"the model's server turns us away ({cause}); check BENCAO_MODEL and BENCAO_MODEL_API_KEY"
        return ModelMisconfigured(message, setting="BENCAO_MODEL_API_KEY", cause=cause)
    kind = ModelRefused if _rejected(error) else ModelUnavailable
    return kind(f"the model did not answer ({cause})", cause=cause)


def _spent(messages: Sequence[BaseMessage], reply: AIMessage) -> Spent:
    if usage := reply.usage_metadata:
        return Spent(usage["input_tokens"], usage["output_tokens"])
    asked = sum(len(str(message.text).encode("utf-8", "replace")) for message in messages)
    return Spent(asked // 3 + 1, len(str(reply.text).encode("utf-8", "replace")) // 3 + 1)
