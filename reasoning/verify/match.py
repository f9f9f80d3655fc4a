"""Which facts state a claim's triple under its qualifiers, in its edition and time, and the proof that they do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from kg.layout import kind_of
from kg.model import Fact, Grade, Scalar, Status
from kg.schema import Relation, Schema
from reasoning.answer import Claim
from reasoning.verify.demand import Demand
from reasoning.verify.facts import CURRENT, Facts

__all__ = [
    "Case",
    "Match",
    "View",
    "drops",
    "drops_any",
    "far_end",
    "fits",
    "grade",
    "ids_of",
    "is_weaker",
    "match",
    "proof_of",
    "scoped",
    "view",
]

_STRENGTHS: Final = {each: number for number, each in enumerate(Grade)}


@dataclass(frozen=True, slots=True)
class Case:
    """One claim to judge, with all that decides it."""

    claim: Claim
    demand: Demand
    relation: Relation
    held: Facts
    schema: Schema
    language: str


@dataclass(frozen=True, slots=True)
class View:
    """The facts of the claim's relation at its subject, by how far they concern it.

    `inside` decide; `outside` stand in another edition, or nobody knows whether at the claim's time, so that they
    support nothing; `old` are superseded ones, for a claim about the present.
    """

    inside: tuple[Fact, ...] = ()
    outside: tuple[Fact, ...] = ()
    old: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """A fact of the claim's relation at its subject; `way` leads from its object up to the claim's, if they differ."""

    fact: Fact
    way: tuple[Fact, ...] = ()


def view(case: Case, relation: Relation, subject: str) -> View:
    """Return the facts of `relation` at `subject`, sorted by what the claim says of editions and time."""
    found = case.held.of(relation.id, subject, symmetric=relation.symmetric)
    if not case.demand.is_scoped:
        return View(
            tuple(fact for fact in found if fact.status in CURRENT),
            old=tuple(fact for fact in found if fact.status is Status.SUPERSEDED),
        )
    standing = {fact.id: scoped(fact, case.demand, case.held) for fact in found}
    return View(
        tuple(fact for fact in found if standing[fact.id] is True),
        tuple(fact for fact in found if standing[fact.id] is None),
    )


def scoped(fact: Fact, demand: Demand, held: Facts) -> bool | None:
    """Say whether a fact stands in the claim's edition and at its time; None if nobody knows."""
    if fact.qualifiers.get("valid_to") != demand.qualifiers.get("valid_to", fact.qualifiers.get("valid_to")):
        return None
    timely = True if demand.span is None else _holds(fact, demand.span, held)
    if timely is False:
        return False
    editions = [held.sources[item.source].edition if item.source in held.sources else "" for item in fact.evidence]
    # Of a derived fact each premise would have to be in the edition; its evidence says so only if all of it is.
    stated = not demand.edition or (all if fact.derived_from else any)(each == demand.edition for each in editions)
    return True if timely and stated else None


def _holds(fact: Fact, span: tuple[str, str], held: Facts) -> bool | None:
    first, last = (str(fact.qualifiers.get(key, "")) for key in ("valid_from", "valid_to"))
    if (first and first > span[1]) or (last and last < span[0]):
        return False
    # What an edition named by its year says holds from the end of that year at the latest.
    years = [held.sources[item.source].edition[:4] for item in fact.evidence if item.source in held.sources]
    known = first or min((f"{year}-12-31" for year in years if year.isdecimal() and len(year) == 4), default="")  # noqa: PLR2004
    began = bool(known) and known <= span[0]
    lasts = last >= span[1] if last else fact.status in CURRENT
    return True if began and lasts else None


def match(case: Case, facts: Iterable[Fact]) -> tuple[list[Match], list[Fact]]:
    """Return the facts that state the claim's triple, or entail it by a narrower object, and the other facts."""
    entailing: list[Match] = []
    others: list[Fact] = []
    for fact in facts:
        way = _way(far_end(fact, case.claim.subject), case.claim.object, case.relation, case.held)
        if way is None:
            others.append(fact)
        else:
            entailing.append(Match(fact, way))
    return entailing, others


def _way(narrow: str, broad: str, relation: Relation, held: Facts) -> tuple[Fact, ...] | None:
    if narrow == broad:
        return ()
    return held.climb(relation.object_subsumption, narrow, broad) if relation.object_subsumption else None


def far_end(fact: Fact, near: str) -> str:
    """Return the end of a fact that is not `near`; the object if `near` is its subject."""
    return fact.object if fact.subject == near else fact.subject


def fits(demanded: Mapping[str, Scalar], fact: Fact) -> bool:
    """Say whether a fact has every qualifier that a claim demands; the claim may leave any out."""
    held = fact.qualifiers
    return all(
        key in held and held[key] == value and kind_of(held[key]) == kind_of(value) for key, value in demanded.items()
    )


def drops(case: Case, fact: Fact) -> tuple[str, ...]:
    """Return the conditions under which alone a fact holds and of which the claim says nothing."""
    return drops_any(fact, case.demand.qualifiers, case.schema)


def drops_any(fact: Fact, demanded: Mapping[str, Scalar], schema: Schema) -> tuple[str, ...]:
    """Return the narrowing qualifiers of a fact that are not among those demanded."""
    known = schema.qualifiers
    return tuple(key for key in fact.qualifiers if key in known and known[key].narrows and key not in demanded)


def grade(fact: Fact) -> Grade:
    """Return the strongest grade among the evidence of a fact."""
    return max((item.grade for item in fact.evidence), key=_STRENGTHS.__getitem__, default=Grade.UNSPECIFIED)


def is_weaker(one: Grade, other: Grade) -> bool:
    """Say whether one grade is below another."""
    return _STRENGTHS[one] < _STRENGTHS[other]


def ids_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the ids of facts, each once, in their order."""
    return tuple(dict.fromkeys(fact.id for fact in facts))


def proof_of(case: Case, matches: Sequence[Match]) -> tuple[str, ...]:
    """Return each fact with the rules that it needed to state the claim, and what they rest on."""
    relation, proof = case.relation, list[str]()
    for each in matches:
        fact = each.fact
        proof.append(f"facts/{fact.id}")
        if fact.subject != case.claim.subject:
            proof.append(f"rules/symmetric:{relation.id}")
        if fact.status is not Status.ASSERTED:
            proof.append(f"rules/status:{fact.status}")
        if fact.derived_from:
            proof.append(f"rules/chain:{relation.id}")
            proof += [f"facts/{base}" for base in fact.derived_from]
        if each.way:
            proof.append(f"rules/subsumption:{relation.object_subsumption}")
            proof += [f"facts/{step.id}" for step in each.way]
    if case.demand.qualifiers:
        proof.append(f"rules/qualifiers:{','.join(sorted(case.demand.qualifiers))}")
    return tuple(proof)
