"""Reads what the graph holds about claims, independently of the rows that they came from."""

from collections.abc import Iterable, Sequence

from kg.errors import TraversalLimit
from kg.messages import text
from kg.model import Fact, Status
from kg.query import read as graph
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.verify.facts import DEEPEST, Facts, facts_of
from reasoning.verify.judge import judge
from reasoning.verify.match import far_end, fits

__all__ = ["load", "verify"]


async def verify(
    claims: Sequence[Claim], snapshot: Snapshot, schema: Schema, *, language: str = "en"
) -> tuple[ClaimVerdict, ...]:
    """Judge claims by what the store holds now, in the order of `claims`.

    A claim whose facts are more than one read may return is left unchecked; the others are judged.

    Args:
        claims: entity ids and relations of the schema; whatever does not fit is judged unlinked, never guessed.
        snapshot: where to read; two queries whatever the number of claims; where other values of their subjects
            have to be compared, one more, and one for each level of the hierarchies above them.
        schema: the pack's schema.
        language: of the rationales.

    Raises:
        GraphUnavailable: the store does not answer. No claim is supported by accident.
        BudgetExceeded: the snapshot counts queries, and there are no more to spend.
    """
    try:
        held = await load(claims, snapshot, schema)
    except TraversalLimit:
        if len(claims) == 1:
            rationale = text("verdict_unchecked", language)
            verdict, reason = Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNCHECKED
            return (ClaimVerdict(claims[0], verdict, reason, rationale=rationale, proof=(f"rules/{reason}",)),)
        middle = len(claims) // 2
        first = await verify(claims[:middle], snapshot, schema, language=language)
        return first + await verify(claims[middle:], snapshot, schema, language=language)
    return tuple(judge(claim, held, schema, language) for claim in claims)


async def load(claims: Sequence[Claim], snapshot: Snapshot, schema: Schema) -> Facts:
    """Read the facts of the claims' relations that touch their subjects, and the hierarchies that they need.

    Facts touching a subject are those that state the claim, those that state something else of the same
    subject, and those that hold the other way round.
    """
    checkable = [c for c in claims if c.predicate in schema.relations and c.subject and c.object]
    if not checkable:
        return facts_of({}, ())
    entities = await graph.entities(snapshot, {end for claim in checkable for end in (claim.subject, claim.object)})
    checkable = [c for c in checkable if {c.subject, c.object} <= entities.keys()]
    if not checkable:
        return facts_of(entities, ())
    subjects, relations = {c.subject for c in checkable}, sorted({c.predicate for c in checkable})
    found = list(await graph.facts_touching(snapshot, schema, subjects, predicates=relations))
    held = facts_of(entities, found)
    kinds: dict[str, set[str]] = {}
    forms: set[tuple[str, str, str]] = set()
    for claim in checkable:
        relation = schema.relations[claim.predicate]
        own = held.of(relation.id, claim.subject, symmetric=relation.symmetric)
        others = {far_end(fact, claim.subject) for fact in own} - {claim.object}
        if not others or (_is_settled(claim, own) and not relation.functional):
            continue
        kinds.setdefault(relation.object_subsumption, set()).update(others, (claim.object,))
        if form := relation.object_variants:
            forms |= {end for o in others for end in ((o, form, claim.object), (claim.object, form, o))}
    found += await graph.facts_matching(snapshot, schema, forms)
    for relation_id, terms in kinds.items():
        found += await _above(terms, relation_id, snapshot, schema) if relation_id else ()
    return facts_of(entities, found)


def _is_settled(claim: Claim, own: Iterable[Fact]) -> bool:
    """Say whether one of the facts states the claim as it stands, so that no other object can change its verdict."""
    stated = [fact for fact in own if fact.status is Status.ASSERTED and far_end(fact, claim.subject) == claim.object]
    return claim.quantity is None and any(fits(claim, fact) for fact in stated)


async def _above(terms: Iterable[str], kind: str, snapshot: Snapshot, schema: Schema) -> list[Fact]:
    """Read the hierarchy above `terms`, one level a query."""
    seen, fresh = set[str](), set(terms)
    found: list[Fact] = []
    for _ in range(DEEPEST):
        if not fresh:
            break
        level = await graph.facts_touching(snapshot, schema, fresh, predicates=(kind,))
        found += level
        seen |= fresh
        fresh = {fact.object for fact in level if fact.subject in fresh} - seen
    return found
