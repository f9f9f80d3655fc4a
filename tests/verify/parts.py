"""A harbour: a made-up domain with every kind of relation that the verifier knows."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from kg.model import Entity, Evidence, Fact, Grade, Graph, Name, Scalar, Source, Status, fact_id
from kg.schema import Chain, Criticality, EntityType, Qualifier, Relation, Schema, Step
from reasoning.answer import Claim, Quantity
from reasoning.verify import Facts, facts_of

_BOTH = {"zh": "词", "en": "word"}


def _relation(
    name: str, subject: str, obj: str, criticality: Criticality = Criticality.BACKGROUND, **logic: object
) -> Relation:
    return Relation(name, (subject,), (obj,), _BOTH, criticality=criticality, **logic)  # type: ignore[arg-type]


_RELATIONS = (
    _relation("CALLS_AT", "Ship", "Port", qualifiers=("season", "berth", "weather"), opposites=(Step("AVOIDS"),)),
    _relation("AVOIDS", "Ship", "Port", qualifiers=("weather",), opposites=(Step("CALLS_AT"),)),
    _relation("CHASES", "Ship", "Ship", opposites=(Step("GUARDS", forward=False),)),
    _relation("GUARDS", "Ship", "Ship"),
    _relation("PRAISED_IN", "Ship", "Port", minimum_grade=Grade.OBSERVATIONAL),
    _relation("FLIES", "Ship", "Flag", functional=True, qualifiers=("since",)),
    _relation("RATED", "Ship", "Rating", Criticality.SAFETY, functional=True, object_subsumption="KIND_OF"),
    _relation("CARRIES", "Ship", "Cargo", closed=True, qualifiers=("hold",), object_variants="MADE_FROM"),
    _relation("PAINTED", "Ship", "Colour", closed=True, object_subsumption="KIND_OF"),
    _relation("BARRED_FROM", "Cargo", "Port", Criticality.SAFETY, closed=True),
    _relation(
        "REACTS_WITH",
        "Cargo",
        "Cargo",
        Criticality.SAFETY,
        symmetric=True,
        qualifiers=("rule",),
        chain=Chain((Step("IN_CLASS"), Step("CLASS_REACTS"), Step("IN_CLASS", forward=False))),
    ),
    _relation("IN_CLASS", "Cargo", "Class", Criticality.SAFETY, membership=True),
    _relation("CLASS_REACTS", "Class", "Class", Criticality.SAFETY, symmetric=True),
    _relation(
        "LOADED_BY", "Cargo", "Crane", Criticality.SAFETY, quantity=True, qualifiers=("low", "high", "unit", "basis")
    ),
    _relation("MADE_FROM", "Cargo", "Cargo"),
    Relation("KIND_OF", ("Rating", "Colour"), ("Rating", "Colour"), _BOTH),
)
_TYPES = ("Ship", "Port", "Flag", "Rating", "Cargo", "Colour", "Class", "Crane")
SCHEMA = Schema(
    {name: EntityType(name, _BOTH, is_value=name in ("Flag", "Rating", "Colour", "Crane")) for name in _TYPES},
    {relation.id: relation for relation in _RELATIONS},
    {
        "season": Qualifier("season", "string", ("summer", "winter")),
        "berth": Qualifier("berth", "string", exclusive=True),
        "weather": Qualifier("weather", "string", ("calm", "storm"), narrows=True),
        "since": Qualifier("since", "number"),
        "hold": Qualifier("hold", "string", ("fore", "aft")),
        "rule": Qualifier("rule", "string", ("fire", "acid")),
        "low": Qualifier("low", "number"),
        "high": Qualifier("high", "number"),
        "unit": Qualifier("unit", "string"),
        "basis": Qualifier("basis", "string", ("lift", "day")),
    },
)
_NAMED = {
    "Ship": "anna bella clara dora",
    "Port": "oslo riga",
    "Flag": "red blue",
    "Rating": "unfit unsafe risky sound broken",
    "Cargo": "oil tar soap acid lime salt",
    "Colour": "sky azure navy tint hue shade green",
    "Class": "fuels caustics",
    "Crane": "north south",
}
ENTITIES = {
    name: Entity(name, kind, (Name(name.title(), "en"),)) for kind, names in _NAMED.items() for name in names.split()
}


SOURCES = {
    each.key: each
    for each in (
        Source("log", "The Log"),
        Source("log2015", "The Harbour Book", "2015", grade=Grade.TRADITIONAL),
        Source("log2020", "The Harbour Book", "2020", grade=Grade.TRIAL),
    )
}


def fact(
    triple: str,
    *,
    status: Status = Status.ASSERTED,
    base: Sequence[Fact] = (),
    source: str = "log",
    grade: Grade = Grade.TRIAL,
    **qualifiers: Scalar,
) -> Fact:
    """A fact written as `subject RELATION object`; with `valid_to` it is superseded."""
    subject, predicate, obj = triple.split()
    if "valid_to" in qualifiers:
        status = Status.SUPERSEDED
    return Fact(
        fact_id(subject, predicate, obj, qualifiers),
        subject,
        predicate,
        obj,
        qualifiers,
        (Evidence(source, triple, grade),),
        status,
        tuple(each.id for each in base),
    )


def qualified(stated: Fact, qualifiers: Mapping[str, Scalar]) -> Fact:
    """The same triple with other qualifiers."""
    identity = fact_id(stated.subject, stated.predicate, stated.object, qualifiers)
    return replace(stated, id=identity, qualifiers=dict(qualifiers))


def claim(triple: str, quantity: Quantity | None = None, **qualifiers: Scalar) -> Claim:
    """A claim written as `subject RELATION object`, denied if it starts with `not`."""
    words = triple.split()
    denied = words[0] == "not"
    subject, predicate, obj = words[1:] if denied else words
    return Claim(triple, subject, predicate, obj, denied, quantity, qualifiers)


def held(*facts: Fact) -> Facts:
    """These facts in memory, with all entities."""
    return facts_of(ENTITIES, facts, SOURCES)


def graph(domain: str, *facts: Fact) -> Graph:
    """These facts as a graph to load, with all entities."""
    return Graph(domain, tuple(ENTITIES.values()), facts, tuple(SOURCES.values()))
