"""A mapping's tables as a graph in memory, beside a pack: what `bencao pack compare` compares with."""

from pathlib import Path

from kg.imports.held import nothing
from kg.imports.mapping import read_mapping
from kg.imports.run import stage
from kg.layout import ENTITY_COLUMNS, FACT_COLUMNS, read_entity, read_fact
from kg.model import Graph
from kg.pack.content import Pack

__all__ = ["mapped_graph"]


def mapped_graph(file: Path, data: Path, pack: Pack, work: Path) -> Graph:
    """Return what the tables say by themselves, without anything of the pack.

    Raises:
        ImportInvalid: the mapping has faults, or a table cannot be used.
    """
    import duckdb

    mapping = read_mapping(file, pack, for_comparison=True)
    staged, _ = stage(mapping, data, nothing(work / "held"), work / "stage", base="", extension="")

    def rows(table: str, columns: tuple[str, ...]) -> list[tuple[object, ...]]:
        wanted = ", ".join(f'"{column}"' for column in columns)
        with duckdb.connect() as connection:
            return connection.execute(
                f"SELECT {wanted} FROM read_parquet('{staged.folder / table}.parquet')"
            ).fetchall()

    filled = [name for name, number in staged.counts.items() if number]
    entities = [read_entity(row) for name in filled if name == "entities" for row in rows(name, ENTITY_COLUMNS)]
    facts = [read_fact(row) for name in filled if name.startswith("facts/") for row in rows(name, FACT_COLUMNS)]
    return Graph(pack.id, tuple(entities), tuple(facts), ())
