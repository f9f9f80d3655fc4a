"""What can be wrong with a mapping of the right form: names of nothing, facts that the schema does not take."""

from collections.abc import Iterable, Iterator, Mapping

from kg.imports.additions import Fault, addition_faults, unknown
from kg.imports.forms import CellForm, EndForm, EntitiesForm, FactsForm, MappingForm, ValueCell
from kg.model import Grade
from kg.pack.content import Pack
from kg.schema import Relation, Schema

__all__ = ["ids_of", "mapping_faults", "suffix_of"]


def ids_of(value: str | list[str] | CellForm) -> tuple[str, ...]:
    """Return the ids that a cell may come to: the one, the ones, or those of its map."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else tuple(dict.fromkeys(v for v in value.map.values() if v))


def suffix_of(file: str) -> str:
    """Return the ending of a file's name that tells its format."""
    name = file.lower()
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    return f".{name.rpartition('.')[2]}"


def mapping_faults(
    form: MappingForm, pack: Pack, schema: Schema, guarded: frozenset[str], formats: Iterable[str]
) -> Iterator[Fault]:
    """Yield every fault of a mapping for `pack`, whose schema with what the mapping adds is `schema`.

    `guarded` are the relations that feed safety rules.
    """
    if form.domain != pack.id:
        yield ("domain",), f"is {form.domain!r}, but this domain is {pack.id!r}; name the other one with --domain"
    if form.source and form.source not in form.sources:
        yield ("source",), unknown("source", form.source, form.sources)
    yield from _taken_sources(form, pack)
    for name, table in form.tables.items():
        if table.file and not table.format and suffix_of(table.file) not in formats:
            yield ("tables", name), f"the ending of {table.file!r} says no format; write `format:`"
        yield from _at(("tables", name, "sources"), _source_faults(table.sources, form))
    if not form.entities and not form.facts:
        yield (), "maps nothing: write `entities:` or `facts:`"
    yield from _at(("schema",), addition_faults(form, pack, schema))
    yield from _at(("words",), _word_faults(form))
    for number, block in enumerate(form.entities):
        yield from _at(("entities", number), _entity_faults(block, form, schema))
    for number, facts in enumerate(form.facts):
        yield from _at(("facts", number), _fact_faults(facts, form, schema, guarded))


def _at(path: tuple[str | int, ...], faults: Iterable[Fault]) -> Iterator[Fault]:
    for inner, message in faults:
        yield (*path, *inner), message


def _taken_sources(form: MappingForm, pack: Pack) -> Iterator[Fault]:
    held = {source.key: source for source in pack.graph.sources}
    for key, source in form.sources.items():
        if key in held and held[key].title != source.title:
            yield ("sources", key), f"the domain cites {held[key].title!r} by this key; choose another key"


def _word_faults(form: MappingForm) -> Iterator[Fault]:
    declared = (
        ("relations", form.words.relations, form.schema_.relations),
        ("types", form.words.types, form.schema_.types),
    )
    for section, said, known in declared:
        for name in said:
            if name not in known:
                yield (section, name), f"{unknown(section[:-1], name, known)} (words are for what `schema:` declares)"


def _entity_faults(block: EntitiesForm, form: MappingForm, schema: Schema) -> Iterator[Fault]:
    if block.table not in form.tables:
        yield ("table",), unknown("table", block.table, form.tables)
        return
    yield from _kind_faults(block.type, "type", schema.types, ("type",))
    yield from _at(("sources",), _source_faults(block.sources, form))
    yield from _unsourced(block, form)
    for name, cell in block.properties.items():
        kinds = [schema.types[each] for each in ids_of(block.type) if each in schema.types]
        lacking = [kind.id for kind in kinds if name not in kind.properties]
        if lacking:
            declared = {each for kind in kinds for each in kind.properties}
            yield (
                ("properties", name),
                f"{', '.join(lacking)} has no such property: {unknown('property', name, declared)}",
            )
        if cell.split:
            yield ("properties", name), "a property has one value; take out its `split`"


