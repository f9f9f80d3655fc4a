"""The same verdicts, to the byte of the proof, over a graph in memory and in each store, alone and in any company."""

import asyncio
import random
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.model import Fact, Revision
from reasoning.answer import Claim, ClaimVerdict
from reasoning.verify import judge, parse_proof, proof_document, replay, verify
from tests.stores import Place
from tests.verify.graphs import cases, claims, graphs, wild_claims
from tests.verify.parts import SCHEMA, graph, held
from tests.verify.test_stores import CLAIMS, FACTS

_NOW = Revision(7, "0123456789abcdef" * 4)


def _written(verdict: ClaimVerdict) -> str:
    return proof_document(verdict, _NOW, "harbour", "1", "zh")


@st.composite
def _worlds(draw: st.DrawFn) -> tuple[list[Fact], list[Claim]]:
    known = draw(graphs(60))
    return known, draw(st.lists(claims(known), min_size=20, max_size=40))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(_worlds())
def test_stores_and_memory_never_differ(place: Place, world: tuple[list[Fact], list[Claim]]) -> None:
    known, stated = world
    expected = [_written(judge(each, held(*known), SCHEMA, "zh")) for each in stated]
    assert asyncio.run(_by_store(place, known, stated)) == expected


async def _by_store(place: Place, known: Sequence[Fact], stated: Sequence[Claim]) -> list[str]:
    store = place.open(schema=SCHEMA)
    await store.load(graph(place.domain, *known))
    shuffled = list(enumerate(stated))
    random.Random(len(stated)).shuffle(shuffled)  # noqa: S311
    async with store.snapshot() as snapshot:
        together = await verify(stated, snapshot, SCHEMA, language="zh")
        mixed = await verify([each for _, each in shuffled], snapshot, SCHEMA, language="zh")
        alone = [(await verify([each], snapshot, SCHEMA, language="zh"))[0] for each in stated[:5]]
    await store.close()
    assert alone == list(together[:5])
    assert [mixed[at] for at, _ in sorted(enumerate(n for n, _ in shuffled), key=lambda pair: pair[1])] == list(
        together
    )
    return [_written(each) for each in together]


@settings(max_examples=300, deadline=None)
@given(cases())
def test_a_proof_says_what_is_needed_to_make_it_again(case: tuple[list[Fact], Claim]) -> None:
    known, stated = case
    written = _written(judge(stated, held(*known), SCHEMA, "zh"))
    assert written.endswith("}\n")
    assert written.count("\n") == 1
    proof = parse_proof(written)
    assert proof[1:] == (_NOW.token, "harbour", "1", "zh")
    assert _written(judge(proof.claim, held(*reversed(known)), SCHEMA, proof.language)) == written


@settings(max_examples=300, deadline=None)
@given(graphs(), wild_claims())
def test_no_claim_is_too_wild_to_be_judged_and_written_down(known: list[Fact], stated: Claim) -> None:
    written = _written(judge(stated, held(*known), SCHEMA, "zh"))
    assert _written(judge(parse_proof(written).claim, held(*known), SCHEMA, "zh")) == written
    written.encode()


async def test_a_proof_is_replayed_byte_for_byte_on_the_store(place: Place) -> None:
    store = place.open(schema=SCHEMA)
    revision = await store.load(graph(place.domain, *FACTS))
    async with store.snapshot() as snapshot:
        found = await verify(CLAIMS, snapshot, SCHEMA, language="en")
        for verdict in found:
            written = proof_document(verdict, revision, "harbour", "1")
            assert await replay(written, snapshot, SCHEMA) == written
            other = proof_document(verdict, _NOW, "harbour", "1")
            assert await replay(other, snapshot, SCHEMA) == written
    await store.close()
