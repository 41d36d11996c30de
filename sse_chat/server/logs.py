"""How the server logs: lines for people, or JSON for programs, each with its request's id."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from sse_chat.settings import Settings
from sse_chat.web.http.request_ids import request_id

# What opens something and stands in a path; of a hook's secret four characters tell it apart.
_SECRET = re.compile(
    r"(/invite/)[A-Za-z0-9_-]+|(/hooks/[A-Za-z0-9_-]{4})[A-Za-z0-9_-]+"
    r"|(sct_[0-9a-f]{12})_[0-9a-f]+"
)


def without_secrets(line: str) -> str:
    return _SECRET.sub(lambda match: (match[1] or match[2] or match[3]) + "…", line)


class JsonLines(logging.Formatter):
    """One object a line: at, level, logger, message, process; request_id and exception where there
    are; of a request, what the access log has of it."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line: dict[str, Any] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "process": record.process,
        }
        if found := request_id.get():
            line["request_id"] = found
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return without_secrets(json.dumps(line, ensure_ascii=False, default=str))


class Lines(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        line = without_secrets(super().format(record))
        found = request_id.get()
        return f"{line} [{found}]" if found else line


FORMATTERS: dict[str, type[logging.Formatter]] = {"text": Lines, "json": JsonLines}


def log_config(settings: Settings) -> dict[str, Any]:
    level = settings.log_level.upper()
    handler = {"class": "logging.StreamHandler", "formatter": "line", "stream": "ext://sys.stderr"}
    quiet = "WARNING" if level == "INFO" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": FORMATTERS[settings.log_format]}},
        "handlers": {"stderr": handler},
        "root": {"handlers": ["stderr"], "level": quiet},
        "loggers": {
            "sse_chat": {"level": level},
            "uvicorn": {"level": quiet},
            # Ours knows who is behind a proxy, and how a feed ended.
            "uvicorn.access": {"level": "CRITICAL"},
            "sse_chat.access": {"level": "INFO"},
        },
    }
