"""Generated graphs of the schema in `tests/stores.py`, and generated plans that type-check on it."""

from hypothesis import strategies as st

from kg.model import Entity, Fact, Graph, Name, Scalar, Status
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
from tests.stores import SCHEMA, fact

IDS = {"Person": ("ann", "bob", "cyd", "ŧ'`\"🜁"), "Place": ("oslo", "rome", "{x}"), "Source": ("letter",)}
TYPES = {identity: kind for kind, ids in IDS.items() for identity in ids}
VALUES: dict[str, st.SearchStrategy[Scalar]] = {
    "number": st.sampled_from([-1.0, 0.0, 0.5, 2.0]),
    "boolean": st.booleans(),
    "string": st.sampled_from(["", "a", "B", "'", "0"]),
}


def values(kinds: dict[str, str]) -> st.SearchStrategy[dict[str, Scalar]]:
    return st.fixed_dictionaries({}, optional={name: VALUES[kind] for name, kind in kinds.items()})


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    relation = SCHEMA.relations[draw(st.sampled_from(sorted(SCHEMA.relations)))]
    subject = draw(st.sampled_from([i for kind in relation.subjects for i in IDS[kind]]))
    obj = draw(st.sampled_from([i for kind in relation.objects for i in IDS[kind]]))
    qualifiers = draw(values({name: SCHEMA.qualifiers[name].type for name in relation.qualifiers}))
    status = draw(st.sampled_from([Status.ASSERTED, Status.ASSERTED, Status.DISPUTED, Status.RETRACTED]))
    return fact(subject, relation.id, obj, status=status, **qualifiers)


@st.composite
def graphs(draw: st.DrawFn, domain: str) -> Graph:
    entities = tuple(
        Entity(identity, kind, (Name(identity, "en"),), draw(values(dict(SCHEMA.types[kind].properties))))
        for identity, kind in TYPES.items()
    )
    held = draw(st.lists(facts(), min_size=14, max_size=30, unique_by=lambda each: each.id))
    return Graph(domain, entities, tuple(held), ())


@st.composite
def conditions(draw: st.DrawFn, kinds: dict[str, str]) -> Condition:
    key = draw(st.sampled_from(sorted(kinds)))
    ordered = kinds[key] == "number"
    comparisons = list(Comparison) if ordered else [Comparison.EQUAL, Comparison.NOT_EQUAL]
    return Condition(key, draw(st.sampled_from(comparisons)), draw(VALUES[kinds[key]]))


def properties(types: frozenset[str]) -> dict[str, str]:
    return {name: kind for each in sorted(types) for name, kind in SCHEMA.types[each].properties.items()}


def steps(types: frozenset[str]) -> st.SearchStrategy[Step]:
    # Either way is allowed where the relation is symmetric, and must come to the same.
    possible = [s for r in SCHEMA.relations for s in (Step(r), Step(r, forward=False)) if SCHEMA.targets(types, s)]
    return st.sampled_from(possible)


@st.composite
def entities(draw: st.DrawFn, depth: int = 3) -> Entities:  # noqa: PLR0911  (one for each operator)
    """A plan of entities with at most `depth` operators on top of each other."""
    leaf = not depth or draw(st.integers(0, 3)) == 0
    if leaf:
        if draw(st.booleans()):
            return OfType(draw(st.sampled_from(sorted(IDS))))
        ids = tuple(draw(st.lists(st.sampled_from(sorted(TYPES)), min_size=1, max_size=5)))
        return Anchor(ids, tuple(draw(st.lists(st.sampled_from(sorted(TYPES)), max_size=2))))
    source = draw(entities(depth - 1))
    types = check(source, SCHEMA, TYPES)
    kind = draw(
        st.sampled_from(["expand", "expand", "expand", "expand", "filter", "top", "intersect", "union", "difference"])
    )
    if kind == "expand":
        step = draw(steps(types))
        reached = SCHEMA.targets(types, step)
        only = (draw(st.sampled_from(sorted(reached))),) if draw(st.integers(0, 3)) == 0 else ()
        qualifiers = {name: SCHEMA.qualifiers[name].type for name in SCHEMA.relations[step.relation].qualifiers}
        known = properties(frozenset(only) or reached) | qualifiers
        where = tuple(draw(st.lists(conditions(known), max_size=2))) if known and draw(st.integers(0, 2)) == 0 else ()
        return Expand(source, step, only, where)
    if kind == "filter" and properties(types):
        return Filter(source, draw(conditions(properties(types))))
    if kind == "top":
        return Top(source, draw(steps(types)), draw(st.integers(1, 3)), draw(st.booleans()))
    other = draw(entities(depth - 1))
    if kind == "difference":
        return Difference(source, other)
    if kind == "intersect" and types & check(other, SCHEMA, TYPES):
        return Intersect((source, other))
    return Union((source, other))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan with any operator at its root."""
    kind = draw(
        st.sampled_from(
            ["entities", "entities", "entities", "entities", "count", "check", "compare", "attribute", "paths"]
        )
    )
    known = st.sampled_from(sorted(TYPES))
    plan: Plan = (source := draw(entities()))
    if kind == "count":
        plan = Count(draw(entities()))
    elif kind == "attribute" and (names := properties(check(plan, SCHEMA, TYPES))):
        plan = Attribute(source, draw(st.sampled_from(sorted(names))))
    elif kind == "paths":
        plan = Paths(draw(known), draw(known), draw(st.integers(1, 4)))
    elif kind in {"check", "compare"}:
        subject = draw(known)
        step = draw(steps(frozenset((TYPES[subject],))))
        reached = sorted(SCHEMA.targets(frozenset((TYPES[subject],)), step))
        obj = draw(st.sampled_from([None, *(i for each in reached for i in IDS[each])]))
        plan = Check(subject, step, obj)
        others = [i for i in IDS[TYPES[subject]] if i != subject]
        if kind == "compare" and others:
            plan = Compare((subject, draw(st.sampled_from(others))), step)
    check(plan, SCHEMA, TYPES)
    return plan
