"""What imported facts must not reach by themselves: the relations on which the warnings of a domain rest."""

from kg.pack.content import Pack
from kg.rules import parse_rules
from kg.schema import Criticality, Schema

__all__ = ["guarded_relations"]


def guarded_relations(pack: Pack) -> frozenset[str]:
    """Return the relations that feed safety rules, from afar as well.

    These are the ones that a rule looks for or walks to what stands for something, those from which such facts are
    derived or by whose hierarchy they hold, and whatever the schema itself calls a matter of safety.
    """
    schema = pack.schema
    found = {name for name, relation in schema.relations.items() if relation.criticality is Criticality.SAFETY}
    for rule in parse_rules(pack.rules, schema):
        found |= rule.relations
    while more := {name for each in found for name in _behind(each, schema)} - found:
        found |= more
    return frozenset(found)


def _behind(name: str, schema: Schema) -> set[str]:
    relation = schema.relations[name]
    steps = {step.relation for step in relation.chain.steps} if relation.chain else set()
    return steps | ({relation.object_subsumption} if relation.object_subsumption else set())
