"""Reads what the graph holds about claims, independently of the rows that they came from."""

from collections.abc import Sequence

from kg.model import Fact, Status
from kg.query import read as graph
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict
from reasoning.verify.facts import Facts
from reasoning.verify.judge import judge

__all__ = ["load", "verify"]


async def verify(
    claims: Sequence[Claim], snapshot: Snapshot, schema: Schema, *, language: str = "en"
) -> tuple[ClaimVerdict, ...]:
    """Judge claims by what the store holds now, in the order of `claims`.

    Args:
        claims: entity ids and relations of the schema; whatever does not fit is judged unlinked, never guessed.
        snapshot: where to read; at most four queries whatever the number of claims.
        schema: the pack's schema.
        language: of the rationales.

    Raises:
        GraphUnavailable: the store does not answer. No claim is supported by accident.
    """
    held = await load(claims, snapshot, schema)
    return tuple(judge(claim, held, schema, language) for claim in claims)


async def load(claims: Sequence[Claim], snapshot: Snapshot, schema: Schema) -> Facts:
    """Read the facts of the claims' relations that touch their subjects, and the hierarchies of their objects."""
    known = [claim for claim in claims if claim.predicate in schema.relations and claim.subject]
    relations = sorted({claim.predicate for claim in known})
    if not relations:
        return Facts({})
    # All facts of the relation at the subject are needed: another value of a functional relation refutes.
    subjects = sorted({claim.subject for claim in known})
    found = list(await graph.facts_touching(snapshot, schema, subjects, predicates=relations))
    swapped = [(claim.object, claim.predicate, claim.subject) for claim in known if claim.object]
    found += await graph.facts_matching(snapshot, schema, swapped)
    around = [
        name
        for r in relations
        for name in (schema.relations[r].object_subsumption, schema.relations[r].object_variants)
    ]
    if hierarchies := sorted({name for name in around if name}):
        terms = {fact.object for fact in found} | {claim.object for claim in known if claim.object}
        found += await graph.facts_touching(snapshot, schema, sorted(terms), predicates=hierarchies)
    ends = {end for fact in found for end in (fact.subject, fact.object)}
    ends |= {end for claim in claims for end in (claim.subject, claim.object) if end}
    entities = await graph.entities(snapshot, sorted(ends)) if ends else {}
    outgoing: dict[tuple[str, str], list[Fact]] = {}
    incoming: dict[tuple[str, str], list[Fact]] = {}
    for fact in {fact.id: fact for fact in found if fact.status is not Status.RETRACTED}.values():
        outgoing.setdefault((fact.predicate, fact.subject), []).append(fact)
        incoming.setdefault((fact.predicate, fact.object), []).append(fact)
    return Facts(
        entities,
        {key: tuple(sorted(facts, key=lambda f: f.id)) for key, facts in outgoing.items()},
        {key: tuple(sorted(facts, key=lambda f: f.id)) for key, facts in incoming.items()},
    )
