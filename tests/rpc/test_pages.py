"""Page tokens say where a listing goes on, and nothing else gets them to say anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import RevisionGone
from kg.model import Revision
from services.rpc.errors import InvalidPageToken
from services.rpc.pages import page_bounds, page_token

NOW = Revision(7, "ab" * 32)
LISTING = ("domains/minerals", "quartz")


@given(st.integers(0, 10**6), st.integers(0, 200))
def test_a_token_leads_to_its_place(start: int, size: int) -> None:
    first, end = page_bounds(page_token(LISTING, NOW, start), size, LISTING, NOW)

    assert first == start
    assert end - first == min(size or 20, 100)


@given(st.integers(0, 100), st.data())
def test_a_changed_token_is_refused(start: int, data: st.DataObject) -> None:
    token = page_token(LISTING, NOW, start)
    place = data.draw(st.integers(0, len(token.rstrip("=")) - 1))
    letter = data.draw(st.sampled_from("ABCxyz019-_").filter(lambda other: other != token[place]))

    with pytest.raises(InvalidPageToken):
        page_bounds(token[:place] + letter + token[place + 1 :], 0, LISTING, NOW)


@given(st.text(min_size=1))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidPageToken):
        page_bounds(text, 0, LISTING, NOW)


def test_a_token_of_an_earlier_revision_says_so() -> None:
    with pytest.raises(RevisionGone):
        page_bounds(page_token(LISTING, NOW, 20), 0, LISTING, Revision(8, "cd" * 32))


def test_a_token_of_another_listing_is_refused() -> None:
    with pytest.raises(InvalidPageToken):
        page_bounds(page_token(LISTING, NOW, 20), 0, (*LISTING, "Element"), NOW)
