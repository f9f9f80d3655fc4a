"""`golden.yaml`: questions with what a correct answer must come to, checked against the tables of the pack."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from kg.model import Fact
from kg.pack.documents import report_invalid
from kg.pack.faults import Faults, Place
from kg.pack.forms import IDENTIFIER
from kg.pack.nouns import Directory, known
from kg.pack.texts import Items
from kg.schema import Schema

__all__ = ["GoldenForm", "Stated", "check_golden", "stated"]

_Name: TypeAlias = Annotated[str, StringConstraints(min_length=1)]


class GoldenForm(BaseModel):
    """One question. Names are standard names or ids; keys that are left out are not checked."""

    model_config = ConfigDict(extra="forbid", strict=True)

    id: Annotated[str, StringConstraints(pattern=IDENTIFIER)]
    question: Annotated[str, StringConstraints(max_length=4000)]
    language: _Name
    outcome: Annotated[str, StringConstraints(pattern=r"^[A-Z]+(_[A-Z]+)*$")]
    entities: list[_Name] = []
    facts: list[Annotated[tuple[_Name, _Name, _Name], Field(strict=False)]] = []
    findings: list[_Name] = []
    context: dict[str, Any] = {}
    guard: _Name = ""


@dataclass(frozen=True, slots=True)
class Stated:
    """What the rest of the pack states: cases may expect nothing else. `facts` are subject, relation, object."""

    schema: Schema
    directory: Directory
    facts: frozenset[tuple[str, str, str]]
    rules: frozenset[str]
    guards: frozenset[str] = frozenset()


def stated(
    schema: Schema, directory: Directory, facts: Iterable[Fact], rules: Iterable[str], guards: Iterable[str] = ()
) -> Stated:
    """Return what cases may expect; facts of symmetric relations hold either way."""
    held = {(fact.subject, fact.predicate, fact.object) for fact in facts}
    held |= {(o, p, s) for s, p, o in held if schema.relations[p].symmetric}
    return Stated(schema, directory, frozenset(held), frozenset(rules), frozenset(guards))


def check_golden(items: Items, pack: Stated, faults: Faults) -> None:
    """Report cases that do not fit, or that expect what the tables do not say."""
    document, path = items.document, items.path
    seen: set[str] = set()
    for position, item in enumerate(items.mappings):
        try:
            case = GoldenForm.model_validate(item)
        except ValidationError as error:
            report_invalid(document, error, faults, *path, position)
            continue
        if case.id in seen:
            faults.add(document.place(*path, position, "id"), f"the case {case.id!r} stands twice; rename one")
        seen.add(case.id)
        for at, name in enumerate(case.entities):
            place = document.place(*path, position, "entities", at)
            pack.directory.resolve(name, pack.schema.types, place, "entity", faults)
        for at, triple in enumerate(case.facts):
            _check_fact(triple, document.place(*path, position, "facts", at), pack, faults)
        for at, rule in enumerate(case.findings):
            if rule not in pack.rules:
                place = document.place(*path, position, "findings", at)
                faults.add(place, f"unknown rule {known(rule, pack.rules)}")
        if case.guard and case.guard not in pack.guards:
            faults.add(document.place(*path, position, "guard"), f"unknown guard {known(case.guard, pack.guards)}")


def _check_fact(triple: tuple[str, str, str], place: Place, pack: Stated, faults: Faults) -> None:
    subject, predicate, obj = triple
    relation = pack.schema.relations.get(predicate)
    if relation is None:
        faults.add(place, f"unknown relation {known(predicate, pack.schema.relations)}")
        return
    first = pack.directory.resolve(subject, relation.subjects, place, f"{predicate}: subject", faults)
    second = pack.directory.resolve(obj, relation.objects, place, f"{predicate}: object", faults)
    if first and second and (first, predicate, second) not in pack.facts:
        faults.add(place, f"expects {subject} {predicate} {obj}, which no table states; correct the case")
