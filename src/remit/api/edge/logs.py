"""Logs as JSON, one object a line on standard error, with the id of the request; never with what a case says."""

from __future__ import annotations

import logging
import sys
import traceback
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

from remit.core.errors import RemitError
from remit.core.tracing import present_trace_id

OURS = ("remit", "uvicorn")
"""The loggers that follow the setting. Others are heard from warnings on."""


def log_json(level: str) -> None:
    """Bring every logger of this process into one form."""
    root = logging.getLogger()
    root.handlers = [json_handler(sys.stderr)]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
        logger.setLevel(level.upper())
    logging.captureWarnings(True)


def json_handler(stream: TextIO) -> logging.Handler:
    """What writes a JSON line for each record that is worth one."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter())
    handler.addFilter(_is_worth_a_line)
    return handler


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Some packages set their own loggers' level; and uvicorn repeats what keeps us from starting, as a traceback."""
    if record.name == "uvicorn.error" and "\nremit.core.errors." in str(record.msg):
        return False
    return record.name.partition(".")[0] in (*OURS, "py") or record.levelno >= logging.WARNING


def _formatter() -> logging.Formatter:
    """What makes a JSON line of a record: time, level, logger, event, what it was given in `extra`, and the request."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            _without_colours,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[_said_of_errors, _of_request, structlog.stdlib.ProcessorFormatter.remove_processors_meta, _as_json],
    )


def _without_colours(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """uvicorn says some things twice, the second time for a terminal."""
    event.pop("color_message", None)
    return event


def _of_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if (trace_id := present_trace_id()) is not None:
        event.setdefault("request_id", trace_id)
    return event


def _said_of_errors(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An exception as its types and places. What it says is left out: others put the values they choked on into it."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info if isinstance(info, BaseException) else None
    if error is not None:
        event["error"] = [_told(each) for each in _causes(error)]
        event["at"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in _frames(error)]
    return event


def _told(error: BaseException) -> str:
    return f"{error.code}: {error.message}" if isinstance(error, RemitError) else type(error).__name__


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _frames(error: BaseException) -> list[traceback.FrameSummary]:
    return list(traceback.StackSummary.extract(traceback.walk_tb(error.__traceback__), lookup_lines=False))


def _as_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    import orjson

    rendered: dict[str, Any] = {"ts": event.pop("timestamp", None), **event}
    return orjson.dumps(rendered, default=lambda value: type(value).__name__).decode("utf-8", "replace")
