"""A generated graph with hubs: tables to import, with their mapping, and the same rows as a store takes them.

Names look like those of compounds; every third entity has a Chinese one. Relations choose both ends by Zipf's law, so
that a few entities have a large share of them and most have a handful.
"""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from kg.imports.staged import Staged
from kg.model import Graph
from kg.schema import EntityType, Qualifier, Relation, Schema

__all__ = ["KINDS", "generate", "staged_rows", "widened"]

KINDS: Final = 10  # relation types; the first has half of all relations, the next half of the rest, and so on
_TYPE: Final = "GeneratedThing"
_SYLLABLES: Final = ["al", "be", "cor", "din", "flav", "gly", "hex", "kap", "lut", "meth", "nor", "oxy", "quer", "zed"]
_MAPPING: Final = """\
domain: herbal
sources:
  generated: {{title: A generated graph, licence: CC0}}
tables:
  things: {{file: things.csv}}
  links: {{file: links.csv}}
schema:
  types:
    {type}: {{label: {{zh: 生成物, en: generated thing}}}}
  relations:
{relations}
entities:
  - table: things
    type: {type}
    id: {{column: id}}
    id_prefix: "gen."
    names: [{{column: name, language: en}}]
facts:
  - table: links
    subject: {{type: {type}, id: {{column: subject}}, id_prefix: "gen."}}
    predicate: {{column: relation, map: {{{map}}}}}
    object: {{type: {type}, id: {{column: object}}, id_prefix: "gen."}}
"""


def generate(folder: Path, entities: int, relations: int) -> Path:
    """Write things.csv, links.csv and mapping.yaml; the same numbers give the same files. Return the mapping."""
    folder.mkdir(parents=True, exist_ok=True)
    syllables = str(_SYLLABLES)
    with _connect(folder) as connection:
        draw = f"CAST(hash(i * 31 + {{}}) % {len(_SYLLABLES)} + 1 AS INTEGER)"
        name = " || ".join(f"({syllables}::VARCHAR[])[{draw.format(salt)}]" for salt in range(4))
        chinese = " || ".join(f"chr(19968 + CAST(hash(i * 31 + {salt}) % 3000 AS INTEGER))" for salt in range(9, 13))
        connection.execute(f"""
            COPY (SELECT 'n' || i AS id, CASE WHEN i % 3 = 0 THEN {chinese} ELSE {name} || '-' || i END AS name
                  FROM range({entities}) t(i)) TO '{folder / "things.csv"}' (HEADER)
        """)
        # Zipf: the rank is log-uniform. A bijection scatters the ranks over the ids, so that hubs are not neighbours.
        kind = f"CAST(least({KINDS - 1}, floor(-log2(1 - {_uniform(3)}))) AS INTEGER)"
        connection.execute(f"""
            COPY (SELECT 'n' || {_end(1, entities)} AS subject, 'R' || {kind} AS relation,
                    'n' || {_end(2, entities)} AS object
                  FROM range({relations}) t(i)) TO '{folder / "links.csv"}' (HEADER)
        """)
    ids = [f"GENERATED_{number}" for number in range(KINDS)]
    declared = "\n".join(
        f"    {name}: {{subjects: [{_TYPE}], objects: [{_TYPE}], implied: false,"
        f" label: {{zh: 生成关系{number}, en: generated relation {number}}}}}"
        for number, name in enumerate(ids)
    )
    mapped = ", ".join(f"R{number}: {name}" for number, name in enumerate(ids))
    mapping = folder / "mapping.yaml"
    mapping.write_text(_MAPPING.format(type=_TYPE, relations=declared, map=mapped), encoding="utf-8")
    return mapping


def widened(schema: Schema) -> Schema:
    """Return a schema with the type and the relations of the generated graph."""
    label = {"zh": "生成", "en": "generated"}
    more = {
        name: Relation(name, (_TYPE,), (_TYPE,), label, implied=False)
        for name in (f"GENERATED_{number}" for number in range(KINDS))
    }
    return replace(
        schema,
        types={**schema.types, _TYPE: EntityType(_TYPE, label)},
        relations={**schema.relations, **more},
        qualifiers=dict[str, Qualifier](schema.qualifiers),
    )


def staged_rows(tables: Path, folder: Path, graph: Graph, schema: Schema) -> Staged:
    """Write the generated tables as rows for a store that holds `graph`, each statement once."""
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    counts: dict[str, int] = {}
    wider = widened(schema)
    evidence = """'[["generated","links.csv:' || row || '","unspecified","pending",""]]'"""
    with _connect(folder) as connection:
        names = """'[["' || name || '","en","standard","generated"]]'"""
        properties = "".join(
            f', CAST(NULL AS {kind}) AS "{column}"' for column, kind in _property_columns(wider).items()
        )
        counts["entities"] = _copied(
            connection,
            f"SELECT 'gen.' || id AS id, '{_TYPE}' AS type, {names} AS names, '{{}}' AS properties{properties}"
            f" FROM read_csv('{tables / 'things.csv'}', header=true, all_varchar=true) ORDER BY id",
            folder / "entities.parquet",
        )
        connection.execute(f"""
            CREATE TABLE link AS SELECT subject, relation, object, min(row) AS row FROM (
                SELECT 'gen.' || subject AS subject, relation, 'gen.' || object AS object, row_number() OVER () AS row
                FROM read_csv('{tables / "links.csv"}', header=true, all_varchar=true))
            WHERE subject <> object GROUP BY ALL
        """)
        for number in range(KINDS):
            name = f"GENERATED_{number}"
            fact = f"left(sha256('[\"' || subject || '\", \"{name}\", \"' || object || '\", {{}}]'), 16)"
            counts[f"facts/{name}"] = _copied(
                connection,
                f'SELECT subject AS "from", object AS "to", {fact} AS fact, subject, \'{name}\' AS predicate, object,'
                f" 'asserted' AS status, {evidence} AS evidence, '[]' AS derived, '{{}}' AS qualifiers"
                f" FROM link WHERE relation = 'R{number}' ORDER BY subject, fact",
                folder / "facts" / f"{name}.parquet",
            )
        connection.execute("DROP TABLE link")
    base = graph.digest()
    digest = hashlib.sha256(f"{base}{counts}".encode()).hexdigest()
    return Staged(folder, graph.domain, base, digest, wider, '{"schema": {}}', counts)


def _property_columns(schema: Schema) -> dict[str, str]:
    from kg.layout import property_columns

    types = {"string": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN"}
    return {column.strip("`"): types[kind] for column, kind in property_columns(schema).items()}


def _connect(folder: Path) -> duckdb.DuckDBPyConnection:
    file = folder / "generated.duckdb"
    file.unlink(missing_ok=True)
    return duckdb.connect(str(file), config={"memory_limit": "2GB", "temp_directory": str(folder), "threads": "2"})


def _copied(connection: duckdb.DuckDBPyConnection, query: str, file: Path) -> int:
    done = connection.execute(f"COPY ({query}) TO '{file}' (FORMAT parquet)").fetchone()
    return int(done[0]) if done else 0


def _uniform(salt: int) -> str:
    return f"(CAST(hash(i * 31 + {salt}) >> 11 AS DOUBLE) / 9007199254740992.0)"


def _end(salt: int, entities: int) -> str:
    # Subjects are a little less uneven than objects, as herbs and their compounds are.
    share = f"pow({entities}.0, {_uniform(salt)})" if salt > 1 else f"{entities}.0 * pow({_uniform(salt)}, 3)"
    return f"((CAST(floor({share}) AS BIGINT) * 7919 + {salt}) % {entities})"
