"""The edge of a pack: how `pack.toml` and `schema.yaml` must look, before anything trusts them."""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from kg.model import Grade
from kg.schema import Criticality

__all__ = ["IDENTIFIER", "NameForm", "PackForm", "QualifierForm", "RelationForm", "SchemaForm", "TypeForm"]

IDENTIFIER = r"^[a-z0-9][a-z0-9._-]{0,79}$"

# Types, relations and keys become labels and columns of a graph store, so they are plain ASCII words.
_DomainId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,62}$")]
_TypeId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{0,63}$")]
_RelationId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
_Key: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
_Language: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
_Step: TypeAlias = Annotated[str, StringConstraints(pattern=r"^\^?[A-Z][A-Z0-9_]{0,63}$")]
_Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
_ValueType: TypeAlias = Literal["string", "number", "boolean"]


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PackForm(_Form):
    """`pack.toml`."""

    id: _DomainId
    version: _Text
    licence: _Text
    title: dict[_Language, _Text]
    languages: list[_Language]
    reference_language: _Language
    context: dict[_Key, Literal["boolean", "number", "string", "strings"]] = {}


class NameForm(_Form):
    """A column of entity tables that holds the standard name in `language`."""

    language: _Language


class TypeForm(_Form):
    """One entity type; `properties` maps columns of entity tables to what they hold."""

    label: dict[_Language, _Text]
    value: bool = False
    properties: dict[_Key, _ValueType] = {}


class QualifierForm(_Form):
    """One qualifier; `labels` words its values, or a `table` of the pack gives both.

    A fact that has it must have those that it `requires` too (a severity without its evidence says nothing).
    """

    type: _ValueType
    values: list[_Text] = []
    table: Annotated[str, StringConstraints(pattern=r"^(terms/[a-z0-9-]+\.csv)?$")] = ""
    labels: dict[_Text, dict[_Language, _Text]] = {}
    requires: list[_Key] = []
    narrows: bool = False
    exclusive: bool = False


class RelationForm(_Form):
    """One relation; see `kg.schema.Relation` for what each key means."""

    subjects: list[_TypeId]
    objects: list[_TypeId]
    label: dict[_Language, _Text]
    symmetric: bool = False
    functional: bool = False
    closed: bool = False
    object_subsumption: str = ""
    exact: bool = False
    order: list[str] = []
    object_variants: str = ""
    chain: list[_Step] = []
    cap: Annotated[Grade, Field(strict=False)] | None = None
    opposites: list[_Step] = []
    minimum_grade: Annotated[Grade, Field(strict=False)] = Grade.UNSPECIFIED
    membership: bool = False
    criticality: Annotated[Criticality, Field(strict=False)] = Criticality.BACKGROUND
    implied: bool = True
    quantity: bool = False
    qualifiers: list[_Key] = []


class SchemaForm(_Form):
    """`schema.yaml`."""

    names: dict[_Key, NameForm]
    types: dict[_TypeId, TypeForm]
    relations: dict[_RelationId, RelationForm]
    qualifiers: dict[_Key, QualifierForm] = {}
