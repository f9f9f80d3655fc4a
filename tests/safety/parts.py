"""What tests of the safety pass share: one way to check, and a made-up workshop whose rules hold every case."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kg.amounts import parse_units
from kg.linking.index import build_index
from kg.model import Entity, Evidence, Fact, Grade, Graph, Name, Scalar, Source, Status, fact_id
from kg.query import read as graph
from kg.rules import parse_policy, parse_rules
from kg.schema import Criticality, EntityType, Qualifier, Relation, Schema
from kg.store import Snapshot
from kg.stores.ladybug import LadybugStore
from reasoning.answer import Finding
from reasoning.domain import Domain
from reasoning.safety import Held, SafetyCheck, Setting, Subject, check_mentions, examine

__all__ = [
    "NOTHING",
    "RULE",
    "SCHEMA",
    "check",
    "fact",
    "pairs_of",
    "rule",
    "setting_of",
    "unresolved",
    "whole",
    "workshop",
]

_BOTH = {"zh": "词", "en": "word"}
_SAFETY = Criticality.SAFETY

SCHEMA = Schema(
    types={name: EntityType(name, _BOTH) for name in ("Tool", "Kit", "Danger", "Way", "Care", "Person")},
    relations={
        relation.id: relation
        for relation in (
            Relation(
                "CLASHES",
                ("Tool",),
                ("Tool",),
                _BOTH,
                symmetric=True,
                qualifiers=("why", "within"),
                criticality=_SAFETY,
            ),
            Relation("BEARS", ("Tool",), ("Danger",), _BOTH, qualifiers=("why", "within"), criticality=_SAFETY),
            Relation("HOLDS", ("Kit",), ("Tool",), _BOTH, object_variants="FORM_OF"),
            Relation("FORM_OF", ("Tool",), ("Tool",), _BOTH, functional=True),
            Relation("USED", ("Tool",), ("Way",), _BOTH, quantity=True, qualifiers=("low", "high", "unit", "basis")),
            Relation("HOLDS_MUCH", ("Kit",), ("Tool",), _BOTH, quantity=True, qualifiers=("high", "unit", "basis")),
            Relation("NEEDS", ("Tool",), ("Care",), _BOTH, criticality=_SAFETY),
            Relation("BAD_FOR", ("Tool",), ("Person",), _BOTH, qualifiers=("why",), criticality=_SAFETY),
            Relation("SORT_OF", ("Person",), ("Person",), _BOTH),
            Relation("SEEN_WITH", ("Kit",), ("Tool",), _BOTH),
            Relation("LENT_WITH", ("Kit",), ("Tool",), _BOTH),
        )
    },
    qualifiers={
        "why": Qualifier("why", "string", ("sparks", "fumes"), {"sparks": {"zh": "火花", "en": "flying sparks"}}),
        "within": Qualifier("within", "number"),
        "low": Qualifier("low", "number"),
        "high": Qualifier("high", "number"),
        "unit": Qualifier("unit", "string", ("g", "mL")),
        "basis": Qualifier("basis", "string", ("daily", "each"), {"daily": {"zh": "一日", "en": "a day"}}),
    },
)

NOTHING: Mapping[str, Any] = {}

# A rule that is right; tests say only what they change in it.
RULE: Mapping[str, Any] = {
    "id": "clash",
    "kind": "interaction",
    "title": {"zh": "冲突", "en": "Clash"},
    "when": {"pair": "CLASHES"},
    "severity": "major",
    "message": {"zh": "{first}与{second}冲突。", "en": "{first} and {second} clash."},
}


def rule(**changed: object) -> dict[str, Any]:
    """The rule with some keys changed; None takes a key out."""
    return {key: value for key, value in {**RULE, **changed}.items() if value is not None}


def fact(
    text: str,
    *,
    grade: Grade = Grade.TRADITIONAL,
    status: Status = Status.ASSERTED,
    derived_from: tuple[Fact, ...] = (),
    **qualifiers: Scalar,
) -> Fact:
    """A fact written as `saw CLASHES lamp`."""
    subject, predicate, obj = text.split()
    evidence = (Evidence("manual", text, grade),)
    identity, bases = fact_id(subject, predicate, obj, qualifiers), tuple(base.id for base in derived_from)
    return Fact(identity, subject, predicate, obj, qualifiers, evidence, status, bases)


@asynccontextmanager
async def workshop(folder: Path, *facts: Fact) -> AsyncIterator[Snapshot]:
    """A store with these facts: an end is a kit or a danger where its relation asks for one, else a tool."""
    kinds: dict[str, str] = {}
    for each in facts:
        relation = SCHEMA.relations[each.predicate]
        kinds |= {each.subject: relation.subjects[0], each.object: relation.objects[0]}
    things = tuple(Entity(name, kind, (Name(name.capitalize(), "en"),)) for name, kind in kinds.items())
    store = LadybugStore(folder / "workshop.db", SCHEMA, "workshop")
    try:
        await store.load(Graph("workshop", things, facts, (Source("manual", "The Manual"),)))
        async with store.snapshot() as snapshot:
            yield snapshot
    finally:
        await store.close()


async def check(
    ids: Sequence[str],
    where: Snapshot | Domain,
    *records: Mapping[str, Any],
    language: str = "en",
    context: Mapping[str, Any] = NOTHING,
) -> tuple[Finding, ...]:
    """What there is to say of things in a workshop by these rules, or in a domain by its own."""
    if isinstance(where, Domain):
        async with where.store.snapshot() as snapshot:
            return await _check(ids, snapshot, where.safety, language, context)
    return await _check(ids, where, await setting_of(where, *records), language, context)


async def _check(
    ids: Sequence[str], snapshot: Snapshot, setting: Setting, language: str, context: Mapping[str, Any]
) -> tuple[Finding, ...]:
    findings, rested = await check_mentions(ids, context, setting, snapshot, language=language)
    assert {each.id for each in rested} <= {name for finding in findings for name in finding.facts}
    assert not await unresolved(findings, snapshot, setting.schema)
    return findings


async def setting_of(
    snapshot: Snapshot,
    *records: Mapping[str, Any],
    policy: Mapping[str, Any] = NOTHING,
    units: Mapping[str, Any] = NOTHING,
    context: Mapping[str, str] = NOTHING,
) -> Setting:
    """A setting over a workshop; every check reads the store anew."""
    index = build_index(await graph.all_entities(snapshot))
    return Setting(
        parse_rules(records, SCHEMA),
        SCHEMA,
        index,
        "en",
        parse_policy(policy, SCHEMA, context),
        parse_units(units),
        context,
        {"manual": Source("manual", "The Manual", "2nd edition")},
        Held(),
    )


async def whole(
    subjects: Sequence[Subject | str],
    where: Domain | tuple[Snapshot, Setting],
    *,
    context: Mapping[str, Any] = NOTHING,
    language: str = "en",
    **options: Any,
) -> SafetyCheck:
    """A whole safety check; a text is a subject without dose."""
    named = [each if isinstance(each, Subject) else Subject(each) for each in subjects]
    if isinstance(where, Domain):
        async with where.store.snapshot() as snapshot:
            return await examine(named, context, where.safety, snapshot, language=language, **options)
    snapshot, setting = where
    return await examine(named, context, setting, snapshot, language=language, **options)


async def unresolved(findings: Sequence[Finding], snapshot: Snapshot, schema: Schema) -> set[str]:
    """The facts and subjects that findings name and the graph does not have."""
    facts = {name for finding in findings for name in finding.facts}
    subjects = {name for finding in findings for name in finding.subjects}
    if not subjects:
        return set()
    held = set(await graph.facts(snapshot, schema, facts)) | set(await graph.entities(snapshot, subjects))
    return (facts | subjects) - held


def pairs_of(findings: Sequence[Finding], name: str, facts: Mapping[str, Fact]) -> set[frozenset[str]]:
    """The pairs that a rule found, whichever way round: one finding may be of several."""
    named = [facts[each] for finding in findings if finding.rule == name for each in finding.facts]
    return {frozenset({each.subject, each.object}) for each in named if each.predicate == "INCOMPATIBLE_WITH"}
