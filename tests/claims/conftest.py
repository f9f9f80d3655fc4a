"""Fixtures: both packs, each loaded once and open for the whole session."""

from tests.reasoning.conftest import herbal, minerals

__all__ = ["herbal", "minerals"]
