"""What can go wrong with a language model, and what the caller should do about it.

```
BencaoError
└── ModelUnavailable          no answer from the model: go on without it, or try again later (retryable)
    ├── ModelBusy             too many requests wait for the local model (retryable)
    ├── ModelRefused          the model's server does not take this request: ask differently
    ├── ModelMisconfigured    a package, a file or a setting is missing or wrong: a person has to mend it
    └── PullFailed            the default model could not be fetched; what arrived is kept (retryable)
```
"""

from kg.errors import BencaoError

__all__ = ["ModelBusy", "ModelMisconfigured", "ModelRefused", "ModelUnavailable", "PullFailed"]


class ModelUnavailable(BencaoError):
    """The model did not answer: it is down, too slow or broke off. The agent goes on without it."""

    reason = "MODEL_UNAVAILABLE"
    retryable = True


class ModelBusy(ModelUnavailable):
    """As many requests as may wait for the local model wait already; try again in a moment."""


class ModelRefused(ModelUnavailable):
    """The model's server rejects the request itself, e.g. an option it does not know or a prompt too long."""

    retryable = False


class ModelMisconfigured(ModelUnavailable):
    """A package, a file or a setting of the model is missing or wrong; trying again will not help."""

    retryable = False


class PullFailed(ModelUnavailable):
    """The default model could not be fetched; the parts that arrived are kept, so a second try goes on there."""
