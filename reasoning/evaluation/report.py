"""What `bencao eval verify` prints: the mutation test, typed claims, annotated prose, and speed."""

import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any, Final

from kg.messages import text
from kg.model import Status
from kg.store import Snapshot
from reasoning.answer import Claim, Verdict
from reasoning.claims import verify_text
from reasoning.domain import Domain
from reasoning.evaluation.mutations import PERTURBED, RESTATED, claim_of
from reasoning.evaluation.prose import Annotated, Prose, measure_prose, read_annotated
from reasoning.evaluation.verification import Measured, measure
from reasoning.verify import verify

__all__ = ["Spread", "VerifyReport", "evaluate_verify"]

_BATCH: Final = 100
_CHARACTERS: Final = 2000
_PRECISE: Final = 0.99
_EXTRACTED: Final = 0.95
_ACCURATE: Final = 0.97
_CLAIMS_A_SECOND: Final = 2000
_MILLISECONDS: Final = 100


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds: the median and the 95th percentile."""

    p50: float
    p95: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Spread":
        """Return the spread of at least two times."""
        cuts = quantiles(seconds, n=20, method="inclusive")
        return cls(cuts[9] * 1e3, cuts[18] * 1e3)


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """How right and how fast the verifier is; `prose` and `text_time` are None if nothing is annotated."""

    measured: Measured
    prose: Prose | None
    claims_a_second: float
    text_time: Spread | None

    @property
    def faults(self) -> tuple[str, ...]:
        """The goals that were not reached; how fast it is depends on the machine, and is one of them."""
        measured, prose, taken = self.measured, self.prose, self.text_time
        reached = {
            "wrong": not measured.wrong,
            "typed": min(measured.precision, measured.recall) >= _PRECISE,
            "extraction": prose is None or prose.recall >= _EXTRACTED,
            "accuracy": prose is None or prose.accuracy >= _ACCURATE,
            "rate": self.claims_a_second >= _CLAIMS_A_SECOND,
            "text_time": taken is None or taken.p50 <= _MILLISECONDS,
        }
        return tuple(goal for goal, is_reached in reached.items() if not is_reached)

    @property
    def passed(self) -> bool:
        """Whether every goal was reached."""
        return not self.faults

    @property
    def misses(self) -> tuple[str, ...]:
        """Every claim that the two judges decide differently, and every sentence that was read wrongly."""
        differing = (
            f"{each.kind}: found {each.found}, expected {each.expected}: {each.claim}"
            for each in self.measured.differences
        )
        return (*differing, *(self.prose.misses if self.prose else ()))

    def lines(self, language: str) -> tuple[str, ...]:
        """Return the report in `zh` or `en`."""
        lines = [*self._mutation_lines(language), *self._prose_lines(language)]
        lines.append(text("evaluation.rate", language, rate=f"{self.claims_a_second:,.0f}"))
        if self.text_time:
            spread = {"p50": f"{self.text_time.p50:.0f}", "p95": f"{self.text_time.p95:.0f}"}
            lines.append(text("evaluation.text_time", language, characters=_CHARACTERS, **spread))
        return (*lines, *outcome_lines(self.faults, language))

    def _mutation_lines(self, language: str) -> list[str]:
        found = self.measured
        numbers = {"facts": found.facts, "supported": found.supported, "perturbed": found.perturbed}
        lines = [
            text("evaluation.mutation", language, **numbers, wrong=len(found.wrong)),
            text("evaluation.columns", language),
        ]
        for kind in (*PERTURBED, *RESTATED):
            counts = {verdict: found.verdicts[kind, verdict] for verdict in Verdict}
            if number := sum(counts.values()):
                lines.append(
                    text(
                        "evaluation.kind",
                        language,
                        kind=kind,
                        number=number,
                        supported=counts[Verdict.SUPPORTED],
                        also=found.also_true[kind] if kind in PERTURBED else counts[Verdict.SUPPORTED],
                        refuted=counts[Verdict.REFUTED],
                        unknown=counts[Verdict.NOT_ENOUGH_EVIDENCE],
                        unchecked=counts[Verdict.NOT_CHECKABLE],
                    )
                )
        shares = {"precision": f"{found.precision:.4f}", "recall": f"{found.recall:.4f}"}
        differences = len(found.differences)
        return [*lines, text("evaluation.typed", language, claims=found.claims, **shares, differences=differences)]

    def _prose_lines(self, language: str) -> list[str]:
        prose = self.prose
        if prose is None:
            return [text("evaluation.no_prose", language)]
        shares = {name: f"{getattr(prose, name):.4f}" for name in ("recall", "precision", "accuracy")}
        lines = [text("evaluation.prose", language, sentences=prose.sentences, **shares)]
        for (expected, found), number in sorted(prose.confusion.items()):
            lines.append(text("evaluation.confusion", language, expected=expected, found=found, number=number))
        for style, counts in sorted(prose.by_style.items()):
            total = {"right": counts["right"], "number": counts.total()}
            lines.append(text("evaluation.style", language, style=style, **total))
        return lines

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        found, prose = self.measured, self.prose
        kinds: dict[str, dict[str, int]] = {}
        for (kind, verdict), number in found.verdicts.items():
            kinds.setdefault(kind, {})[verdict.value] = number
        for kind, number in found.also_true.items():
            kinds[kind]["also_true"] = number
        return {
            "passed": self.passed,
            "faults": list(self.faults),
            "facts": found.facts,
            "supported": found.supported,
            "perturbed": found.perturbed,
            "wrong": len(found.wrong),
            "kinds": kinds,
            "typed": {"claims": found.claims, "precision": found.precision, "recall": found.recall},
            "prose": prose
            and {
                "sentences": prose.sentences,
                "recall": prose.recall,
                "precision": prose.precision,
                "accuracy": prose.accuracy,
                "confusion": [[*pair, number] for pair, number in sorted(prose.confusion.items())],
            },
            "claims_per_second": self.claims_a_second,
            "text_ms": self.text_time and asdict(self.text_time),
        }


def outcome_lines(faults: Sequence[str], language: str) -> tuple[str, ...]:
    """Return the last line of a report: that it passed, or each goal that was not reached."""
    if not faults:
        return (text("evaluation.passed", language),)
    return tuple(text("evaluation.failed", language, what=text(f"evaluation.goal.{goal}", language)) for goal in faults)


async def evaluate_verify(
    domain: Domain,
    snapshot: Snapshot,
    *,
    share: float = 1.0,
    seed: int = 0,
    annotated: Sequence[Annotated] | None = None,
) -> VerifyReport:
    """Measure the verifier on a domain's own graph.

    Args:
        domain: whose pack makes the claims.
        snapshot: its store, which decides.
        share: of the facts to perturb; all of them make some hundred thousand claims and take minutes.
        seed: of what claims are changed into.
        annotated: sentences; the pack's own if None.

    Raises:
        PackInvalid: an annotated sentence does not fit the pack.
        GraphUnavailable: the store does not answer.
    """

    async def decide(claims: Sequence[Claim]) -> list[Verdict]:
        found = await verify(claims, snapshot, domain.pack.schema, sources=domain.sources)
        return [verdict.verdict for verdict in found]

    sentences = read_annotated(domain.pack) if annotated is None else annotated
    rate = await _claims_a_second(domain, snapshot, seed)
    taken = await _text_time(sentences, domain, snapshot, seed)
    prose = await measure_prose(sentences, domain, snapshot) if sentences else None
    measured = await measure(domain.pack.graph, domain.pack.schema, decide, seed=seed, share=share)
    return VerifyReport(measured, prose, rate, taken)


async def _claims_a_second(domain: Domain, snapshot: Snapshot, seed: int, most: int = 5000) -> float:
    """Return how many typed claims a second are verified in this process, in batches of facts chosen by chance."""
    chance = random.Random(seed)  # noqa: S311  not a secret
    graph, schema = domain.pack.graph, domain.pack.schema
    facts = [fact for fact in graph.facts if fact.status in {Status.ASSERTED, Status.DISPUTED}]
    claims = [claim_of(each, schema.relations[each.predicate]) for each in chance.sample(facts, min(most, len(facts)))]
    batches = [claims[start : start + _BATCH] for start in range(0, len(claims), _BATCH)]
    if not batches:
        return 0.0
    await verify(batches[0], snapshot, schema, sources=domain.sources)  # what the first call alone does is not speed
    started = time.perf_counter()
    for batch in batches:
        await verify(batch, snapshot, schema, sources=domain.sources)
    return len(claims) / (time.perf_counter() - started)


async def _text_time(
    sentences: Sequence[Annotated], domain: Domain, snapshot: Snapshot, seed: int, times: int = 20
) -> Spread | None:
    """Return how long texts of 2,000 characters take, each put together of sentences chosen by chance."""
    chance = random.Random(seed)  # noqa: S311  not a secret
    if not sentences:
        return None
    taken = []
    for number in range(times + 1):
        words = ""
        while len(words) < _CHARACTERS:
            words += chance.choice(sentences).text.strip() + "\n"
        started = time.perf_counter()
        await verify_text(words[:_CHARACTERS], domain, snapshot)
        taken += [time.perf_counter() - started] if number else []
    return Spread.of(taken)
