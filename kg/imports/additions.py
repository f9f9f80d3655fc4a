"""What can be wrong with what a mapping adds to the domain's schema."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Final, TypeAlias

from kg.imports.forms import MappingForm
from kg.pack.content import Pack
from kg.pack.forms import RelationForm
from kg.pack.schemas import AMOUNT, schema_of
from kg.schema import Schema

__all__ = ["Fault", "addition_faults", "unknown"]

Fault: TypeAlias = tuple[tuple[str | int, ...], str]
"""Where in the file, and what is wrong."""

_NODES: Final = frozenset({"entity", "source", "meta"})  # of the stores


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """Return what to say about a name that means nothing."""
    names = sorted(set(known))
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"write one of: {', '.join(names) or '(there is none)'}"
    return f"unknown {what} {name!r}; {hint}"


def addition_faults(form: MappingForm, pack: Pack, schema: Schema) -> Iterator[Fault]:
    """Yield the faults of `schema:` in a mapping; `schema` is the domain's with all that it adds."""
    for kind, labelled in (("types", form.schema_.types), ("relations", form.schema_.relations)):
        for name, each in labelled.items():
            for language in pack.languages:
                if language not in each.label:
                    yield (kind, name, "label"), f"{name} has no label in {language!r}; add it"
    folded = [name.lower() for name in schema.relations]
    for name, relation in form.schema_.relations.items():
        if folded.count(name.lower()) > 1 or name.lower() in _NODES:
            yield ("relations", name), f"{name} is named like something else but for its case; choose another name"
        for key, message in _relation_faults(relation, schema):
            yield ("relations", name, key), message
    declared = schema_of({}, form.schema_.qualifiers, {}).qualifiers
    for name, qualifier in declared.items():
        if pack.schema.qualifiers.get(name, qualifier) != qualifier:
            yield ("qualifiers", name), "the domain's schema has it, and otherwise; leave it out or choose another name"


def _relation_faults(relation: RelationForm, schema: Schema) -> Iterator[tuple[str, str]]:
    named = (
        ("subjects", "type", relation.subjects, schema.types),
        ("objects", "type", relation.objects, schema.types),
        ("qualifiers", "qualifier", relation.qualifiers, schema.qualifiers),
        ("object_subsumption", "relation", [relation.object_subsumption], schema.relations),
        ("object_variants", "relation", [relation.object_variants], schema.relations),
    )
    for key, what, names, known in named:
        for name in filter(None, names):
            if name not in known:
                yield key, unknown(what, name, known)
        if what == "type" and not names:
            yield key, "is empty; name at least one type"
    if relation.chain:
        yield "chain", "facts are derived only when a pack is built; leave the chain out"
    if relation.symmetric and set(relation.subjects) != set(relation.objects):
        yield "symmetric", "needs the same types at both ends; make subjects and objects equal"
    if relation.quantity and not set(AMOUNT) <= set(relation.qualifiers):
        yield "quantity", f"a quantity has the qualifiers {', '.join(AMOUNT)}; add them"
