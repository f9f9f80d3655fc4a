"""The second domain: nothing of the first is needed."""

import pytest

from reasoning.answer import Verdict
from reasoning.domain import Domain
from tests.claims.parts import checked, said

STATED = [
    ("Fluorite crystallises in the cubic system.", {"fluorite CRYSTALLISES_IN cubic"}),
    ("萤石含钙和氟。", {"fluorite CONTAINS_ELEMENT calcium", "fluorite CONTAINS_ELEMENT fluorine"}),
    ("Pyrite contains no lead.", {"¬pyrite CONTAINS_ELEMENT lead"}),
    ("Amethyst is a variety of quartz.", {"amethyst VARIETY_OF quartz"}),
    ("紫水晶是石英的变种。", {"amethyst VARIETY_OF quartz"}),
    ("Quartz has a hardness of 7.", {"quartz HAS_HARDNESS Mohs scale 7~7mohs"}),
    ("Niter and pyrite can be stored together safely.", {"¬niter STORE_APART_FROM pyrite"}),
    ("钾硝石不能和黄铁矿放在一起。", {"niter STORE_APART_FROM pyrite"}),
]


@pytest.mark.parametrize(("text", "expected"), STATED, ids=[text for text, _ in STATED])
def test_what_is_stated_is_read(text: str, expected: set[str], minerals: Domain) -> None:
    assert said(text, minerals, "en") == expected


async def test_its_facts_decide(minerals: Domain) -> None:
    for text, verdict in (
        ("Quartz has a hardness of 7.", Verdict.SUPPORTED),
        ("Quartz has a hardness of 3.", Verdict.REFUTED),
        ("Niter and pyrite can be stored together safely.", Verdict.REFUTED),
        ("Galena is harmless.", Verdict.REFUTED),
    ):
        assert (await checked(text, minerals)).overall is verdict, text
