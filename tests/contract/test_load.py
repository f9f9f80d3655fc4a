"""Loading: everything or nothing, and a revision that says whether anything changed."""

from dataclasses import replace

import pytest

from kg.errors import SchemaViolation, StoreMisconfigured
from kg.model import Entity, Fact, Graph, Name
from kg.query import read
from kg.schema import EntityType, Schema
from kg.store import GraphStore
from tests.stores import SCHEMA, Place, fact, small_graph

HOSTILE = [
    "'; MATCH (n) DETACH DELETE n; //",
    '"}) RETURN 1 //',
    "back`tick``s",
    "$ids {graph: 1} \\u0027 \\",
    "nul\x00nul",
    "\u202eright to left\u202c",
    "🜁 𠮷 e\u0301",
    "line\r\nline\ttab",
    "",
    " ",
]


async def contents(store: GraphStore) -> tuple[tuple[Entity, ...], tuple[Fact, ...], int]:
    async with store.snapshot() as snapshot:
        entities = await read.all_entities(snapshot)
        facts = await read.facts_touching(snapshot, SCHEMA, [entity.id for entity in entities])
        return entities, facts, snapshot.revision.number


async def test_what_is_loaded_is_what_is_read(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    async with store.snapshot() as snapshot:
        assert await read.all_entities(snapshot) == tuple(sorted(graph.entities, key=lambda each: each.id))
        assert await read.facts(snapshot, SCHEMA, [each.id for each in graph.facts]) == {f.id: f for f in graph.facts}
        assert await read.sources(snapshot) == {each.key: each for each in graph.sources}


async def test_hostile_text_comes_back_as_it_went_in(place: Place, store: GraphStore) -> None:
    people = tuple(
        Entity(f"p{number}{text}", "Person", (Name(text, "en", source=text),), {"motto": text})
        for number, text in enumerate(HOSTILE)
    )
    home = Entity("home", "Place", ())
    facts = tuple(fact(each.id, "LIVES_IN", "home", role=str(each.properties["motto"])) for each in people)
    await store.load(Graph(place.domain, (*people, home), facts, ()))
    async with store.snapshot() as snapshot:
        assert await read.entities(snapshot, [each.id for each in people]) == {each.id: each for each in people}
        assert {each.id: each for each in await read.facts_touching(snapshot, SCHEMA, ["home"])} == {
            each.id: each for each in facts
        }


async def test_the_first_revision_is_one_and_the_same_contents_keep_it(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    first = await store.load(graph)
    shuffled = replace(graph, entities=graph.entities[::-1], facts=graph.facts[::-1])
    assert first.number == 1
    assert await store.load(shuffled) == first


async def test_other_contents_replace_all_of_the_old_under_the_next_number(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    second = await store.load(replace(graph, entities=graph.entities[:1], facts=(), sources=()))
    async with store.snapshot() as snapshot:
        assert second.number == 2
        assert snapshot.revision == second
        assert [each.id for each in await read.all_entities(snapshot)] == [graph.entities[0].id]
        assert await read.fact_counts(snapshot, SCHEMA) == {}
        assert await read.sources(snapshot) == {}


async def test_numbers_grow_across_many_loads(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    numbers = [(await store.load(replace(graph, facts=graph.facts[:size]))).number for size in (1, 2, 1, 2)]
    assert numbers == [1, 2, 3, 4]


async def test_a_revision_outlives_the_process(place: Place, store: GraphStore) -> None:
    revision = await store.load(small_graph(place.domain))
    await store.close()
    again = place.open()
    try:
        async with again.snapshot() as snapshot:
            assert snapshot.revision == revision
    finally:
        await again.close()


async def test_a_graph_with_a_dangling_fact_changes_nothing(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    before = await contents(store)
    with pytest.raises(SchemaViolation, match="nowhere"):
        await store.load(replace(graph, facts=(*graph.facts, fact("ann", "LIVES_IN", "nowhere"))))
    assert await contents(store) == before


async def test_a_graph_with_an_id_twice_changes_nothing(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    before = await contents(store)
    with pytest.raises(SchemaViolation, match="share an id"):
        await store.load(replace(graph, entities=(*graph.entities, graph.entities[0])))
    assert await contents(store) == before


async def test_a_graph_of_another_domain_is_refused(store: GraphStore) -> None:
    with pytest.raises(SchemaViolation, match="other"):
        await store.load(small_graph("other"))


async def test_a_reader_keeps_its_revision_while_the_graph_is_replaced(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    first = await store.load(graph)
    async with store.snapshot() as old:
        await store.load(replace(graph, facts=graph.facts[:1]))
        assert old.revision == first
        assert sum((await read.fact_counts(old, SCHEMA)).values()) == len(graph.facts) - 1  # one is retracted
        async with store.snapshot() as new:
            assert sum((await read.fact_counts(new, SCHEMA)).values()) == 1


async def test_another_store_object_sees_the_replacement(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    reader = place.open()
    try:
        await reader.ping()
        second = await store.load(replace(graph, facts=()))
        async with reader.snapshot() as snapshot:
            assert snapshot.revision == second
    finally:
        await reader.close()


async def test_a_schema_with_other_columns_asks_for_a_new_build(place: Place, store: GraphStore) -> None:
    graph = small_graph(place.domain)
    first = await store.load(graph)
    wider = Schema(
        {**SCHEMA.types, "City": EntityType("City", {}, properties={"size": "number"})},
        SCHEMA.relations,
        SCHEMA.qualifiers,
    )
    newer = place.open(schema=wider)
    try:
        with pytest.raises(StoreMisconfigured, match="pack build"):
            await newer.ping()
        assert await newer.load(graph) == first
        await newer.ping()
    finally:
        await newer.close()


async def test_an_empty_place_says_how_to_fill_it(store: GraphStore) -> None:
    with pytest.raises(StoreMisconfigured, match="pack build"):
        await store.ping()


async def test_closing_twice_is_harmless(place: Place, store: GraphStore) -> None:
    await store.load(small_graph(place.domain))
    await store.close()
    await store.close()
