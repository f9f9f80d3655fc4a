"""Cells that are values of qualifiers and properties, or sources: their JSON, and what can be wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass

from kg.imports.forms import CellForm, EntitiesForm, FactsForm, MappingForm, ValueCell
from kg.imports.readers import sql_text
from kg.imports.sql import listed, mapped, parts
from kg.schema import EntityType, Qualifier

__all__ = ["Value", "first_source", "sources_of"]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a row: `raw` is the SQL of its text in the row, and `kind` string, number or boolean."""

    name: str
    raw: str
    kind: str
    values: tuple[str, ...] = ()
    unit: str = ""

    @classmethod
    def property(cls, name: str, cell: ValueCell, types: Mapping[str, EntityType], owner: str | CellForm) -> "Value":
        """Return the property `name` of the entities that a block makes."""
        kinds = [owner] if isinstance(owner, str) else [kind for kind in owner.map.values() if kind]
        return cls(name, mapped(cell), types[kinds[0]].properties[name], unit=cell.unit)

    @classmethod
    def qualifier(cls, given: str | CellForm, kind: Qualifier) -> "Value":
        """Return the qualifier that a cell or a constant fills."""
        unit = given.unit if isinstance(given, ValueCell) else ""
        return cls(kind.id, mapped(given), kind.type, kind.values, unit)

    def json(self, learnt: str) -> str:
        """Return SQL for the value in JSON, as `json.dumps` writes it; `learnt` is the row of `value`."""
        if self.kind == "number":
            return f"{learnt}.number"
        if self.kind == "boolean":
            return f"lower({learnt}.clean)"
        return f"to_json({learnt}.clean)::VARCHAR"

    def faults(self, learnt: str, raw: str) -> str:
        """Return the branches of a CASE that say what is wrong with the value; `raw` is its text in the row."""
        if self.kind == "number":
            unit = sql_text(self.unit)
            want = sql_text(f", not in {self.unit}" if self.unit else ", and the mapping names no unit")
            return (
                f"WHEN {raw} <> '' AND {learnt}.number IS NULL THEN {sql_text(f'{self.name} is no number')}"
                f" WHEN {learnt}.unit NOT IN ('', {unit}) THEN {sql_text(f'{self.name} is in ')}"
                f" || left({learnt}.unit, 20) || {want}"
            )
        if self.kind == "boolean":
            said = sql_text(f"{self.name} is neither true nor false")
            return f"WHEN lower({learnt}.clean) NOT IN ('true', 'false') THEN {said}"
        said = sql_text(f"{self.name} is longer than anything can mean")
        long = f"WHEN trim({raw}) <> '' AND {learnt}.clean IS NULL AND length({raw}) > 1000 THEN {said}"
        if not self.values:
            return long
        said = sql_text(f"{self.name} is none of the values of the schema: ")
        return f"{long} WHEN {learnt}.clean NOT IN ({listed(self.values)}) THEN {said} || left({learnt}.clean, 20)"


def sources_of(form: MappingForm, block: EntitiesForm | FactsForm) -> tuple[str, str]:
    """Return SQL for the list of a row's sources, and for what is wrong with them (NULL if nothing).

    A cell names a source by its key, whatever the case and with `_` for `-`, or as the cell's map says.
    """
    default = form.default_source()
    cell = form.sources_of(block)
    if cell is None:
        return f"[{sql_text(default)}]", "NULL"
    names = cell.map or {key: key for key in form.sources}
    plain = "x" if cell.map else "replace(lower(x), '_', '-')"
    pairs = names.items() if cell.map else ((key.replace("_", "-"), key) for key in names)
    cases = " ".join(f"WHEN {sql_text(value)} THEN {sql_text(key)}" for value, key in pairs)
    said = f"list_transform(list_filter({parts(cell)}, lambda x: trim(x) <> ''), lambda x: trim(x))"
    found = f"list_transform({said}, lambda x: CASE {plain} {cases} END)"
    fallback = f"[{sql_text(default)}]" if default else "NULL"
    unknown = f"list_filter({said}, lambda x: CASE {plain} {cases} END IS NULL)"
    kept = f"list_sort(list_distinct(list_filter({found}, lambda x: x <> '')))"
    fault = (
        f"CASE WHEN len({unknown}) > 0 THEN 'the mapping has no source ' || left({unknown}[1], 40)"
        f" WHEN len({said}) > 0 AND len({kept}) = 0 THEN 'the mapping leaves its sources out'"
        f" WHEN coalesce(len({said}), 0) = 0 AND {fallback} IS NULL THEN 'has no source' END"
    )
    return f"CASE WHEN coalesce(len({said}), 0) = 0 THEN {fallback} ELSE {kept} END", fault


def first_source(form: MappingForm, block: EntitiesForm | FactsForm) -> str:
    """Return SQL for the source of a row's names; NULL if something is wrong with its sources."""
    sources, fault = sources_of(form, block)
    return f"CASE WHEN {fault} IS NULL THEN ({sources})[1] END"
