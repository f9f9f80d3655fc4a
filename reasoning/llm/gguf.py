"""A GGUF file answered in this process by llama.cpp, through xllamacpp.

How a cancelled call stops: llama.cpp looks up only between two batches. While it writes, a batch
is one token; while it reads the prompt, a batch is `prompt_batch` tokens. On two cores with the default
model (1.5B, Q4_K_M) batches of 4, 16 and 512 tokens take 0.08, 0.22 and 2.5 s, at 57, 73 and 77
tokens a second: 4 is the largest that keeps a cancelled call under 100 ms, on cores that have nothing
else to do. The prompt's constant part is read once and kept, so the price is paid for its changing
end only. Whoever cancels never waits for this: the next request does.
"""

import math
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from reasoning.llm.errors import ModelMisconfigured, ModelRefused, ModelUnavailable
from reasoning.llm.lane import Emit, Stopped
from reasoning.llm.local import LocalChat, turns

__all__ = ["GgufChat"]

_MAGIC: Final = b"GGUF"
_PROMPT_CACHE_MIB: Final = 512  # room for the states of a few constant prompts beside the one in use
_CLIENT_ERRORS: Final = range(400, 500)
_SHORTEST: Final[Mapping[str, Any]] = {
    "messages": [{"role": "user", "content": "."}],
    "max_tokens": 1,
    "stream": True,
    "return_progress": True,
}


class GgufChat(LocalChat):
    """A chat model over one GGUF file; making it loads the file, which blocks for some seconds.

    Calls take, besides LangChain's `stop`: `max_tokens`, `temperature`, `seed`, `grammar` (GBNF),
    `response_format` (JSON schema, as OpenAI has it), `logprobs` and `top_logprobs`.

    Attributes:
        path: the model file.
        threads: CPU threads; None for one per physical core.
        context: the most tokens of prompt and answer together.
        prompt_batch: how many tokens of the prompt are read between two looks at whether the asker left.
    """

    path: Path
    threads: int | None = None
    context: int = 4096
    prompt_batch: int = 4
    _server: Any = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Load the file; raises `ModelMisconfigured` if it is missing or no model."""
        super().model_post_init(context)
        self._server = _load(self.path, self.threads, self.context, self.prompt_batch)

    def close(self) -> None:
        """Stop what runs and free the model's memory; it cannot be asked any more."""
        super().close()
        if self._server is not None:
            # llama.cpp waits for ever for a server that is ended before its loop runs; an answer shows that it does.
            self._server.handle_chat_completions(_SHORTEST, lambda _event: True)
        self._server = None

    @property
    def model_name(self) -> str:
        """The file's name without its ending."""
        return self.path.stem

    @property
    def _llm_type(self) -> str:
        return "bencao-gguf"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model_name": self.model_name, "temperature": self.temperature, "seed": self.seed}

    def _speak(
        self, messages: Sequence[BaseMessage], arguments: dict[str, Any], emit: Emit[ChatGenerationChunk], done: Stopped
    ) -> None:
        request = {
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "seed": self.seed,
            "cache_prompt": True,
            **arguments,
            "messages": turns(messages),
            "stream": True,
            "stream_options": {"include_usage": True},
            "return_progress": True,  # calls back while the prompt is read too, so that it can be stopped there
        }
        refusals: list[Mapping[str, Any]] = []
        finish: list[str] = []

        def take(event: Mapping[str, Any]) -> bool:
            if "error" in event:
                refusals.append(event["error"])
                return True
            if choices := event.get("choices"):
                finish.extend(reason for choice in choices if (reason := choice.get("finish_reason")))
                if chunk := _chunk(choices[0]):
                    emit(chunk)
            elif usage := event.get("usage"):
                reason = finish[0] if finish else ""
                emit(self._last_chunk(reason, usage["prompt_tokens"], usage["completion_tokens"]))
            return done()

        try:
            self._server.handle_chat_completions(request, take)
        except (TypeError, ValueError) as error:  # the request cannot be turned into a task at all
            message = f"the local model does not take the request: {error}"
            raise ModelRefused(message, cause=str(error)) from error
        except RuntimeError as error:
            message = f"the local model broke off: {error}"
            raise ModelUnavailable(message, cause=str(error)) from error
        for refusal in refusals:
            cause = str(refusal.get("message", refusal))
            kind = ModelRefused if refusal.get("code") in _CLIENT_ERRORS else ModelUnavailable
            message = f"the local model cannot answer: {cause}"
            raise kind(message, cause=cause)


def _chunk(choice: Mapping[str, Any]) -> ChatGenerationChunk | None:
    """Return the text of one event, with its probabilities; None if it brings none, as progress does."""
    text = choice.get("delta", {}).get("content")
    if not text:
        return None
    metadata = {"logprobs": _finite(logprobs)} if (logprobs := choice.get("logprobs")) else {}
    return ChatGenerationChunk(message=AIMessageChunk(content=text, response_metadata=metadata))


def _finite(logprobs: Mapping[str, Any]) -> dict[str, Any]:
    """Return OpenAI's form of `logprobs` without tokens that cannot occur at all."""

    def kept(token: Mapping[str, Any]) -> dict[str, Any]:
        value = token["logprob"]
        return {"token": token["token"], "logprob": value if value is not None and math.isfinite(value) else -math.inf}

    tokens = logprobs.get("content") or ()
    return {"content": [{**kept(t), "top_logprobs": [kept(o) for o in t.get("top_logprobs", ())]} for t in tokens]}


def _load(path: Path, threads: int | None, context: int, batch: int) -> Any:  # noqa: ANN401 - an untyped extension
    """Return a running llama.cpp server on `path`."""
    try:
        import xllamacpp
    except ImportError as error:
        message = "the local model needs the package xllamacpp: pip install 'bencao[local]'"
        raise ModelMisconfigured(message, extra="local") from error
    _check_file(path)
    params = xllamacpp.CommonParams()
    params.model.path = str(path)
    params.n_ctx = context
    params.n_batch = params.n_ubatch = batch
    params.n_parallel = 1
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.verbosity = -1  # it would write to stderr
    if threads is not None:
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    # xllamacpp opens a port on the loopback address whether asked to or not: nobody else gets in without the key.
    params.api_keys = [secrets.token_urlsafe(32)]
    params.ui = params.endpoint_slots = False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        message = (
            f"{path}: the file is damaged or no model that llama.cpp can load, or memory is short; "
            "run `bencao model pull` again or set BENCAO_MODEL to another file"
        )
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", path=str(path)) from error


def _check_file(path: Path) -> None:
    try:
        with path.open("rb") as file:
            magic = file.read(len(_MAGIC))
    except OSError as error:
        message = (
            f"{path}: cannot read the model file ({error.strerror}); "
            "run `bencao model pull` for the default model or set BENCAO_MODEL to a GGUF file"
        )
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", path=str(path)) from error
    if magic != _MAGIC:
        message = f"{path}: not a GGUF file; run `bencao model pull` again or set BENCAO_MODEL to another file"
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", path=str(path))
