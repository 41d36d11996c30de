"""A purge, with parts that refuse."""

import asyncio
from typing import Any

import pytest

from sse_chat.author_ids import AuthorId
from sse_chat.errors import TooMany
from sse_chat.events import Author
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.limit_settings import Limits
from sse_chat.people.moderation import Moderation
from sse_chat.people.roles import Person, Role


class _UsedUp:
    """A store in which all acts are used up; nothing else of it may be asked."""

    async def charge(self, charges: Any) -> None:
        raise TooMany("too many acts", retry_after_s=1, limit="acts", quota=1)


class _Moderator(Moderation):
    async def _check_rank(self, *question: Any) -> None:
        pass


class _Permissions:
    async def require(self, *question: Any) -> None:
        pass


def test_a_purge_that_is_refused_has_deleted_nothing() -> None:
    people: Any = _UsedUp()
    permissions: Any = _Permissions()
    none: Any = None
    audit = AuditLog(people, limits=Limits())
    by = Person(Author("ann", AuthorId("u_1"), guest=False), Role.MEMBER, "")
    moderation = _Moderator(people, none, none, audit, permissions, none, none, none)
    with pytest.raises(TooMany):
        asyncio.run(moderation.purge("team", AuthorId("g_1"), by))
