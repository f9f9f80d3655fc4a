"""Safety checks: a pack's rules over what is to be used, and over what a question names. Never calls a model.

`check` answers a request, `check_mentions` is the pass inside every answer; both are one engine. `Setting` is what it
works with, made once for each domain.
"""

from reasoning.safety.engine import check, check_mentions, examine
from reasoning.safety.held import Held
from reasoning.safety.model import (
    AppliedRule,
    CheckedSubject,
    Conclusion,
    FieldFault,
    InvalidPrescription,
    SafetyCheck,
    Subject,
)
from reasoning.safety.names import namesakes, unheard
from reasoning.safety.prescription import Prescription, parse_prescription, read_prescription
from reasoning.safety.setting import Setting, open_setting, safety_faults

__all__ = [
    "AppliedRule",
    "CheckedSubject",
    "Conclusion",
    "FieldFault",
    "Held",
    "InvalidPrescription",
    "Prescription",
    "SafetyCheck",
    "Setting",
    "Subject",
    "check",
    "check_mentions",
    "examine",
    "namesakes",
    "open_setting",
    "parse_prescription",
    "read_prescription",
    "safety_faults",
    "unheard",
]
