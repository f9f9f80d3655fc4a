"""Prose to claims: sentences, what they name, what they state of it, and how; then verdicts on it.

`verify_text` checks a text sentence by sentence; `extract` is the pure part, without a graph. Words that state
facts of a relation are a pack's (`statements.yaml`); words that deny, hedge, ask or count are a language's.
"""

from reasoning.claims.drafts import CheckedSentence, CheckedText, SentenceKind
from reasoning.claims.extract import extract
from reasoning.claims.phrases import parse_statements, statement_faults, warm_up
from reasoning.claims.statements import Statements
from reasoning.claims.text import verify_text

__all__ = [
    "CheckedSentence",
    "CheckedText",
    "SentenceKind",
    "Statements",
    "extract",
    "parse_statements",
    "statement_faults",
    "verify_text",
    "warm_up",
]
