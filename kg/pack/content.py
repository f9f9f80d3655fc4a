"""A pack in memory: what `kg.pack.read` returns once every file has been checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kg.model import Graph
from kg.schema import Schema

__all__ = ["Pack"]


@dataclass(frozen=True, slots=True)
class Pack:
    """One domain pack, checked: every reference resolves and every fact type-checks.

    `graph` includes the derived facts. `lexicon`, `phrases`, `rules` and `golden` are the
    parsed files as plain data; the layers that use them (`reasoning.lexicon`, `kg.rules`, …)
    parse them further and raise `PackInvalid` through `kg.pack.check` when they do not fit.
    `context` is what a question may say about the person: key → "boolean", "number", "string"
    or "strings" (a list). `units`, `statements`, `guards`, `obligations` and `safety` are empty if the pack has no
    such file.
    """

    id: str
    version: str
    licence: str
    title: Mapping[str, str]
    languages: tuple[str, ...]
    reference_language: str
    folder: Path
    schema: Schema
    graph: Graph
    lexicon: Mapping[str, Any]
    phrases: Mapping[str, Any]
    rules: tuple[Mapping[str, Any], ...]
    golden: tuple[Mapping[str, Any], ...]
    context: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, Any] = field(default_factory=dict)
    statements: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Any] = field(default_factory=dict)
    obligations: Mapping[str, Any] = field(default_factory=dict)
    safety: Mapping[str, Any] = field(default_factory=dict)
