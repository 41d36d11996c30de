"""Which format an Accept header asks for. No I/O.

Source: RFC 9110, section 12.5.1.
"""

from functools import lru_cache

from sse_chat.formats import FORMATS

HTML = "html"
JSON = "json"
_TYPES = {
    "text/html": HTML,
    "application/xhtml+xml": HTML,
    "application/json": JSON,
    **{each.media_type: name for name, each in FORMATS.items()},
    "text/*": "text",
    "*/*": "text",
}


# Clients send the same few over and over.
@lru_cache(maxsize=64)
def choose_format(accept: str) -> str:
    """The best of what is accepted; `text` when there is no header or nothing that we have."""
    best, best_rank = "text", (0.0, -1)
    for part in accept.split(","):
        media_type, *params = (piece.strip() for piece in part.split(";"))
        found = _TYPES.get(media_type.lower())
        rank = (_quality(params), 0 if media_type.endswith("*") else 1)
        if found and rank[0] > 0 and rank > best_rank:
            best, best_rank = found, rank
    return best


def _quality(params: list[str]) -> float:
    for param in params:
        name, _, value = param.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0


def accepts_html(accept: str) -> bool:
    return choose_format(accept) == HTML
