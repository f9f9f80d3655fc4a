"""What plans mean, said again over networkx: short, slow, and written without a look at the engine."""

import operator
from collections.abc import Iterator

import networkx as nx

from kg.model import Entity, Fact, Graph, Qualifiers, Status
from kg.query import plan as p
from kg.schema import Schema, Step

TEST = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Reference:
    """One graph; `found` gives every entity of a plan with the ids of the facts that witness it."""

    def __init__(self, graph: Graph, schema: Schema) -> None:
        self.schema, self.entities = schema, {entity.id: entity for entity in graph.entities}
        self.facts = [fact for fact in graph.facts if fact.status is not Status.RETRACTED]

    def meets(self, held: Qualifiers, test: p.Condition) -> bool:
        return test.key in held and bool(TEST[test.comparison.value](held[test.key], test.value))

    def hops(self, node: str, step: Step, where: tuple[p.Condition, ...] = ()) -> Iterator[tuple[str, str]]:
        relation = self.schema.relations[step.relation]
        ends: list[tuple[str, Fact]] = []
        if step.forward or relation.symmetric:
            ends += [(f.object, f) for f in self.facts if f.subject == node]
        if not step.forward or relation.symmetric:
            ends += [(f.subject, f) for f in self.facts if f.object == node]
        for end, fact in ends:
            sides = [fact.qualifiers if t.key in relation.qualifiers else self.entity(end).properties for t in where]
            if fact.predicate == step.relation and all(map(self.meets, sides, where)):
                yield end, fact.id

    def entity(self, node: str) -> Entity:
        return self.entities[node]

    def found(self, plan: p.Plan) -> dict[str, set[str]]:  # noqa: C901, PLR0911  (one case for each operator)
        match plan:
            case p.Anchor(ids, narrower):
                return {i: set() for i in (*ids, *narrower)}
            case p.OfType(kind):
                return {i: set() for i in self.entities if self.entity(i).type == kind}
            case p.Expand(source, step, types, where):
                reached: dict[str, set[str]] = {}
                for node, before in self.found(source).items():
                    for end, fact in self.hops(node, step, where):
                        if not types or self.entity(end).type in types:
                            reached.setdefault(end, set()).update(before, {fact})
                return reached
            case p.Filter(source, test):
                return {i: w for i, w in self.found(source).items() if self.meets(self.entity(i).properties, test)}
            case p.Intersect(parts) | p.Union(parts):
                each = [self.found(part) for part in parts]
                kept = (set.intersection if isinstance(plan, p.Intersect) else set.union)(*map(set, each))
                return {i: {fact for part in each for fact in part.get(i, ())} for i in kept}
            case p.Difference(left, right):
                gone = self.found(right)
                return {i: w for i, w in self.found(left).items() if i not in gone}
            case p.Top(source, step, limit, most):
                inner = self.found(source)
                size = {i: len({end for end, _ in self.hops(i, step)}) * (-1 if most else 1) for i in inner}
                first = [i for i in inner if sum(size[j] < size[i] for j in inner) < limit]
                return {i: inner[i] | {fact for _, fact in self.hops(i, step)} for i in first}
            case _:
                raise TypeError(plan)

    def paths(self, plan: p.Paths) -> list[tuple[str, ...]]:
        net: nx.MultiGraph[str] = nx.MultiGraph()
        net.add_nodes_from(self.entities)
        for fact in self.facts:
            net.add_edge(fact.subject, fact.object, key=fact.id)
        walks = nx.all_simple_edge_paths(net, plan.source, plan.target, cutoff=plan.max_hops)
        return sorted((tuple(str(hop[-1]) for hop in walk) for walk in walks if walk), key=len)