def _fact_faults(block: FactsForm, form: MappingForm, schema: Schema, guarded: frozenset[str]) -> Iterator[Fault]:
    if block.table not in form.tables:
        yield ("table",), unknown("table", block.table, form.tables)
        return
    for role, end in (("subject", block.subject), ("object", block.object)):
        yield from _kind_faults(end.type, "type", schema.types, (role, "type"))
    yield from _kind_faults(block.predicate, "relation", schema.relations, ("predicate",))
    for name in ids_of(block.predicate):
        if name in schema.relations:
            yield from _relation_faults(schema.relations[name], block, form, schema, guarded)
    yield from _at(("sources",), _source_faults(block.sources, form))
    yield from _unsourced(block, form)
    for key in ("date", "locator"):
        cell = getattr(block, key)
        if cell is not None and (cell.split or cell.map):
            yield (key,), "is taken as it stands; take out its `split` and `map`"


def _relation_faults(
    relation: Relation, block: FactsForm, form: MappingForm, schema: Schema, guarded: frozenset[str]
) -> Iterator[Fault]:
    graded = all(source.grade is not Grade.UNSPECIFIED for source in form.sources.values())
    walked = {step.relation: each.id for each in schema.relations.values() if each.chain for step in each.chain.steps}
    if relation.chain is not None:
        yield ("predicate",), f"{relation.id} is derived from other relations; map onto those"
    elif relation.id in guarded and form.safety and relation.id in walked:
        message = (
            f"safety rules read {relation.id} only through {walked[relation.id]}, derived when a pack is built:"
            " put these facts into the pack's own tables"
        )
        yield ("predicate",), message
    elif relation.id in guarded and not (form.safety and graded):
        message = (
            f"{relation.id} feeds safety rules: declare a relation of your own under `schema:`, or write `safety: true`"
            " and give every source a grade"
        )
        yield ("predicate",), message
    for role, end, allowed in (
        ("subject", block.subject, relation.subjects),
        ("object", block.object, relation.objects),
    ):
        yield from _end_faults(relation.id, role, end, allowed)
    yield from _qualifier_faults(relation, block, schema)


def _qualifier_faults(relation: Relation, block: FactsForm, schema: Schema) -> Iterator[Fault]:
    for name, given in block.qualifiers.items():
        if name not in relation.qualifiers:
            takes = ", ".join(relation.qualifiers) or "none"
            yield ("qualifiers", name), f"{relation.id} takes no qualifier {name!r} (it takes: {takes})"
            continue
        for lacking in schema.qualifiers[name].requires:
            if lacking not in block.qualifiers:
                yield ("qualifiers", name), f"needs the qualifier {lacking!r} beside it; map that too"
        unit = given.unit if isinstance(given, ValueCell) else ""
        units = schema.qualifiers["unit"].values if "unit" in relation.qualifiers else ()
        if unit and units and unit not in units:
            yield ("qualifiers", name, "unit"), unknown("unit", unit, units)
        values = schema.qualifiers[name].values
        for value in ids_of(given) if values else ():
            if value not in values:
                yield ("qualifiers", name), unknown("value", value, values)


def _end_faults(relation: str, role: str, end: EndForm, allowed: tuple[str, ...]) -> Iterator[Fault]:
    kinds = ids_of(end.type)
    if kinds and not set(kinds) & set(allowed):
        yield (role, "type"), f"{relation} takes no {' or '.join(kinds)} here; it takes: {', '.join(allowed)}"


def _kind_faults(
    value: str | list[str] | CellForm, what: str, known: Mapping[str, object], path: tuple[str, ...]
) -> Iterator[Fault]:
    if isinstance(value, CellForm) and (not value.map or value.split):
        yield path, f"needs a `map` from what stands in the column to a {what}, and no `split`"
    for name in ids_of(value):
        if name not in known:
            yield path, unknown(what, name, known)


def _source_faults(cell: CellForm | None, form: MappingForm) -> Iterator[Fault]:
    for value in ids_of(cell) if cell else ():
        if value not in form.sources:
            yield ("map",), unknown("source", value, form.sources)


def _unsourced(block: EntitiesForm | FactsForm, form: MappingForm) -> Iterator[Fault]:
    if form.sources_of(block) is None and not form.default_source():
        yield (), "has rows without a source: name the column with `sources:`, or write `source:` for all rows"
