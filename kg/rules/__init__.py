"""Safety rules over facts, as a pack declares them: what fires, how bad it is, what to say.

`rules.yaml` holds the rules; each looks for facts of one relation, of one thing or between two, sets stated amounts
and preparations against recorded ones, or compares the parts of things. `safety.yaml` says how findings become a
conclusion and what counts as covered.
"""

from kg.rules.checks import placeholders, rule_faults
from kg.rules.parse import parse_rules
from kg.rules.policy import Form, Key, Measure, Policy, parse_policy, policy_faults
from kg.rules.rule import KINDS, SEVERITIES, Band, Rule, RuleType, Wanted, holds, worst

__all__ = [
    "KINDS",
    "SEVERITIES",
    "Band",
    "Form",
    "Key",
    "Measure",
    "Policy",
    "Rule",
    "RuleType",
    "Wanted",
    "holds",
    "parse_policy",
    "parse_rules",
    "placeholders",
    "policy_faults",
    "rule_faults",
    "worst",
]
