"""`sse-chat user`: accounts, from the command line."""

import argparse
import getpass
import sys
from collections.abc import Mapping
from typing import Any

from sse_chat.admin.context import (
    AdminContext,
    add_action,
    add_operand,
    add_source_flags,
    confirm_name,
    day_of,
    run_in_context,
    show,
)
from sse_chat.errors import ChatError, SettingsError
from sse_chat.people.erasure import is_erased
from sse_chat.people.passwords import check_password, hash_password
from sse_chat.people.roles import Role
from sse_chat.visible import make_terminal_safe

_ROLES = {role.name.lower(): role for role in (Role.MEMBER, Role.MODERATOR, Role.OWNER)}
_DOES = (
    "add", "list", "role", "password", "reset", "sign-out", "end", "restore", "erase",
    "factor-off",
)  # fmt: skip
_EPILOG = """\
add         creates an account; asks for the password, or reads it from stdin
list        shows name, role, id and the day of the last visit
role        changes the role: --role
password    sets a new password, and ends all sessions
reset       prints a link that sets a new password, valid for a day
sign-out    ends all sessions
end         ends the account: nobody can sign in, and its tokens stop working; its messages stay,
            and nobody else can take the name
restore     undoes end: the same name, role, password and tokens
erase       deletes the account and all that it wrote for good, and frees the name; asks for the
            name again, unless --yes is given. Earlier backups still have it
factor-off  removes a second factor that was lost: the password alone signs in"""


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_source_flags(parser)
    parser.epilog = _EPILOG
    add_action(parser, *_DOES)
    add_operand(parser, "name")
    parser.add_argument("--role", choices=tuple(_ROLES), default="member")
    parser.add_argument(
        "--public-url", metavar="URL", help="address that the link of reset starts with"
    )
    parser.add_argument("--yes", action="store_true", help="erase without asking for the name")
    parser.add_argument(
        "--bot", action="store_true", help="an account without a password, which has only tokens"
    )


def run(flags: argparse.Namespace, environ: Mapping[str, str]) -> int:
    if flags.do != "list" and not flags.name:
        raise SettingsError(f"sse-chat user {flags.do} NAME: the name is missing")

    async def work(context: AdminContext) -> None:
        await _do(context, flags)

    return run_in_context(flags, environ, work)


async def _do(context: AdminContext, flags: argparse.Namespace) -> None:
    role = _ROLES[flags.role]
    if flags.do == "list":
        seen_s = await context.last_seen.read()
        for each in await context.accounts.list_all():
            if is_erased(each):
                continue
            state = "ended" if each.has_ended else each.role.name.lower()
            show(each.name, state, each.account_id, day_of(seen_s.get(each.account_id)))
    elif flags.do == "add":
        password = "" if flags.bot else hash_password(_ask_password(flags.name))
        account = await context.accounts.make(flags.name, role, password)
        print(f"{account.name} is {_with_article(role)} now ({account.account_id})")
    else:
        await _change(context, flags, role)


def _with_article(role: Role) -> str:
    return "an owner" if role is Role.OWNER else f"a {role.name.lower()}"


async def _change(context: AdminContext, flags: argparse.Namespace, role: Role) -> None:
    if flags.do == "restore":
        account = await context.any_account(flags.name)
        await context.accounts.restore(account)
        said = _with_article(account.role)
        print(f"{account.name} is {said} again, with the password of before")
        return
    if flags.do == "erase":
        account = await context.any_account(flags.name)
        confirm_name(account.name, "erases", is_sure=flags.yes)
        show_erased(account.name, await context.erasure.erase(account))
        return
    account = await context.account(flags.name)
    if flags.do == "reset":
        code, _ = await context.administration.reset(account)
        print(context.link(code))
        return
    if flags.do == "factor-off":
        await context.factors.remove_all(account)
        print(f"{account.name} signs in by the password alone")
        return
    if flags.do == "role":
        await context.accounts.set_role(account, role)
        print(f"{account.name} is {_with_article(role)} now")
        return
    if flags.do == "password":
        await context.accounts.set_password(account, hash_password(_ask_password(account.name)))
    elif flags.do == "sign-out":
        await context.accounts.end_sessions(account.account_id)
    else:
        await context.accounts.end(account)
        print(f"{account.name} has ended; sse-chat user restore takes that back")
    print(f"{account.name} is signed out everywhere")


def show_erased(name: str, answer: Mapping[str, Any]) -> None:
    erased = answer["erased"]
    print(
        f"{make_terminal_safe(name)} is erased: {erased['messages']} messages and "
        f"{erased['other_entries']} other entries in {erased['rooms']} rooms"
    )
    print("not erased: " + "; ".join(answer["not_erased"]))


def _ask_password(name: str) -> str:
    """From the terminal without showing it, else the first line of stdin; never from a flag."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    try:
        return check_password(password, name)
    except ChatError as exc:
        raise SettingsError(exc.detail) from exc
