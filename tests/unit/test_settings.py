"""Settings: what is read from where, and that README tells it as it is."""

from argparse import Namespace
from dataclasses import fields

import pytest

from sse_chat.errors import SettingsError
from sse_chat.settings import Settings, flag_of, read_settings, show_default, variable_of
from sse_chat.settings_view import without_password
from tests.support.places import ROOT

README = ROOT / "README.md"


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
        ("RETENTION_AGE", "7y"),
        ("ROTATE", "2d"),
        ("LIMITS", "maybe"),
        ("REDIS_URL", "http://x"),
        ("DEFAULT_ROOM", "Lobby"),
        ("SECRET", "short"),
        ("TRUSTED_PROXIES", "nonsense"),
        ("SSL_CERTFILE", "/no/such/file"),
        ("PUBLIC_URL", "chat.example.org"),
        ("PUBLIC_URL", "https://chat.example.org/?room=lobby"),
        ("PUBLIC_URL", "https://ann:secret@chat.example.org"),
        ("KEY_PREFIX", ""),
        ("KEY_PREFIX", "a{b}"),
        ("NODE", "a\nb"),
    ],
)
def test_a_wrong_value_is_named_in_one_line(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as raised:
        read_settings(Namespace(), {f"SSE_CHAT_{name}": value})
    assert f"SSE_CHAT_{name}" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_variable_that_is_no_setting_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingsError, match=r"SSE_CHAT_RETENTON is not a setting.*_RETENTION$"):
        read_settings(Namespace(), {"SSE_CHAT_RETENTON": "5"})


def test_the_store_may_be_named_by_either_variable() -> None:
    assert read_settings(Namespace(), {"SSE_CHAT_REDIS": "redis://there"}).redis == "redis://there"
    both = {"SSE_CHAT_REDIS": "redis://one", "SSE_CHAT_REDIS_URL": "redis://two"}
    with pytest.raises(SettingsError, match="differ"):
        read_settings(Namespace(), both)


def test_variables_of_the_clients_and_of_kubernetes_are_left_alone() -> None:
    environ = {
        "SSE_CHAT_SERVER": "https://chat.example.org",
        "SSE_CHAT_SERVICE_HOST": "10.0.0.1",
        "SSE_CHAT_SERVICE_PORT_HTTP": "80",
        "SSE_CHAT_PORT": "tcp://10.0.0.1:80",
        "SSE_CHAT_PORT_80_TCP_ADDR": "10.0.0.1",
    }
    assert read_settings(Namespace(), environ) == Settings()


@pytest.mark.parametrize(
    ("value", "seconds"), [("90", 90), ("90s", 90), ("15m", 900), ("7d", 604_800)]
)
def test_a_duration_may_have_a_unit(value: str, seconds: int) -> None:
    assert read_settings(Namespace(retention_age=value), {}).retention_age == seconds


@pytest.mark.parametrize(
    ("value", "is_on"), [("on", True), ("Yes", True), ("1", True), ("FALSE", False)]
)
def test_a_switch_is_understood_in_the_usual_words(value: str, is_on: bool) -> None:
    assert read_settings(Namespace(limits=value), {}).limits is is_on


def write_readme() -> None:
    before, _, rest = README.read_text().partition("| flag | variable |")
    _, _, after = rest.partition("\n\n")
    README.write_text(f"{before}{describe_settings()}\n\n{after}")


if __name__ == "__main__":
    # How README's table is made anew: python tests/test_settings.py
    write_readme()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://h:6379/1", "redis://h:6379/1"),
        ("redis://ann:pass@h/1", "redis://…@h/1"),
        ("redis://h/1?password=pass", "redis://h/1?…"),
        ("unix://ann@/run/redis?db=1&password=pass", "unix://…@/run/redis?…"),
        ("redis://h?password=p@ss", "redis://…"),
        ("redis://:p?ss@h", "redis://…"),
        ("redis+sentinel://:pass@a,b/service", "redis+sentinel://…@a,b/service"),
    ],
)
def test_a_store_is_shown_without_its_password(url: str, shown: str) -> None:
    assert without_password(url) == shown


@pytest.mark.parametrize("flags", [{"secret": "s3cret"}, {"redis": "http://:s3cret@h"}])
def test_a_wrong_setting_is_told_without_a_secret(flags: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is not allowed; allowed: ") as raised:
        read_settings(Namespace(**flags), {})
    assert "s3cret" not in str(raised.value)
