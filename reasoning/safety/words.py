"""Names and texts in the asker's language."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kg.messages import text
from kg.model import Entity, Fact, Scalar, Source
from kg.rules import Rule
from kg.schema import Schema

__all__ = ["Reach", "Words"]

Reach: TypeAlias = Mapping[str, tuple[Fact, ...]]  # entity → the facts through which it came in; none if it is named


@dataclass(frozen=True, slots=True)
class Words:
    """How things are said; `reference_language` is the one in which rules name objects."""

    entities: Mapping[str, Entity]
    schema: Schema
    language: str
    reference_language: str
    sources: Mapping[str, Source] = field(default_factory=dict)

    def reference(self, identity: str) -> str:
        """Return the name by which rules call an object; empty if it has none."""
        found = self.entities.get(identity)
        return (found.standard(self.reference_language) if found else None) or ""

    def type(self, identity: str) -> str:
        """Return the type of an entity; empty if it is not known."""
        found = self.entities.get(identity)
        return found.type if found else ""

    def text(self, texts: Mapping[str, str]) -> str:
        """Return a text in the asker's language, else in the pack's own: better than no warning."""
        return texts.get(self.language) or texts.get(self.reference_language) or next(iter(texts.values()), "")

    def label(self, identity: str) -> str:
        """Return the name to show."""
        found = self.entities.get(identity)
        return found.label(self.language, self.reference_language) if found else identity

    def subject(self, identity: str, rule: Rule, links: Sequence[Fact]) -> str:
        """Return a subject's name, with what it came in through (what it is part of) if that is what was named."""
        name = self.label(identity)
        for relation in [
            each for each in (*rule.expand, rule.parts, *rule.up) if any(link.predicate == each for link in links)
        ]:
            through = self.listed(sorted({self.label(link.subject) for link in links if link.predicate == relation}))
            if wording := rule.wordings.get(relation):
                return self.text(wording).format(name=name, through=through)
            if relation not in rule.up:
                return text("via_formula", self.language, name=name, through=through)
        return name

    def listed(self, words: Iterable[str]) -> str:
        """Join words, each once."""
        return text("list_separator", self.language).join(dict.fromkeys(words))

    def values(self, rule: Rule, facts: Sequence[Fact]) -> dict[str, str]:
        """Return what facts say under each qualifier; several values of one stand side by side."""
        relation = self.schema.relations.get(rule.relation)
        found = {}
        for key in relation.qualifiers if relation else ():
            values = [fact.qualifiers[key] for fact in facts if key in fact.qualifiers]
            found[key] = self.listed(self._value(key, value) for value in values)
        if rule.names_sources:
            found["source"] = self.listed(dict.fromkeys(self.work(e.source) for fact in facts for e in fact.evidence))
        return found

    def work(self, key: str) -> str:
        """Return title and edition of a work."""
        source = self.sources.get(key)
        if source is None:
            return key
        return source.title if source.edition in source.title else f"{source.title} {source.edition}"

    def _value(self, key: str, value: Scalar) -> str:
        said = f"{value:g}" if isinstance(value, float) else str(value)
        declared = self.schema.qualifiers.get(key)
        return declared.labels.get(said, {}).get(self.language, said) if declared else said
