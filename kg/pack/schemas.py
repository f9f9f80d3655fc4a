"""`pack.toml` and `schema.yaml`: read, checked against themselves, turned into `kg.schema`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kg.pack.documents import Document, parse, read_toml, read_yaml
from kg.pack.faults import Faults
from kg.pack.forms import PackForm, QualifierForm, RelationForm, SchemaForm, TypeForm
from kg.pack.tables import read_table
from kg.schema import RESERVED, Chain, EntityType, Qualifier, Relation, Schema, Step

__all__ = ["AMOUNT", "Columns", "read_header", "read_schema", "schema_of"]

AMOUNT: Final = ("low", "high", "unit")
_TABLE_COLUMNS: Final = frozenset(
    {"id", "type", "source", "subject", "predicate", "object", "locator", "review", "quote", "entity", "text"}
)


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns of entity tables: `names` is column → language; `reference` is the one that facts write."""

    names: Mapping[str, str]
    reference: str


def read_header(root: Path, faults: Faults) -> PackForm | None:
    """Return `pack.toml`, or None after reporting why not."""
    document = read_toml(root, "pack.toml", faults)
    form = parse(document, PackForm, faults) if document else None
    if document is None or form is None:
        return None
    if form.reference_language not in form.languages:
        message = f"{form.reference_language!r} is not one of languages; add it there"
        faults.add(document.place("reference_language"), message)
    for language in form.languages:
        if language not in form.title:
            faults.add(document.place("title"), f"has no title in {language!r}; add it")
    return form


def read_schema(root: Path, header: PackForm, faults: Faults) -> tuple[Schema, Columns] | None:
    """Return `schema.yaml` and the name columns that it declares, or None after reporting why not."""
    document = read_yaml(root, "schema.yaml", faults)
    form = parse(document, SchemaForm, faults) if document else None
    if document is None or form is None:
        return None
    before = len(faults.found)
    form = form.model_copy(update={"qualifiers": _with_terms(root, form, header, document, faults)})
    schema = schema_of(form.types, form.qualifiers, form.relations)
    reference = _check_names(form, header, document, faults)
    for type_id, kind in form.types.items():
        _check_label(kind.label, header.languages, document, ("types", type_id), faults)
        for name in kind.properties:
            if name in _TABLE_COLUMNS or name in form.names:
                place = document.place("types", type_id, "properties", name)
                faults.add(place, f"the property {name!r} has the name of another column; rename it")
    _check_qualifiers(form, document, faults)
    for name, relation in form.relations.items():
        _check_label(relation.label, header.languages, document, ("relations", name), faults)
        _check_relation(name, form, schema, document, faults)
    if len(faults.found) > before or not reference:
        return None
    return schema, Columns({column: name.language for column, name in form.names.items()}, reference)


def _with_terms(
    root: Path, form: SchemaForm, header: PackForm, document: Document, faults: Faults
) -> dict[str, QualifierForm]:
    """Return the qualifiers, those with a table having its values: the texts in the reference language."""
    filled = dict(form.qualifiers)
    for name, qualifier in form.qualifiers.items():
        if not qualifier.table:
            continue
        if qualifier.values or qualifier.type != "string":
            place = document.place("qualifiers", name)
            faults.add(place, f"the qualifier {name!r} has a table, so it is a string without values of its own")
        labels: dict[str, dict[str, str]] = {}
        for row in read_table(root, qualifier.table, header.languages, (), faults):
            value = row[header.reference_language]
            if value in labels:
                faults.add(row.place, f"{value!r} stands twice; keep one")
            for language in header.languages:
                if not row[language]:
                    faults.add(row.place, f"the text in {language!r} is empty; write it")
            labels[value] = {language: row[language] for language in header.languages}
        filled[name] = qualifier.model_copy(update={"values": list(labels), "labels": labels})
    return filled


