"""How a text is laid out says what its lines are about: headings, lists, tables."""

import pytest

from reasoning.claims.drafts import SentenceKind
from reasoning.domain import Domain
from tests.claims.parts import kinds, said

LAID_OUT = (
    ("## 黄芪的功效与作用\n\n- 补气升阳\n- 固表止汗", {"黄芪 HAS_FUNCTION 补气升阳", "黄芪 HAS_FUNCTION 固表止汗"}),
    ("黄芪的功效：\n1. 补气升阳\n2. 固表止汗", {"黄芪 HAS_FUNCTION 补气升阳", "黄芪 HAS_FUNCTION 固表止汗"}),
    ("【药名】黄连\n【性味】苦，寒。", {"黄连 HAS_FLAVOUR 苦", "黄连 HAS_NATURE 寒"}),
    ("以下是大黄的信息：\n• 性味：苦，寒\n• 孕妇慎用", {"大黄 HAS_NATURE 寒", "大黄 PREGNANCY_LEVEL 妊娠慎用"}),
    ("关于附子：\n1）附子有毒。\n2）先煎、久煎。", {"附子 HAS_TOXICITY 有毒", "附子 DECOCTION_RULE 久煎"}),
    ("About Ma Huang:\n- It is warm.", {"麻黄 HAS_NATURE 温"}),
    (
        "| 药名 | 药性 | 归经 |\n|---|---|---|\n| 黄芩 | 寒 | 肺、胆经 |\n| 附子 | 大热 | 心经 |",
        {"黄芩 HAS_NATURE 寒", "黄芩 ENTERS_CHANNEL 胆经", "附子 HAS_NATURE 大热", "附子 ENTERS_CHANNEL 心经"},
    ),
    (
        "## 黄芩\n\n| 项目 | 内容 |\n|---|---|\n| 性味 | 苦，寒 |\n| 归经 | 肺、胆经 |",
        {"黄芩 HAS_FLAVOUR 苦", "黄芩 HAS_NATURE 寒", "黄芩 ENTERS_CHANNEL 肺经"},
    ),
    ("| Herb | Nature | Channels |\n|---|---|---|\n| Huang Qin | cold | lung channel |", {"黄芩 ENTERS_CHANNEL 肺经"}),
    (
        "## 麻黄汤\n\n### 组成\n- 麻黄 9g\n- 苦杏仁\n\n### 主治\n- 风寒表实证",
        {"麻黄汤 MEMBER_DOSE 麻黄 9~9g", "麻黄汤 HAS_MEMBER 苦杏仁", "麻黄汤 TREATS 风寒表实证"},
    ),
    ("**人参**\n4. 注意：不宜与藜芦、五灵脂同用。", {"人参 INCOMPATIBLE_WITH 藜芦", "人参 INCOMPATIBLE_WITH 五灵脂"}),
)


@pytest.mark.parametrize(("text", "expected"), LAID_OUT, ids=[text for text, _ in LAID_OUT])
def test_lines_say_what_stands_over_them(text: str, expected: set[str], herbal: Domain) -> None:
    assert expected <= said(text, herbal)


def test_what_two_lists_of_things_state_is_not_mixed(herbal: Domain) -> None:
    found = said("**人参**\n4. 注意：不宜与藜芦、五灵脂同用。", herbal)
    assert "藜芦 INCOMPATIBLE_WITH 五灵脂" not in found


@pytest.mark.parametrize("text", ["【药名】黄连", "## 黄芪的功效与作用\n", "关于附子：\n", "| 药名 | 药性 |\n"])
def test_headings_state_nothing(text: str, herbal: Domain) -> None:
    assert kinds(text, herbal) == [SentenceKind.NON_FACTUAL]
    assert not said(text, herbal)


@pytest.mark.parametrize("text", ["附子有毒：", "孕妇禁用大黄："])
def test_a_statement_before_a_colon_is_no_heading(text: str, herbal: Domain) -> None:
    assert said(text, herbal)
