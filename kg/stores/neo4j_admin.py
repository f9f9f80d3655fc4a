"""Filling an empty Neo4j database while its server is stopped, through `neo4j-admin database import full`.

It writes a database of millions of relations in the time that transactions take for some ten thousands. The tables go
to it as CSV files, made by DuckDB from the staged rows, in a folder of our own beside them.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from kg.errors import GraphUnavailable, StoreMisconfigured
from kg.imports.staged import Staged
from kg.layout import (
    ENTITY_COLUMNS,
    FACT_COLUMNS,
    SOURCE_COLUMNS,
    entity_row,
    fact_row,
    fingerprint,
    property_columns,
    qualifier_columns,
    source_row,
)
from kg.model import Graph, Revision
from kg.schema import Schema
from kg.stores.contents import require_loadable
from kg.stores.neo4j_build import graph_key
from kg.stores.parquet import batches

__all__ = ["import_full"]

_KINDS: Final = {"string": "string", "number": "double", "boolean": "boolean"}
_MEMORY: Final = "2G"
_BATCH: Final = 10_000

_Row = Mapping[str, Any]


def import_full(  # noqa: PLR0913  what goes where
    home: Path,
    database: str,
    graph: Graph,
    schema: Schema,
    staged: Staged | None = None,
    *,
    overwrite: bool = False,
    lib: Path | None = None,
) -> Revision:
    """Make a database of a pack's graph and, if given, the rows staged upon it.

    The server of `home` must be stopped; the indexes are made when the domain is first opened (`Neo4jStore.origin`).

    Args:
        home: the folder of the Neo4j server, with `bin/neo4j-admin` or the jars in `lib`.
        database: the name of the database; it must not be there, or be given up.
        graph: the pack's graph.
        schema: the pack's schema.
        staged: rows made for exactly this graph.
        overwrite: whether a database of this name, with everything in it, is replaced.
        lib: the folder of the server's jars, if not in `home`.

    Raises:
        StoreMisconfigured: `home` has no importer, or the database is there.
        GraphUnavailable: the importer failed, or the rows were not made for this graph.
    """
    require_loadable(graph, schema, graph.domain)
    if staged is not None and staged.base != graph.digest():
        message = "these rows were prepared for other contents than the pack's; import them again"
        raise GraphUnavailable(message, domain=graph.domain)
    command, environment = _importer(home, lib)
    if (home / "data" / "databases" / database).exists() and not overwrite:
        message = f"the database {database!r} in {home} is there: drop it first, or start its server and import into it"
        raise StoreMisconfigured(message, setting="BENCAO_NEO4J_DATABASE", path=str(home))
    revision = Revision(1, staged.digest if staged else graph.digest())
    with tempfile.TemporaryDirectory(prefix="neo4j-", dir=staged.folder if staged else None) as name:
        tables = _Tables(Path(name))
        _add_pack(tables, graph, schema, staged, revision)
        if staged is not None:
            _add_staged(tables, staged)
        options = [
            f"--overwrite-destination={str(overwrite).lower()}",
            f"--multiline-fields={str(tables.has_lines).lower()}",
            f"--max-off-heap-memory={_MEMORY}",
            f"--report-file={tables.folder / 'report'}",
            "--bad-tolerance=0",
        ]
        arguments = [*command, "database", "import", "full", *tables.options(), *options, database]
        done = subprocess.run(  # noqa: S603  (arguments of our own)
            arguments, env=environment, cwd=tables.folder, capture_output=True, text=True, check=False
        )
    if done.returncode:
        said = " ".join((done.stderr.strip() or done.stdout.strip()).splitlines()[-3:])
        message = f"neo4j-admin could not import into {home}; is its server stopped? It said: {said}"
        raise GraphUnavailable(message, path=str(home))
    return revision


def _importer(home: Path, lib: Path | None) -> tuple[list[str], dict[str, str]]:
    """Return the command of the importer and its environment."""
    own = {"NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
    environment = {**os.environ, "HEAP_SIZE": _MEMORY, **own}
    script, jars = home / "bin" / "neo4j-admin", lib or home / "lib"
    if script.is_file():
        return [str(script)], environment
    java = shutil.which("java")
    if java is None or not any(jars.glob("neo4j-import-tool-*.jar")):
        message = f"{home} is no folder of a Neo4j server: it has neither bin/neo4j-admin nor its jars in lib"
        raise StoreMisconfigured(message, setting="--neo4j-home", path=str(home))
    (home / "conf").mkdir(parents=True, exist_ok=True)
    (home / "conf" / "neo4j.conf").touch()
    return [java, f"-Xmx{_MEMORY}", "-cp", f"{jars}/*", "org.neo4j.cli.AdminTool"], environment


class _Tables:
    """CSV files of nodes and relationships: each kind has a header and one file or more."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.has_lines = False
        self._files: dict[str, list[Path]] = {}

    def declare(self, kind: str, header: Sequence[str]) -> None:
        """Say what columns the files of `kind` have: `nodes` and a name, or `relationships` and the type."""
        if kind not in self._files:
            self._files[kind] = [self._new()]
            self._files[kind][0].write_text(",".join(header) + "\n", encoding="utf-8")

    def add(self, kind: str, rows: Iterable[Sequence[object]]) -> None:
        """Add rows to a kind that was declared."""
        file = self._new()
        with file.open("w", encoding="utf-8", newline="") as opened:
            for row in rows:
                cells = [_cell(value) for value in row]
                self.has_lines = self.has_lines or any("\n" in cell or "\r" in cell for cell in cells)
                opened.write(",".join(cells) + "\n")
        self._files[kind].append(file)

    def copy(self, kind: str, source: Path, columns: Sequence[str]) -> None:
        """Add the rows of a Parquet file to a kind that was declared; `columns` are SQL for its columns."""
        import duckdb

        file = self._new()
        with duckdb.connect() as connection:
            rows = f"(SELECT {', '.join(columns)} FROM read_parquet('{_sql(source)}'))"  # noqa: S608  (columns of ours)
            texts = [name for name, kind, *_ in connection.execute(f"DESCRIBE {rows}").fetchall() if kind == "VARCHAR"]
            lines = " OR ".join(f"regexp_matches(\"{name}\", '[\\n\\r]')" for name in texts)
            self.has_lines = self.has_lines or bool(connection.execute(f"FROM {rows} WHERE {lines} LIMIT 1").fetchall())
            quoted = ", ".join(f'"{name}"' for name in texts)
            connection.execute(
                f"COPY {rows} TO '{_sql(file)}' (FORMAT csv, HEADER false, FORCE_QUOTE ({quoted}), NULLSTR '')"
            )
        self._files[kind].append(file)

    def options(self) -> list[str]:
        """Return the options that name all files."""
        listed = {kind: ",".join(map(str, files)) for kind, files in self._files.items() if len(files) > 1}
        nodes = [f"--nodes={files}" for kind, files in listed.items() if kind.startswith("nodes ")]
        relationships = [
            f"--relationships={kind.partition(' ')[2]}={files}"
            for kind, files in listed.items()
            if kind.startswith("relationships ")
        ]
        return nodes + relationships

    def _new(self) -> Path:
        return self.folder / f"{sum(map(len, self._files.values()))}-{len(list(self.folder.iterdir()))}.csv"