def _check_qualifiers(form: SchemaForm, document: Document, faults: Faults) -> None:
    for name, qualifier in form.qualifiers.items():
        if name in _TABLE_COLUMNS:
            place = document.place("qualifiers", name)
            faults.add(place, f"the qualifier {name!r} has the name of a column of fact tables; rename it")
        if name in RESERVED:
            place = document.place("qualifiers", name)
            faults.add(place, f"the qualifier {name!r} is one that every relation has ({_listed(RESERVED)}); rename it")
        if qualifier.narrows and qualifier.exclusive:
            place = document.place("qualifiers", name, "exclusive")
            faults.add(
                place, f"the qualifier {name!r} narrows, so that a triple may hold under several; remove one key"
            )
        for unknown in sorted(set(qualifier.requires) - form.qualifiers.keys()):
            place = document.place("qualifiers", name, "requires")
            faults.add(place, f"unknown qualifier {unknown!r}; the qualifiers are: {_listed(form.qualifiers)}")
        for value in qualifier.labels:
            if value not in qualifier.values:
                place = document.place("qualifiers", name, "labels", value)
                faults.add(place, f"labels the value {value!r}, which is not in values: {_listed(qualifier.values)}")


def schema_of(
    types: Mapping[str, TypeForm], qualifiers: Mapping[str, QualifierForm], relations: Mapping[str, RelationForm]
) -> Schema:
    """Return the schema that the forms describe."""
    built_types = {
        name: EntityType(name, dict(kind.label), is_value=kind.value, properties=dict(kind.properties))
        for name, kind in types.items()
    }
    built_qualifiers = {
        name: Qualifier(
            name,
            kind.type,
            tuple(kind.values),
            {value: dict(text) for value, text in kind.labels.items()},
            tuple(kind.requires),
            kind.narrows,
            kind.exclusive,
        )
        for name, kind in qualifiers.items()
    }
    built_relations = {
        name: Relation(
            id=name,
            subjects=tuple(kind.subjects),
            objects=tuple(kind.objects),
            label=dict(kind.label),
            symmetric=kind.symmetric,
            functional=kind.functional,
            closed=kind.closed,
            object_subsumption=kind.object_subsumption,
            exact=kind.exact,
            order=tuple(kind.order),
            object_variants=kind.object_variants,
            chain=Chain(tuple(map(_step, kind.chain)), kind.cap) if kind.chain else None,
            opposites=tuple(map(_step, kind.opposites)),
            minimum_grade=kind.minimum_grade,
            membership=kind.membership,
            criticality=kind.criticality,
            implied=kind.implied,
            quantity=kind.quantity,
            qualifiers=tuple(kind.qualifiers),
        )
        for name, kind in relations.items()
    }
    return Schema(built_types, built_relations, built_qualifiers)


def _step(text: str) -> Step:
    return Step(text.removeprefix("^"), forward=not text.startswith("^"))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _check_names(form: SchemaForm, header: PackForm, document: Document, faults: Faults) -> str:
    by_language: dict[str, str] = {}
    for column, name in form.names.items():
        place = document.place("names", column)
        if column in _TABLE_COLUMNS:
            faults.add(place, f"the name column {column!r} has the name of another column; rename it")
        if name.language in by_language:
            faults.add(place, f"{by_language[name.language]!r} is already the column of {name.language!r}; keep one")
        by_language.setdefault(name.language, column)
    for language in header.languages:
        if language not in by_language:
            faults.add(document.place("names"), f"has no column for the pack's language {language!r}; add one")
    return by_language.get(header.reference_language, "")


def _check_label(
    label: Mapping[str, str], languages: Iterable[str], document: Document, path: tuple[str, str], faults: Faults
) -> None:
    for language in languages:
        if language not in label:
            faults.add(document.place(*path, "label"), f"{path[1]} has no label in {language!r}; add it")


