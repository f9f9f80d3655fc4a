"""The mutation test, and precision and recall on typed claims: the verifier beside the second judge."""

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeAlias

from kg.model import Fact, Graph, Status
from kg.schema import Schema
from reasoning.answer import Claim, Verdict
from reasoning.evaluation.mutations import PERTURBED, RESTATED, Mutant, Mutator, claim_of
from reasoning.evaluation.second import Second

__all__ = ["CAUSES", "Decide", "Difference", "Measured", "measure"]

Decide: TypeAlias = Callable[[Sequence[Claim]], Awaitable[Sequence[Verdict]]]

_BATCH: Final = 100
_DECIDED: Final = (Verdict.SUPPORTED, Verdict.REFUTED)
CAUSES: Final = (*PERTURBED, *RESTATED)


@dataclass(frozen=True, slots=True)
class Difference:
    """A claim of which the verifier and the second judge say different things."""

    kind: str
    claim: Claim
    found: Verdict
    expected: Verdict


@dataclass(slots=True)
class Measured:
    """What became of the claims of a graph.

    Attributes:
        facts: facts whose claims were judged.
        supported: those whose claim is supported: what the perturbed claims are made of.
        verdicts: (kind, verdict) → number of claims, as the verifier says.
        also_true: kind → perturbed claims that are supported, and rightly so for the second judge.
        confusion: (second judge's label, verifier's verdict) → number of claims, all kinds.
        differences: every claim of which the two say different things.
    """

    facts: int = 0
    supported: int = 0
    verdicts: Counter[tuple[str, Verdict]] = field(default_factory=Counter)
    also_true: Counter[str] = field(default_factory=Counter)
    confusion: Counter[tuple[Verdict, Verdict]] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def perturbed(self) -> int:
        """How many perturbed claims were judged."""
        return sum(number for (kind, _), number in self.verdicts.items() if kind in PERTURBED)

    @property
    def claims(self) -> int:
        """How many claims were judged."""
        return self.confusion.total()

    @property
    def wrong(self) -> list[Difference]:
        """The perturbed claims that the verifier supports and the second judge does not."""
        return [each for each in self.differences if each.kind in PERTURBED and each.found is Verdict.SUPPORTED]

    @property
    def precision(self) -> float:
        """The share of the verifier's supported and refuted claims that the second judge labels the same."""
        return _share(self._agreed, sum(n for (_, found), n in self.confusion.items() if found in _DECIDED))

    @property
    def recall(self) -> float:
        """The share of the claims that the second judge labels supported or refuted which the verifier does too."""
        return _share(self._agreed, sum(n for (label, _), n in self.confusion.items() if label in _DECIDED))

    @property
    def _agreed(self) -> int:
        return sum(self.confusion[each, each] for each in _DECIDED)


async def measure(graph: Graph, schema: Schema, decide: Decide, *, seed: int = 0, share: float = 1.0) -> Measured:
    """Judge the claims of a graph's facts, those said in another way, superseded ones, and each perturbed.

    Args:
        graph: all facts; retracted ones make no claims.
        schema: its schema.
        decide: the verifier: verdicts in the order of the claims.
        seed: of the choices among possible changes.
        share: of the facts, to make it quicker; 1 for all.

    Perturbed claims are made of supported ones only. Labels are the second judge's, over all claims: true facts,
    derived and disputed ones, claims of earlier editions, other wordings, perturbed claims.
    """
    chance = random.Random(seed)  # noqa: S311  not a secret
    second, mutator, found = Second(graph, schema), Mutator(graph, schema, chance), Measured()
    chosen = [f for f in graph.facts if f.status is not Status.RETRACTED and (share >= 1 or chance.random() < share)]
    found.facts = len(chosen)
    stated = [(fact, claim_of(fact, schema.relations[fact.predicate])) for fact in chosen]
    supported: list[tuple[Fact, Claim]] = []
    for start in range(0, len(stated), _BATCH):
        batch = stated[start : start + _BATCH]
        kinds = ["superseded" if fact.status is Status.SUPERSEDED else "as_recorded" for fact, _ in batch]
        originals = [Mutant(kind, claim) for kind, (_, claim) in zip(kinds, batch, strict=True)]
        verdicts = await _judged(originals, decide, second, found)
        supported += [
            each
            for each, verdict in zip(batch, verdicts, strict=True)
            if verdict is Verdict.SUPPORTED and each[0].status is not Status.SUPERSEDED
        ]
    found.supported = len(supported)
    for mutants in _batches(_changed(supported, mutator)):
        await _judged(mutants, decide, second, found)
    return found


def _changed(supported: Sequence[tuple[Fact, Claim]], mutator: Mutator) -> Iterator[Mutant]:
    for fact, claim in supported:
        yield from mutator.perturbed(claim, fact)
        yield from mutator.restated(claim, fact)


def _batches(mutants: Iterator[Mutant]) -> Iterator[list[Mutant]]:
    while batch := list(islice(mutants, _BATCH)):
        yield batch


async def _judged(mutants: Sequence[Mutant], decide: Decide, second: Second, found: Measured) -> Sequence[Verdict]:
    verdicts = await decide([each.claim for each in mutants])
    for each, verdict in zip(mutants, verdicts, strict=True):
        label = second.label(each.claim)
        found.verdicts[each.kind, verdict] += 1
        found.confusion[label, verdict] += 1
        if label is verdict is Verdict.SUPPORTED and each.kind in PERTURBED:
            found.also_true[each.kind] += 1
        if label is not verdict:
            found.differences.append(Difference(each.kind, each.claim, verdict, label))
    return verdicts


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0
