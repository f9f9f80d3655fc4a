"""The statements that make one generation of a domain in Neo4j, and remove the one before the last."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

import neo4j

from kg.layout import entity_row, fact_row, fingerprint, quoted, source_row
from kg.model import Graph, Revision
from kg.schema import Schema

__all__ = ["graph_key", "replace"]

_BATCH: Final = 2000


def graph_key(domain: str, generation: int) -> str:
    """Return what the nodes of one generation of a domain have in their property `graph`."""
    return f"{domain}#{generation}"


async def replace(
    transaction: neo4j.AsyncTransaction, graph: Graph, schema: Schema, revision: Revision, generation: int
) -> None:
    """Write a generation beside the last one, turn `Meta` to it, and remove the one before the last."""
    current, last, oldest = (graph_key(graph.domain, generation - back) for back in range(3))

    async def run(text: str, **parameters: object) -> None:
        await (await transaction.run(text, parameters)).consume()

    for kind in sorted(schema.types):
        if kind != "Entity":
            await run(f"MATCH (n:Entity:{quoted(kind)} {{graph: $graph}}) REMOVE n:{quoted(kind)}", graph=last)
    for label in ("Entity", "Source"):
        await run(f"MATCH (n:{label} {{graph: $graph}}) DETACH DELETE n", graph=oldest)
    for kind, entities in groupby(sorted(graph.entities, key=lambda each: each.type), lambda each: each.type):
        rows = [entity_row(entity, schema) | {"graph": current} for entity in entities]
        for batch in _batches(rows):
            await run(f"UNWIND $rows AS row CREATE (n:Entity:{quoted(kind)}) SET n = row", rows=batch)
    for batch in _batches([source_row(source) | {"graph": current} for source in graph.sources]):
        await run("UNWIND $rows AS row CREATE (n:Source) SET n = row", rows=batch)
    for predicate, facts in groupby(sorted(graph.facts, key=lambda each: each.predicate), lambda f: f.predicate):
        for batch in _batches([fact_row(fact, schema) for fact in facts]):
            await run(
                "UNWIND $rows AS row MATCH (a:Entity {graph: $graph, id: row.subject})"
                " MATCH (b:Entity {graph: $graph, id: row.object})"
                f" CREATE (a)-[r:{quoted(predicate)}]->(b) SET r = row",
                rows=batch,
                graph=current,
            )
    await run(
        "MATCH (m:Meta {domain: $domain})"
        " SET m.number = $number, m.digest = $digest, m.layout = $layout, m.generation = $generation,"
        " m.base = $digest, m.extension = '' REMOVE m.changed, m.pending, m.done",
        domain=graph.domain,
        number=revision.number,
        digest=revision.digest,
        layout=fingerprint(schema),
        generation=generation,
    )


def _batches(rows: Iterable[Mapping[str, object]]) -> Iterator[Sequence[Mapping[str, object]]]:
    listed = list(rows)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
