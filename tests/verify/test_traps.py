"""Relation traps of the herbal pack: what is easily taken for something else is not, one test for each trap.

The names are those of the tables; every expectation follows from what the tables state, none from a verdict seen.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

import kg.packs.herbal
from kg.model import Fact, Status
from kg.pack.content import Pack
from kg.pack.read import read_pack
from kg.schema import Step
from reasoning.answer import Claim, ClaimVerdict, Quantity, Reason, Verdict
from reasoning.verify import Facts, facts_of, judge
from reasoning.verify.quantity import recorded

YES, NO, SILENT = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.NOT_ENOUGH_EVIDENCE
SEVEN = ("INCOMPATIBLE_WITH", "REINFORCES", "ASSISTED_BY", "RESTRAINED_BY", "NEUTRALISES", "WEAKENED_BY")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(Path(next(iter(kg.packs.herbal.__path__))))


@pytest.fixture(scope="module")
def whole(pack: Pack) -> Facts:
    sources = {source.key: source for source in pack.graph.sources}
    return facts_of({entity.id: entity for entity in pack.graph.entities}, pack.graph.facts, sources)


class Herbal:
    """The pack with its entities by Chinese name."""

    def __init__(self, pack: Pack, whole: Facts) -> None:
        self.pack, self.whole = pack, whole
        self.ids: dict[tuple[str, str], str] = {}
        for entity in pack.graph.entities:
            self.ids[entity.type, entity.label("zh")] = entity.id

    def find(self, name: str, types: Iterable[str]) -> str:
        return next(found for kind in types if (found := self.ids.get((kind, name))))

    def say(  # noqa: PLR0913  what claims differ in
        self,
        subject: str,
        predicate: str,
        obj: str,
        *,
        denied: bool = False,
        quantity: Quantity | None = None,
        of: str = "",
        **qualifiers: str,
    ) -> ClaimVerdict:
        relation = self.pack.schema.relations[predicate]
        one = self.find(subject, (of,) if of else relation.subjects)
        other = self.find(obj, relation.objects)
        return self.judge(Claim("", one, predicate, other, denied, quantity, qualifiers))

    def judge(self, stated: Claim) -> ClaimVerdict:
        return judge(stated, self.whole, self.pack.schema, "zh")

    def facts(self, predicate: str) -> list[Fact]:
        return [f for f in self.pack.graph.facts if f.predicate == predicate and f.status is Status.ASSERTED]


@pytest.fixture(scope="module")
def herbal(pack: Pack, whole: Facts) -> Herbal:
    return Herbal(pack, whole)


def test_what_takes_away_toxicity_is_no_incompatibility(herbal: Herbal) -> None:
    assert herbal.say("半夏", "RESTRAINED_BY", "生姜").verdict is YES
    warned = herbal.say("生姜", "INCOMPATIBLE_WITH", "半夏")
    assert (warned.verdict, warned.reason) == (NO, Reason.OPPOSITE_FACT)
    assert "相畏" in warned.rationale


@pytest.mark.parametrize("stated", SEVEN)
@pytest.mark.parametrize("claimed", SEVEN)
def test_the_seven_relations_are_not_each_other(herbal: Herbal, stated: str, claimed: str) -> None:
    """反, 恶, 畏, 杀, 须 and 使 are relations of their own: a fact of one supports none of another."""
    known = {(f.subject, f.object) for f in herbal.facts(claimed)}
    symmetric = herbal.pack.schema.relations[claimed].symmetric
    for fact in herbal.facts(stated)[:80]:
        for ends in ((fact.subject, fact.object), (fact.object, fact.subject)):
            says_so = ends in known or (symmetric and ends[::-1] in known)
            found = herbal.judge(Claim("", ends[0], claimed, ends[1]))
            assert (found.verdict is YES) == says_so, (fact, found)


@pytest.mark.parametrize(
    ("stated", "claimed"),
    [
        ("AVOID_FOOD", "CONTRAINDICATED_IN"),  # 忌口 is no 禁忌人群
        ("CONTRAINDICATED_IN", "AVOID_FOOD"),
        ("CONTRAINDICATED_IN", "TREATS"),  # what a herb is forbidden in, it does not treat
        ("TREATS", "CONTRAINDICATED_IN"),
        ("ENTERS_CHANNEL", "TREATS"),  # 归经 is no site of action
        ("HAS_FLAVOUR", "HAS_FUNCTION"),  # 味 is no effect
        ("HAS_NATURE", "HAS_FUNCTION"),
        ("HAS_FUNCTION", "TREATS"),
        ("CONTAINS_COMPOUND", "ACTS_ON"),
        ("CONFUSED_WITH", "PREPARED_FROM"),  # a look-alike is no prepared form
        ("CONFUSED_WITH", "INCOMPATIBLE_WITH"),
        ("MODIFICATION", "HAS_MEMBER"),  # what is added for a symptom is no member
        ("MODIFIED_FROM", "HAS_MEMBER"),
        ("INTERACTS_WITH", "CONTAINS_DRUG"),
    ],
)
def test_a_fact_of_one_relation_supports_none_of_another(herbal: Herbal, stated: str, claimed: str) -> None:
    known = {frozenset((f.subject, f.object)) for f in herbal.facts(claimed)}
    for fact in herbal.facts(stated)[:300]:
        says_so = frozenset((fact.subject, fact.object)) in known
        found = herbal.judge(Claim("", fact.subject, claimed, fact.object))
        assert says_so or found.verdict is not YES or found.reason is Reason.DERIVED


def test_a_level_is_exactly_the_one_recorded(herbal: Herbal) -> None:
    """慎用 stated as 禁用 is refuted, and so is the reverse: in pregnancy, and of every contraindication."""
    assert herbal.say("三七", "PREGNANCY_LEVEL", "妊娠慎用").verdict is YES
    assert herbal.say("三七", "PREGNANCY_LEVEL", "妊娠禁用").verdict is NO
    assert herbal.say("丁公藤", "PREGNANCY_LEVEL", "妊娠慎用").verdict is NO
    levels = ("forbidden", "avoid", "caution")
    several = {(f.subject, f.object): set[object]() for f in herbal.facts("CONTRAINDICATED_IN")}
    for fact in herbal.facts("CONTRAINDICATED_IN"):
        several[fact.subject, fact.object].add(fact.qualifiers["level"])
    for (subject, obj), recorded_levels in several.items():
        for level in levels:
            found = herbal.judge(Claim("", subject, "CONTRAINDICATED_IN", obj, qualifiers={"level": level}))
            assert found.verdict is (YES if level in recorded_levels else NO), (subject, obj, level, found)


def test_a_rule_on_a_group_holds_for_its_curated_members_and_for_no_others(herbal: Herbal) -> None:
    pair = herbal.say("附子", "INCOMPATIBLE_WITH", "姜半夏")
    assert (pair.verdict, pair.reason) == (YES, Reason.DERIVED)
    assert "rules/chain:INCOMPATIBLE_WITH" in pair.proof
    for near_member in ("胆南星", "生姜"):
        assert herbal.say("附子", "INCOMPATIBLE_WITH", near_member).verdict is not YES
        denied = herbal.say("附子", "INCOMPATIBLE_WITH", near_member, denied=True)
        assert denied.verdict is not YES or denied.supporting


def test_what_holds_of_a_member_is_not_said_of_its_group(herbal: Herbal) -> None:
    group = herbal.find("乌头组", ["IncompatibilityGroup"])
    grade = herbal.find("大毒", ["Toxicity"])
    assert herbal.say("川乌", "HAS_TOXICITY", "大毒").verdict is YES
    every = herbal.judge(Claim("", group, "HAS_TOXICITY", grade, qualifiers={"quantifier": "all"}))
    assert (every.verdict, every.reason) == (NO, Reason.OPPOSITE_FACT)
    assert "rules/member:MEMBER_OF" in every.proof
    bare = herbal.judge(Claim("", group, "HAS_TOXICITY", grade))
    assert bare.verdict is SILENT
    mild = herbal.find("有毒", ["Toxicity"])
    assert herbal.judge(Claim("", group, "HAS_TOXICITY", mild, qualifiers={"quantifier": "all"})).verdict is not YES


def test_a_grade_is_exact_and_a_broader_one_is_entailed(herbal: Herbal) -> None:
    assert herbal.say("附子", "HAS_TOXICITY", "大毒").verdict is NO
    assert herbal.say("制川乌", "HAS_TOXICITY", "大毒").verdict is NO
    assert herbal.say("川乌", "HAS_TOXICITY", "有毒").verdict is YES
    assert herbal.say("附子", "HAS_TOXICITY", "有毒").verdict is YES


def test_a_narrow_indication_entails_the_broad_one_and_not_the_other_way(herbal: Herbal) -> None:
    kinds = {(f.subject, f.object) for f in herbal.facts("KIND_OF")}
    treats: dict[str, set[str]] = {}
    for fact in herbal.facts("TREATS"):
        treats.setdefault(fact.subject, set()).add(fact.object)
    climbed = fell = 0
    for subject, objects in sorted(treats.items())[:400]:
        for narrow, broad in sorted(kinds):
            if narrow in objects:
                assert herbal.judge(Claim("", subject, "TREATS", broad)).verdict is YES
                climbed += 1
            elif broad in objects and not any((each, narrow) in kinds for each in objects):
                assert herbal.judge(Claim("", subject, "TREATS", narrow)).verdict is SILENT
                fell += 1
    assert climbed > 20
    assert fell > 20


@pytest.mark.parametrize("predicate", ["REGULATED_AS", "HAS_TOXICITY", "PREGNANCY_LEVEL", "HAS_DOSE", "DECOCTION_RULE"])
def test_a_prepared_form_inherits_nothing_from_its_raw_material(herbal: Herbal, predicate: str) -> None:
    for link in herbal.facts("PREPARED_FROM"):
        own = herbal.whole.of(predicate, link.subject)
        for fact in herbal.whole.of(predicate, link.object):
            claim = Claim("", link.subject, predicate, fact.object)
            entailed = any(
                each.object == fact.object or herbal.whole.climb("KIND_OF", each.object, fact.object) for each in own
            )
            assert entailed or herbal.judge(claim).verdict is not YES


def test_a_look_alike_inherits_nothing(herbal: Herbal) -> None:
    assert herbal.say("关木通", "HAS_TOXICITY", "有毒").verdict is YES
    assert herbal.say("木通", "HAS_TOXICITY", "有毒").verdict is not YES
    assert herbal.say("木通", "HAS_TOXICITY", "有毒", denied=True).verdict is not YES or herbal.whole.of(
        "HAS_TOXICITY", herbal.find("木通", ["Herb"])
    )


def test_a_medicine_has_the_members_recorded_of_it_and_not_those_of_its_namesake(herbal: Herbal) -> None:
    """麦芽 stands in the patent medicine 保和丸 and not in the formula of that name."""
    assert herbal.say("保和丸（中成药）", "HAS_MEMBER", "麦芽").verdict is YES
    assert herbal.say("保和丸", "HAS_MEMBER", "麦芽", of="Formula").verdict is NO


def test_an_action_in_an_experiment_is_the_one_recorded(herbal: Herbal) -> None:
    """What inhibits does not activate, and what was seen in cells was not seen in people."""
    facts = herbal.facts("ACTS_ON")
    seen = {(f.subject, f.object, f.qualifiers["action"]) for f in facts}
    for fact in facts:
        for action in ("inhibits", "activates"):
            stated = Claim("", fact.subject, "ACTS_ON", fact.object, qualifiers={"action": action})
            assert (herbal.judge(stated).verdict is YES) == ((fact.subject, fact.object, action) in seen)
        in_people = Claim("", fact.subject, "ACTS_ON", fact.object, qualifiers={"assay": "human"})
        assert herbal.judge(in_people).verdict is not YES or fact.qualifiers["assay"] == "human"
        proved = Claim("", fact.subject, "ACTS_ON", fact.object, qualifiers={"strength": "trial"})
        assert herbal.judge(proved).reason is Reason.OVERCLAIM


def test_silence_about_a_pair_is_never_safety(herbal: Herbal) -> None:
    herbs = sorted({f.subject for f in herbal.facts("INCOMPATIBLE_WITH")})[:25]
    relation = herbal.pack.schema.relations["INCOMPATIBLE_WITH"]
    for one in herbs:
        nothing = Claim("", one, "INTERACTS_WITH", "", qualifiers={"quantifier": "none"})
        assert herbal.judge(nothing).verdict is not YES
        for other in herbs:
            denied = herbal.judge(Claim("", one, relation.id, other, negated=True))
            assert denied.verdict is not YES or "rules/opposite" in " ".join(denied.proof)


def test_what_an_earlier_edition_said_is_superseded_and_true_in_its_edition(herbal: Herbal) -> None:
    old = [f for f in herbal.pack.graph.facts if f.status is Status.SUPERSEDED]
    assert len(old) > 20
    sources = herbal.whole.sources
    for fact in old:
        kept = {key: value for key, value in fact.qualifiers.items() if key not in {"valid_from", "valid_to"}}
        amount = recorded(kept) if herbal.pack.schema.relations[fact.predicate].quantity else None
        if amount:
            kept = {key: value for key, value in kept.items() if key not in {"low", "high", "unit", "basis"}}
        stated = Claim("", fact.subject, fact.predicate, fact.object, quantity=amount, qualifiers=kept)
        now = herbal.judge(stated)
        assert now.verdict is not YES or fact.id not in now.supporting
        if now.verdict is NO:
            assert now.reason is Reason.SUPERSEDED
            assert str(fact.qualifiers["valid_to"]) in now.rationale
        edition = sources[fact.evidence[0].source].edition
        then = herbal.judge(Claim("", *_triple(fact), quantity=amount, qualifiers={**kept, "edition": edition}))
        assert then.verdict is YES, fact
        assert (
            herbal.judge(Claim("", *_triple(fact), quantity=amount, qualifiers={**kept, "edition": "1595"})).verdict
            is SILENT
        )
        last = {**kept, "as_of": str(fact.qualifiers["valid_to"])}
        assert herbal.judge(Claim("", *_triple(fact), quantity=amount, qualifiers=last)).verdict is YES


def _triple(fact: Fact) -> tuple[str, str, str]:
    return fact.subject, fact.predicate, fact.object


def test_the_old_dose_of_apricot_kernel_is_refuted_with_both_editions(herbal: Herbal) -> None:
    found = herbal.say("苦杏仁", "HAS_DOSE", "煎服", quantity=Quantity(4.5, 9, "g", "adult_daily"))
    assert (found.verdict, found.reason) == (NO, Reason.SUPERSEDED)
    assert all(part in found.rationale for part in ("4.5–9 g", "5–10 g", "2005", "2020"))


def test_reversed_ends_are_refuted_as_reversed(herbal: Herbal) -> None:
    targets = herbal.pack.schema.targets
    for predicate in ("TREATS", "HAS_MEMBER", "MEMBER_OF", "PREGNANCY_LEVEL", "CONTAINS_COMPOUND"):
        for fact in herbal.facts(predicate)[:100]:
            kinds = [frozenset({herbal.whole.entities[end].type}) for end in (fact.object, fact.subject)]
            if not kinds[1] & targets(kinds[0], Step(predicate)):
                found = herbal.judge(Claim("", fact.object, predicate, fact.subject))
                assert (found.verdict, found.reason) == (NO, Reason.REVERSED_DIRECTION)
