"""`facts/*.csv`: statements with their evidence, type-checked and merged."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from kg.model import Evidence, Fact, Grade, Qualifiers, Review, Scalar, Source, Status, fact_id
from kg.pack.faults import Faults, Place
from kg.pack.files import files_in
from kg.pack.nouns import Directory, known, parse_scalar
from kg.pack.schemas import AMOUNT
from kg.pack.tables import Row, read_table
from kg.schema import VALIDITY, Relation, Schema

__all__ = ["best_first", "canonical", "grade_of", "read_facts", "weaker"]

_REQUIRED: Final = ("subject", "predicate", "object", "source", "locator", "review")
_GRADES: Final = {grade: strength for strength, grade in enumerate(Grade)}
_REVIEWS: Final = {review: depth for depth, review in enumerate(Review)}


@dataclass(frozen=True, slots=True)
class _Line:
    """One row that fits: a fact with one evidence."""

    fact: Fact
    place: Place


def best_first(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return each place in a source once, the strongest grade first, then by source and locator.

    A place that was reviewed differently for different facts counts as reviewed the least.
    """
    places: dict[tuple[str, str, str], Evidence] = {}
    for item in sorted(evidence, key=lambda e: _REVIEWS[e.review]):
        places.setdefault((item.source, item.locator, item.quote), item)
    return tuple(sorted(places.values(), key=lambda e: (-_GRADES[e.grade], e.source, e.locator, e.quote)))


def grade_of(fact: Fact) -> Grade:
    """Return the strongest grade among the evidence of a fact."""
    return max((item.grade for item in fact.evidence), key=_GRADES.__getitem__, default=Grade.UNSPECIFIED)


def weaker(*grades: Grade) -> Grade:
    """Return the weakest of some grades."""
    return min(grades, key=_GRADES.__getitem__)


def canonical(relation: Relation, subject: str, obj: str) -> tuple[str, str]:
    """Return the ends in the order in which they are stored: a symmetric pair has the smaller id first."""
    return (obj, subject) if relation.symmetric and obj < subject else (subject, obj)


def read_facts(
    root: Path, schema: Schema, directory: Directory, sources: Mapping[str, Source], faults: Faults
) -> tuple[Fact, ...]:
    """Return every curated fact once, with the evidence of all rows that state it, in the order of the tables."""
    lines: list[_Line] = []
    for table in files_in(root, "facts", ".csv", faults):
        for row in read_table(root, table, _REQUIRED, ("quote", *VALIDITY, *schema.qualifiers), faults):
            fact = _fact(row, schema, directory, sources, faults)
            lines += [_Line(fact, row.place)] if fact else []
    _check_twice(lines, faults)
    disputed = _disputed(lines, schema, directory, faults)
    merged: dict[str, Fact] = {}
    for fact in (line.fact for line in lines):
        first = merged.get(fact.id, fact)
        status = Status.DISPUTED if fact.id in disputed else fact.status
        merged[fact.id] = replace(first, evidence=best_first((*first.evidence, *fact.evidence)), status=status)
    return tuple(merged.values())


def _fact(row: Row, schema: Schema, directory: Directory, sources: Mapping[str, Source], faults: Faults) -> Fact | None:
    before = len(faults.found)
    relation = schema.relations.get(row["predicate"])
    if row["source"] not in sources:
        faults.add(row.place, f"unknown source {known(row['source'], sources)}")
    if not row["locator"]:
        faults.add(row.place, "the locator is empty; write the place inside the source")
    if row["review"] not in set(Review):
        faults.add(row.place, f"unknown review {known(row['review'], Review)}")
    if relation is None:
        faults.add(row.place, f"unknown relation {known(row['predicate'], schema.relations)}")
        return None
    subject = directory.resolve(row["subject"], relation.subjects, row.place, f"{relation.id}: subject", faults)
    obj = directory.resolve(row["object"], relation.objects, row.place, f"{relation.id}: object", faults)
    qualifiers = _qualifiers(row, relation, schema, faults)
    if subject is not None and subject == obj:
        faults.add(row.place, f"{relation.id} joins {subject!r} with itself; correct one end")
    if subject is None or obj is None or len(faults.found) > before:
        return None
    subject, obj = canonical(relation, subject, obj)
    evidence = Evidence(
        row["source"], row["locator"], sources[row["source"]].grade, Review(row["review"]), row["quote"]
    )
    identity = fact_id(subject, relation.id, obj, qualifiers)
    status = Status.SUPERSEDED if "valid_to" in qualifiers else Status.ASSERTED
    return Fact(identity, subject, relation.id, obj, qualifiers, (evidence,), status)


