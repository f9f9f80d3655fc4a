"""The words by which people point back in a conversation, as patterns; from `language/dialogue.yaml`."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Dialogue", "dialogue"]


@dataclass(frozen=True, slots=True)
class Dialogue:
    """One language's patterns; `dialogue.yaml` says what each is for."""

    pointing: re.Pattern[str]
    pronouns: re.Pattern[str]
    expletives: re.Pattern[str]
    joining: re.Pattern[str]
    owning: frozenset[str]
    possessive: str

    def points(self, said: str) -> bool:
        """Say whether words choose among things (`the … one`)."""
        return bool(self.pointing.search(said))

    def pronoun(self, said: str, end: int) -> re.Match[str] | None:
        """Return the first pronoun before `end` that stands for a thing."""
        return None if self.expletives.search(said) else self.pronouns.search(said, 0, end)

    def in_place(self, said: str, pronoun: re.Match[str], names: str) -> str:
        """Return the words with names in the place of a pronoun."""
        form = self.possessive if pronoun[0].lower() in self.owning else ""
        return said[: pronoun.start()] + names + form + said[pronoun.end() :]

    def joins(self, before: str) -> bool:
        """Say whether what stands before the first name leaves out what that thing is put together with."""
        return bool(self.joining.search(before))


@cache
def dialogue(language: str) -> Dialogue:
    """Return the patterns of a language, `zh` or `en`."""
    file = Path(__file__).parent / "language" / "dialogue.yaml"
    raw: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))[language]
    found = {key: re.compile(raw[key], re.IGNORECASE) for key in ("pointing", "pronouns", "expletives", "with")}
    return Dialogue(
        found["pointing"],
        found["pronouns"],
        found["expletives"],
        found["with"],
        frozenset(raw["possessive"]["words"]),
        raw["possessive"]["form"],
    )
