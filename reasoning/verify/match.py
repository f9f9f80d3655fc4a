"""A fact that entails a claim's triple, and the proof that it does."""

from collections.abc import Iterable
from dataclasses import dataclass

from kg.model import Fact
from kg.schema import Relation
from reasoning.answer import Claim

__all__ = ["Match", "far_end", "fits", "ids_of", "proof_of"]


@dataclass(frozen=True, slots=True)
class Match:
    """A fact of the claim's relation at its subject; `way` leads from its object up to the claim's, if they differ."""

    fact: Fact
    way: tuple[Fact, ...] = ()


def far_end(fact: Fact, near: str) -> str:
    """Return the end of a fact that is not `near`; the object if `near` is its subject."""
    return fact.object if fact.subject == near else fact.subject


def fits(claim: Claim, fact: Fact) -> bool:
    """Say whether a fact has every qualifier that the claim names; the claim may leave any out."""
    return all(fact.qualifiers.get(key) == value for key, value in claim.qualifiers.items())


def ids_of(facts: Iterable[Fact]) -> tuple[str, ...]:
    """Return the ids of facts, each once, in their order."""
    return tuple(dict.fromkeys(fact.id for fact in facts))


def proof_of(matches: Iterable[Match], relation: Relation) -> tuple[str, ...]:
    """Return each fact, the chain and the facts that it was derived from, and the steps up to a broader object."""
    proof: list[str] = []
    for match in matches:
        proof.append(f"facts/{match.fact.id}")
        if match.fact.derived_from:
            proof.append(f"rules/chain:{relation.id}")
            proof += [f"facts/{base}" for base in match.fact.derived_from]
        if match.way:
            proof.append(f"rules/subsumption:{relation.object_subsumption}")
            proof += [f"facts/{step.id}" for step in match.way]
    return tuple(dict.fromkeys(proof))
