"""Reads what the graph holds about claims, independently of the rows that they came from."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg.errors import TraversalLimit
from kg.messages import text
from kg.model import Entity, Fact, Source, Status
from kg.query import read as graph
from kg.schema import Relation, Schema, Step
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.verify.demand import Quantifier, demand_of, fault_of
from reasoning.verify.explain import explained
from reasoning.verify.facts import DEEPEST, Facts, facts_of
from reasoning.verify.judge import decide
from reasoning.verify.match import drops_any, far_end, fits, grade, is_weaker

__all__ = ["Checked", "check", "load", "verify"]


@dataclass(frozen=True, slots=True)
class Checked:
    """Verdicts in the order of their claims, every fact that they or their proofs name and that was read, and its ends.

    The premises of derived facts are named by proofs and not read.
    """

    verdicts: tuple[ClaimVerdict, ...]
    facts: Mapping[str, Fact] = field(default_factory=dict)
    entities: Mapping[str, Entity] = field(default_factory=dict)


async def verify(
    claims: Sequence[Claim],
    snapshot: Snapshot,
    schema: Schema,
    *,
    language: str = "en",
    sources: Mapping[str, Source] | None = None,
) -> tuple[ClaimVerdict, ...]:
    """Judge claims by what the store holds now, in the order of `claims`; see `check`."""
    return (await check(claims, snapshot, schema, language=language, sources=sources)).verdicts


async def check(
    claims: Sequence[Claim],
    snapshot: Snapshot,
    schema: Schema,
    *,
    language: str = "en",
    sources: Mapping[str, Source] | None = None,
) -> Checked:
    """Judge claims by what the store holds now, and return the facts that decided.

    Verdicts depend on nothing but the claim and the contents of the graph: not on the other claims, nor the store.
    A claim whose facts are more than one read may return is left unchecked; the others are judged.

    Args:
        claims: entity ids and relations of the schema; whatever does not fit is judged, and never guessed.
        snapshot: where to read; a fixed number of queries whatever the number of claims, and one for each level of
            the hierarchies above the values that have to be compared.
        schema: the pack's schema.
        language: of the rationales, `zh` or `en`.
        sources: the graph's sources by key; read where they are needed if they are not given.

    Raises:
        GraphUnavailable: the store does not answer. No claim is supported by accident.
        BudgetExceeded: the snapshot counts queries, and there are no more to spend.
    """
    try:
        held = await load(claims, snapshot, schema, sources=sources)
    except TraversalLimit:
        if len(claims) == 1:
            return Checked((_unchecked(claims[0], language),))
        middle = len(claims) // 2
        halves = [
            await check(part, snapshot, schema, language=language, sources=sources)
            for part in (claims[:middle], claims[middle:])
        ]
        one, two = halves
        return Checked(one.verdicts + two.verdicts, {**one.facts, **two.facts}, {**one.entities, **two.entities})
    decided = [decide(claim, held, schema, language) for claim in claims]
    wanted = {step.removeprefix("facts/") for verdict in decided for step in verdict.proof} & held.by_id.keys()
    facts = {identity: held.by_id[identity] for identity in sorted(wanted)}
    ends = {end for fact in facts.values() for end in (fact.subject, fact.object)}
    entities = dict(held.entities)
    if missing := ends - entities.keys():
        entities |= await graph.entities(snapshot, missing)
    held = replace(held, entities=entities)
    verdicts = tuple(explained(verdict, held, schema, language) for verdict in decided)
    return Checked(verdicts, facts, {end: entities[end] for end in sorted(ends) if end in entities})


def _unchecked(claim: Claim, language: str) -> ClaimVerdict:
    rationale, reason = text("verdict_unchecked", language), Reason.UNCHECKED
    return ClaimVerdict(
        claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, rationale=rationale, proof=(f"rules/{reason}", "rules/too-many")
    )


async def load(
    claims: Sequence[Claim], snapshot: Snapshot, schema: Schema, *, sources: Mapping[str, Source] | None = None
) -> Facts:
    """Read what judging the claims needs: the facts at their subjects, and what the logic of their relations asks for.

    That is facts the other way round, those of opposite relations, hierarchies above the values, variants, members of
    classes, and for claims about editions and dates the sources.
    """
    checkable = [c for c in claims if c.predicate in schema.relations and not fault_of(c)]
    if not checkable:
        return facts_of({}, ())
    entities = await graph.entities(snapshot, {end for c in checkable for end in (c.subject, c.object) if end})
    checkable = [c for c in checkable if {c.subject, c.object} - {""} <= entities.keys()]
    if not checkable:
        return facts_of(entities, ())
    links = await _memberships(checkable, entities, snapshot, schema)
    if links:
        entities |= await graph.entities(snapshot, {fact.subject for fact in links} - entities.keys())
        checkable += _of_members(checkable, links)
    found = [*links, *await _at_subjects(checkable, entities, snapshot, schema)]
    held = facts_of(entities, found)
    found += await _beside(checkable, held, snapshot, schema)
    outdated = any(fact.status is Status.SUPERSEDED for fact in found)
    if sources is None and (outdated or any(demand_of(c).is_scoped for c in checkable)):
        sources = await graph.sources(snapshot)
    return facts_of(entities, found, sources)


async def _memberships(
    claims: Iterable[Claim], entities: Mapping[str, Entity], snapshot: Snapshot, schema: Schema
) -> list[Fact]:
    """Read who the members are of the classes that claims speak of with a quantifier."""
    classes: dict[str, set[str]] = {}
    for claim in claims:
        if demand_of(claim).quantifier in {Quantifier.ALL, Quantifier.SOME}:
            for relation in schema.memberships(entities[claim.subject].type):
                classes.setdefault(relation.id, set()).add(claim.subject)
    found: list[Fact] = []
    for relation_id, ids in classes.items():
        found += await graph.facts_touching(snapshot, schema, ids, predicates=(relation_id,))
    return found


def _of_members(claims: Iterable[Claim], links: Iterable[Fact]) -> list[Claim]:
    members: dict[str, list[str]] = {}
    for fact in links:
        members.setdefault(fact.object, []).append(fact.subject)
    return [
        replace(claim, subject=member)
        for claim in claims
        if demand_of(claim).quantifier in {Quantifier.ALL, Quantifier.SOME}
        for member in members.get(claim.subject, ())
    ]


async def _at_subjects(
    claims: Sequence[Claim], entities: Mapping[str, Entity], snapshot: Snapshot, schema: Schema
) -> list[Fact]:
    """Read the facts of the claims' relations at their subjects, those that hold the other way round, and opposites."""
    found = [*await graph.facts_leaving(snapshot, schema, {(c.subject, c.predicate) for c in claims})]
    mirrored = {(c.subject, c.predicate) for c in claims if schema.relations[c.predicate].symmetric}
    exact: set[tuple[str, str, str]] = set()
    for claim in claims:
        relation = schema.relations[claim.predicate]
        if not relation.symmetric and claim.object and not _may_join(relation, entities, claim, schema):
            exact.add((claim.object, relation.id, claim.subject))
        if claim.object:
            exact |= {
                (claim.subject, step.relation, claim.object)
                if step.forward
                else (claim.object, step.relation, claim.subject)
                for step in relation.opposites
            }
    found += await graph.facts_leaving(snapshot, schema, mirrored, forward=False)
    found += await graph.facts_matching(snapshot, schema, exact, superseded=True)
    return found


