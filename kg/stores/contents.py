"""What both stores demand of a graph before they touch anything."""

from typing import Final

from kg.errors import SchemaViolation
from kg.model import Graph
from kg.schema import Schema

__all__ = ["require_loadable"]

_RESERVED: Final = frozenset({"entity", "source", "meta"})


def require_loadable(graph: Graph, schema: Schema, domain: str) -> None:
    """Raise `SchemaViolation` unless `graph` is of `domain`, its ids are unique and its facts have both ends.

    Relation names must also differ in more than their case, because Ladybug does not tell such names apart.
    """
    taken = set(_RESERVED)
    for name in schema.relations:
        if name.lower() in taken:
            message = f"the relation {name!r} is named like another relation or a node of ours; rename it in the schema"
            raise SchemaViolation(message, predicate=name)
        taken.add(name.lower())
    if graph.domain != domain:
        message = f"this store holds the domain {domain!r}; open another one for {graph.domain!r}"
        raise SchemaViolation(message, domain=graph.domain)
    ids = {entity.id for entity in graph.entities}
    facts = {fact.id for fact in graph.facts}
    if len(ids) < len(graph.entities) or len(facts) < len(graph.facts):
        message = "two entities or two facts share an id; run `bencao pack check` to see which"
        raise SchemaViolation(message, domain=graph.domain)
    for fact in graph.facts:
        schema.relation(fact.predicate)
        for end in (fact.subject, fact.object):
            if end not in ids:
                message = f"fact {fact.id} names the entity {end!r}, which is not there; run `bencao pack check`"
                raise SchemaViolation(message, fact=fact.id, entity=end)
