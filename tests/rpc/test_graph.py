"""GraphService over the socket, against what the pack's own tables say."""

from collections import Counter
from collections.abc import AsyncIterator

import grpc
import pytest
import pytest_asyncio

from bencao.client import CallFailed, Client
from tests.rpc.parts import Minerals


@pytest_asyncio.fixture
async def client(target: str) -> AsyncIterator[Client]:
    async with Client(target) as opened:
        yield opened


async def test_a_domain_has_its_schema_counts_and_digest(client: Client, service: Minerals) -> None:
    pack = service.domains["minerals"].pack

    domain = await client.get_domain("minerals")

    assert (domain.name, domain.version, domain.is_default) == ("domains/minerals", pack.version, True)
    assert domain.content_digest == f"sha256:{pack.graph.digest()}"
    assert domain.revision.token
    assert {kind.type: kind.entity_count for kind in domain.entity_types} == {
        name: sum(entity.type == name for entity in pack.graph.entities) for name in pack.schema.types
    }
    facts = Counter(fact.predicate for fact in pack.graph.facts)
    assert {kind.predicate: kind.fact_count for kind in domain.relation_types} == {
        name: facts[name] for name in pack.schema.relations
    }
    for kind in domain.relation_types:
        relation = pack.schema.relations[kind.predicate]
        assert (tuple(kind.subject_types), tuple(kind.object_types)) == (relation.subjects, relation.objects)
        assert (kind.subject_type, kind.object_type) == (relation.subjects[0], relation.objects[0])


@pytest.mark.parametrize("query", ["quartz", "石英", "shiying", "rock crystal"])
async def test_an_entity_is_found_by_any_of_its_names(client: Client, query: str) -> None:
    hits = (await client.search_entities("minerals", query)).hits

    assert hits[0].entity.name == "domains/minerals/entities/quartz"
    assert hits[0].matched_label
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


@pytest.mark.parametrize(("language", "label"), [("en", "quartz"), ("zh", "石英"), ("zh-CN", "石英")])
async def test_labels_are_in_the_language_asked_for(client: Client, language: str, label: str) -> None:
    entity = (await client.search_entities("minerals", "quartz", language=language)).hits[0].entity

    assert entity.display_name == label
    assert label not in entity.aliases
    assert {"quartz", "石英"} <= {entity.display_name, *entity.aliases}


@pytest.mark.parametrize(("query", "label"), [("quartz", "quartz"), ("shiying", "石英"), ("水晶", "石英")])
async def test_labels_are_else_in_the_language_that_was_typed(client: Client, query: str, label: str) -> None:
    assert (await client.search_entities("minerals", query)).hits[0].entity.display_name == label


async def test_types_narrow_a_search(client: Client) -> None:
    every = {hit.entity.type for hit in (await client.search_entities("minerals", "s")).hits}
    elements = (await client.search_entities("minerals", "s", types=("Element",))).hits

    assert len(every) > 1
    assert {hit.entity.type for hit in elements} == {"Element"}


async def test_an_unknown_type_is_named(client: Client) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.search_entities("minerals", "s", types=("Element", "Herb"))

    assert set(failed.value.fields) == {"types[1]"}


@pytest.mark.parametrize("size", [1, 2, 3, 5])
async def test_pages_have_neither_gaps_nor_duplicates(client: Client, size: int) -> None:
    whole = [hit.entity.name for hit in (await client.search_entities("minerals", "i", page_size=100)).hits]
    paged: list[str] = []
    token = ""
    while True:
        page = await client.search_entities("minerals", "i", page_size=size, page_token=token)
        assert len(page.hits) <= size
        paged += [hit.entity.name for hit in page.hits]
        token = page.next_page_token
        if not token:
            break

    assert len(whole) > size
    assert paged == whole


async def test_a_token_of_another_search_is_refused(client: Client) -> None:
    token = (await client.search_entities("minerals", "i", page_size=1)).next_page_token

    for query, changed in (("s", token), ("i", token[:-2] + "AA")):
        with pytest.raises(CallFailed) as failed:
            await client.search_entities("minerals", query, page_token=changed)
        assert failed.value.reason == "INVALID_PAGE_TOKEN"


async def test_an_entity_has_its_names_and_relations(client: Client, service: Minerals) -> None:
    facts = service.domains["minerals"].pack.graph.facts
    touching = Counter(fact.predicate for fact in facts if "quartz" in {fact.subject, fact.object})

    found = await client.get_entity("domains/minerals/entities/quartz")

    assert found.entity.type == "Mineral"
    assert found.entity.properties["density"] == 2.65
    assert "rock crystal" in found.entity.aliases
    assert dict(found.relation_counts) == dict(touching)


async def test_an_unknown_entity(client: Client) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.get_entity("domains/minerals/entities/kryptonite")

    assert (failed.value.code, failed.value.reason) == (grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND")
    assert failed.value.metadata == {"name": "domains/minerals/entities/kryptonite"}


@pytest.mark.parametrize("name", ["", "quartz", "domains/minerals/facts/x", "domains/minerals/entities/a/b"])
async def test_a_malformed_name_is_named(client: Client, name: str) -> None:
    with pytest.raises(CallFailed) as failed:
        await client.get_entity(name)

    assert set(failed.value.fields) == {"name"}
