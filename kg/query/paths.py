"""How two entities are connected: a walk from both ends, then the shortest paths among what it found."""

from collections.abc import Iterator
from typing import Final

import networkx as nx

from kg.layout import read_fact
from kg.model import Fact
from kg.query.compile import Compiler
from kg.query.plan import Paths
from kg.store import Snapshot, Statement

__all__ = ["MAX_PATHS", "find_paths"]

MAX_PATHS: Final = 10  # paths that one answer can show


async def find_paths(
    snapshot: Snapshot, compiler: Compiler, plan: Paths
) -> tuple[tuple[tuple[Fact, ...], ...], tuple[Statement, ...], bool]:
    """Return at most `MAX_PATHS` simple paths, the statements that found them, and whether anything was cut.

    Every fact of a path of h hops is within half of them of one end, so that both ends are
    expanded by turns and nothing further away is read. Paths come shortest first, then by the
    ids that they pass.
    """
    graph: nx.MultiGraph[str] = nx.MultiGraph()
    graph.add_nodes_from((plan.source, plan.target))
    frontiers = [{plan.source}, {plan.target}]
    seen = [{plan.source}, {plan.target}]
    statements: list[Statement] = []
    truncated = False
    for hop in range(plan.max_hops):
        side = hop % 2
        if not frontiers[side]:
            continue
        statement = compiler.touching(sorted(frontiers[side]))
        rows = await snapshot.run(statement)
        statements.append(statement)
        truncated = truncated or rows.truncated
        reached: set[str] = set()
        for fact in map(read_fact, rows.values):
            graph.add_edge(fact.subject, fact.object, key=fact.id, fact=fact)
            reached |= {fact.subject, fact.object}
        frontiers[side] = reached - seen[side]
        seen[side] |= reached
    found: list[tuple[Fact, ...]] = []
    for path in _shortest_first(graph, plan):
        if len(found) == MAX_PATHS:
            truncated = True
            break
        found.append(path)
    return tuple(found), tuple(statements), truncated


def _shortest_first(graph: "nx.MultiGraph[str]", plan: Paths) -> Iterator[tuple[Fact, ...]]:
    """Yield the simple paths by length; a branch ends where the target is further than the hops left."""
    if plan.source == plan.target:
        return
    away: dict[str, int] = nx.single_source_shortest_path_length(graph, plan.target, cutoff=plan.max_hops)

    def walk(node: str, passed: tuple[str, ...], hops: int) -> Iterator[tuple[Fact, ...]]:
        if node == plan.target:
            if not hops:
                yield ()
            return
        for neighbour in sorted(graph[node]):
            if neighbour in passed or away.get(neighbour, hops) > hops - 1:
                continue
            for rest in walk(neighbour, (*passed, neighbour), hops - 1):
                for key in sorted(graph[node][neighbour]):
                    yield (graph[node][neighbour][key]["fact"], *rest)

    for hops in range(away.get(plan.source, plan.max_hops + 1), plan.max_hops + 1):
        yield from walk(plan.source, (plan.source,), hops)
