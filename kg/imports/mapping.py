"""MAPPING.yaml, read and checked against itself and the schema of the domain that it imports into."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from kg.errors import ImportInvalid, SchemaViolation
from kg.imports import forms
from kg.imports.additions import unknown
from kg.imports.checks import mapping_faults, suffix_of
from kg.imports.extension import addition, extend, merged
from kg.imports.forms import TAGS, MappingForm
from kg.imports.guard import guarded_relations
from kg.pack.content import Pack
from kg.pack.documents import Document, read_yaml
from kg.pack.faults import Faults
from kg.schema import Schema

__all__ = ["FORMATS", "Mapping", "read_mapping"]

FORMATS: Final = {
    ".csv": "csv", ".tsv": "tsv", ".tab": "tsv", ".txt": "csv", ".parquet": "parquet", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".ttl": "rdf", ".nt": "rdf", ".rdf": "rdf", ".owl": "rdf", ".obo": "obo", ".cypher": "cypher",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mapping:
    """A checked mapping.

    Attributes:
        form: what the file says.
        file: the file.
        pack: the domain's pack with what this mapping and earlier ones add.
        addition: what this one adds, as JSON.
        closed: types that are closed lists of values: what they lack is not made.
    """

    form: MappingForm
    file: Path
    pack: Pack
    addition: str
    closed: frozenset[str]

    @property
    def schema(self) -> Schema:
        """The domain's schema with what the mapping adds."""
        return self.pack.schema

    @property
    def language(self) -> str:
        """The language of names that are in no other."""
        return self.form.language or self.pack.reference_language

    def format_of(self, table: str) -> str:
        """Return the format of a table: the one given, or what the ending of its file says."""
        form = self.form.tables[table]
        return form.format or FORMATS[suffix_of(form.file)]


def read_mapping(file: Path, pack: Pack, extension: str = "", *, for_comparison: bool = False) -> Mapping:
    """Return the mapping in `file` for the domain of `pack`, to which earlier imports added `extension`.

    Where tables are only compared with, they may fill relations that feed safety rules, and closed lists of values.

    Raises:
        ImportInvalid: naming every fault with file and line.
    """
    faults = Faults()
    document = read_yaml(file.parent, file.name, faults)
    form = _parsed(document, faults) if document else None
    if document is None or form is None:
        raise _invalid(faults)
    added = addition(form)
    try:
        extended = extend(pack, merged(extension, added))
    except SchemaViolation as error:
        faults.add(document.place("schema"), str(error))
        raise _invalid(faults) from None
    guarded = frozenset[str]() if for_comparison else guarded_relations(pack)
    for path, message in mapping_faults(form, pack, extended.schema, guarded, FORMATS):
        faults.add(document.place(*path), message)
    if faults.found:
        raise _invalid(faults)
    values = {name for name, kind in extended.schema.types.items() if kind.is_value}
    closed = frozenset[str]() if for_comparison else frozenset(values - form.schema_.types.keys())
    return Mapping(form, file, extended, added, closed)


def _invalid(faults: Faults) -> ImportInvalid:
    return ImportInvalid("\n".join(faults.lines()))


def _parsed(document: Document, faults: Faults) -> MappingForm | None:
    """Return the document as a form, or None after reporting each key and value that does not fit."""
    try:
        return MappingForm.model_validate(document.data)
    except ValidationError as error:
        for problem in error.errors(include_url=False):
            path = tuple(part for part in problem["loc"] if part not in TAGS)
            where = ".".join(str(part) for part in path if part != "[key]") or "the file"
            faults.add(document.place(*path), f"{where}: {_said(problem, document.data)}")
        return None


def _said(problem: Any, data: Any) -> str:  # noqa: ANN401  what pydantic says, and what stands in the file
    kind, last = problem["type"], problem["loc"][-1] if problem["loc"] else ""
    if kind == "extra_forbidden":
        return unknown("key", str(last), _keys())
    if kind == "missing":
        return "is missing; write it"
    if last == "map" and isinstance(problem["input"], str):
        maps = data.get("maps") if isinstance(data, dict) else None
        return unknown("map", problem["input"], maps if isinstance(maps, dict) else ())
    message = str(problem["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _keys() -> Iterator[str]:
    """Yield every key that a mapping may have somewhere."""
    for form in (getattr(forms, name) for name in forms.__all__):
        if isinstance(form, type) and issubclass(form, BaseModel):
            for name, field in form.model_fields.items():
                yield field.alias or name