def _may_join(relation: Relation, entities: Mapping[str, Entity], claim: Claim, schema: Schema) -> bool:
    reached = schema.targets(frozenset({entities[claim.subject].type}), Step(relation.id))
    return entities[claim.object].type in reached


async def _beside(claims: Iterable[Claim], held: Facts, snapshot: Snapshot, schema: Schema) -> list[Fact]:
    """Read the hierarchies above the claims' objects and their other values, and which of these are variants."""
    kinds: dict[str, set[str]] = {}
    forms: set[tuple[str, str, str]] = set()
    for claim in claims:
        relation = schema.relations[claim.predicate]
        own = held.of(relation.id, claim.subject, symmetric=relation.symmetric)
        others = {far_end(fact, claim.subject) for fact in own} - {claim.object}
        if not others or _is_settled(claim, own, relation, schema):
            continue
        kinds.setdefault(relation.object_subsumption, set()).update(others, {claim.object} - {""})
        if (form := relation.object_variants) and claim.object:
            forms |= {end for o in others for end in ((o, form, claim.object), (claim.object, form, o))}
    found = list(await graph.facts_matching(snapshot, schema, forms))
    for relation_id, terms in kinds.items():
        found += await _above(terms, relation_id, snapshot, schema) if relation_id else ()
    return found


def _is_settled(claim: Claim, own: Iterable[Fact], relation: Relation, schema: Schema) -> bool:
    """Say whether one of the facts states the claim as it stands, so that no other object can change its verdict."""
    demand = demand_of(claim)
    if relation.functional or claim.quantity is not None or demand.is_scoped or demand.quantifier is not None:
        return False
    return any(
        fact.status is Status.ASSERTED
        and far_end(fact, claim.subject) == claim.object
        and fits(demand.qualifiers, fact)
        and not drops_any(fact, demand.qualifiers, schema)
        and not is_weaker(grade(fact), demand.strength)
        and not is_weaker(grade(fact), relation.minimum_grade)
        for fact in own
    )


async def _above(terms: Iterable[str], kind: str, snapshot: Snapshot, schema: Schema) -> list[Fact]:
    """Read the hierarchy above `terms`, one level a query."""
    seen, fresh = set[str](), set(terms)
    found: list[Fact] = []
    for _ in range(DEEPEST):
        if not fresh:
            break
        level = await graph.facts_leaving(snapshot, schema, {(term, kind) for term in fresh})
        found += level
        seen |= fresh
        fresh = {fact.object for fact in level} - seen
    return found
