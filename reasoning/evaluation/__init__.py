"""How right the service is, measured: mutated claims, typed claims, annotated prose, safety rules over a pack's lists.

`mutations` perturbs claims, `second` decides them a second time without the verifier's code (`standing` and
`intervals` are its parts), `verification` counts where the two differ, `prose` scores annotated sentences.
"""

from reasoning.evaluation.report import VerifyReport, evaluate_verify

__all__ = ["VerifyReport", "evaluate_verify"]
