"""Says facts and plans in words, from the pack's phrases: noun phrases for plans, statements for facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kg.messages import text
from kg.model import Entity, Fact, Qualifiers
from kg.pack.content import Pack
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Condition,
    Count,
    Difference,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Step
from reasoning.answer import Audience

_ENDS: Final = ("low", "high")  # qualifiers of an amount

__all__ = ["Naming", "Phrasing"]

type_name = type


@dataclass(slots=True)
class Naming:
    """Names entities in one text: in full at the first mention, short after that.

    In the reference language a name is short always; elsewhere the full form adds the standard
    names in the other languages (pinyin, Latin, characters). Value terms add the characters only.
    """

    pack: Pack
    language: str
    entities: Mapping[str, Entity]
    named: set[str] = field(default_factory=set)

    def short(self, entity: str) -> str:
        """Return the name in the text's language; if it has none, in any."""
        found = self.entities.get(entity)
        return found.label(self.language, "zh-Latn", self.pack.reference_language) if found else entity

    def __call__(self, entity: str) -> str:
        """Return the full name at the first mention of `entity` and the short one after."""
        name = self.short(entity)
        found = self.entities.get(entity)
        if found is None or entity in self.named or self.language == self.pack.reference_language:
            return name
        self.named.add(entity)
        reference = self.pack.reference_language
        kind = self.pack.schema.types.get(found.type)
        if kind is not None and kind.is_value:
            others = [found.standard(reference)]
        else:
            others = [n.text for n in found.names if n.kind == "standard" and n.language != reference]
            others.append(found.standard(reference))
        rest = [other for other in dict.fromkeys(others) if other and other != name]
        return text("aside", self.language, name=name, others=", ".join(rest)) if rest else name


@dataclass(frozen=True, slots=True)
class Phrasing:
    """The pack's phrases in one language; `name` says an entity (see `Naming`).

    For the public a relation's `public` phrases are taken where the pack has them: other words, the same facts.
    """

    pack: Pack
    language: str
    audience: Audience = Audience.PROFESSIONAL

    def statement(self, fact: Fact, name: Callable[[str], str]) -> str:
        """Return one fact as a clause without final punctuation."""
        template = self._template(fact.predicate, "statement")
        return template.format(subject=name(fact.subject), object=self.object(fact, fact.object, name))

    def object(self, fact: Fact, entity: str, name: Callable[[str], str]) -> str:
        """Return one end of a fact with the fact's qualifiers, as the first variant that they fill says it."""
        values = {"object": name(entity), **self.qualifiers(fact.qualifiers)}
        for variant in self.pack.phrases["relations"].get(fact.predicate, {}).get("object", ()):
            template: str = variant[self.language]
            try:
                return template.format_map(values)
            except KeyError:
                continue
        return values["object"]

    def qualifiers(self, qualifiers: Qualifiers) -> dict[str, str]:
        """Return qualifier values as words: labels where the schema has them, numbers without a trailing `.0`."""
        said = {}
        for key, value in qualifiers.items():
            declared = self.pack.schema.qualifiers.get(key)
            labels = declared.labels.get(str(value), {}) if declared else {}
            said[key] = labels.get(self.language) or (f"{value:g}" if isinstance(value, float) else str(value))
        return said

    def end(self, relation: str, side: str, name: str) -> str:
        """Return the noun phrase for the `targets` or `sources` of a relation around an entity already said."""
        return self._template(relation, side).format(source=name, target=name)

    def noun(self, plan: Plan, name: Callable[[str], str]) -> str:  # noqa: C901, PLR0911, PLR0912  a case an operator
        """Return a plan as a noun phrase: what its entities are."""
        match plan:
            case Anchor(ids):
                return text("and", self.language).join(name(entity) for entity in ids)
            case OfType(kind):
                return text("all_of_type", self.language, type=self.pack.schema.types[kind].label[self.language])
            case Expand(source, step, _, where):
                said = self._walk(step, self.noun(source, name))
                unit = next((str(each.value) for each in where if each.key == "unit"), "")
                for condition in where:
                    if condition.key in _ENDS:
                        said = self._bounded(said, condition, unit, step.relation)
                    elif condition.key != "unit":
                        said = self._condition(said, condition)
                return said
            case Compare(ids, step):
                return self._walk(step, self.noun(Anchor(ids), name))
            case Intersect(parts):
                return self._join("within" if any(isinstance(p, Anchor) for p in parts) else "both", parts, name)
            case Union(parts):
                return self._join("either", parts, name)
            case Difference(left, right):
                return text("except", self.language, first=self.noun(left, name), second=self.noun(right, name))
            case Top(source, step, _, most):
                label = self.pack.schema.relations[step.relation].label[self.language]
                key = "most" if most else "fewest"
                return text(key, self.language, source=self.noun(source, name), relation=label)
            case Check(subject, step, None):
                return self._walk(step, name(subject))
            case Check(subject, step, str(obj)):
                first, second = (subject, obj) if step.forward else (obj, subject)
                return self._template(step.relation, "statement").format(subject=name(first), object=name(second))
            case Filter(source) | Count(source) | Attribute(source):
                return self.noun(source, name)
            case Paths(source, target):
                return text("and", self.language).join((name(source), name(target)))
        message = f"no words for {type_name(plan).__name__}"
        raise TypeError(message)

    def _join(self, key: str, parts: tuple[Any, ...], name: Callable[[str], str]) -> str:
        said = self.noun(parts[0], name)
        for part in parts[1:]:
            said = text(key, self.language, first=said, second=self.noun(part, name))
        return said

    def _walk(self, step: Step, name: str) -> str:
        forward = step.forward or self.pack.schema.relations[step.relation].symmetric
        return self.end(step.relation, "targets" if forward else "sources", name)

    def _condition(self, said: str, condition: Condition) -> str:
        value = self.qualifiers({condition.key: condition.value})[condition.key]
        label = self.pack.schema.qualifiers[condition.key].labels.get(str(condition.value), {})
        shown = label.get(self.language, value)
        return text("aside", self.language, name=said, others=shown)

    def _bounded(self, said: str, condition: Condition, unit: str, relation: str) -> str:
        """Return a noun with a bound on the amount that its facts state."""
        return text(
            f"bounded_{condition.key}_{condition.comparison.name.lower()}",
            self.language,
            name=said,
            relation=self.pack.schema.relations[relation].label[self.language],
            amount=f"{condition.value:g} {unit}".strip(),
        )

    def _template(self, relation: str, key: str) -> str:
        phrases = self.pack.phrases["relations"][relation]
        plain = phrases.get("public", {}).get(key) if self.audience is Audience.PUBLIC else None
        template: str = (plain or phrases[key])[self.language]
        return template

    def disclaimer(self) -> str:
        """Return what every answer ends with; empty if the pack has nothing of the kind."""
        plain = self.pack.phrases.get("public_disclaimer") if self.audience is Audience.PUBLIC else None
        said: str = (plain or self.pack.phrases.get("disclaimer", {})).get(self.language, "")
        return said
