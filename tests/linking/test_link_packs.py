"""Linking over the installed pack and the second one: preparations, collective names, every name of every entity."""

from pathlib import Path

import pytest

from kg.linking.index import NameIndex, build_index
from kg.linking.link import Match, link
from kg.linking.search import search
from kg.model import NameKind
from kg.pack.content import Pack
from kg.pack.find import find_packs
from kg.pack.read import read_pack

PACKS = {**find_packs(), "minerals": Path(__file__).parents[1] / "packs" / "minerals"}


@pytest.fixture(scope="module", params=sorted(PACKS))
def pack(request: pytest.FixtureRequest) -> Pack:
    return read_pack(PACKS[request.param])


@pytest.fixture(scope="module")
def index(pack: Pack) -> NameIndex:
    return build_index(pack.graph.entities)


def test_every_standard_name_alone_names_its_entity(pack: Pack, index: NameIndex) -> None:
    lost = [
        (entity.id, name.text)
        for entity in pack.graph.entities
        for name in entity.names
        if name.kind is NameKind.STANDARD
        for mention in [link(name.text, index).mentions]
        if len(mention) != 1 or entity.id not in {c.entity for c in mention[0].candidates}
    ]
    assert lost == []


def test_every_collective_name_asks_in_the_middle_of_a_sentence(pack: Pack, index: NameIndex) -> None:
    collective = {n.text for e in pack.graph.entities for n in e.names if n.kind is NameKind.COLLECTIVE}
    silent = [
        text
        for text in collective
        if not any(m.text == text and m.is_ambiguous for m in link(f"? {text} !", index).hits)
    ]
    assert collective
    assert silent == []


def test_every_alias_leads_to_its_entity(pack: Pack, index: NameIndex) -> None:
    """An alias gives way only to the standard name of a thing of another type (rule 3 of `kg.linking.link`)."""
    lost = [
        (entity.id, name.text)
        for entity in pack.graph.entities
        for name in entity.names
        if name.kind is not NameKind.STANDARD
        for mentions in [link(name.text, index).mentions]
        if not mentions
        or (
            entity.id not in {c.entity for c in mentions[0].candidates}
            and not any(c.type != entity.type and c.how is not Match.PINYIN for c in mentions[0].candidates)
        )
    ]
    assert lost == []


def test_every_standard_name_is_the_first_hit_of_a_search_for_it(pack: Pack, index: NameIndex) -> None:
    language = pack.reference_language
    lost = []
    for entity in pack.graph.entities:
        name = entity.label(language)
        best = search(name, index, types=[entity.type], limit=1)
        if not best or best[0].entity != entity.id:
            lost.append((name, best))
    assert lost == []


@pytest.fixture(scope="module")
def herbal() -> Pack:
    return read_pack(PACKS["herbal"])


def test_a_preparation_is_never_its_raw_material(herbal: Pack) -> None:
    index = build_index(herbal.graph.entities)
    entities = {entity.id: entity for entity in herbal.graph.entities}
    prepared = [f for f in herbal.graph.facts if f.predicate == "PREPARED_FROM"]
    assert prepared
    for fact in prepared:
        for language in ("zh", "zh-Latn", "en"):
            name = entities[fact.subject].standard(language)
            if name is None:
                continue
            mentions = link(f"请问 {name} ?", index).mentions
            kind = entities[fact.subject].type
            assert [[c.entity for c in m.candidates if c.type == kind] for m in mentions] == [[fact.subject]], name


@pytest.mark.parametrize(
    ("text", "entity", "how"),
    [
        ("當歸有什麼功效", "herb-danggui", Match.FOLDED),
        ("what does dang gui do", "herb-danggui", Match.PINYIN),
        ("DANG-GUI?", "herb-danggui", Match.PINYIN),
        ("炙甘草与甘草有何不同", "herb-zhigancao", Match.EXACT),
        ("四君子湯", "formula-sijunzitang", Match.FOLDED),
    ],
)
def test_spellings_of_well_known_names(text: str, entity: str, how: Match, herbal: Pack) -> None:
    mentions = link(text, build_index(herbal.graph.entities)).mentions
    assert [(c.entity, c.how) for c in mentions[0].candidates] == [(entity, how)]
