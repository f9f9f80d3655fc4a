"""Page tokens: opaque, for one listing at one revision of the graph, and refused if anything in them was changed."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import Final

from kg.errors import RevisionGone
from kg.model import Revision
from services.rpc.errors import InvalidPageToken

__all__ = ["page_bounds", "page_token"]

DEFAULT_SIZE: Final = 20
MAX_SIZE: Final = 100
_SUM_BYTES: Final = 12


def page_token(listing: Sequence[str], revision: Revision, start: int) -> str:
    """Return the token of the page that begins at `start`; `listing` is everything that the request asked for."""
    body = json.dumps([revision.token, start, _fingerprint(listing)]).encode()
    return base64.urlsafe_b64encode(_sum(body) + body).decode()


def page_bounds(  # noqa: PLR0913  what a page is of, and how long it may be
    token: str,
    size: int,
    listing: Sequence[str],
    revision: Revision,
    *,
    default: int = DEFAULT_SIZE,
    most: int = MAX_SIZE,
) -> tuple[int, int]:
    """Return where the page begins and ends; `size` 0 means `default`, more than `most` means `most`.

    Raises:
        InvalidPageToken: the token was not given out for this listing.
        RevisionGone: the graph has changed since the first page.
    """
    length = min(size or default, most)
    if not token:
        return 0, length
    made_at, start, fingerprint = _open(token)
    if fingerprint != _fingerprint(listing):
        raise _invalid()
    if made_at != revision.token:
        message = "the graph has changed since the first page; start again without a page token"
        raise RevisionGone(message, oldest_revision=revision.token)
    return start, start + length


def _open(token: str) -> tuple[str, int, str]:
    try:
        data = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _invalid() from None
    body = data[_SUM_BYTES:]
    if data[:_SUM_BYTES] != _sum(body):
        raise _invalid()
    made_at, start, fingerprint = json.loads(body)
    return str(made_at), int(start), str(fingerprint)


def _invalid() -> InvalidPageToken:
    return InvalidPageToken("this page token does not belong to this listing; start again without one")


def _fingerprint(listing: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(listing)).encode()).hexdigest()[:16]


def _sum(body: bytes) -> bytes:
    # Against accidents only: a token names no secret and grants nothing, so there is no key to keep.
    return hashlib.sha256(b"bencao page" + body).digest()[:_SUM_BYTES]
