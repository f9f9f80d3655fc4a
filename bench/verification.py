"""Measures VerifyClaims: claims a second, in process, in batches as the wire takes them.

`python -m bench.verification` loads the herbal pack into an embedded store and prints one line; `claims_a_second`
measures any snapshot. Every claim is one of the pack's own facts or that fact with its object exchanged, so that about
half are supported and half need the logic of their relations.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import kg.packs.herbal
from kg.model import Graph, Status
from kg.pack.read import read_pack
from kg.schema import Schema
from kg.store import Snapshot
from kg.stores.ladybug import LadybugStore
from reasoning.answer import Claim
from reasoning.verify import verify

__all__ = ["claims_a_second", "sample"]

BATCH = 100  # claims of one request, as the contract limits them


def sample(graph: Graph, number: int, seed: int = 1) -> list[Claim]:
    """Return claims for and against the facts of a graph, in any order."""
    chosen = random.Random(seed)  # noqa: S311
    facts = [fact for fact in graph.facts if fact.status is Status.ASSERTED]
    objects: dict[str, list[str]] = {}
    for fact in facts:
        objects.setdefault(fact.predicate, []).append(fact.object)
    return [
        Claim("", fact.subject, fact.predicate, fact.object if at % 2 else chosen.choice(objects[fact.predicate]))
        for at, fact in enumerate(chosen.choices(facts, k=number))
    ]


async def claims_a_second(claims: Sequence[Claim], snapshot: Snapshot, schema: Schema, batch: int = BATCH) -> float:
    """Return how many claims a second are judged, batch after batch; the first batch is not counted."""
    await verify(claims[:batch], snapshot, schema)
    started = time.perf_counter()
    for at in range(0, len(claims), batch):
        await verify(claims[at : at + batch], snapshot, schema)
    return len(claims) / (time.perf_counter() - started)


async def _main(number: int, rounds: int) -> None:
    pack = read_pack(Path(next(iter(kg.packs.herbal.__path__))))
    with tempfile.TemporaryDirectory() as folder:
        store = LadybugStore(Path(folder) / "herbal.lbug", pack.schema, pack.id)
        await store.load(pack.graph)
        claims = sample(pack.graph, number)
        async with store.snapshot() as snapshot:
            found = sorted([await claims_a_second(claims, snapshot, pack.schema) for _ in range(rounds)])
        await store.close()
    middle = found[len(found) // 2]
    spread = f"{found[0]:,.0f}–{found[-1]:,.0f}"
    print(f"{number} claims in batches of {BATCH}: {middle:,.0f} claims/s (of {rounds} rounds: {spread})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--claims", type=int, default=4000, help="how many (default 4000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often (default 5)")
    given = parser.parse_args()
    asyncio.run(_main(given.claims, given.rounds))
