"""What tests of the safety pass share: one way to check, and a made-up workshop whose rules hold every case."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from kg.linking.index import NameIndex, build_index
from kg.model import Entity, Evidence, Fact, Grade, Graph, Name, Scalar, Source, Status, fact_id
from kg.query import read as graph
from kg.rules import Rule, parse_rules
from kg.schema import Criticality, EntityType, Qualifier, Relation, Schema
from kg.store import Snapshot
from kg.stores.ladybug import LadybugStore
from reasoning.answer import Finding
from reasoning.domain import Domain
from reasoning.safety import check_safety

__all__ = ["NOTHING", "RULE", "SCHEMA", "check", "fact", "pairs_of", "rule", "unresolved", "workshop"]

_BOTH = {"zh": "词", "en": "word"}
_SAFETY = Criticality.SAFETY

SCHEMA = Schema(
    types={name: EntityType(name, _BOTH) for name in ("Tool", "Kit", "Danger")},
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
            Relation("HOLDS", ("Kit",), ("Tool",), _BOTH),
            Relation("LENT_WITH", ("Kit",), ("Tool",), _BOTH),
        )
    },
    qualifiers={
        "why": Qualifier("why", "string", ("sparks", "fumes"), {"sparks": {"zh": "火花", "en": "flying sparks"}}),
        "within": Qualifier("within", "number"),
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
    """What fires in a workshop by these rules, or in a domain by its own; the graph has every fact that it names."""
    if isinstance(where, Domain):
        async with where.store.snapshot() as snapshot:
            return await _check(ids, snapshot, where.rules, where.pack.schema, where.index, language, context)
    index = build_index(await graph.all_entities(where))
    return await _check(ids, where, parse_rules(records, SCHEMA), SCHEMA, index, language, context)


async def _check(  # noqa: PLR0913, PLR0917  all that the pass takes
    ids: Sequence[str],
    snapshot: Snapshot,
    rules: Sequence[Rule],
    schema: Schema,
    index: NameIndex,
    language: str,
    context: Mapping[str, Any],
) -> tuple[Finding, ...]:
    reference = "en" if schema is SCHEMA or "Mineral" in schema.types else "zh"
    findings, rested = await check_safety(
        ids, context, snapshot, rules, schema, language=language, reference_language=reference, index=index
    )
    assert {each.id for each in rested} <= {name for finding in findings for name in finding.facts}
    assert not await unresolved(findings, snapshot, schema)
    return findings


async def unresolved(findings: Sequence[Finding], snapshot: Snapshot, schema: Schema) -> set[str]:
    """The facts and subjects that findings name and the graph does not have."""
    facts = {name for finding in findings for name in finding.facts}
    subjects = {name for finding in findings for name in finding.subjects}
    if not subjects:
        return set()
    held = set(await graph.facts(snapshot, schema, facts)) | set(await graph.entities(snapshot, subjects))
    return (facts | subjects) - held


def pairs_of(findings: Sequence[Finding], name: str) -> set[frozenset[str]]:
    """The pairs that a rule found, whichever way round."""
    return {frozenset(finding.subjects[:2]) for finding in findings if finding.rule == name}
