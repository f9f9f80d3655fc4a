"""MAPPING.yaml, read and checked against itself and the schema of the domain that it imports into."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from kg.errors import PackInvalid, SchemaViolation
from kg.imports.extension import addition, extend, merged
from kg.imports.forms import CellForm, EntitiesForm, FactsForm, MappingForm
from kg.model import Grade
from kg.pack.content import Pack
from kg.pack.documents import parse, read_yaml
from kg.pack.faults import Faults
from kg.schema import Schema

__all__ = ["Mapping", "read_mapping"]

FORMATS: Final = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "csv", ".parquet": "parquet", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".ttl": "rdf", ".nt": "rdf", ".rdf": "rdf", ".owl": "rdf", ".obo": "obo", ".cypher": "cypher",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping; `pack` is the domain's pack with what the mapping adds, `addition` that as JSON."""

    form: MappingForm
    file: Path
    pack: Pack
    addition: str

    @property
    def schema(self) -> Schema:
        """The domain's schema with what the mapping adds."""
        return self.pack.schema

    def format_of(self, table: str) -> str:
        """Return the format of a table: the one given, or what the ending of its file says."""
        form = self.form.tables[table]
        return form.format or FORMATS[_suffix(form.file)]


def read_mapping(file: Path, pack: Pack, extension: str = "", *, for_comparison: bool = False) -> Mapping:
    """Return the mapping in `file` for the domain of `pack`, to which earlier imports added `extension`.

    Where tables are only compared with, they may fill relations that feed safety rules.

    Raises:
        PackInvalid: naming every fault with file and line.
    """
    faults = Faults()
    document = read_yaml(file.parent, file.name, faults)
    form = parse(document, MappingForm, faults) if document else None
    if document is None or form is None:
        raise PackInvalid(faults.lines())
    added = addition(form)
    try:
        extended = extend(pack, merged(extension, added))
    except SchemaViolation as error:
        raise PackInvalid([f"{document.place('schema')}: {error}"]) from None
    guarded = frozenset[str]() if for_comparison else _safety_relations(pack)
    for path, message in _faults(form, pack, extended.schema, guarded):
        faults.add(document.place(*path), message)
    if faults.found:
        raise PackInvalid(faults.lines())
    return Mapping(form, file, extended, added)


def _faults(
    form: MappingForm, pack: Pack, schema: Schema, guarded: frozenset[str]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if form.domain != pack.id:
        yield ("domain",), f"is {form.domain!r}, but this domain is {pack.id!r}; import into the other one"
    if form.source and form.source not in form.sources:
        yield ("source",), _unknown("source", form.source, form.sources)
    for name, table in form.tables.items():
        if table.file and not table.format and _suffix(table.file) not in FORMATS:
            yield ("tables", name), f"the ending of {table.file!r} says no format; write `format:`"
    if not form.entities and not form.facts:
        yield (), "maps nothing: write `entities:` or `facts:`"
    for kind, relation in form.schema_.relations.items():
        for role, ends in (("subjects", relation.subjects), ("objects", relation.objects)):
            for end in ends:
                if end not in schema.types:
                    yield ("schema", "relations", kind, role), _unknown("type", end, schema.types)
        for qualifier in relation.qualifiers:
            if qualifier not in schema.qualifiers:
                message = _unknown("qualifier", qualifier, schema.qualifiers)
                yield ("schema", "relations", kind, "qualifiers"), message
    for number, block in enumerate(form.entities):
        for path, message in _entity_faults(block, form, schema):
            yield ("entities", number, *path), message
    for number, facts in enumerate(form.facts):
        for path, message in _fact_faults(facts, form, guarded, schema):
            yield ("facts", number, *path), message


def _entity_faults(block: EntitiesForm, form: MappingForm, schema: Schema) -> Iterator[tuple[tuple[str, ...], str]]:
    if block.table not in form.tables:
        yield ("table",), _unknown("table", block.table, form.tables)
    for value in _ids(block.type):
        if value not in schema.types:
            yield ("type",), _unknown("type", value, schema.types)
    yield from _source_faults(block.sources, form)
    declared = {name for kind in schema.types.values() for name in kind.properties}
    for name in block.properties:
        if name not in declared:
            yield ("properties", name), _unknown("property", name, declared)


def _fact_faults(
    block: FactsForm, form: MappingForm, guarded: frozenset[str], schema: Schema
) -> Iterator[tuple[tuple[str, ...], str]]:
    if block.table not in form.tables:
        yield ("table",), _unknown("table", block.table, form.tables)
    for role, end in (("subject", block.subject), ("object", block.object)):
        for value in _ids(end.type):
            if value not in schema.types:
                yield (role, "type"), _unknown("type", value, schema.types)
    grades = {source.grade for source in form.sources.values()}
    for value in _ids(block.predicate):
        relation = schema.relations.get(value)
        if relation is None:
            yield ("predicate",), _unknown("relation", value, schema.relations)
            continue
        if relation.chain is not None:
            yield ("predicate",), f"{value} is derived from other relations; map onto those"
        if value in guarded and (not form.safety or Grade.UNSPECIFIED in grades):
            yield (
                ("predicate",),
                (
                    f"{value} feeds safety rules: declare a relation of your own under `schema:`, or write `safety: true`"
                    " and give every source a grade"
                ),
            )
        for name in block.qualifiers:
            if name not in relation.qualifiers:
                yield ("qualifiers", name), f"{value} takes no qualifier {name!r}; declare it under `schema:`"
    yield from _source_faults(block.sources, form)


def _safety_relations(pack: Pack) -> frozenset[str]:
    """Return the relations that rules look at, and those from which such facts are derived."""
    read = {str(rule["when"].get("pair") or rule["when"].get("fact")) for rule in pack.rules}
    chains = [relation.chain for name, relation in pack.schema.relations.items() if name in read and relation.chain]
    return frozenset(read | {step.relation for chain in chains for step in chain.steps})


def _source_faults(cell: CellForm | None, form: MappingForm) -> Iterator[tuple[tuple[str, ...], str]]:
    if cell is None and not form.source and len(form.sources) > 1:
        yield (), "has rows without a source: write `sources:` here, or `source:` for all rows"
    for value in cell.map.values() if cell else ():
        if value and value not in form.sources:
            yield ("sources",), _unknown("source", value, form.sources)


def _ids(value: str | CellForm) -> list[str]:
    return [value] if isinstance(value, str) else [mapped for mapped in value.map.values() if mapped]


def _suffix(file: str) -> str:
    name = file.lower()
    for packed in (".gz", ".zip"):
        name = name.removesuffix(packed)
    return f".{name.rpartition('.')[2]}"


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else f"; write one of: {', '.join(names)}"
    return f"unknown {what} {name!r}{hint}"
