"""What the two in-process chat models share: LangChain's four ways to ask, on one lane, and harmless prompts."""

import re
from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Final

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.chat_models import agenerate_from_stream, generate_from_stream
from langchain_core.messages import AIMessageChunk, BaseMessage, convert_to_openai_messages
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from reasoning.llm.lane import Emit, Lane, Stopped

__all__ = ["LocalChat", "turns"]

_CONTROL_MARK: Final = re.compile(r"<(?=[|\uff5c])")


class LocalChat(BaseChatModel):
    """A model in this process. Subclasses say in `_speak` how one request is answered.

    Attributes:
        temperature: 0 takes the likeliest token each time.
        seed: makes a temperature above 0 repeatable.
        max_tokens: the most tokens of one answer, where the call does not say.
        waiting: how many requests may wait; more are turned away with `ModelBusy`.
    """

    temperature: float = 0.0
    seed: int = 0
    max_tokens: int = 512
    waiting: int = 16
    _lane: Lane[ChatGenerationChunk] = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Open the lane that requests queue on."""
        super().model_post_init(context)
        self._lane = Lane(self._llm_type, self.waiting)

    def close(self) -> None:
        """Stop what runs and free the thread; the model cannot be asked any more."""
        self._lane.close()

    @property
    @abstractmethod
    def model_name(self) -> str:
        """The name that answers report for the model."""

    @abstractmethod
    def _speak(
        self, messages: Sequence[BaseMessage], arguments: dict[str, Any], emit: Emit[ChatGenerationChunk], done: Stopped
    ) -> None:
        """Answer `messages`, on the lane's thread: emit the chunks, return as soon as `done` says True."""

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> Iterator[ChatGenerationChunk]:
        arguments = {**kwargs, "stop": stop} if stop else kwargs
        for chunk in self._lane.stream_blocking(lambda emit, done: self._speak(messages, arguments, emit, done)):
            if run_manager:
                run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> AsyncIterator[ChatGenerationChunk]:
        arguments = {**kwargs, "stop": stop} if stop else kwargs
        async for chunk in self._lane.stream(lambda emit, done: self._speak(messages, arguments, emit, done)):
            if run_manager:
                await run_manager.on_llm_new_token(chunk.text, chunk=chunk)
            yield chunk

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> ChatResult:
        return generate_from_stream(self._stream(messages, stop, run_manager, **kwargs))

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 - LangChain's signature
    ) -> ChatResult:
        return await agenerate_from_stream(self._astream(messages, stop, run_manager, **kwargs))

    def _last_chunk(self, finish: str, input_tokens: int, output_tokens: int) -> ChatGenerationChunk:
        """Return the chunk that ends an answer: why it ended, which model it was, what it cost."""
        return ChatGenerationChunk(
            message=AIMessageChunk(
                content="",
                response_metadata={"finish_reason": finish, "model_name": self.model_name},
                usage_metadata={
                    "input_tokens": input_tokens,
                    "output_tokens": output_tokens,
                    "total_tokens": input_tokens + output_tokens,
                },
                chunk_position="last",
            )
        )


def turns(messages: Sequence[BaseMessage]) -> list[dict[str, str]]:
    """Return `messages` as role and plain text, as chat templates take them.

    Templates are rendered to one text and control tokens are read out of it again, so that
    `<|im_start|>` in a question would open a turn of its own: such marks are taken apart here.
    """
    plain = []
    for message in convert_to_openai_messages(list(messages), text_format="string"):
        content = str(message["content"]).encode("utf-8", "replace").decode("utf-8").replace("\0", " ")
        plain.append({"role": str(message["role"]), "content": _CONTROL_MARK.sub("< ", content)})
    return plain