def _qualifiers(row: Row, relation: Relation, schema: Schema, faults: Faults) -> Qualifiers:
    found: dict[str, Scalar] = {}
    for name, qualifier in schema.qualifiers.items():
        text = row[name]
        if not text:
            continue
        if name not in relation.qualifiers:
            takes = ", ".join(relation.qualifiers) or "none"
            faults.add(row.place, f"{relation.id} takes no qualifier {name!r} (it takes: {takes}); empty the cell")
            continue
        value = parse_scalar(text, qualifier.type)
        if value is None:
            faults.add(row.place, f"the qualifier {name!r} is {text!r}, not a {qualifier.type}")
        elif qualifier.values and text not in qualifier.values:
            faults.add(row.place, f"the qualifier {name!r} is {known(text, qualifier.values)}")
        else:
            found[name] = value
    for name in found:
        for lacking in (each for each in schema.qualifiers[name].requires if each not in found):
            faults.add(row.place, f"{relation.id} has the qualifier {name!r} without {lacking!r}; write it")
    if relation.quantity:
        _check_quantity(row, relation, found, faults)
    return found | _validity(row, relation, faults)


def _validity(row: Row, relation: Relation, faults: Faults) -> dict[str, str]:
    """Return from when and until when the fact of a row held; a fact without an end holds still."""
    given = {name: row[name] for name in VALIDITY if row[name]}
    for name, text in given.items():
        if not _is_date(text):
            message = f"{relation.id}: {name} is {text!r}, not a date; write year-month-day, e.g. 2020-12-29"
            faults.add(row.place, message)
            return {}
    first, last = (given.get(name, "") for name in VALIDITY)
    if first and last and first > last:
        faults.add(row.place, f"{relation.id}: valid_from {first} is after valid_to {last}; exchange them")
    return given


def _is_date(text: str) -> bool:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _check_quantity(row: Row, relation: Relation, found: Qualifiers, faults: Faults) -> None:
    low, high = row["low"], row["high"]
    given = [name for name in (*AMOUNT, "basis") if row[name]]
    if not given:
        return
    if not low and not high:
        faults.add(row.place, f"{relation.id} has {', '.join(given)} but no amount; write low or high, or neither")
    elif not row["unit"]:
        faults.add(row.place, f"{relation.id} has an amount without unit; write the unit")
    elif "basis" in relation.qualifiers and not row["basis"]:
        faults.add(row.place, f"{relation.id} has an amount without basis; write the basis")
    lower, upper = found.get("low"), found.get("high")
    if isinstance(lower, float) and isinstance(upper, float) and lower > upper:
        faults.add(row.place, f"low {low} is more than high {high}; exchange them")


def _check_twice(lines: Iterable[_Line], faults: Faults) -> None:
    seen: dict[tuple[str, str, str], Place] = {}
    for line in lines:
        evidence = line.fact.evidence[0]
        key = (line.fact.id, evidence.source, evidence.locator)
        if key in seen:
            faults.add(line.place, f"says the same as {seen[key]}; remove one of the rows")
        seen.setdefault(key, line.place)


def _disputed(lines: Iterable[_Line], schema: Schema, directory: Directory, faults: Faults) -> frozenset[str]:
    """Return the facts of functional relations on which sources differ; one source with two values is a fault.

    A superseded value disputes nothing, and two that hold under different conditions are no dispute.
    """
    values: dict[tuple[str, str, tuple[object, ...]], list[_Line]] = defaultdict(list)
    narrowing = [name for name, qualifier in schema.qualifiers.items() if qualifier.narrows]
    for line in lines:
        fact = line.fact
        if schema.relations[fact.predicate].functional and fact.status is not Status.SUPERSEDED:
            condition = tuple(fact.qualifiers.get(name) for name in narrowing)
            values[fact.subject, fact.predicate, condition].append(line)
    disputed: set[str] = set()
    for (subject, predicate, _), stated in values.items():
        by_source: dict[str, _Line] = {}
        for line in stated:
            source = line.fact.evidence[0].source
            first = by_source.setdefault(source, line)
            if first.fact.id != line.fact.id:
                name = directory.entities[subject].names[0].text
                message = f"{predicate} has one value, but {source} gives {name!r} another at {first.place}; keep one"
                faults.add(line.place, message)
        if len({line.fact.id for line in stated}) > 1:
            disputed |= {line.fact.id for line in stated}
    return frozenset(disputed)
