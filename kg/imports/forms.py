"""The edge of an import: how MAPPING.yaml must look, before anything trusts it."""

from pathlib import PurePosixPath
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from kg.model import Grade, NameKind, Review
from kg.pack.forms import IDENTIFIER, QualifierForm, RelationForm, TypeForm

__all__ = ["CellForm", "EndForm", "EntitiesForm", "FactsForm", "MappingForm", "NameCell", "SourceForm", "TableForm"]

_Key: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_SourceKey: TypeAlias = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_Column: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Words: TypeAlias = dict[_Language, list[_Text]]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class TableForm(_Form):
    """One table: where it is and how it is written. Without `format`, the ending of the file says it."""

    file: str = ""
    format: Literal["", "csv", "tsv", "parquet", "jsonl", "rdf", "obo", "cypher", "neo4j"] = ""
    encoding: str = "utf-8"
    delimiter: Annotated[str, StringConstraints(max_length=1)] = ""
    null: list[str] = []
    query: str = ""  # of a Neo4j server
    uri: str = ""

    @field_validator("file")
    @classmethod
    def _stays_inside(cls, value: str) -> str:
        path = PurePosixPath(value)
        if path.is_absolute() or ".." in path.parts or "\\" in value:
            message = "must be a path inside the folder of the data, without `..`"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _has_a_place(self) -> "TableForm":
        if (self.format == "neo4j") != bool(self.uri and self.query) or bool(self.file) == bool(self.uri):
            message = "needs either `file`, or `format: neo4j` with `uri` and `query`"
            raise ValueError(message)
        return self


class CellForm(_Form):
    """What one column says. `map` turns its values into ids (an empty id leaves the row out)."""

    column: _Column
    map: dict[str, str] = {}
    split: str = ""


class NameCell(CellForm):
    """A column of names; the first standard name of a row is the one that the row is known by."""

    language: _Language
    kind: Annotated[NameKind, Field(strict=False)] = NameKind.STANDARD


class ValueCell(CellForm):
    """A column of values; `unit` is the unit of its numbers, where the qualifier that it fills has one."""

    unit: str = ""


class EntitiesForm(_Form):
    """Rows of `table` that are entities."""

    table: _Key
    type: str | CellForm
    names: Annotated[list[NameCell], Field(min_length=1)]
    id: CellForm | None = None
    id_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{0,40}$")] = ""
    where: dict[_Column, str | list[str]] = {}
    properties: dict[_Key, CellForm] = {}
    sources: CellForm | None = None


class EndForm(_Form):
    """One end of a fact: the name or the identifier of an entity of `type`."""

    type: str | CellForm
    name: CellForm | None = None
    id: CellForm | None = None
    id_prefix: Annotated[str, StringConstraints(pattern=r"^[a-z0-9._-]{0,40}$")] = ""
    language: _Language = "und"
    create: bool = True

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "EndForm":
        if (self.name is None) == (self.id is None):
            message = "needs either `name` or `id`"
            raise ValueError(message)
        return self


class FactsForm(_Form):
    """Rows of `table` that are facts."""

    table: _Key
    subject: EndForm
    predicate: str | CellForm
    object: EndForm
    where: dict[_Column, str | list[str]] = {}
    qualifiers: dict[_Key, ValueCell | str] = {}
    date: CellForm | None = None
    locator: CellForm | None = None
    sources: CellForm | None = None


class SourceForm(_Form):
    """One source, as in a pack's sources.csv."""

    title: _Text
    licence: _Text
    grade: Annotated[Grade, Field(strict=False)] = Grade.UNSPECIFIED
    edition: str = ""
    url: str = ""


class AdditionsForm(_Form):
    """What the domain's schema does not have."""

    types: dict[str, TypeForm] = {}
    qualifiers: dict[str, QualifierForm] = {}
    relations: dict[str, RelationForm] = {}


class WordsForm(_Form):
    """Words with which people ask for what the mapping adds."""

    relations: dict[str, _Words] = {}
    types: dict[str, _Words] = {}


class MappingForm(_Form):
    """MAPPING.yaml."""

    domain: str
    sources: Annotated[dict[_SourceKey, SourceForm], Field(min_length=1)]
    source: str = ""
    review: Annotated[Review, Field(strict=False)] = Review.PENDING
    safety: bool = False
    tables: Annotated[dict[_Key, TableForm], Field(min_length=1)]
    entities: list[EntitiesForm] = []
    facts: list[FactsForm] = []
    schema_: Annotated[AdditionsForm, Field(alias="schema")] = AdditionsForm()
    words: WordsForm = WordsForm()

    @field_validator("review")
    @classmethod
    def _is_not_more_than_known(cls, value: Review) -> Review:
        if value is Review.PRIMARY:
            message = "an import compares nothing with a primary source; write pending, single-source or cross-checked"
            raise ValueError(message)
        return value
