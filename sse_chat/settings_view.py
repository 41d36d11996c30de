"""Settings as an administrator sees them: each with its value and where that is from. No I/O."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from sse_chat.setting_values import secret
from sse_chat.settings import Settings, flag_of, own_variables, show_value, variable_of

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class SettingView:
    """`source`: the flag, the variable, or "default"; a secret's `value` says only if it is set."""

    flag: str
    variable: str
    value: str
    source: str
    meaning: str

    @property
    def is_default(self) -> bool:
        return self.source == DEFAULT


def find_sources(flags: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, str]:
    """The name of each setting that was given -> by which flag or variable."""
    variables = own_variables(environ)
    return {
        setting.name: flag_of(setting)
        if getattr(flags, setting.name, None) is not None
        else variable_of(setting)
        for setting in fields(Settings)
        if getattr(flags, setting.name, None) is not None or variable_of(setting) in variables
    }


def view_settings(settings: Settings, sources: Mapping[str, str]) -> list[SettingView]:
    return [
        SettingView(
            flag_of(setting),
            variable_of(setting),
            _show(setting.name, setting.metadata["parse"], getattr(settings, setting.name)),
            sources.get(setting.name, DEFAULT),
            setting.metadata["meaning"],
        )
        for setting in fields(Settings)
    ]


def _show(name: str, parse: object, value: Any) -> str:
    if parse is secret or name.endswith(("secret", "token", "password")):
        return "(set)" if value else ""
    return without_password(value) if name == "redis" else show_value(value)


def without_password(url: str) -> str:
    """The URL of a store without whoever it signs in as, which its query may say too."""
    scheme = url.partition("://")[0]
    credentials, at, rest = url.rpartition("@")
    host, question, _ = rest.partition("?")
    if at and "?" in credentials:
        # Either may be of a password that is not escaped.
        return f"{scheme}://…"
    return (f"{scheme}://…@{host}" if at else host) + ("?…" if question else "")
