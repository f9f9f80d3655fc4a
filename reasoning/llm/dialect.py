"""What each kind of backend can be asked for beyond plain text, and how that is said to it.

A request is a list of attempts, the most constrained first: a server that rejects the options of
one is asked with the next, down to the plain prompt that every model understands.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from langchain_core.language_models import BaseChatModel

__all__ = ["Attempt", "Dialect", "choice_attempts", "dialect_of", "fill_attempts", "length_limit"]

Dialect: TypeAlias = Literal["gguf", "transformers", "openai", "plain"]

Attempt: TypeAlias = tuple[Mapping[str, Any], str]
"""Arguments of the call, and what to add to the end of the prompt."""

_DIALECTS: Final[Mapping[str, Dialect]] = {
    "GgufChat": "gguf",
    "TransformersChat": "transformers",
    "BaseChatOpenAI": "openai",  # the parent of LangChain's classes for OpenAI-compatible servers
}
_TOP_LOGPROBS: Final = 20  # the most that OpenAI's interface allows
_UNCONSTRAINED_CHOICE_TOKENS: Final = 16  # room for "Answer: B" where one token cannot be forced


def dialect_of(model: BaseChatModel) -> Dialect:
    """Return how `model` wants to be spoken to; by class name, so that no backend is imported for it."""
    return next((_DIALECTS[kind.__name__] for kind in type(model).__mro__ if kind.__name__ in _DIALECTS), "plain")


def length_limit(model: BaseChatModel, max_tokens: int) -> dict[str, Any]:
    """Return the arguments that end an answer after `max_tokens`; none where there is no common word for it."""
    match dialect_of(model):
        case "gguf" | "transformers":
            return {"max_tokens": max_tokens}
        case "openai":
            # LangChain renames it as OpenAI wishes; many compatible servers know the older name only.
            own_server = getattr(model, "openai_api_base", None) is not None
            return {"max_tokens": max_tokens, **({"extra_body": {"max_tokens": max_tokens}} if own_server else {})}
        case "plain":
            return {}


def choice_attempts(model: BaseChatModel, letters: str) -> Sequence[Attempt]:
    """Return the ways to ask for one of `letters`."""
    logprobs = {"logprobs": True, "top_logprobs": _TOP_LOGPROBS}
    match dialect_of(model):
        case "gguf":
            grammar = f"root ::= [{letters[0]}-{letters[-1]}]"
            return [({**length_limit(model, 1), "grammar": grammar, **logprobs}, "")]
        case "transformers":
            return [({**length_limit(model, 1), "options": letters, **logprobs}, "")]
        case "openai":
            plain = length_limit(model, _UNCONSTRAINED_CHOICE_TOKENS)
            return [({**plain, **logprobs}, ""), (plain, "")]
        case "plain":
            return [({}, "")]


def fill_attempts(model: BaseChatModel, schema: Mapping[str, Any], max_tokens: int) -> Sequence[Attempt]:
    """Return the ways to ask for one JSON object of `schema`."""
    limit = length_limit(model, max_tokens)
    words = f"\n\nAnswer with one JSON object of this JSON schema and nothing else:\n{json.dumps(schema)}"
    named = {"name": "answer", "schema": dict(schema), "strict": True}
    constrained = {**limit, "response_format": {"type": "json_schema", "json_schema": named}}
    match dialect_of(model):
        case "gguf":
            return [(constrained, ""), (limit, words)]
        case "openai":
            return [
                (constrained, words),
                ({**limit, "response_format": {"type": "json_object"}}, words),
                (limit, words),
            ]
        case "transformers" | "plain":
            return [(limit, words)]
