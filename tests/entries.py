"""Entries, as the answer to a post has them."""

from typing import Any

import httpx


def entry_of(answer: httpx.Response) -> dict[str, Any]:
    """The entry as all readers see it, without the edit_key that this answer alone has."""
    entry: dict[str, Any] = answer.json()
    entry.pop("edit_key", None)
    return entry


def proof(answer: httpx.Response) -> dict[str, str]:
    """The header by which a guest without a password changes what was posted."""
    return {"Edit-Key": answer.json()["edit_key"]}
