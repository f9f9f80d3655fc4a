"""The edge of an import: how MAPPING.yaml must look, before anything trusts it."""

from pathlib import PurePosixPath
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    field_validator,
    model_validator,
)

from kg.model import Grade, NameKind, Review
from kg.pack.forms import IDENTIFIER, QualifierForm, RelationForm, TypeForm

__all__ = [
    "TAGS",
    "AdditionsForm",
    "CellForm",
    "EndForm",
    "EntitiesForm",
    "FactsForm",
    "MappingForm",
    "NameCell",
    "SourceForm",
    "TableForm",
    "ValueCell",
    "WordsForm",
]

TAGS: Final = frozenset({"one text", "a list", "a cell"})  # what pydantic adds to the path of a value


def _as_text(value: object) -> object:
    """Take what YAML reads as a number or a truth value for the text that stands there."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


def _tag(value: object) -> str:
    if isinstance(value, list):
        return "a list"
    return "a cell" if isinstance(value, dict | BaseModel) else "one text"


_Key: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_SourceKey: TypeAlias = Annotated[str, StringConstraints(pattern=IDENTIFIER)]
_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$")]
_Column: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Prefix: TypeAlias = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9._-]{0,29})?$")]
_Value: TypeAlias = Annotated[str, BeforeValidator(_as_text)]
_Words: TypeAlias = dict[_Language, list[_Text]]
_TypeId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{0,63}$")]
_RelationId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CellForm(_Form):
    """What one column says. `map` turns its values into ids or other values (an empty one leaves the row out)."""

    column: _Column
    map: dict[str, _Value] = {}
    split: str = ""


class NameCell(CellForm):
    """A column of names; the first standard name of a row is the one that the row is known by."""

    language: _Language = ""
    kind: Annotated[NameKind, Field(strict=False)] = NameKind.STANDARD


class ValueCell(CellForm):
    """A column of values; `unit` is the unit of its numbers."""

    unit: str = ""


_Constant: TypeAlias = Annotated[_Value, Tag("one text")]
_OneOrCell: TypeAlias = Annotated[_Constant | Annotated[CellForm, Tag("a cell")], Discriminator(_tag)]
_ValueOrCell: TypeAlias = Annotated[_Constant | Annotated[ValueCell, Tag("a cell")], Discriminator(_tag)]
_Kinds: TypeAlias = Annotated[
    _Constant | Annotated[list[str], Field(min_length=1), Tag("a list")] | Annotated[CellForm, Tag("a cell")],
    Discriminator(_tag),
]
_Allowed: TypeAlias = Annotated[_Constant | Annotated[list[_Value], Tag("a list")], Discriminator(_tag)]
_Where: TypeAlias = dict[_Column, _Allowed]


class TableForm(_Form):
    """One table: where it is and how it is written. Without `format`, the ending of the file says it.

    `sources` is the column that names the sources of a row, for every block that has none of its own.
    """

    file: str = ""
    format: Literal["", "csv", "tsv", "parquet", "jsonl", "rdf", "obo", "cypher", "neo4j"] = ""
    encoding: str = "utf-8"
    delimiter: Annotated[str, StringConstraints(max_length=1)] = ""
    null: list[_Value] = []
    sources: CellForm | None = None
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


class EntitiesForm(_Form):
    """Rows of `table` that are entities. Without names, `id` must be one that the domain has."""

    table: _Key
    type: _OneOrCell
    names: list[NameCell] = []
    id: CellForm | None = None
    id_prefix: _Prefix = ""
    where: _Where = {}
    properties: dict[_Key, ValueCell] = {}
    sources: CellForm | None = None
    create: bool | None = None

    @model_validator(mode="after")
    def _is_known_by_something(self) -> "EntitiesForm":
        if not self.names and self.id is None:
            message = "needs `names`, or an `id` that the domain has"
            raise ValueError(message)
        if self.id is not None and self.id.split:
            message = "an `id` is one identifier; take out its `split`"
            raise ValueError(message)
        return self


class EndForm(_Form):
    """One end of a fact: the name or the identifier of an entity of `type`, or of one of several types."""

    type: _Kinds
    name: CellForm | None = None
    id: CellForm | None = None
    id_prefix: _Prefix = ""
    language: _Language = ""
    create: bool | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> "EndForm":
        if (self.name is None) == (self.id is None):
            message = "needs either `name` or `id`"
            raise ValueError(message)
        if self.id is not None and self.create:
            message = "an end that is an `id` makes nothing; list the things under `entities:`"
            raise ValueError(message)
        return self

    @property
    def cell(self) -> CellForm:
        """The cell that says what stands at this end."""
        cell = self.name or self.id
        assert cell is not None  # noqa: S101  see _is_one_of_both
        return cell


class FactsForm(_Form):
    """Rows of `table` that are facts."""

    table: _Key
    subject: EndForm
    predicate: _OneOrCell
    object: EndForm
    where: _Where = {}
    qualifiers: dict[_Key, _ValueOrCell] = {}
    date: CellForm | None = None
    locator: CellForm | None = None
    sources: CellForm | None = None


class SourceForm(_Form):
    """One source, as in a pack's sources.csv."""

    title: _Text
    licence: _Text
    grade: Annotated[Grade, Field(strict=False)] = Grade.UNSPECIFIED
    edition: Annotated[_Value, StringConstraints(max_length=200)] = ""
    url: Annotated[str, StringConstraints(max_length=500)] = ""


class AdditionsForm(_Form):
    """What the domain's schema does not have."""

    types: dict[_TypeId, TypeForm] = {}
    qualifiers: dict[_Key, QualifierForm] = {}
    relations: dict[_RelationId, RelationForm] = {}


class WordsForm(_Form):
    """Words with which people ask for what the mapping adds."""

    relations: dict[str, _Words] = {}
    types: dict[str, _Words] = {}


class MappingForm(_Form):
    """MAPPING.yaml."""

    domain: str
    language: _Language = ""
    sources: Annotated[dict[_SourceKey, SourceForm], Field(min_length=1)]
    source: str = ""
    review: Annotated[Review, Field(strict=False)] = Review.PENDING
    safety: bool = False
    maps: dict[_Key, dict[str, _Value]] = {}
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

    @model_validator(mode="before")
    @classmethod
    def _with_maps(cls, data: Any) -> Any:  # noqa: ANN401  whatever stands in the file
        """Put the maps in the place of their names."""
        maps = data.get("maps") if isinstance(data, dict) else None
        return _filled(data, maps) if isinstance(maps, dict) else data

    def default_source(self) -> str:
        """Return the source of rows that name none; empty if there is none."""
        return self.source or (next(iter(self.sources)) if len(self.sources) == 1 else "")

    def sources_of(self, block: EntitiesForm | FactsForm) -> CellForm | None:
        """Return the cell that names the sources of a block's rows."""
        return block.sources or self.tables[block.table].sources


def _filled(data: object, maps: dict[str, object]) -> object:
    if isinstance(data, list):
        return [_filled(item, maps) for item in data]
    if not isinstance(data, dict):
        return data
    filled = {key: _filled(value, maps) for key, value in data.items()}
    name = filled.get("map")
    if "column" in filled and isinstance(name, str) and name in maps:
        filled["map"] = maps[name]
    return filled
