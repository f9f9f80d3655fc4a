"""Strategies: graphs of the harbour with editions, disputes and conditions, and claims near their facts."""

import math
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from kg.model import Fact, Grade, Scalar, Status
from reasoning.answer import Claim, Quantity
from tests.verify.parts import ENTITIES, SCHEMA, SOURCES, fact, qualified

VALUES: dict[str, tuple[Scalar, ...]] = {
    "season": ("summer", "winter"),
    "weather": ("calm", "storm"),
    "hold": ("fore", "aft"),
    "rule": ("fire", "acid"),
    "since": (1.0, 2.0),
}
_STATUSES = [Status.ASSERTED, Status.ASSERTED, Status.ASSERTED, Status.DISPUTED, Status.RETRACTED]
_DATES = ["2012-05-01", "2016-12-31", "2019-12-31"]
_AMOUNTS = [(3.0, 9.0), (3.0, 15.0), (None, 0.5), (11.0, None), (10.0, 30.0)]


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    """Any fact that type-checks, of any edition."""
    relation = draw(st.sampled_from(sorted(SCHEMA.relations.values(), key=lambda each: each.id)))
    ends = [[e.id for e in ENTITIES.values() if e.type in types] for types in (relation.subjects, relation.objects)]
    subject, obj = draw(st.sampled_from(ends[0])), draw(st.sampled_from(ends[1]))
    qualifiers: dict[str, Scalar] = {}
    name = draw(st.sampled_from(["", *(key for key in relation.qualifiers if key in VALUES)]))
    if name:
        qualifiers[name] = draw(st.sampled_from(VALUES[name]))
    if relation.quantity:
        low, high = draw(st.sampled_from(_AMOUNTS))
        given = {"low": low, "high": high, "unit": "g", "basis": draw(st.sampled_from(["lift", "day"]))}
        qualifiers |= {key: value for key, value in given.items() if value is not None}
    qualifiers |= draw(
        st.sampled_from([{}, {}, {}, {"valid_from": "2010-01-01"}, *({"valid_to": day} for day in _DATES)])
    )
    stated = fact(
        f"{subject} {relation.id} {obj}",
        source=draw(st.sampled_from(sorted(SOURCES))),
        grade=draw(st.sampled_from(list(Grade))),
    )
    status = Status.SUPERSEDED if "valid_to" in qualifiers else draw(st.sampled_from(_STATUSES))
    return replace(qualified(stated, qualifiers), status=status)


def graphs(size: int = 25) -> st.SearchStrategy[list[Fact]]:
    """Facts with distinct ids."""
    return st.lists(facts(), max_size=size, unique_by=lambda each: each.id)


_RESERVED: st.SearchStrategy[dict[str, Scalar]] = st.sampled_from(
    [
        {},
        {},
        {},
        {"edition": "2015"},
        {"edition": "2020"},
        {"edition": 2020.0},
        {"edition": "1999"},
        {"as_of": "2012-01-01"},
        {"as_of": "2018"},
        {"as_of": "2021-06"},
        {"strength": "trial"},
        {"strength": "traditional"},
        {"quantifier": "some"},
        {"quantifier": "all"},
        {"quantifier": "only"},
        {"quantifier": "any"},
        {"quantifier": "none"},
        {"quantifier": "count"},
        {"quantifier": "only", "edition": "2020"},
        {"quantifier": "count", "as_of": "2018-01-01"},
        {"quantifier": "any", "strength": "trial"},
    ]
)
_QUANTITIES = st.sampled_from([None, (3.0, 9.0), (4.0, 4.0), (0.004, 0.004), (40.0, 40.0), (None, 9.0), (12.0, None)])


