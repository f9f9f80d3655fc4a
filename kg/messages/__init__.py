"""Every user-facing text that is not a pack's, by key and language, from the YAML files beside this module.

Each file holds `key: {zh: …, en: …}`; parameters stand in braces.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import yaml

__all__ = ["LANGUAGES", "text"]

LANGUAGES: Final = ("zh", "en")


@cache
def _catalogue() -> Mapping[str, Mapping[str, str]]:
    merged: dict[str, Mapping[str, str]] = {}
    for file in sorted(Path(__file__).parent.glob("*.yaml")):
        merged.update(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    return merged


def text(key: str, language: str, /, **parameters: object) -> str:
    """Return the text of `key` in `language` with its parameters filled in; a missing key is a KeyError."""
    return _catalogue()[key][language].format(**parameters)
