"""Whatever is sent to the services around verdicts and safety; `bench.fuzz` does the same for minutes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reasoning.answer import Verdict
from tests.fuzz import made, properties
from tests.fuzz.properties import Fuzzed

QUICK = settings(
    deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
MANY = settings(QUICK, max_examples=60)
FOUND_BY_FUZZING = (
    "12-脂氧合酶0g\n0g",
    "12-脂氧合酶0\n-0.0g",
    "秋、冬 kill parasites and relieve itching分两次药用标准…取消",
    "阳春NUL ?",
    "枳实消痞丸\ud800",
)


@QUICK
@given(data=st.data())
def test_any_text_is_accounted_for(large: Fuzzed, data: st.DataObject) -> None:
    properties.text_holds(data.draw(made.texts(large.words)), large)


@QUICK
@given(data=st.data())
def test_any_prescription_is_checked_or_refused(large: Fuzzed, data: st.DataObject) -> None:
    properties.prescription_holds(data.draw(made.texts(large.words)), large)


@QUICK
@given(data=st.data())
def test_anything_for_anyone_is_checked_or_refused(large: Fuzzed, data: st.DataObject) -> None:
    properties.subjects_hold(*data.draw(made.checks(large.words)), fuzzed=large)


@MANY
@given(data=st.data())
def test_any_claim_is_judged_by_known_things_only(small: Fuzzed, data: st.DataObject) -> None:
    properties.claim_holds(data.draw(made.claims(small.words)), small)


@MANY
@given(data=st.data())
def test_any_request_is_answered_or_refused(small: Fuzzed, data: st.DataObject) -> None:
    properties.request_holds(data.draw(made.requests(small.words)), small)


@MANY
@given(data=st.data())
def test_any_bytes_are_answered_or_refused(small: Fuzzed, data: st.DataObject) -> None:
    kind, sent = data.draw(made.damaged(small.words))
    properties.bytes_hold(kind, sent, small)


@QUICK
@given(data=st.data())
def test_a_sentence_that_names_two_things_is_never_passed_over(small: Fuzzed, data: st.DataObject) -> None:
    """A verb of any relation, known or not, between two minerals."""
    name = st.sampled_from(["quartz", "calcite", "fluorite", "halite", "galena", "baryte"])
    verb = st.sampled_from(["contains", "wobbles past", "is", "shows", "may not be", "and also", "treats"])
    words = f"{data.draw(name)} {data.draw(verb)} {data.draw(name)} today."
    found = properties.text_holds(words, small)

    assert found.verdicts, words
    assert Verdict.SUPPORTED not in {verdict.verdict for verdict in found.verdicts} or "contains" in words


@pytest.mark.parametrize("words", FOUND_BY_FUZZING)
def test_what_fuzzing_found_stays_mended(large: Fuzzed, words: str) -> None:
    properties.text_holds(words, large)
