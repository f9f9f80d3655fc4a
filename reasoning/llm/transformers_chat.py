"""A model that Hugging Face transformers reads, answered in this process by PyTorch on the CPU.

No grammar constrains it: a choice compares the probabilities of the options' letters as the next
token, and JSON is asked for in words and validated. A cancelled call stops at the next linear
layer, while the prompt is read as well as while the answer is written.
"""

import io
import logging
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, Final

from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from pydantic import PrivateAttr

from reasoning.llm.errors import ModelMisconfigured, ModelRefused
from reasoning.llm.lane import Emit, Stopped
from reasoning.llm.local import LocalChat, turns

__all__ = ["TransformersChat"]

_HALF_A_CHARACTER: Final = "\ufffd"


class TransformersChat(LocalChat):
    """A chat model over a folder in the Hugging Face format or one GGUF file; making it loads the model.

    Calls take, besides LangChain's `stop`: `max_tokens`, `temperature`, `seed`, and `options`, a
    text of letters of which the likeliest is the answer.

    Attributes:
        path: the folder or the file.
        threads: CPU threads, of PyTorch as a whole; None for PyTorch's own number.
    """

    path: Path
    threads: int | None = None
    _model: Any = PrivateAttr()
    _tokenizer: Any = PrivateAttr()
    _left: Stopped | None = PrivateAttr(default=None)

    def model_post_init(self, context: Any, /) -> None:  # noqa: ANN401 - pydantic's signature
        """Load the model; raises `ModelMisconfigured` if it is missing or cannot be read."""
        super().model_post_init(context)
        self._model, self._tokenizer = _load(self.path, self.threads)
        _watch(self._model, self._has_left)

    def close(self) -> None:
        """Stop what runs and free the model's memory; it cannot be asked any more."""
        super().close()
        self._model = self._tokenizer = None

    @property
    def model_name(self) -> str:
        """The folder's name, or the file's without its ending."""
        return self.path.stem if self.path.is_file() else self.path.name

    @property
    def _llm_type(self) -> str:
        return "bencao-transformers"

    @property
    def _identifying_params(self) -> Mapping[str, Any]:
        return {"model_name": self.model_name, "temperature": self.temperature, "seed": self.seed}

    def _speak(
        self, messages: Sequence[BaseMessage], arguments: dict[str, Any], emit: Emit[ChatGenerationChunk], done: Stopped
    ) -> None:
        import torch

        tokens = self._read(turns(messages))
        limit = int(arguments.get("max_tokens", self.max_tokens))
        longest = getattr(self._model.config, "max_position_embeddings", None) or tokens.shape[-1] + limit
        if tokens.shape[-1] + limit > longest:
            message = f"the local model cannot answer: {tokens.shape[-1]} + {limit} tokens exceed its {longest}"
            raise ModelRefused(message, limit=str(longest))
        self._left = done
        try:
            with torch.inference_mode():
                if options := arguments.get("options"):
                    self._pick(tokens, options, emit)
                else:
                    self._generate_text(tokens, limit, arguments, emit)
        except _AskerLeft:
            return
        finally:
            self._left = None

    def _has_left(self) -> bool:
        return self._left is not None and self._left()

    def _read(self, conversation: list[dict[str, str]]) -> Any:  # noqa: ANN401 - a tensor, of an untyped package
        if self._tokenizer.chat_template:
            encoded = self._tokenizer.apply_chat_template(
                conversation, add_generation_prompt=True, return_tensors="pt", return_dict=True
            )
        else:
            text = "\n\n".join([*(turn["content"] for turn in conversation), ""])
            encoded = self._tokenizer(text, return_tensors="pt")
        return encoded["input_ids"]

    def _pick(self, tokens: Any, options: str, emit: Emit[ChatGenerationChunk]) -> None:  # noqa: ANN401 - a tensor
        scores = self._model(tokens, logits_to_keep=1).logits[0, -1].log_softmax(-1)
        found = {letter: max(float(scores[token]) for token in self._spellings(letter)) for letter in options}
        best = max(found, key=found.__getitem__)
        top = [{"token": letter, "logprob": logprob} for letter, logprob in found.items()]
        logprobs = {"content": [{"token": best, "logprob": found[best], "top_logprobs": top}]}
        chunk = AIMessageChunk(content=best, response_metadata={"logprobs": logprobs})
        emit(ChatGenerationChunk(message=chunk))
        emit(self._last_chunk("stop", tokens.shape[-1], 1))

    def _spellings(self, letter: str) -> list[int]:
        """Return the tokens that `letter` may be written as, with and without a space before it."""
        spelt = [self._tokenizer.encode(text, add_special_tokens=False) for text in (letter, f" {letter}")]
        return [token for tokens in spelt for token in tokens[-1:]]

    def _generate_text(
        self,
        tokens: Any,  # noqa: ANN401 - a tensor
        limit: int,
        arguments: Mapping[str, Any],
        emit: Emit[ChatGenerationChunk],
    ) -> None:
        import torch

        temperature = float(arguments.get("temperature", self.temperature))
        sampling: dict[str, Any] = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
        if temperature > 0:
            torch.manual_seed(int(arguments.get("seed", self.seed)))
            sampling = {"do_sample": True, "temperature": temperature}
        if stop := arguments.get("stop"):
            sampling |= {"stop_strings": list(stop), "tokenizer": self._tokenizer}
        pieces = _Pieces(self._tokenizer, emit)
        self._model.generate(
            tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=limit, streamer=pieces, **sampling
        )
        finish = "length" if pieces.count >= limit else "stop"
        emit(self._last_chunk(finish, tokens.shape[-1], pieces.count))