@st.composite
def claims(draw: st.DrawFn, graph: Sequence[Fact]) -> Claim:
    """A claim near a graph: one of its facts, or one with an end, a qualifier, the edition or the number changed."""
    near = draw(st.sampled_from(list(graph)) | facts() if graph else facts())
    other = draw(st.sampled_from(sorted(ENTITIES)))
    ends = draw(
        st.sampled_from(
            [(near.subject, near.object)] * 3
            + [(near.object, near.subject), (near.subject, other), (other, near.object)]
        )
    )
    amount = {"low", "high", "unit", "basis", "valid_from", "valid_to"}
    own = {key: value for key, value in near.qualifiers.items() if key not in amount}
    qualifiers = {**draw(st.sampled_from([own, own, {}])), **draw(_RESERVED)}
    quantity = _quantity(
        draw(_QUANTITIES), draw(st.sampled_from(["g", "kg", "钱"])), draw(st.sampled_from(["", "lift"]))
    )
    quantifier = qualifiers.get("quantifier")
    if quantifier == "count":
        quantity = Quantity(*draw(st.sampled_from([(1.0, 1.0), (2.0, 2.0), (2.0, None), (None, 1.0)])), "")
    elif not SCHEMA.relations[near.predicate].quantity:
        quantity = None
    obj = "" if quantifier in {"any", "none", "count"} else ends[1]
    return Claim("", ends[0], near.predicate, obj, draw(st.booleans()), quantity, qualifiers)


def _quantity(ends: tuple[float | None, float | None] | None, unit: str, basis: str) -> Quantity | None:
    return None if ends is None else Quantity(ends[0], ends[1], unit, basis)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Fact], Claim]:
    """A graph and a claim near it."""
    graph = draw(graphs())
    return graph, draw(claims(graph))


_NUMBERS = st.floats() | st.sampled_from([math.nan, math.inf, -1.0, 0.0, 1e9, 1e308])
_TEXTS = st.text(max_size=8) | st.sampled_from(["", "anna", "oslo", "CALLS_AT", "\ud800", "\0", "g", "all", "2020"])


@st.composite
def wild_claims(draw: st.DrawFn) -> Claim:
    """Any claim at all, most of them no claims."""
    near = draw(facts())
    quantity = draw(st.none() | st.builds(Quantity, st.none() | _NUMBERS, st.none() | _NUMBERS, _TEXTS, _TEXTS))
    keys = st.sampled_from(["edition", "as_of", "strength", "quantifier", "valid_to", "season", "low"]) | _TEXTS
    return Claim(
        draw(_TEXTS),
        draw(st.just(near.subject) | _TEXTS),
        draw(st.just(near.predicate) | _TEXTS),
        draw(st.just(near.object) | _TEXTS),
        draw(st.booleans()),
        quantity,
        draw(st.dictionaries(keys, _TEXTS | _NUMBERS | st.booleans(), max_size=3)),
    )


def broken(stated: Claim) -> tuple[Claim, ...]:
    """A sound claim with one thing about it that nobody could check."""
    return (
        replace(stated, subject=""),
        replace(stated, predicate=""),
        replace(stated, predicate="SAILS_UNDER"),
        replace(stated, qualifiers={**stated.qualifiers, "edition": ""}),
        replace(stated, qualifiers={**stated.qualifiers, "edition": True}),
        replace(stated, qualifiers={**stated.qualifiers, "as_of": "2020-02-30"}),
        replace(stated, qualifiers={**stated.qualifiers, "as_of": "yesterday"}),
        replace(stated, qualifiers={**stated.qualifiers, "strength": "certain"}),
        replace(stated, qualifiers={**stated.qualifiers, "strength": 3.0}),
        replace(stated, qualifiers={**stated.qualifiers, "quantifier": "most"}),
        replace(stated, qualifiers={**stated.qualifiers, "quantifier": "count"}, quantity=None),
        replace(stated, quantity=Quantity(9.0, 3.0, "g")),
        replace(stated, quantity=Quantity(math.nan, 3.0, "g")),
        replace(stated, quantity=Quantity(3.0, math.inf, "g")),
        replace(stated, quantity=Quantity(-3.0, 3.0, "mg")),
        replace(stated, quantity=Quantity(None, None, "g")),
    )
