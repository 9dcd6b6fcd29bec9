"""Structured logs: one JSON line an event, with the request's id. No query strings, no bodies."""

import logging
import sys
import time

import structlog
from flask import Flask, g, request

# Asked every few seconds by supervisors, or in dozens by every page.
QUIET = {"static", "assets.versioned", "health.alive"}
# Below these the path itself opens something.
SECRET_PATHS = ("/password/", "/invitation/", "/receipt/", "/manage/proposals/open/")
log = structlog.get_logger()


def init_app(app: Flask) -> None:
    """Write one line a request: method, path (without its query), status, milliseconds."""
    configure()
    app.before_request(_begin)
    app.after_request(_end)


def configure() -> None:
    """JSON lines to standard error, for any process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )


def masked(path: str) -> str:
    """The path as it may be logged."""
    secret = next((start for start in SECRET_PATHS if path.startswith(start)), None)
    return path if secret is None else f"{secret}…"


def _begin() -> None:
    g.started = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.get("request_id"))


def _end(response):
    if request.endpoint not in QUIET:
        elapsed = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
        log.info(
            "request",
            method=request.method,
            path=masked(request.path),
            status=response.status_code,
            ms=round(elapsed, 1),
        )
    return response
