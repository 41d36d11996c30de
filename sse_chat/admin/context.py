"""AdminContext: accounts, tokens, invitations and rooms of a store, without a server."""

import argparse
import asyncio
import contextlib
import os
import pwd
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass

from sse_chat.backup.source import add_source_flags, open_links
from sse_chat.errors import ChatError, SettingsError
from sse_chat.people.accounts import Accounts
from sse_chat.people.administration import Administration
from sse_chat.people.audit_log import AuditLog
from sse_chat.people.cache import PeopleCache
from sse_chat.people.erasure import Erasure
from sse_chat.people.factors import Factors
from sse_chat.people.hooks import Hooks
from sse_chat.people.hooks_out import HooksOut
from sse_chat.people.invitations import Invitations
from sse_chat.people.last_seen import LastSeen
from sse_chat.people.moderation import Moderation
from sse_chat.people.permissions import Permissions
from sse_chat.people.records import Account
from sse_chat.people.room_administration import RoomAdministration
from sse_chat.people.room_deletion import RoomDeletion
from sse_chat.people.tokens import Tokens
from sse_chat.people.writer import PeopleWriter
from sse_chat.settings import Settings
from sse_chat.store.abandoned import AbandonedRooms
from sse_chat.store.appending import Appending
from sse_chat.store.directory import Directory
from sse_chat.store.erasing import ErasingStore
from sse_chat.store.hooks_out import HooksOutStore
from sse_chat.store.keys import Keys
from sse_chat.store.links import Links
from sse_chat.store.people import PeopleStore
from sse_chat.store.retention import RetentionStore
from sse_chat.store.rooms import RoomStore
from sse_chat.visible import make_terminal_safe

__all__ = [
    "AdminContext",
    "add_action",
    "add_operand",
    "add_source_flags",
    "confirm_name",
    "day_of",
    "open_context",
    "run_in_context",
    "show",
]


def add_action(parser: argparse.ArgumentParser, *actions: str) -> None:
    parser.add_argument("do", choices=actions, metavar="ACTION", help=", ".join(actions))


def add_operand(parser: argparse.ArgumentParser, name: str, meaning: str | None = None) -> None:
    """An operand of the action; "" where it is left out, as some actions need none."""
    parser.add_argument(name, nargs="?", default="", metavar=name.upper(), help=meaning)


@dataclass(frozen=True, slots=True)
class AdminContext:
    settings: Settings
    people: PeopleStore
    people_cache: PeopleCache
    directory: Directory
    permissions: Permissions
    accounts: Accounts
    tokens: Tokens
    invitations: Invitations
    room_administration: RoomAdministration
    hooks: Hooks
    hooks_out: HooksOut
    administration: Administration
    moderation: Moderation
    last_seen: LastSeen
    factors: Factors
    room_deletion: RoomDeletion
    erasure: Erasure

    async def account(self, name: str) -> Account:
        """Raises SettingsError when there is none of this name, or it has ended."""
        found = await self.any_account(name)
        if found.has_ended:
            raise SettingsError(
                f"the account {found.name} has ended; sse-chat user restore takes it back"
            )
        return found

    async def any_account(self, name: str) -> Account:
        """One that has ended too; raises SettingsError."""
        found = await self.accounts.find_exactly(name)
        if found is None:
            raise SettingsError(f"there is no account {name!r}; sse-chat user list shows them")
        return found

    def link(self, code: str) -> str:
        return f"{self.settings.public_url.rstrip('/')}/invite/{code}"


@contextlib.asynccontextmanager
async def open_context(
    links: Links, settings: Settings, actor: str = ""
) -> AsyncIterator[AdminContext]:
    """`actor`: who does what is done, for the audit log; by default the command line."""
    pipeline = links.pipeline()
    serving = asyncio.create_task(pipeline.serve())
    keys = Keys(settings.key_prefix)
    directory = Directory(pipeline, keys)
    people = PeopleStore(pipeline, keys)
    audit = AuditLog(people, actor=actor or _command_line())
    cache = PeopleCache(people, directory)
    writer = PeopleWriter(people, cache, audit)
    accounts, invitations = Accounts(people, cache, writer), Invitations(people, writer)
    permissions = Permissions(cache, settings)
    tokens = Tokens(people, cache, writer, accounts)
    last_seen = LastSeen(people)
    factors = Factors(people, cache, writer, required=settings.require_second_factor)
    rooms = RoomStore(posts=pipeline, reads=pipeline, keys=keys, appending=_appending(keys))
    hooks_out = HooksOut(people, writer, HooksOutStore(pipeline, keys))
    try:
        yield AdminContext(
            settings,
            people,
            cache,
            directory,
            permissions,
            accounts,
            tokens,
            invitations,
            RoomAdministration(writer, permissions, invitations, RetentionStore(pipeline, keys)),
            Hooks(people, cache, writer, accounts),
            hooks_out,
            Administration(accounts, tokens, invitations, factors, last_seen),
            Moderation(people, cache, writer, audit, permissions, accounts, directory, rooms),
            last_seen,
            factors,
            RoomDeletion(
                cache,
                writer,
                permissions,
                hooks_out,
                AbandonedRooms(pipeline, keys),
                default_room=settings.default_room,
            ),
            Erasure(
                people,
                cache,
                writer,
                accounts,
                directory,
                rooms,
                ErasingStore(pipeline, keys, _appending(keys)),
            ),
        )
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def _appending(keys: Keys) -> Appending:
    # How much is kept is the server's to know: what is written here takes nothing away.
    return Appending(keys, retention=10_000_000, retention_age_s=0)


def _command_line() -> str:
    """With the name that this user has on the machine, as far as there is one."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    behind = os.environ.get("SUDO_USER")
    return f"command line ({user}{f', sudo by {behind[:32]}' if behind else ''})"


Work = Callable[[AdminContext], Awaitable[None]]


def run_in_context(flags: argparse.Namespace, environ: Mapping[str, str], work: Work) -> int:
    """In the store of the running server, or of the data folder; raises SettingsError."""

    async def run(links: Links, settings: Settings) -> None:
        async with open_context(links, settings) as context:
            await work(context)

    with open_links(flags, environ) as (links, settings):
        try:
            asyncio.run(run(links, settings))
        except ChatError as exc:
            raise SettingsError(exc.detail) from exc
    return 0


def confirm_name(name: str, does: str, *, is_sure: bool) -> None:
    """Before what cannot be taken back: asks on a terminal. Raises SettingsError."""
    if is_sure:
        return
    shown = make_terminal_safe(name)
    if not sys.stdin.isatty():
        raise SettingsError(f"this {does} {shown} for good; give --yes, or run it in a terminal")
    if input(f"This {does} {shown} for good. Type the name: ").strip() != name:
        raise SettingsError("the name does not match; nothing was done")


def day_of(at_s: int | None) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(at_s)) if at_s else "-"


def show(*parts: str) -> None:
    """One line of a list: topics and labels are anyone's, and the terminal is an admin's."""
    print(*map(make_terminal_safe, parts), sep="\t")
