"""`sse-chat user add|list|role|password|end`: accounts, from the command line."""

import argparse
import getpass
import sys
from collections.abc import Mapping

from sse_chat.admin.office import Office, add_source_flags, run_in_office, show
from sse_chat.errors import ChatError, SettingsError
from sse_chat.people.passwords import check_password, hash_password
from sse_chat.people.roles import Role

_ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}
_DOES = ("add", "list", "role", "password", "end")


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.add_argument("do", choices=_DOES)
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--role", choices=tuple(_ROLES), default="member")
    parser.add_argument("--bot", action="store_true", help="no password: it has tokens only")


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.name:
        raise SettingsError(f"sse-chat user {flags.do} NAME: the name is missing")

    async def work(office: Office) -> None:
        await _do(office, flags)

    return run_in_office(flags, environ, work)


async def _do(office: Office, flags: argparse.Namespace) -> None:
    role = _ROLES[flags.role]
    if flags.do == "list":
        for each in await office.accounts.list_all():
            state = "ended" if each.has_ended else each.role.name.lower()
            show(each.name, state, each.account_id)
    elif flags.do == "add":
        password = "" if flags.bot else hash_password(_ask_password(flags.name))
        account = await office.accounts.make(flags.name, role, password)
        print(f"{account.name} is a {flags.role} now ({account.account_id})")
    else:
        await _change(office, flags, role)


async def _change(office: Office, flags: argparse.Namespace, role: Role) -> None:
    account = await office.account(flags.name)
    if flags.do == "role":
        await office.accounts.set_role(account, role)
        print(f"{account.name} is a {flags.role} now")
        return
    if flags.do == "password":
        await office.accounts.set_password(account, hash_password(_ask_password(account.name)))
    else:
        await office.accounts.end(account)
    print(f"{account.name} is signed out everywhere")


def _ask_password(name: str) -> str:
    """From the terminal without showing it, else the first line of stdin; never from a flag."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
    else:
        password = sys.stdin.readline().rstrip("\n")
    try:
        return check_password(password, name)
    except ChatError as exc:
        raise SettingsError(exc.detail) from exc