def _check_relation(name: str, form: SchemaForm, schema: Schema, document: Document, faults: Faults) -> None:
    relation = form.relations[name]

    def say(key: str, message: str) -> None:
        faults.add(document.place("relations", name, key), f"{name}: {message}")

    for end, ids in (("subjects", relation.subjects), ("objects", relation.objects)):
        for problem in _type_problems(end, ids, form):
            say(end, problem)
    for unknown in sorted(set(relation.qualifiers) - set(form.qualifiers)):
        say("qualifiers", f"unknown qualifier {unknown!r}; the qualifiers are: {_listed(form.qualifiers)}")
    for key, problem in _logic_problems(name, relation, form, schema):
        say(key, problem)
    for problem in _amount_problems(relation, form):
        say("quantity", problem)
    for problem in _chain_problems(name, relation, form, schema):
        say("chain", problem)


def _type_problems(end: str, ids: Sequence[str], form: SchemaForm) -> Iterator[str]:
    if not ids:
        yield f"{end} is empty; name at least one type"
    for unknown in sorted(set(ids) - set(form.types)):
        yield f"unknown type {unknown!r}; the types are: {_listed(form.types)}"


def _logic_problems(name: str, relation: RelationForm, form: SchemaForm, schema: Schema) -> Iterator[tuple[str, str]]:
    along = {"object_subsumption": relation.object_subsumption, "object_variants": relation.object_variants}
    for key, other in along.items():
        if other and other not in form.relations:
            yield key, f"unknown relation {other!r}; the relations are: {_listed(form.relations)}"
    if relation.symmetric and set(relation.subjects) != set(relation.objects):
        yield "symmetric", "a symmetric relation has the same types at both ends; make subjects and objects equal"
    if relation.exact and not (relation.object_subsumption and (relation.functional or relation.closed)):
        yield (
            "exact",
            "only a functional or closed relation with object_subsumption can be exact; add these, or remove it",
        )
    if relation.cap and not relation.chain:
        yield "cap", "only what a chain derives has a cap; remove it, or write the chain"
    if relation.membership and (relation.symmetric or relation.chain):
        yield "membership", "members are curated and one-way; remove membership, or symmetric and chain"
    for problem in _opposite_problems(name, relation, form, schema):
        yield "opposites", problem


def _opposite_problems(name: str, relation: RelationForm, form: SchemaForm, schema: Schema) -> Iterator[str]:
    for step in map(_step, relation.opposites):
        if step.relation == name:
            yield "a relation is not its own opposite; for one that holds one way only nothing has to be declared"
        elif step.relation not in form.relations:
            yield f"unknown relation {step.relation!r}; the relations are: {_listed(form.relations)}"
        elif not schema.targets(frozenset(relation.subjects), step) & set(relation.objects):
            yield f"{step} joins no subjects of {name} with its objects; correct it, or exchange its ends with ^"


def _amount_problems(relation: RelationForm, form: SchemaForm) -> Iterator[str]:
    if not relation.quantity:
        return
    for part in AMOUNT:
        if part not in relation.qualifiers:
            yield f"a quantity needs the qualifier {part!r}; add it to qualifiers"
    for part in ("low", "high"):
        if part in form.qualifiers and form.qualifiers[part].type != "number":
            yield f"the qualifier {part!r} must be of type number"


def _chain_problems(name: str, relation: RelationForm, form: SchemaForm, schema: Schema) -> Iterator[str]:
    if not relation.chain:
        return
    reached = frozenset(relation.subjects)
    for step in (_step(text) for text in relation.chain):
        if step.relation not in form.relations:
            yield f"unknown relation {step.relation!r}; the relations are: {_listed(form.relations)}"
            return
        if form.relations[step.relation].chain:
            yield f"{step.relation} is derived itself; write the chain with curated relations"
            return
        reached = schema.targets(reached, step)
    if not reached & set(relation.objects):
        yield f"the chain leads from {_listed(relation.subjects)} to {_listed(reached)}, not to the objects of {name}"
