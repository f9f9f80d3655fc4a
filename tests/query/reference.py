"""What plans mean, said again over networkx: short, slow, and written without a look at the engine."""

import operator

import networkx as nx

from kg.model import Graph, Status
from kg.query import plan as p
from kg.schema import Schema

TEST = {"=": operator.eq, "<>": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Reference:
    """One graph; `found` gives every entity of a plan with the ids of the facts that witness it."""

    def __init__(self, graph: Graph, schema: Schema) -> None:
        self.schema, self.net = schema, nx.MultiDiGraph()
        self.net.add_nodes_from((e.id, {"entity": e}) for e in graph.entities)
        held = [f for f in graph.facts if f.status is not Status.RETRACTED]
        self.net.add_edges_from((f.subject, f.object, f.id, {"fact": f}) for f in held)

    def meets(self, held, test):
        return test.key in held and TEST[test.comparison.value](held[test.key], test.value)

    def hops(self, node, step, where=()):
        relation = self.schema.relations[step.relation]
        out, into = self.net.out_edges(node, data="fact"), self.net.in_edges(node, data="fact")
        ends = [(b, f) for _, b, f in out if step.forward or relation.symmetric]
        ends += [(a, f) for a, _, f in into if not step.forward or relation.symmetric]
        for end, fact in ends:
            sides = [fact.qualifiers if t.key in relation.qualifiers else self.entity(end).properties for t in where]
            if fact.predicate == step.relation and all(map(self.meets, sides, where)):
                yield end, fact.id

    def entity(self, node):
        return self.net.nodes[node]["entity"]

    def found(self, plan):
        match plan:
            case p.Anchor(ids):
                return {i: set() for i in ids}
            case p.OfType(kind):
                return {i: set() for i in self.net if self.entity(i).type == kind}
            case p.Expand(source, step, types, where):
                reached: dict = {}
                for node, before in self.found(source).items():
                    for end, fact in self.hops(node, step, where):
                        if not types or self.entity(end).type in types:
                            reached.setdefault(end, set()).update(before, {fact})
                return reached
            case p.Filter(source, test):
                return {i: w for i, w in self.found(source).items() if self.meets(self.entity(i).properties, test)}
            case p.Intersect(parts) | p.Union(parts):
                each = [self.found(part) for part in parts]
                ids = (set.intersection if isinstance(plan, p.Intersect) else set.union)(*map(set, each))
                return {i: set().union(*(part.get(i, set()) for part in each)) for i in ids}
            case p.Difference(left, right):
                gone = self.found(right)
                return {i: w for i, w in self.found(left).items() if i not in gone}
            case p.Top(source, step, limit, most):
                inner = self.found(source)
                size = {i: len({end for end, _ in self.hops(i, step)}) * (-1 if most else 1) for i in inner}
                kept = [i for i in inner if sum(size[j] < size[i] for j in inner) < limit]
                return {i: inner[i] | {fact for _, fact in self.hops(i, step)} for i in kept}

    def paths(self, plan):
        both = nx.MultiGraph(self.net.to_undirected(as_view=False))
        walks = nx.all_simple_edge_paths(both, plan.source, plan.target, cutoff=plan.max_hops)
        return sorted((tuple(key for *_, key in walk) for walk in walks if walk), key=len)
