"""Every operator in words, in both languages."""

import pytest

from kg.messages import LANGUAGES
from kg.query.describe import describe
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Step
from tests.stores import SCHEMA

NAMES = {"ann": "Ann", "bob": "Bob", "rome": "Rome"}
HOME, HERE = Step("LIVES_IN"), Step("LIVES_IN", forward=False)
GUEST = Condition("role", Comparison.EQUAL, "guest")
OLD = Condition("age", Comparison.AT_LEAST, 30.5)
ANN, PEOPLE = Anchor(("ann",)), OfType("Person")

CASES: list[tuple[Plan, str, str]] = [
    (Anchor(("ann", "bob")), "取 Ann、Bob", "Take Ann, Bob"),
    (PEOPLE, "取全部人物", "Take every person"),
    (
        Expand(ANN, HOME, ("Place",), (GUEST,)),
        "从第 1 步沿“居住地”查找地点（role = 客）",
        "From step 1, follow “home” to place (role = a guest)",
    ),
    (Expand(ANN, HERE), "查找其“居住地”为第 1 步结果的对象", "Find what it leads to whose “home” is among step 1"),
    (Filter(PEOPLE, OLD), "从第 1 步中保留age ≥ 30.5者", "Of step 1, keep those with age ≥ 30.5"),
    (Intersect((ANN, PEOPLE)), "取第 1 步、第 2 步的共同部分", "Keep what is in all of step 1, step 2"),
    (Union((ANN, PEOPLE)), "合并第 1 步、第 2 步", "Put together step 1, step 2"),
    (Difference(PEOPLE, ANN), "从第 1 步中去掉第 2 步中的", "From step 1, leave out what is in step 2"),
    (
        Top(PEOPLE, HOME, 2),
        "从第 1 步中取“居住地”最多的 2 个（并列者均保留）",
        "Of step 1, keep the 2 with the most “home” (ties included)",
    ),
    (
        Top(OfType("Place"), HERE, most=False),
        "从第 1 步中取以其为“居住地”者最少的 1 个（并列者均保留）",
        "Of step 1, keep the 1 that are least often the “home” of something (ties included)",
    ),
    (Count(PEOPLE), "统计第 1 步的个数", "Count step 1"),
    (Check("ann", HOME, "rome"), "核对 Ann 的“居住地”是否有 Rome", "Check whether the “home” of Ann has Rome"),
    (Check("rome", HERE, "ann"), "核对 Ann 的“居住地”是否有 Rome", "Check whether the “home” of Ann has Rome"),
    (Check("ann", HOME, None), "核对 Ann 是否有“居住地”记录", "Check whether Ann has any “home”"),
    (Check("rome", HERE, None), "核对是否有以 Rome 为“居住地”的记录", "Check whether Rome is the “home” of anything"),
    (Compare(("ann", "bob"), HOME), "并列比较 Ann、Bob 的“居住地”", "Put the “home” of Ann, Bob side by side"),
    (Attribute(PEOPLE, "age"), "读取第 1 步的“age”", "Read “age” of step 1"),
    (
        Paths("ann", "rome", 2),
        "查找 Ann 与 Rome 之间不超过 2 步的联系",
        "Find how Ann and Rome are connected by at most 2 facts",
    ),
]


@pytest.mark.parametrize(("plan", "zh", "en"), CASES, ids=lambda case: type(case).__name__)
def test_the_last_step_says_what_the_operator_does(plan: Plan, zh: str, en: str) -> None:
    assert [describe(plan, SCHEMA, NAMES.__getitem__, language)[-1][1] for language in LANGUAGES] == [zh, en]


def test_steps_are_numbered_in_the_order_in_which_they_run() -> None:
    steps = describe(Count(Intersect((Expand(ANN, HOME), OfType("Place")))), SCHEMA, NAMES.__getitem__, "en")
    assert [operator for operator, _ in steps] == ["ANCHOR", "EXPAND", "OF_TYPE", "INTERSECT", "COUNT"]
    assert steps[3][1] == "Keep what is in all of step 2, step 3"


def test_braces_in_a_name_are_only_text() -> None:
    assert describe(ANN, SCHEMA, lambda _: "{source} {0}", "en") == (("ANCHOR", "Take {source} {0}"),)
