"""What a claim demands beside its triple: edition, date, strength of evidence, quantifier; and if it is well formed.

These four qualifiers are reserved: every relation's claims may carry them, and no pack declares them.
"""

import calendar
import datetime as dt
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kg.model import Grade, Qualifiers, Scalar
from kg.schema import RESERVED, VALIDITY
from reasoning.answer import Claim, Quantity
from reasoning.verify.quantity import is_material

__all__ = ["Demand", "Quantifier", "demand_of", "fault_of"]

_COUNT_UNITS = ("", "1")
_WITHOUT_OBJECT = ("any", "none", "count")
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", re.ASCII)


class Quantifier(StrEnum):
    """How many a claim speaks of: of its subject's class (`ALL`, `SOME`), or of its subject's objects."""

    SOME = "some"
    ALL = "all"
    ONLY = "only"
    ANY = "any"
    NONE = "none"
    COUNT = "count"


@dataclass(frozen=True, slots=True)
class Demand:
    """The reserved qualifiers of a claim, and the others.

    Attributes:
        qualifiers: what facts have to carry.
        edition: of a source of the fact; empty for the current ones.
        span: first and last day on which the fact has to hold, as ISO dates; None for now.
        strength: of the fact's evidence, at least.
        quantifier: None where the claim names none.
    """

    qualifiers: Qualifiers = field(default_factory=dict)
    edition: str = ""
    span: tuple[str, str] | None = None
    strength: Grade = Grade.UNSPECIFIED
    quantifier: Quantifier | None = None

    @property
    def is_scoped(self) -> bool:
        """Whether the claim speaks of a certain edition or time, or of what held until a date."""
        return bool(self.edition) or self.span is not None or "valid_to" in self.qualifiers


def demand_of(claim: Claim) -> Demand:
    """Return what a claim without a fault demands."""
    given = claim.qualifiers
    date = given.get("as_of")
    quantifier = given.get("quantifier")
    return Demand(
        {key: value for key, value in given.items() if key not in RESERVED or key in VALIDITY},
        _edition(given.get("edition", "")) or "",
        None if date is None else _span(date),
        Grade(str(given.get("strength", Grade.UNSPECIFIED))),
        None if quantifier is None else Quantifier(str(quantifier)),
    )


def fault_of(claim: Claim) -> str:
    """Return the key of the message that says why no graph could decide a claim; empty if one could."""
    if any(not _is_text(each) for each in (claim.subject, claim.predicate, claim.object)):
        return "claim_not_text"
    return (
        _fault_of_reserved(claim.qualifiers)
        or _fault_of_ends(claim, claim.qualifiers.get("quantifier"))
        or _fault_of_amount(claim.quantity, claim.qualifiers.get("quantifier"))
    )


def _fault_of_ends(claim: Claim, quantifier: Scalar | None) -> str:
    if not claim.subject or not claim.predicate:
        return "verdict_unlinked"
    if quantifier in _WITHOUT_OBJECT:
        return "claim_object_too_much" if claim.object else ""
    return "" if claim.object else "claim_without_object"


def _fault_of_reserved(given: Mapping[str, Scalar]) -> str:
    strength, quantifier = given.get("strength"), given.get("quantifier")
    if "edition" in given and not _edition(given["edition"]):
        return "claim_edition"
    if "as_of" in given and _span(given["as_of"]) is None:
        return "claim_as_of"
    if strength is not None and strength not in list(Grade):
        return "claim_strength"
    if quantifier is not None and quantifier not in list(Quantifier):
        return "claim_quantifier"
    return ""


def _fault_of_amount(amount: Quantity | None, quantifier: Scalar | None) -> str:
    if quantifier == Quantifier.COUNT:
        return "" if amount is not None and _is_count(amount) else "claim_count"
    if amount is None:
        return ""
    if quantifier not in {None, Quantifier.SOME, Quantifier.ALL}:
        return "claim_amount_too_much"
    return "" if _is_amount(amount) else "claim_amount"


def _is_amount(amount: Quantity) -> bool:
    ends = [end for end in (amount.low, amount.high) if end is not None]
    if not ends or not all(map(math.isfinite, ends)) or ends != sorted(ends):
        return False
    return ends[0] >= 0 or not is_material(amount.unit)


def _is_count(amount: Quantity) -> bool:
    ends = [end for end in (amount.low, amount.high) if end is not None]
    whole = all(math.isfinite(end) and end >= 0 and end == int(end) for end in ends)
    return bool(ends) and whole and ends == sorted(ends) and amount.unit in _COUNT_UNITS


def _is_text(said: object) -> bool:
    """Say whether something can be the id of anything: a store takes no text that cannot be encoded."""
    if not isinstance(said, str):
        return False
    try:
        said.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in said


def _edition(said: Scalar) -> str:
    """Return an edition as sources write it (a year may come as a number); empty if it is none."""
    if isinstance(said, bool):
        return ""
    if isinstance(said, int | float):
        return str(int(said)) if math.isfinite(said) and said == int(said) else ""
    return said.strip()


def _span(said: Scalar) -> tuple[str, str] | None:
    """Return the first and last day of an ISO date, month or year; None if it is none."""
    if isinstance(said, float) and said.is_integer():
        said = str(int(said))
    match = _DATE.fullmatch(said) if isinstance(said, str) else None
    if match is None:
        return None
    year, month, day = (None if each is None else int(each) for each in match.groups())
    try:
        first = dt.date(year or 0, month or 1, day or 1)
    except ValueError:
        return None
    if day is not None:
        return first.isoformat(), first.isoformat()
    months = month or 12
    last = dt.date(first.year, months, calendar.monthrange(first.year, months)[1])
    return first.isoformat(), last.isoformat()
