"""English names of what things do are found with their verbs inflected, and qualities are no verbs."""

import pytest

from reasoning.domain import Domain
from tests.claims.parts import said

DOES = (
    ("Huang qin clears heat and dries dampness.", {"黄芩 HAS_FUNCTION 清热燥湿"}),
    ("Huang qi tonifies qi and raises yang.", {"黄芪 HAS_FUNCTION 补气升阳"}),
    ("Bo he disperses wind-heat, clears the head and eyes.", {"薄荷 HAS_FUNCTION 疏散风热"}),
    ("Gan jiang warms the middle.", {"干姜 HAS_FUNCTION 温中"}),
    ("Dang gui can tonify blood.", {"当归 HAS_FUNCTION 补血"}),
    ("Ren shen tonifies the qi.", {"人参 HAS_FUNCTION 补气"}),
    ("Centipede extinguishes wind and settles convulsions.", {"蜈蚣 HAS_FUNCTION 息风镇痉"}),
    ("Da huang is used for resolving toxins.", {"大黄 HAS_FUNCTION 解毒"}),
)


@pytest.mark.parametrize(("text", "expected"), DOES, ids=[text for text, _ in DOES])
def test_inflected_names_are_found(text: str, expected: set[str], herbal: Domain) -> None:
    assert expected <= said(text, herbal)


@pytest.mark.parametrize("text", ["Huang qin warms.", "Ephedra treats cold with wheezing."])
def test_a_quality_beside_a_verb_is_none_of_the_thing(text: str, herbal: Domain) -> None:
    assert not any("HAS_NATURE" in each for each in said(text, herbal))
