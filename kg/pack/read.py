"""Reading a pack: all files of a folder into a checked `Pack`, or every fault at once."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from kg.errors import PackInvalid
from kg.model import Entity, Graph
from kg.pack.content import Pack
from kg.pack.derive import derive
from kg.pack.facts import read_facts
from kg.pack.faults import Faults, Place
from kg.pack.golden import check_golden, stated
from kg.pack.nouns import read_entities, read_sources
from kg.pack.schemas import read_header, read_schema
from kg.pack.texts import read_items, read_mapping
from kg.pack.wording import check_phrases, check_rules
from kg.schema import Schema

__all__ = ["Check", "read_pack"]

Check: TypeAlias = Callable[[Pack], Iterable[str]]

_OPTIONAL: Final = ("units", "statements", "guards", "obligations", "safety")


def read_pack(folder: Path, extra_checks: Iterable[Check] = ()) -> Pack:
    """Return the pack in `folder`.

    `extra_checks` are the layers that parse a part of the pack further (rules, lexicon, phrases);
    each takes the pack and returns its faults as `file:line: message`. They run once the rest is
    without fault.

    Raises:
        PackInvalid: naming every fault with file and line.
    """
    faults = Faults()
    pack = _read(Path(folder), faults)
    if pack is None or faults.found:
        raise PackInvalid(faults.lines())
    more = [fault for extra in extra_checks for fault in extra(pack)]
    if more:
        raise PackInvalid(more)
    return pack


def _read(folder: Path, faults: Faults) -> Pack | None:
    if not folder.is_dir():
        faults.add(Place("pack.toml"), f"{folder} is not a folder; name the folder of a pack")
        return None
    header = read_header(folder, faults)
    schema_and_columns = read_schema(folder, header, faults) if header else None
    sources = read_sources(folder, faults)
    if header is None or schema_and_columns is None or faults.unread:
        return None
    schema, columns = schema_and_columns
    directory = read_entities(folder, schema, columns, sources, faults)
    facts = () if faults.unread else read_facts(folder, schema, directory, sources, faults)
    lexicon = read_mapping(folder, "lexicon.yaml", schema, faults)
    phrases = read_mapping(folder, "phrases.yaml", schema, faults)
    rules = read_items(folder, "rules.yaml", "rules", schema, faults)
    golden = read_items(folder, "golden.yaml", "cases", schema, faults)
    more = {name: read_mapping(folder, f"{name}.yaml", schema, faults, optional=True).data for name in _OPTIONAL}
    _check_order(schema, directory.entities, faults)
    if faults.found:
        return None
    entities = directory.entities
    facts = derive(schema, entities, facts)
    check_phrases(phrases, schema, header.languages, faults)
    check_rules(rules, schema, directory, header.languages, header.context, faults)
    rule_ids = (str(rule.get("id")) for rule in rules.mappings)
    guard_ids = _ids(more["guards"].get("guards"))
    check_golden(golden, stated(schema, directory, facts, rule_ids, guard_ids), faults)
    return Pack(
        id=header.id,
        version=header.version,
        licence=header.licence,
        title=dict(header.title),
        languages=tuple(header.languages),
        reference_language=header.reference_language,
        folder=folder.resolve(),
        schema=schema,
        graph=Graph(header.id, tuple(entities.values()), facts, tuple(sources.values())),
        lexicon=lexicon.data,
        phrases=phrases.data,
        rules=rules.mappings,
        golden=golden.mappings,
        context=dict(header.context),
        units=more["units"],
        statements=more["statements"],
        guards=more["guards"],
        obligations=more["obligations"],
        safety=more["safety"],
    )


def _check_order(schema: Schema, entities: Mapping[str, Entity], faults: Faults) -> None:
    for relation in schema.relations.values():
        for identity in relation.order:
            if identity not in entities or entities[identity].type not in relation.objects:
                problem = f"{relation.id}: order: {identity!r} is no entity that it can lead to; write ids of entities"
                faults.add(Place("schema.yaml"), problem)


def _ids(records: object) -> list[str]:
    """Return the ids of a list of records that is not checked yet."""
    listed = records if isinstance(records, list) else []
    return [str(each.get("id")) for each in listed if isinstance(each, Mapping)]
