"""How right the service is, measured: mutated claims, typed claims, annotated prose, safety rules over a pack's lists.

`mutations` perturbs claims, `second` decides entailment a second time without the verifier's code, `verification`
and `safety` make the reports that `bencao eval` prints.
"""
