"""Reads what a model put out, of which anything may be true: it is prose, endless, broken, or hostile."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["NotValid", "clean", "option_confidence", "option_letter", "read_object"]

_THOUGHT: Final = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)
_CONTROL: Final = {c: None for c in (*range(32), *range(127, 160), *range(0xD800, 0xE000)) if chr(c) not in "\n\t"}
_ALONE: Final = re.compile(r"\W*([A-Z])\W*")
_LEADING: Final = re.compile(r"[\s\"'*(\[（【]*([A-Z])(?=\s*[.,:;)\]}*\"'、。，：；）】\n])")
_STANDING: Final = re.compile(r"(?<![A-Za-z0-9'])([A-Z])(?![A-Za-z0-9'])(\s+[a-z])?")
_LONGEST_FAULT: Final = 200


class NotValid(Exception):
    """A reply holds no JSON object of the schema; the message is short enough to show to the model."""


def clean(text: str) -> str:
    """Return `text` without control characters and halves of surrogate pairs; line ends and tabs stay."""
    return text.translate(_CONTROL)


def option_letter(text: str, letters: str) -> str | None:
    """Return the one of `letters` that `text` answers with, or None if it names none, or several."""
    spoken = _THOUGHT.sub("", text)
    if match := _ALONE.fullmatch(spoken) or _LEADING.match(spoken):
        return match[1] if match[1] in letters else None
    found = [(letter, word) for letter, word in _STANDING.findall(spoken) if letter != "I" or "I" in letters]
    named = {letter for letter, _ in found}
    if len(named) != 1 or all(letter == "A" and word for letter, word in found):  # the article, as in "A herb"
        return None
    (letter,) = named
    return letter if letter in letters else None


def option_confidence(logprobs: object, letter: str, letters: str) -> float:
    """Return the probability of `letter` among `letters`, 0 to 1; 1 if OpenAI's `logprobs` do not tell."""
    try:
        return _confidence(logprobs, letter, letters)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):  # a server's idea of the format
        return 1.0


def _confidence(logprobs: Any, letter: str, letters: str) -> float:  # noqa: ANN401 - a server's JSON
    if not logprobs:
        return 1.0
    token = next((t for t in logprobs["content"] if t["token"].strip() == letter), None)
    if token is None:
        return 1.0
    weights = dict.fromkeys(letters, 0.0)
    for other in (*token["top_logprobs"], *(() if token in token["top_logprobs"] else (token,))):
        if (name := other["token"].strip()) in weights:
            weights[name] = max(weights[name], math.exp(min(other["logprob"], 0.0)))
    total = sum(weights.values())
    return weights[letter] / total if total > 0 and math.isfinite(total) else 1.0


def read_object(text: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the first JSON object in `text`; raises `NotValid` if there is none or it breaks `schema`."""
    from jsonschema import ValidationError
    from jsonschema.validators import validator_for

    value = _first_object(_THOUGHT.sub("", text))
    try:
        validator_for(schema)(schema).validate(value)
    except ValidationError as error:
        where = "/".join(map(str, error.absolute_path)) or "the object"
        message = f"{where}: {error.message}"[:_LONGEST_FAULT]
        raise NotValid(message) from error
    except RecursionError as error:
        message = "it is nested too deeply"
        raise NotValid(message) from error
    return value


def _first_object(text: str) -> dict[str, Any]:
    start = text.find("{")
    if start < 0:
        message = "there is no JSON object in it"
        raise NotValid(message)
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    try:
        value, _ = decoder.raw_decode(text, start)
        json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair would break whoever stores it
    except RecursionError as error:
        message = "it is nested too deeply"
        raise NotValid(message) from error
    except ValueError as error:  # JSONDecodeError, UnicodeEncodeError, a number of 5,000 digits
        message = f"it is not JSON: {error}"[:_LONGEST_FAULT]
        raise NotValid(message) from error
    if not isinstance(value, dict):
        message = "it is no JSON object"
        raise NotValid(message)
    return value


def _no_constant(name: str) -> float:
    message = f"{name} is no JSON value"
    raise ValueError(message)
