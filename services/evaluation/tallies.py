"""Counts scored answers: figures of each arm over groups of questions, and how two arms differ on the same ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reasoning.evaluation.questions import Case
from reasoning.evaluation.scoring import Score, Scorer
from reasoning.evaluation.significance import bootstrap, mcnemar, percentile
from services.evaluation.run import Record

__all__ = ["Figure", "Scored", "Tally", "compared", "scored", "tally"]


@dataclass(frozen=True, slots=True)
class Scored:
    """One answer with its question and its score."""

    case: Case
    record: Record
    score: Score


@dataclass(frozen=True, slots=True)
class Figure:
    """A share with its 95 % interval, of `number` cases."""

    value: float
    low: float
    high: float
    number: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The figures of one arm over some questions; times in seconds, calls and tokens an answer."""

    number: int
    exact: Figure
    wrong: Figure
    hallucinated: Figure
    unsupported: Figure
    precision: float
    recall: float
    abstention_precision: float
    abstention_recall: Figure
    over_abstention: Figure
    omissions: Figure
    p50: float
    p95: float
    model_calls: float
    tokens: float
    judged: Figure


def scored(
    cases: Mapping[str, Case], records: Mapping[str, Sequence[Record]], scorer: Scorer
) -> dict[str, tuple[Scored, ...]]:
    """Score the records of every arm; those of cases that are no more are left out."""
    return {
        arm: tuple(
            Scored(cases[each.case], each, scorer.score(cases[each.case], each.told.text))
            for each in told
            if each.case in cases
        )
        for arm, told in records.items()
    }


def tally(answers: Sequence[Scored]) -> Tally:
    """Count the answers of one arm."""
    good = [each for each in answers if not each.case.is_refused]
    refused = [each for each in answers if each.case.is_refused]
    listed = [each.score for each in good if each.score.gold]
    hits = sum(score.true_positives for score in listed)
    told, gold = sum(score.told for score in listed), sum(score.gold for score in listed)
    silent = [each for each in answers if each.score.abstained]
    sentences = [each.score for each in answers if each.score.sentences]
    seconds = [each.record.seconds for each in answers]
    number = max(len(answers), 1)
    bound = [each for each in answers if each.case.must_mention]
    costs = [each.record.told for each in answers]
    judged = [each for each in answers if each.record.judged is not None]
    return Tally(
        number=len(answers),
        exact=_share(good, lambda each: each.score.exact),
        wrong=_share(good, lambda each: each.score.wrong),
        hallucinated=_share(answers, lambda each: each.score.hallucinated),
        unsupported=_mean([len(score.unsupported) / score.sentences for score in sentences]),
        precision=hits / told if told else 1.0,
        recall=hits / gold if gold else 1.0,
        abstention_precision=sum(each.case.is_refused for each in silent) / len(silent) if silent else 1.0,
        abstention_recall=_share(refused, lambda each: each.score.abstained),
        over_abstention=_share(good, lambda each: each.score.abstained),
        omissions=_share(bound, lambda each: bool(each.score.omitted)),
        p50=percentile(seconds, 0.5),
        p95=percentile(seconds, 0.95),
        model_calls=sum(each.model_calls for each in costs) / number,
        tokens=sum(each.input_tokens + each.output_tokens for each in costs) / number,
        judged=_share(judged, lambda each: each.record.judged == each.score.exact),
    )


def compared(one: Sequence[Scored], other: Sequence[Scored]) -> tuple[int, int, float]:
    """Return which of two arms alone is right how often, on the questions that both were asked, and McNemar's p."""
    second = {each.case.id: each.score.exact for each in other}
    pairs = [(each.score.exact, second[each.case.id]) for each in one if each.case.id in second]
    first_alone, second_alone = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    return first_alone, second_alone, mcnemar([a for a, _ in pairs], [b for _, b in pairs])


def _share(answers: Sequence[Scored], holds: Callable[[Scored], bool]) -> Figure:
    return _mean([float(holds(each)) for each in answers])


def _mean(values: Sequence[float]) -> Figure:
    low, high = bootstrap(values)
    return Figure(sum(values) / len(values) if values else 0.0, low, high, len(values))
