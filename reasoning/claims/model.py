"""A model proposes claims for sentences that the patterns leave over; what it says is checked word by word."""

from typing import TYPE_CHECKING

from reasoning.budget import Budget
from reasoning.claims.drafts import Extraction

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["completed"]


async def completed(extraction: Extraction, domain: "Domain", budget: Budget) -> Extraction:
    """Return the extraction with the claims that a model adds to it."""
    del domain, budget
    return extraction