def _add_pack(tables: _Tables, graph: Graph, schema: Schema, staged: Staged | None, revision: Revision) -> None:
    wider = staged.schema if staged else schema
    key = graph_key(graph.domain, 1)
    properties = {column.strip("`"): kind for column, kind in property_columns(wider).items()}
    changed = _changed(staged, "entities-changed", (*ENTITY_COLUMNS, *properties), "id")
    tables.declare(
        "nodes entity",
        ["id:ID", *ENTITY_COLUMNS[1:], *(f"{c}:{_KINDS[k]}" for c, k in properties.items()), "graph", ":LABEL"],
    )
    rows = (changed.get(entity.id) or entity_row(entity, wider) for entity in graph.entities)
    tables.add(
        "nodes entity",
        ([*(row[c] for c in (*ENTITY_COLUMNS, *properties)), key, f"Entity;{row['type']}"] for row in rows),
    )
    tables.declare("nodes source", [*SOURCE_COLUMNS, "graph", ":LABEL"])
    tables.add("nodes source", ([*source_row(each).values(), key, "Source"] for each in graph.sources))
    layout = " ".join(dict.fromkeys((fingerprint(schema), fingerprint(wider))))
    meta = {"domain": graph.domain, "digest": revision.digest, "layout": layout, "base": graph.digest()}
    tables.declare("nodes meta", [*meta, "extension", "number:long", "generation:long", ":LABEL"])
    tables.add("nodes meta", [[*meta.values(), staged.extension if staged else "", revision.number, 1, "Meta"]])
    facts = sorted(graph.facts, key=lambda fact: fact.predicate)
    for predicate, group in groupby(facts, lambda fact: fact.predicate):
        columns = _declare_facts(tables, predicate, wider)
        changed = _changed(staged, f"facts-changed/{predicate}", columns, "fact")
        rows = (changed.get(fact.id) or fact_row(fact, wider) for fact in group)
        tables.add(
            f"relationships {predicate}", ([row["subject"], row["object"], *(row[c] for c in columns)] for row in rows)
        )


def _add_staged(tables: _Tables, staged: Staged) -> None:
    key = _sql(graph_key(staged.domain, 1))
    properties = [column.strip("`") for column in property_columns(staged.schema)]
    for name, number in staged.counts.items():
        kind, _, predicate = name.partition("/")
        file = staged.folder / f"{name}.parquet"
        if not number or kind.endswith("-changed"):
            continue
        if kind == "entities":
            columns = [f'"{column}"' for column in (*ENTITY_COLUMNS, *properties)]
            tables.copy("nodes entity", file, [*columns, f"'{key}' AS graph", "'Entity;' || type AS label"])
        elif kind == "sources":
            tables.copy("nodes source", file, [*SOURCE_COLUMNS, f"'{key}' AS graph", "'Source' AS label"])
        else:
            columns = [f'"{column}"' for column in _declare_facts(tables, predicate, staged.schema)]
            ends = ["subject AS start_id", "object AS end_id"]
            tables.copy(f"relationships {predicate}", file, [*ends, *columns])


def _declare_facts(tables: _Tables, predicate: str, schema: Schema) -> tuple[str, ...]:
    """Declare the relationships of one relation and return their columns after those of the ends."""
    kinds = {c.strip("`"): kind for c, kind in qualifier_columns(schema.relation(predicate), schema).items()}
    header = [":START_ID", ":END_ID", *FACT_COLUMNS, *(f"{c}:{_KINDS[k]}" for c, k in kinds.items())]
    tables.declare(f"relationships {predicate}", header)
    return (*FACT_COLUMNS, *kinds)


def _changed(staged: Staged | None, name: str, columns: Sequence[str], key: str) -> dict[str, _Row]:
    if staged is None or not staged.counts.get(name):
        return {}
    file = staged.folder / f"{name}.parquet"
    return {row[key]: row for batch in batches(file, columns, _BATCH) for row in batch}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sql(text: object) -> str:
    return str(text).replace("'", "''")
