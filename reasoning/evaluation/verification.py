"""Measures the verifier: mutated claims, typed claims, annotated prose, speed. What `bencao eval verify` prints."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from kg.model import Fact, Graph, Status
from kg.schema import Schema
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Verdict
from reasoning.domain import Domain
from reasoning.evaluation.mutations import KINDS, Mutator, claim_of
from reasoning.evaluation.second import Second
from reasoning.verify import facts_of, judge, verify

__all__ = ["Judge", "Mutations", "Typed", "claims_a_second", "judge_of", "mutate", "typed"]

Judge: TypeAlias = Callable[[Claim], ClaimVerdict]

_BATCH: Final = 100


@dataclass(slots=True)
class Mutations:
    """What became of mutated claims: kind → verdict → how many; `wrong` were supported by mistake."""

    claims: int = 0
    mutants: int = 0
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    wrong: list[tuple[str, Claim]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Typed:
    """Precision and recall of "supported" on typed claims; the second evaluator labels them."""

    claims: int
    precision: float
    recall: float
    disagreements: tuple[Claim, ...]


def judge_of(graph: Graph, schema: Schema) -> Judge:
    """Return the verifier over a whole graph in memory."""
    sources = {source.key: source for source in graph.sources}
    held = facts_of({entity.id: entity for entity in graph.entities}, graph.facts, sources)
    return lambda claim: judge(claim, held, schema)


def mutate(graph: Graph, schema: Schema, decide: Judge, *, seed: int = 0, share: float = 1.0) -> Mutations:
    """Perturb every supported claim of the graph's facts, and count what the verifier says of each perturbed one.

    Args:
        graph: all facts; those of earlier editions and retracted ones make no claims.
        schema: its schema.
        decide: the verifier.
        seed: of the choices among possible changes.
        share: of the facts, to make it quicker; 1 for all.
    """
    chance = random.Random(seed)  # noqa: S311  not a secret
    second, mutator, found = Second(graph, schema), Mutator(graph, schema, chance), Mutations()
    found.by_kind = {kind: Counter() for kind in KINDS}
    for fact in _current(graph):
        if share < 1 and chance.random() >= share:
            continue
        claim = claim_of(fact, schema.relations[fact.predicate])
        if decide(claim).verdict is not Verdict.SUPPORTED:
            continue
        found.claims += 1
        for mutant in mutator.mutants(claim, fact):
            verdict = decide(mutant.claim).verdict
            found.mutants += 1
            is_stated = verdict is Verdict.SUPPORTED and second.supports(mutant.claim)
            found.by_kind[mutant.kind]["supported by another fact" if is_stated else verdict.value] += 1
            if verdict is Verdict.SUPPORTED and not is_stated:
                found.wrong.append((mutant.kind, mutant.claim))
    return found


def typed(graph: Graph, schema: Schema, decide: Judge, *, seed: int = 0, share: float = 1.0) -> Typed:
    """Compare "supported" with the second evaluator over claims of all facts, true, outdated and perturbed ones.

    Every fact makes a claim, every tenth mutant is added; precision is the share of the verifier's "supported" that
    the second evaluator shares, recall the share of its that the verifier has.
    """
    chance = random.Random(seed)  # noqa: S311  not a secret
    second, mutator = Second(graph, schema), Mutator(graph, schema, chance)
    both = ours = theirs = total = 0
    differ: list[Claim] = []
    for fact in graph.facts:
        if fact.status is Status.RETRACTED or (share < 1 and chance.random() >= share):
            continue
        claim = claim_of(fact, schema.relations[fact.predicate])
        perturbed = mutator.mutants(claim, fact) if fact.status is not Status.SUPERSEDED else ()
        claims = [claim, *(mutant.claim for mutant in perturbed if not chance.randrange(10))]
        for each in claims:
            one, two = decide(each).verdict is Verdict.SUPPORTED, second.supports(each)
            total, ours, theirs, both = total + 1, ours + one, theirs + two, both + (one and two)
            if one is not two:
                differ.append(each)
    return Typed(total, both / ours if ours else 1.0, both / theirs if theirs else 1.0, tuple(differ))


async def claims_a_second(domain: Domain, snapshot: Snapshot, *, seed: int = 0, number: int = 5000) -> float:
    """Return how many typed claims a second are verified in this process, in batches of 100 by subject at random."""
    chance = random.Random(seed)  # noqa: S311  not a secret
    facts = chance.sample(list(_current(domain.pack.graph)), k=min(number, len(domain.pack.graph.facts) // 2))
    schema = domain.pack.schema
    claims = [claim_of(fact, schema.relations[fact.predicate]) for fact in facts]
    batches = [claims[start : start + _BATCH] for start in range(0, len(claims), _BATCH)]
    await verify(batches[0], snapshot, schema, sources=domain.sources)
    started = time.perf_counter()
    for batch in batches:
        await verify(batch, snapshot, schema, sources=domain.sources)
        await asyncio.sleep(0)
    return len(claims) / (time.perf_counter() - started)


def _current(graph: Graph) -> Iterable[Fact]:
    return (fact for fact in graph.facts if fact.status in {Status.ASSERTED, Status.DISPUTED})
