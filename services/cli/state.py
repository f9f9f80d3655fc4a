"""Writes claims and facts in words: the names of their ends, the schema's word for the relation, what narrows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import json_format

from bencao.client import Client
from bencao.v1.claim_pb2 import Claim, Quantity
from bencao.v1.graph_pb2 import Fact, Subgraph
from kg.messages import text
from services.cli.show import language_of

__all__ = ["Names", "names_of", "relation_labels", "stated"]

_QUANTIFIERS: Final = frozenset({"all", "only", "any", "none", "count"})


@dataclass(frozen=True, slots=True)
class Names:
    """Display names by resource name, and the labels of relations by predicate."""

    entities: Mapping[str, str]
    relations: Mapping[str, str]


def names_of(evidence: Subgraph, relations: Mapping[str, str]) -> Names:
    """Return the names that a response carries."""
    return Names({entity.name: entity.display_name for entity in evidence.entities}, relations)


async def relation_labels(client: Client, evidence: Subgraph, language: str) -> Mapping[str, str]:
    """Return predicate → its label in `language` for the domain that `evidence` is of; empty if it is of none.

    Raises:
        CallFailed: the server does not answer.
    """
    domain = next(("/".join(entity.name.split("/")[:2]) for entity in evidence.entities), "")
    if not domain:
        return {}
    relations = (await client.get_domain(domain)).relation_types
    return {each.predicate: _in_language(each.description, language) or each.predicate for each in relations}


def stated(said: Claim | Fact, names: Names, language: str) -> str:
    """Return what a claim or a fact says in words; empty for a claim whose words name no relation.

    What narrows a claim is told, what narrows a fact is not: rationales tell that where it matters.
    """
    if not said.predicate:
        return ""
    subject, far = (names.entities.get(end, end.rpartition("/")[2]) for end in (said.subject, said.object))
    qualifiers = _qualifiers(said) if isinstance(said, Claim) else {}
    quantifier = qualifiers.pop("quantifier", "")
    if isinstance(said, Claim) and said.HasField("quantity"):
        far = " ".join(filter(None, (far, _amount(said.quantity))))
    if quantifier in _QUANTIFIERS:
        far = text(f"cli.quantifier.{quantifier}", language, object=far)
    if qualifiers:
        far += " (" + ", ".join(f"{key} = {_plain(value)}" for key, value in sorted(qualifiers.items())) + ")"
    key = "cli.claim.negated" if isinstance(said, Claim) and said.negated else "cli.claim"
    relation = names.relations.get(said.predicate, said.predicate)
    return text(key, language, subject=subject or "?", relation=relation, object=far.strip() or "?")


def _amount(quantity: Quantity) -> str:
    low, high = (f"{end:.12g}" for end in (quantity.low, quantity.high))
    unit = "" if quantity.unit == "1" else f" {quantity.unit}".rstrip()
    if quantity.HasField("low") and quantity.HasField("high"):
        return (low if low == high else f"{low}–{high}") + unit
    if quantity.HasField("low"):
        return f"≥ {low}{unit}"
    return f"≤ {high}{unit}" if quantity.HasField("high") else unit.strip()


def _plain(value: object) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _qualifiers(said: Claim) -> dict[str, Any]:
    """Return what narrows a claim; nothing if a number in it is none, which has no JSON."""
    try:
        return json_format.MessageToDict(said.qualifiers)
    except json_format.SerializeToJsonError:
        return {}


def _in_language(description: str, language: str) -> str:
    """Return the part of a relation's description, all its labels, that is in a language."""
    parts = description.split(" / ")
    return next((part for part in parts if language_of(part) == language), parts[0])