class _AskerLeft(Exception):
    """Unwinds the forward pass of a cancelled call."""


class _Pieces:
    """What transformers calls a streamer: told each token, it emits the text that has become certain."""

    def __init__(self, tokenizer: Any, emit: Emit[ChatGenerationChunk]) -> None:  # noqa: ANN401 - untyped package
        self._tokenizer = tokenizer
        self._emit = emit
        self._tokens: list[int] | None = None  # None until the prompt, which comes first, has passed
        self._sent = 0

    @property
    def count(self) -> int:
        """How many tokens were written."""
        return len(self._tokens or ())

    def put(self, value: Any) -> None:  # noqa: ANN401 - a tensor
        """Take the prompt, then token after token."""
        if self._tokens is None:
            self._tokens = []
            return
        self._tokens.extend(value.reshape(-1).tolist())
        text = self._text()
        if not text.endswith(_HALF_A_CHARACTER):
            self._send(text)

    def end(self) -> None:
        """Send what was held back."""
        self._send(self._text())

    def _text(self) -> str:
        return str(self._tokenizer.decode(self._tokens or [], skip_special_tokens=True))

    def _send(self, text: str) -> None:
        if piece := text[self._sent :]:
            self._sent = len(text)
            self._emit(ChatGenerationChunk(message=AIMessageChunk(content=piece)))


def _watch(model: Any, left: Callable[[], bool]) -> None:  # noqa: ANN401 - a module, of an untyped package
    """Let every linear layer of `model` look up first whether the asker has left."""
    import torch

    def look_up(*_: object) -> None:
        if left():
            raise _AskerLeft

    for layer in model.modules():
        if isinstance(layer, torch.nn.Linear):
            layer.register_forward_pre_hook(look_up)


def _load(path: Path, threads: int | None) -> tuple[Any, Any]:
    """Return the model and the tokenizer; nothing is fetched, and no code of the folder is run."""
    if not path.exists():
        message = f"{path}: no such file or folder; set BENCAO_MODEL to `transformers:` and a path that is there"
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", path=str(path))
    try:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer
    except ImportError as error:
        message = f"transformers models need more packages ({error}): pip install 'bencao[transformers]'"
        raise ModelMisconfigured(message, extra="transformers") from error
    if threads is not None:
        torch.set_num_threads(threads)
    source = {"gguf_file": path.name} if path.is_file() else {}
    folder = str(path.parent if path.is_file() else path)
    try:
        with _quietly():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **source)
            model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, **source)
    except Exception as error:  # whatever the many readers raise on a folder that is no model
        cause = str(error).splitlines()[0][:300] if str(error) else type(error).__name__
        message = f"{path}: transformers cannot load it ({cause}); set BENCAO_MODEL to another folder or file"
        raise ModelMisconfigured(message, setting="BENCAO_MODEL", path=str(path)) from error
    return model.eval(), tokenizer


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep the library's advice and progress bars off stderr while it loads.

    One of the bars knows no switch: Python's stderr is redirected for as long.
    """
    from transformers.utils import logging as library

    level, bars = library.get_verbosity(), library.is_progress_bar_enabled()
    library.set_verbosity(logging.ERROR)
    library.disable_progress_bar()
    try:
        with warnings.catch_warnings(action="ignore"), redirect_stderr(io.StringIO()):
            yield
    finally:
        library.set_verbosity(level)
        if bars:
            library.enable_progress_bar()
