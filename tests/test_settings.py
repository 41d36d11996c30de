"""Settings: what is read from where, and that README tells it as it is."""

from argparse import Namespace
from dataclasses import fields
from pathlib import Path

import pytest

from sse_chat.errors import SettingsError
from sse_chat.settings import Settings, flag_of, read_settings, show_default, variable_of

README = Path(__file__).parent.parent / "README.md"


def describe_settings() -> str:
    """The table of README."""
    lines = ["| flag | variable | default | meaning |", "| --- | --- | --- | --- |"]
    for setting in fields(Settings):
        default = f"`{show_default(setting)}`" if show_default(setting) else ""
        meaning = setting.metadata["meaning"].replace("|", "\\|")
        lines.append(f"| `{flag_of(setting)}` | `{variable_of(setting)}` | {default} | {meaning} |")
    return "\n".join(lines)


def test_readme_has_every_setting_as_it_is() -> None:
    table_is_there = describe_settings() in README.read_text()
    assert table_is_there, "make it anew: python tests/test_settings.py"


def test_a_flag_wins_over_the_environment() -> None:
    flags = Namespace(port="1")
    environ = {"SSE_CHAT_PORT": "2", "SSE_CHAT_REDIS_URL": "redis://there"}
    settings = read_settings(flags, environ)
    assert (settings.port, settings.redis) == (1, "redis://there")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "x"),
        ("PORT", "65536"),
        ("PORT", ""),
        ("WORKERS", "0"),
        ("RETENTION", "-1"),
        ("LIMITS", "maybe"),
        ("REDIS_URL", "http://x"),
        ("DEFAULT_ROOM", "Lobby"),
        ("SECRET", "short"),
        ("TRUSTED_PROXIES", "nonsense"),
        ("SSL_CERTFILE", "/no/such/file"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(Namespace(), {f"SSE_CHAT_{name}": value})
    assert f"SSE_CHAT_{name}" in str(raised.value)
    assert "\n" not in str(raised.value)


def write_readme() -> None:
    before, _, rest = README.read_text().partition("| flag | variable |")
    _, _, after = rest.partition("\n\n")
    README.write_text(f"{before}{describe_settings()}\n\n{after}")


if __name__ == "__main__":
    # How README's table is made anew: python tests/test_settings.py
    write_readme()
