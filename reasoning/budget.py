"""What one answer may spend: wall time, tokens, calls. Running out ends an answer, it never fails a server."""

import time
from dataclasses import dataclass, field

from kg.errors import BencaoError

__all__ = ["Budget", "BudgetExceeded", "Deadline"]


class BudgetExceeded(BencaoError):
    """The answer would cost more than its budget; ask something smaller or raise the limit."""

    reason = "BUDGET_EXCEEDED"


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock, in seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """Return the deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Return the seconds left; negative once it has passed."""
        return self.at - time.monotonic()


@dataclass(slots=True)
class Budget:
    """Counts what one answer spends; the `spend_…` methods raise `BudgetExceeded` beyond the limits."""

    deadline: Deadline
    max_model_calls: int = 8
    max_tokens: int = 20_000
    max_graph_queries: int = 60
    model_calls: int = field(default=0, init=False)
    input_tokens: int = field(default=0, init=False)
    output_tokens: int = field(default=0, init=False)
    graph_queries: int = field(default=0, init=False)

    def spend_model_call(self, *, input_tokens: int, output_tokens: int) -> None:
        """Count one finished call to a model."""
        self.model_calls += 1
        self.input_tokens += input_tokens
        self.output_tokens += output_tokens

    def may_call_model(self) -> bool:
        """Say whether one more call fits; without one, rules and templates do the work."""
        tokens = self.input_tokens + self.output_tokens
        return self.model_calls < self.max_model_calls and tokens < self.max_tokens and self.deadline.remaining() > 0

    def spend_graph_query(self) -> None:
        """Count one graph query before it is sent."""
        self.graph_queries += 1
        if self.graph_queries > self.max_graph_queries:
            message = f"the answer needs more than {self.max_graph_queries} graph queries; ask something narrower"
            raise BudgetExceeded(message, budget="graph_queries", limit=str(self.max_graph_queries))
