"""What can go wrong in the graph layer, and what the caller should do about it.

```
BencaoError                 reason, retryable, metadata
├── PackInvalid             a pack breaks the contract; `faults` name file and line
├── ImportInvalid           a table to import cannot be used; the message names file, row and column
├── UnknownDomain           no installed pack has this id
├── NotFound                no entity or fact has this id
├── SchemaViolation         a plan or a fact does not type-check
├── RevisionGone            the asked revision is not the one held
├── GraphUnavailable        the store refuses, hangs or is locked (retryable)
├── StoreMisconfigured      wrong password, path or database: a person has to mend it
└── TraversalLimit          a plan is larger than the limits allow
```

`reason` is an `ErrorReason` of the wire contract without its prefix, so that the transport
needs no table of its own.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar

__all__ = [
    "BencaoError",
    "GraphUnavailable",
    "ImportInvalid",
    "NotFound",
    "PackInvalid",
    "RevisionGone",
    "SchemaViolation",
    "StoreMisconfigured",
    "TraversalLimit",
    "UnknownDomain",
]


class BencaoError(Exception):
    """The root: a message that says what to do, a wire reason, and the message's parts."""

    reason: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, /, **metadata: str) -> None:
        """Keep every dynamic part of `message` in `metadata` too, so that programs need not parse it."""
        super().__init__(message)
        self.metadata: Mapping[str, str] = metadata


class PackInvalid(BencaoError):
    """A domain pack breaks the pack contract; every fault names its file and line."""

    reason = "SCHEMA_VIOLATION"

    def __init__(self, faults: Sequence[str]) -> None:
        """Take all faults found, each as `file:line: what is wrong and what to write instead`."""
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class ImportInvalid(BencaoError):
    """A table to import cannot be used as it is; nothing of it was applied."""

    reason = "SCHEMA_VIOLATION"


class UnknownDomain(BencaoError):
    """No installed pack has this id."""

    reason = "UNKNOWN_DOMAIN"


class NotFound(BencaoError):
    """The graph holds no entity or fact of this name."""

    reason = "RESOURCE_NOT_FOUND"


class SchemaViolation(BencaoError):
    """A plan or a fact joins types that the schema does not join."""

    reason = "SCHEMA_VIOLATION"


class RevisionGone(BencaoError):
    """The caller asked for a revision that the store no longer, or does not yet, hold."""

    reason = "REVISION_GONE"


class GraphUnavailable(BencaoError):
    """The store could not be reached or did not answer in time; try again."""

    reason = "GRAPH_UNAVAILABLE"
    retryable = True


class StoreMisconfigured(BencaoError):
    """The store answered, but the settings are wrong; trying again will not help."""

    reason = "GRAPH_UNAVAILABLE"


class TraversalLimit(BencaoError):
    """The plan asks for more than the limits allow; ask for less."""

    reason = "TRAVERSAL_LIMIT"
