"""What a plan's types are, and which plans are refused with which words."""

from typing import cast

import pytest

from kg.errors import SchemaViolation, TraversalLimit
from kg.query.check import check
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Entities,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Step
from tests.stores import SCHEMA

TYPES = {"ann": "Person", "bob": "Person", "rome": "Place", "letter": "Source"}
ANN, ROME, PEOPLE = Anchor(("ann",)), Anchor(("rome",)), OfType("Person")
HOME, HERE, KNOWS = Step("LIVES_IN"), Step("LIVES_IN", forward=False), Step("KNOWS")


def where(key: str, comparison: Comparison, value: str | float | bool) -> tuple[Condition]:  # noqa: FBT001
    return (Condition(key, comparison, value),)


@pytest.mark.parametrize(
    ("plan", "types"),
    [
        (Anchor(("ann", "rome")), {"Person", "Place"}),
        (Expand(ANN, HOME), {"Place"}),
        (Expand(ROME, HERE, where=where("since", Comparison.LESS, 1.0)), {"Person"}),
        (Expand(Anchor(("letter",)), Step("NAMED_IN", forward=False)), {"Person", "Place"}),
        (Expand(Anchor(("letter",)), Step("NAMED_IN", forward=False), ("Place",)), {"Place"}),
        (Expand(ANN, Step("KNOWS", forward=False)), {"Person"}),
        (Filter(Union((ANN, ROME)), Condition("age", Comparison.LESS, 1.0)), {"Person", "Place"}),
        (Intersect((Anchor(("ann", "rome")), PEOPLE)), {"Person"}),
        (Difference(PEOPLE, ROME), {"Person"}),
        (Top(PEOPLE, KNOWS, 3), {"Person"}),
        (Count(PEOPLE), {"Person"}),
        (Check("ann", HOME, "rome"), {"Place"}),
        (Compare(("ann", "bob"), HOME), {"Place"}),
        (Attribute(ROME, "age"), {"Place"}),
        (Paths("ann", "rome"), {"Person", "Place", "Source"}),
    ],
)
def test_a_plan_has_the_types_that_it_can_reach(plan: Plan, types: set[str]) -> None:
    assert check(plan, SCHEMA, TYPES) == types


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Anchor(()), "at least one"),
        (Anchor(("nobody",)), "no entity 'nobody'"),
        (OfType("Dragon"), "unknown type 'Dragon'; the schema has: Person, Place, Source"),
        (Expand(ANN, Step("EATS")), "unknown relation 'EATS'; the schema has: KNOWS, LIVES_IN"),
        (Expand(ROME, HOME), "LIVES_IN does not start at Place; these do: .*\\^LIVES_IN"),
        (Expand(ANN, HERE), "does not start at Person"),
        (Expand(ANN, HOME, ("Person",)), "always empty"),
        (Expand(ANN, HOME, ("Dragon",)), "unknown type"),
        (Expand(ANN, KNOWS, where=where("role", Comparison.EQUAL, "guest")), "no property or qualifier 'role'"),
        (Expand(ANN, HOME, where=where("since", Comparison.EQUAL, "1990")), "since is a number, not a string"),
        (Expand(ANN, HOME, where=where("open", Comparison.EQUAL, 1.0)), "open is a boolean, not a number"),
        (Expand(ANN, HOME, where=where("role", Comparison.LESS, "guest")), "compare it with = or <>"),
        (Expand(ANN, HOME, where=where("motto", Comparison.EQUAL, "x")), "Place have no property"),
        (Filter(ROME, Condition("motto", Comparison.EQUAL, "x")), "Place have no property"),
        (Filter(PEOPLE, Condition("age", Comparison.EQUAL, value=True)), "age is a number, not a boolean"),
        (Intersect((PEOPLE, ROME)), "share no type"),
        (Intersect(()), "at least one"),
        (Union(()), "at least one"),
        (Difference(PEOPLE, Anchor(("nobody",))), "no entity"),
        (Top(PEOPLE, KNOWS, 0), "at least 1"),
        (Top(ROME, KNOWS), "does not start at Place"),
        (Check("ann", HOME, "bob"), "bob is of Person"),
        (Check("ann", HOME, "nobody"), "no entity"),
        (Compare(("ann", "ann"), HOME), "two different"),
        (Compare(("ann", "rome"), HOME), "does not start at Place"),
        (Attribute(ROME, "motto"), "no property"),
        (Paths("ann", "nobody"), "no entity"),
        (Expand(cast("Entities", Count(PEOPLE)), HOME), "COUNT stands at the root"),
        (Union((ANN, cast("Entities", Paths("ann", "bob")))), "PATHS stands at the root"),
        (Count(cast("Entities", Count(PEOPLE))), "COUNT stands at the root"),
    ],
)
def test_an_ill_typed_plan_is_refused_with_the_reason(plan: Plan, words: str) -> None:
    with pytest.raises(SchemaViolation, match=words):
        check(plan, SCHEMA, TYPES)


def test_long_paths_are_beyond_the_limit() -> None:
    for hops in (0, 7):
        with pytest.raises(TraversalLimit, match="1 to 6"):
            check(Paths("ann", "rome", hops), SCHEMA, TYPES)


def test_large_plans_are_beyond_the_limit() -> None:
    with pytest.raises(TraversalLimit, match="at most 64"):
        check(Union((ANN,) * 64), SCHEMA, TYPES)
