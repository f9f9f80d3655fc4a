"""How sure a figure is: bootstrap intervals, the exact test of McNemar, percentiles."""

import math
import random
from collections.abc import Sequence
from typing import Final

__all__ = ["bootstrap", "mcnemar", "percentile"]

_ROUNDS: Final = 1000
_TAIL: Final = 0.025


def bootstrap(values: Sequence[float], *, seed: int = 0, rounds: int = _ROUNDS) -> tuple[float, float]:
    """Return the 95 % interval of a mean by resampling; (0, 0) of nothing."""
    if not values:
        return 0.0, 0.0
    chance = random.Random(seed)  # noqa: S311  not a secret
    means = [math.fsum(chance.choices(values, k=len(values))) / len(values) for _ in range(rounds)]
    return percentile(means, _TAIL), percentile(means, 1 - _TAIL)


def mcnemar(one: Sequence[bool], other: Sequence[bool]) -> float:
    """Return the two-sided exact p that two arms are equally often right on the same questions, paired in order."""
    pairs = list(zip(one, other, strict=True))
    first, second = sum(a and not b for a, b in pairs), sum(b and not a for a, b in pairs)
    total, fewer = first + second, min(first, second)
    tail = sum(math.comb(total, k) for k in range(fewer + 1))
    return min(1.0, 2 * tail / float(2**total))


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share lies, between the two nearest; 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)
