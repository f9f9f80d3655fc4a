"""The safety pass: a pack's rules over the entities of a question or an answer. Never calls a model.

A subject that a rule expands (a mixture) stands for its targets (its parts). Three queries do the
work whatever the number of rules: the expansion, the facts on subjects, the entities at their ends.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from kg.messages import text
from kg.model import Entity, Fact, Grade, Scalar
from kg.query import read as graph
from kg.rules import SEVERITIES, Rule
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import CheckKind, Finding, Severity

__all__ = ["check_safety"]

_GRADES: Final = {grade: strength for strength, grade in enumerate(Grade)}
_Reach: TypeAlias = Mapping[str, Sequence[Fact]]  # entity → the facts through which it came in; none if it is named


async def check_safety(  # noqa: PLR0913  what to check, against what, in which words
    ids: Sequence[str],
    context: Mapping[str, Any],
    snapshot: Snapshot,
    rules: Sequence[Rule],
    schema: Schema,
    *,
    language: str,
    reference_language: str,
) -> tuple[tuple[Finding, ...], tuple[Fact, ...]]:
    """Return what fires, worst first, and the facts that made it fire.

    Args:
        ids: the entities to look at; values and unknown ids fire nothing.
        context: what is known of the person.
        snapshot: where to read.
        rules: the pack's rules.
        schema: the pack's schema.
        language: of the messages.
        reference_language: the language in which rules name objects.

    Returns:
        One finding for each rule and pair, or for each rule, subject and message; its `facts` include those that
        derived ones rest on. The second part holds the facts themselves, without the bases of derived ones.

    Raises:
        GraphUnavailable: the store does not answer. That nothing was found is never said by accident.
    """
    named = frozenset(ids)
    active = [rule for rule in rules if all(context.get(key) == value for key, value in rule.context.items())]
    if not named or not active:
        return (), ()
    links = await _touching(named, {relation for rule in active for relation in rule.expand}, snapshot, schema)
    links = [link for link in links if link.subject in named]
    members = {link.object for link in links}
    found = await _touching({*named, *members}, {rule.relation for rule in active}, snapshot, schema)
    reached = [(rule, _reach(rule, named, links)) for rule in active]
    fired = [
        (rule, reach, fact) for rule, reach in reached for each in found for fact in _about(rule, each, reach, schema)
    ]
    if not fired:
        return (), ()
    ends = {end for _, _, fact in fired for end in (fact.subject, fact.object)} | {link.subject for link in links}
    say = _Words(await graph.entities(snapshot, ends), schema, language, reference_language)

    groups: dict[tuple[str, ...], tuple[Rule, _Reach, list[Fact]]] = {}
    for rule, reach, fact in fired:
        if rule.objects and not rule.is_pair and say.reference(fact.object) not in rule.objects:
            continue
        said = "" if rule.is_pair else say.message(rule, [fact], reach)
        groups.setdefault((rule.id, *_ends(fact, schema), said), (rule, reach, []))[2].append(fact)
    findings = [_finding(*group, say) for group in groups.values()]
    held = {fact.id: fact for fact in (*links, *found)}  # as the graph states them
    rested = {
        each.id: held[each.id] for _, reach, facts in groups.values() for each in (*facts, *_through(facts, reach))
    }
    worst = list(Severity)
    findings.sort(key=lambda each: (-worst.index(each.severity), each.rule, each.subjects, each.message))
    return tuple(findings), tuple(rested.values())


async def _touching(ids: Iterable[str], relations: Iterable[str], snapshot: Snapshot, schema: Schema) -> Sequence[Fact]:
    wanted = sorted(set(relations))
    return await graph.facts_touching(snapshot, schema, ids, predicates=wanted) if wanted else ()


def _reach(rule: Rule, named: Collection[str], links: Iterable[Fact]) -> _Reach:
    """Return the entities that a rule looks at: what is named, and what it stands for."""
    reach: dict[str, list[Fact]] = {identity: [] for identity in named}
    for link in links:
        if link.predicate in rule.expand and link.object not in named:
            reach.setdefault(link.object, []).append(link)
    return reach


def _about(rule: Rule, fact: Fact, reach: _Reach, schema: Schema) -> Iterator[Fact]:
    """Yield a fact for each way in which the rule fires on it: one that holds both ways hangs on either end."""
    if fact.predicate != rule.relation:
        return
    if rule.is_pair:
        if fact.subject != fact.object and fact.subject in reach and fact.object in reach:
            yield fact
        return
    if fact.subject in reach:
        yield fact
    if schema.relations[rule.relation].symmetric and fact.object in reach and fact.subject != fact.object:
        yield replace(fact, subject=fact.object, object=fact.subject)


def _ends(fact: Fact, schema: Schema) -> tuple[str, ...]:
    ends = (fact.subject, fact.object)
    return tuple(sorted(ends)) if schema.relations[fact.predicate].symmetric else ends


def _through(facts: Iterable[Fact], reach: _Reach) -> tuple[Fact, ...]:
    """Return the facts through which the ends of `facts` came in."""
    return tuple(link for fact in facts for end in (fact.subject, fact.object) for link in reach.get(end, ()))


def _finding(rule: Rule, reach: _Reach, facts: Sequence[Fact], say: "_Words") -> Finding:
    """Return one finding on facts that say the same of the same subjects."""
    first, links = facts[0], _through(facts, reach)
    ends = (first.subject, first.object) if rule.is_pair else (first.subject,)
    levels = [rule.level(say.reference(fact.object), fact.qualifiers) for fact in facts]
    grades = [item.grade for fact in facts for item in fact.evidence]
    ids = [identity for fact in facts for identity in (fact.id, *fact.derived_from)]
    return Finding(
        rule=rule.id,
        kind=CheckKind(rule.kind),
        severity=Severity(max(levels, key=SEVERITIES.index)),
        subjects=tuple(dict.fromkeys((*ends, *sorted(link.subject for link in links)))),
        message=say.message(rule, facts, reach),
        facts=tuple(dict.fromkeys((*ids, *(link.id for link in links)))),
        grade=max(grades, key=_GRADES.__getitem__, default=Grade.UNSPECIFIED),
        mechanism=say.text(rule.mechanism),
        management=say.text(rule.management),
    )


@dataclass(frozen=True, slots=True)
class _Words:
    """Names and texts in the asker's language."""

    entities: Mapping[str, Entity]
    schema: Schema
    language: str
    reference_language: str

    def reference(self, identity: str) -> str:
        """Return the name by which rules call an object; empty if it has none."""
        found = self.entities.get(identity)
        return (found.standard(self.reference_language) if found else None) or ""

    def text(self, texts: Mapping[str, str]) -> str:
        """Return a text in the asker's language, else in the pack's own: better than no warning."""
        return texts.get(self.language) or texts.get(self.reference_language) or next(iter(texts.values()), "")

    def label(self, identity: str) -> str:
        found = self.entities.get(identity)
        return found.label(self.language, self.reference_language) if found else identity

    def subject(self, identity: str, reach: _Reach) -> str:
        """Return a subject's name, with what it is part of if that is what was named."""
        wholes = sorted({self.label(link.subject) for link in reach.get(identity, ())})
        if not wholes:
            return self.label(identity)
        return text("via_formula", self.language, name=self.label(identity), through=self.listed(wholes))

    def listed(self, words: Iterable[str]) -> str:
        return text("list_separator", self.language).join(dict.fromkeys(words))

    def message(self, rule: Rule, facts: Sequence[Fact], reach: _Reach) -> str:
        """Fill a rule's message; several values of one qualifier stand side by side."""
        first = facts[0]
        words = {"subject": self.subject(first.subject, reach), "object": self.label(first.object)}
        words |= {"first": words["subject"], "second": self.subject(first.object, reach)}
        for key in self.schema.relations[rule.relation].qualifiers:
            values = [fact.qualifiers[key] for fact in facts if key in fact.qualifiers]
            words[key] = self.listed(self._value(key, value) for value in values)
        return self.text(rule.message).format(**words)

    def _value(self, key: str, value: Scalar) -> str:
        said = f"{value:g}" if isinstance(value, float) else str(value)
        declared = self.schema.qualifiers.get(key)
        return declared.labels.get(said, {}).get(self.language, said) if declared else said
