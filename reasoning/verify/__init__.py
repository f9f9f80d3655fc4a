"""The verifier: what the graph says about a claim, decided by rules over facts and never by a model.

`load` reads the facts that concern a set of claims, in a fixed number of queries; `judge` is a pure
function from one claim and those facts to a verdict: `demand` reads what a claim asks for beside its triple,
`match` finds the facts that state it, `single` judges one triple, `quantified` those about how many, `outdated`
what only an earlier edition says, `exclusion` what leaves no room, `amounts` and `quantity` compare amounts.
`proof` writes verdicts down and replays them.
"""

from reasoning.verify.facts import Facts, facts_of
from reasoning.verify.judge import judge
from reasoning.verify.load import Checked, check, load, verify
from reasoning.verify.proof import InvalidProof, Proof, parse_proof, proof_document, replay

__all__ = [
    "Checked",
    "Facts",
    "InvalidProof",
    "Proof",
    "check",
    "facts_of",
    "judge",
    "load",
    "parse_proof",
    "proof_document",
    "replay",
    "verify",
]
