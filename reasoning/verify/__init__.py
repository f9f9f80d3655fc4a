"""The verifier: what the graph says about a claim, decided by rules over facts and never by a model.

`load` reads the facts that concern a set of claims, in a fixed number of queries; `judge` is a pure
function from one claim and those facts to a verdict; `amounts` and `quantity` compare amounts.
"""

from reasoning.verify.facts import Facts, facts_of
from reasoning.verify.judge import judge
from reasoning.verify.load import load, verify

__all__ = ["Facts", "facts_of", "judge", "load", "verify"]
