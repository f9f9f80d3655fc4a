"""Measures safety checks on the embedded store: `python -m bench.safety` prints p50 and p95 by number of subjects.

Each check opens its own snapshot, links its names and reads its doses; prescriptions are drawn from the pack's herbs
that have a dose, with the upper limit as the amount. The first check of a revision, which reads the facts that rules
look at, is told apart.
"""

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

import kg
from kg.pack.read import read_pack
from kg.stores.ladybug import LadybugStore
from reasoning.domain import Domain, open_domain
from reasoning.safety import Subject, check

PACK: Final = Path(kg.__file__).parent / "packs" / "herbal"
SIZES: Final = (1, 5, 20, 50)
CONTEXT: Final = {"pregnant": True, "age_years": 70.0, "drugs": ["华法林"]}


async def measured(domain: Domain, subjects: list[Subject], language: str) -> float:
    """Return the milliseconds of one check."""
    start = time.perf_counter()
    async with domain.store.snapshot() as snapshot:
        await check(subjects, CONTEXT, domain, snapshot, language=language)
    return (time.perf_counter() - start) * 1000


async def main() -> None:
    """Print one Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    drawn = random.Random(5)  # noqa: S311  a sample, nothing secret
    with tempfile.TemporaryDirectory() as folder:
        pack = read_pack(PACK)
        store = LadybugStore(Path(folder) / "graph.db", pack.schema, pack.id)
        try:
            await store.load(pack.graph)
            domain = await open_domain(pack, store)
            names = {entity.id: entity for entity in pack.graph.entities}
            doses = {
                f.subject: f.qualifiers["high"]
                for f in pack.graph.facts
                if f.predicate == "HAS_DOSE" and "high" in f.qualifiers
            }
            held = [Subject(names[i].label("zh"), dose=f"{high:g}g") for i, high in doses.items()]
            first = await measured(domain, drawn.sample(held, 20), "zh")
            print(f"first check of a revision: {first:.1f} ms\n\n| subjects | p50 ms | p95 ms |\n|---|---|---|")
            for size in SIZES:
                taken = sorted([await measured(domain, drawn.sample(held, size), "zh") for _ in range(rounds)])
                print(f"| {size} | {statistics.median(taken):.2f} | {taken[int(rounds * 0.95)]:.2f} |")
        finally:
            await store.close()


if __name__ == "__main__":
    asyncio.run(main())
