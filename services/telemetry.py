"""Logs: structured lines on standard error, for people on a terminal and as JSON elsewhere."""

import logging
import sys
from typing import Literal, TextIO

import structlog

__all__ = ["set_up_logs"]


def set_up_logs(
    level: Literal["debug", "info", "warning", "error"],
    style: Literal["auto", "console", "json"],
    *,
    stream: TextIO | None = None,
) -> None:
    """Send the logs of `structlog` and of the standard library to `stream` (default: standard error).

    Values bound with `structlog.contextvars` (a request's id) appear on every line of its task.
    Called once, by the command that starts a service; may be called again.
    """
    out = stream or sys.stderr
    console = style == "console" or (style == "auto" and out.isatty())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    rendering: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=out.isatty(), exception_formatter=structlog.dev.plain_traceback)]
        if console
        else [
            # Without the values of local variables: they may hold a patient's question or a password.
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for chatty in ("neo4j.notifications", "httpx", "asyncio"):  # say per request what our own line says once
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # so that a second call takes effect
    )
