"""What the schema demands of values that stand together: an amount with its unit, a severity with its grade."""

from collections.abc import Mapping

from kg.imports.forms import FactsForm
from kg.imports.readers import sql_text
from kg.schema import Schema

__all__ = ["quantity_faults", "required_faults"]


def required_faults(held: Mapping[str, str], schema: Schema) -> str:
    """Return branches of a CASE for values that stand without those they need; `held` is name → SQL."""
    branches = []
    for name, value in held.items():
        for lacking in schema.qualifiers[name].requires:
            other = held.get(lacking, "NULL")
            said = sql_text(f"has {name} without {lacking}")
            branches.append(f" WHEN {value} IS NOT NULL AND {other} IS NULL THEN {said}")
    return "".join(branches)


def quantity_faults(held: Mapping[str, str], numbers: Mapping[str, str], block: FactsForm, schema: Schema) -> str:
    """Return branches of a CASE for amounts that say nothing; a block of several relations has one logic for all."""
    names = (
        [block.predicate]
        if isinstance(block.predicate, str)
        else [name for name in block.predicate.map.values() if name]
    )
    relations = [schema.relations[name] for name in names if schema.relations[name].quantity]
    if not relations:
        return ""
    low, high = held.get("low", "NULL"), held.get("high", "NULL")
    amount = f"({low} IS NOT NULL OR {high} IS NOT NULL)"
    branches = [
        f" WHEN {held[name]} IS NOT NULL AND NOT {amount} THEN {sql_text(f'has {name} but no amount')}"
        for name in ("unit", "basis")
        if name in held
    ]
    for name in ("unit", "basis"):
        if all(name in relation.qualifiers for relation in relations):
            said = sql_text(f"has an amount without {name}")
            branches.append(f" WHEN {amount} AND {held.get(name, 'NULL')} IS NULL THEN {said}")
    if "low" in numbers and "high" in numbers:
        branches.append(f" WHEN {numbers['low']} > {numbers['high']} THEN 'low is more than high'")
    return "".join(branches)
