"""The safety pass: a pack's rules over the entities of a question or an answer. Never calls a model.

A subject that a rule expands (a formula) stands for its targets (its herbs). Three queries do the
work whatever the number of rules: the expansion, the facts on subjects, the entities at their ends.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from kg.messages import text
from kg.model import Entity, Fact, Grade, Scalar
from kg.query import read as graph
from kg.rules import SEVERITIES, Rule
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import CheckKind, Finding, Severity

__all__ = ["check_safety"]


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
    """
    active = [rule for rule in rules if all(context.get(key) == value for key, value in rule.context.items())]
    if not ids or not active:
        return (), ()
    expanding = sorted({relation for rule in active for relation in rule.expand})
    links = [fact for fact in await _touching(snapshot, schema, ids, expanding) if fact.subject in ids]
    members = sorted({fact.object for fact in links})
    relations = sorted({rule.relation for rule in active})
    found = await _touching(snapshot, schema, sorted({*ids, *members}), relations)
    near = {*ids, *members}  # of a value's thousand herbs only those that were asked about
    found = tuple(
        f for f in found if f.subject in near or (f.object in near and schema.relations[f.predicate].symmetric)
    )
    held = {fact.id: fact for fact in (*links, *found)}
    ends = {end for fact in (*found, *links) for end in (fact.subject, fact.object)}
    entities = await graph.entities(snapshot, sorted(ends)) if ends else {}

    fired: dict[tuple[object, ...], Finding] = {}
    used: dict[str, Fact] = {}
    for rule in active:
        reach = _reach(rule, ids, links)
        for fact in (
            turned for each in found if each.predicate == rule.relation for turned in _turns(rule, each, schema)
        ):
            if not _fires(rule, fact, reach, entities, reference_language):
                continue
            finding, rested = _finding(rule, fact, reach, entities, schema, language, reference_language)
            key = (rule.id, finding.subjects, finding.message)
            fired[key] = _merged(fired[key], finding) if key in fired else finding
            used.update((each.id, held[each.id]) for each in rested)
    ranked = sorted(fired.values(), key=lambda each: (-_rank(each), each.rule, each.subjects, each.facts))
    return tuple(ranked), tuple(used.values())


def _rank(finding: Finding) -> int:
    return SEVERITIES.index(finding.severity)


def _merged(one: Finding, other: Finding) -> Finding:
    """Return one finding for two that say the same: as bad as the worse, resting on the facts of both."""
    worse, milder = (other, one) if _rank(other) > _rank(one) else (one, other)
    grades = list(Grade)
    facts = tuple(dict.fromkeys((*worse.facts, *milder.facts)))
    return replace(worse, facts=facts, grade=max(worse.grade, milder.grade, key=grades.index))


def _turns(rule: Rule, fact: Fact, schema: Schema) -> Iterator[Fact]:
    """Yield a fact, and turned round too if it hangs on either end; a fact that joins a thing to itself is no pair."""
    if fact.subject == fact.object:
        if not rule.is_pair:
            yield fact
        return
    yield fact
    if schema.relations[rule.relation].symmetric and not rule.is_pair:
        yield replace(fact, subject=fact.object, object=fact.subject)


async def _touching(
    snapshot: Snapshot, schema: Schema, ids: Sequence[str], predicates: Sequence[str]
) -> tuple[Fact, ...]:
    return await graph.facts_touching(snapshot, schema, ids, predicates=predicates) if ids and predicates else ()


def _reach(rule: Rule, ids: Sequence[str], links: Iterable[Fact]) -> dict[str, list[Fact]]:
    """Return the entities that a rule looks at, each with the facts through which it came in (none if named)."""
    reach: dict[str, list[Fact]] = {identity: [] for identity in ids}
    for link in links:
        if link.predicate in rule.expand:
            reach.setdefault(link.object, []).append(link)
    return {identity: [] if identity in ids else through for identity, through in reach.items()}


def _fires(
    rule: Rule, fact: Fact, reach: Mapping[str, list[Fact]], entities: Mapping[str, Entity], reference: str
) -> bool:
    if rule.is_pair:
        return fact.subject in reach and fact.object in reach
    if fact.subject not in reach:
        return False
    target = entities.get(fact.object)
    return not rule.objects or (target is not None and target.standard(reference) in rule.objects)


def _finding(  # noqa: PLR0913, PLR0917  one finding needs all that the pass knows
    rule: Rule,
    fact: Fact,
    reach: Mapping[str, list[Fact]],
    entities: Mapping[str, Entity],
    schema: Schema,
    language: str,
    reference: str,
) -> tuple[Finding, tuple[Fact, ...]]:
    def label(identity: str) -> str:
        found = entities.get(identity)
        return found.label(language, reference) if found else identity

    def said(identity: str) -> str:
        through = sorted({label(link.subject) for link in reach[identity]})
        if not through:
            return label(identity)
        return text(
            "via_formula", language, name=label(identity), through=text("list_separator", language).join(through)
        )

    words: dict[str, str] = {"subject": said(fact.subject), "first": said(fact.subject), "object": label(fact.object)}
    if rule.is_pair:
        words["second"] = said(fact.object)
    words |= {key: _value(key, value, schema, language) for key, value in fact.qualifiers.items()}
    target = entities.get(fact.object)
    level = rule.level((target.standard(reference) if target else "") or "", fact.qualifiers)
    links = [link for end in (fact.subject, fact.object) for link in reach.get(end, ())]
    sources = sorted({link.subject for link in links})
    subjects = (fact.subject, fact.object, *sources) if rule.is_pair else (fact.subject, *sources)
    grades = list(Grade)
    finding = Finding(
        rule=rule.id,
        kind=CheckKind(rule.kind),
        severity=Severity(level),
        subjects=tuple(dict.fromkeys(subjects)),
        message=_in(rule.message, language, reference).format_map(_Kept(words)),
        facts=tuple(dict.fromkeys((fact.id, *fact.derived_from, *(link.id for link in links)))),
        grade=max((evidence.grade for evidence in fact.evidence), key=grades.index, default=Grade.UNSPECIFIED),
        mechanism=_in(rule.mechanism, language, reference),
        management=_in(rule.management, language, reference),
    )
    return finding, (fact, *links)


class _Kept(dict[str, str]):
    """Leaves a placeholder that a fact does not fill as an empty text."""

    def __missing__(self, key: str) -> str:
        return ""


def _in(texts: Mapping[str, str], language: str, reference: str) -> str:
    """Return a text in `language`, else in the pack's own: a warning in another language is better than none."""
    return texts.get(language) or texts.get(reference) or next(iter(texts.values()), "")


def _value(key: str, value: Scalar, schema: Schema, language: str) -> str:
    said = f"{value:g}" if isinstance(value, float) else str(value)
    declared = schema.qualifiers.get(key)
    return declared.labels.get(said, {}).get(language, said) if declared else said
