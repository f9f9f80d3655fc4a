"""Any text: it is covered by its sentences in order, spans slice it, and nothing is raised."""

from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning.claims import extract
from reasoning.claims.text import claims_of
from reasoning.domain import Domain

PIECES = (
    "附子 半夏 麻黄汤 贝母 归 不 没有 主治 头痛 、 ， 。 ； 孕妇 禁用 3～9g （ ） ： 同用 可以 组成 由 "
    "为君 如果 吗 ？ 一 味药 仅 但 "
    "ginseng treats is not toxic . and the dose 10g \ufffd \x00 𠀀 e\u0301 所有 \u200b"
)
WORDS = st.sampled_from([*PIECES.split(" "), " ", "\n"])
TEXTS = st.one_of(st.text(max_size=300), st.lists(WORDS, max_size=60).map("".join))


@settings(deadline=None, max_examples=150)
@given(text=TEXTS)
def test_sentences_cover_the_text_and_claims_slice_it(text: str, herbal: Domain) -> None:
    found = extract(text, herbal)
    assert "".join(found.text[s.start : s.end] for s in found.sentences) == found.text
    assert len(found.text) == len(text)
    raw = found.text.encode()
    for claim in claims_of(found):
        assert raw[claim.start_byte : claim.end_byte].decode() == claim.text


def test_hostile_texts_end(herbal: Domain) -> None:
    size = 20_000
    for piece in (
        "附子归",
        "附子、",
        "（",
        "1",
        "a",
        "不",
        "附子\n\n",
        "\ufffd",
        "\x00\x01",
        "三两",
        "treats ",
        "\ud800",
    ):
        text = (piece * size)[:size]
        found = extract(text, herbal)
        assert found.sentences[-1].end == size
