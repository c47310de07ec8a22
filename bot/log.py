"""Logging: one line per entry, console or JSON, UTC, secrets masked wherever they come from."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterable
from typing import TextIO

import structlog
from structlog.typing import EventDict, WrappedLogger

_SHAPES = [
    (re.compile(r"\bxox[a-z](?:\.xox[a-z])?-[\w-]+"), "xox***"),
    (re.compile(r"\bxapp-[\w-]+"), "xapp-***"),
    # A response URL lets anyone post. In JSON its slashes are escaped, in a form percent-encoded.
    (re.compile(r"hooks\.slack(?:-gov)?\.com(?:[^\s\"'&<>\\]|\\+/)+"), "hooks.slack.com/***"),
    (re.compile(r"\bv0=[0-9a-f]{6,}"), "v0=***"),
    (re.compile(r"(\bBearer\s+)[^\s\"'\\,;]+", re.IGNORECASE), r"\1***"),
    (re.compile(r"(\b(?:token|ticket|password|passwd|pwd|secret)=)[^\s\"'\\&,;]+", re.IGNORECASE), r"\1***"),
    # A password in a database URL may hold slashes and more @ if it was pasted in as it is.
    (re.compile(r"(\bpostgres\w*(?:\+\w+)?://[^\s\"'\\:@/]*:)[^\s\"'\\]*@", re.IGNORECASE), r"\1***@"),
    (re.compile(r"(://[^\s\"'\\:@/]*:)[^\s\"'\\/@]+@"), r"\1***@"),
]
_SHORTEST_SECRET = 6
_UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def mask(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` without what looks like a secret, and without `secrets` themselves (6 characters or more each).

    Used on whole rendered lines: nothing it takes away holds a quote or a backslash, so JSON stays JSON.
    """
    for secret in secrets:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "***").replace(json.dumps(secret)[1:-1], "***")
    for shape, instead in _SHAPES:
        text = shape.sub(instead, text)
    return text


def set_up(
    level: str = "info", form: str = "console", *, secrets: Iterable[str] = (), to: TextIO | None = None
) -> None:
    """Sends structlog and the standard library's logging, every library's included, to `to` (standard error).

    `form` is "console" or "json"; `secrets` are masked wherever they turn up, whatever they look like. To be called
    before a Bolt app is made: Bolt's loggers copy the root's level when they are made.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _Handler(to or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                _Line(_json if form == "json" else _console, tuple(secrets)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


class _Line:
    """The last processor: renders the entry as one line and masks that."""

    def __init__(self, render: Callable[[EventDict], str], secrets: tuple[str, ...]) -> None:
        self._render, self._secrets = render, secrets

    def __call__(self, _: WrappedLogger, __: str, entry: EventDict) -> str:
        return mask(self._render(entry), self._secrets)


class _Handler(logging.StreamHandler[TextIO]):
    """Python prints an entry that cannot be formatted with its arguments, unmasked; here only its logger is named."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  the base class calls it so
        self.stream.write(f"an entry of {record.name} could not be logged\n")


def _json(entry: EventDict) -> str:
    return json.dumps(entry, default=repr)


def _console(entry: EventDict) -> str:
    """`2026-11-02T09:00:00Z info bot.web: what happened  key=value`, line breaks and escape codes made visible."""
    head = f"{entry.pop('timestamp')} {entry.pop('level'):<7} {entry.pop('logger', '')}: {entry.pop('event')}"
    traceback = entry.pop("exception", None)
    pairs = [f"{key}={value!r}" for key, value in entry.items()]
    line = "  ".join([head, *pairs, *([str(traceback)] if traceback else [])])
    return _UNPRINTED.sub(lambda found: _NAMED.get(found[0], f"\\x{ord(found[0]):02x}"), line)
