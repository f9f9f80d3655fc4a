"""A model only proposes: what the words of the sentence do not bear out is dropped, whatever it says."""

import json
from dataclasses import replace

from reasoning.answer import Verdict
from reasoning.claims import CheckedText, verify_text
from reasoning.domain import Domain
from reasoning.llm.errors import ModelUnavailable
from tests.reasoning.parts import Reciter, plenty

TEXT = "Ginseng, everybody knows, is a friend of the lung channel."


def reply(*claims: dict[str, object]) -> str:
    return json.dumps({"claims": list(claims)})


def claim(subject: str, relation: str, obj: str, *, negated: bool = False) -> dict[str, object]:
    return {"subject": subject, "relation": relation, "object": obj, "negated": negated}


async def asked(text: str, domain: Domain, *replies: object) -> CheckedText:
    with_model = replace(domain, model=Reciter(replies=list(replies)), model_name="reciter")
    async with domain.store.snapshot() as snapshot:
        return await verify_text(text, with_model, snapshot, model_budget=plenty())


async def test_a_claim_that_the_words_bear_out_is_judged_by_the_graph(herbal: Domain) -> None:
    found = await asked(TEXT, herbal, reply(claim("ginseng", "ENTERS_CHANNEL", "lung channel")))
    assert [verdict.verdict for verdict in found.verdicts] == [Verdict.SUPPORTED]


async def test_what_the_words_do_not_bear_out_is_dropped(herbal: Domain) -> None:
    for proposal in (
        claim("ginseng", "ENTERS_CHANNEL", "heart channel"),
        claim("licorice", "ENTERS_CHANNEL", "lung channel"),
        claim("ginseng", "NO_SUCH", "lung channel"),
        claim("ginseng", "TREATS", "lung channel"),
        claim("lung channel", "ENTERS_CHANNEL", "ginseng"),
        claim("ginseng", "ENTERS_CHANNEL", "lung channel", negated=True),
    ):
        found = await asked(TEXT, herbal, reply(proposal))
        assert [verdict.verdict for verdict in found.verdicts] == [Verdict.NOT_CHECKABLE], proposal


async def test_a_model_that_fails_or_babbles_leaves_the_patterns(herbal: Domain) -> None:
    for answer in (ModelUnavailable("gone"), "no json at all", "[1, 2]", "{}"):
        found = await asked("人参有点像肺经。附子大热。", herbal, answer)
        assert Verdict.SUPPORTED in {verdict.verdict for verdict in found.verdicts}
