"""How right the service is, measured: mutated claims, typed claims, annotated prose, safety rules over a pack's lists.

`mutations` perturbs claims, `second` decides them a second time without the verifier's code (`standing` and
`intervals` are its parts), `verification` counts where the two differ, `prose` scores annotated sentences. `expected`
works out what safety rules have to find, `alarms` what they must not say; `report` and `safety` put it together.
"""

from reasoning.evaluation.report import VerifyReport, evaluate_verify
from reasoning.evaluation.safety import SafetyReport, evaluate_safety

__all__ = ["SafetyReport", "VerifyReport", "evaluate_safety", "evaluate_verify"]
