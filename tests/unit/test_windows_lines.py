"""The rules by which the tests read lines for Windows, by the tables of their documentation."""

import pytest

from tests.support.windows import Command, Misread, parse_cmd, parse_powershell, split_arguments


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (r'"a b c" d e', ["a b c", "d", "e"]),
        (r'"ab\"c" "\\" d', ['ab"c', "\\", "d"]),
        (r'a\\\b d"e f"g h', [r"a\\\b", "de fg", "h"]),
        (r"a\\\"b c d", [r"a\"b", "c", "d"]),
        (r'a\\\\"b c" d e', [r"a\\b c", "d", "e"]),
        (r'a"b"" c d"', ['ab" c d']),
        (r'"" x', ["", "x"]),
    ],
)
def test_a_program_splits_its_line_by_the_rules_of_c(line: str, words: list[str]) -> None:
    assert split_arguments(line) == words


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("curl.exe http://h/?a=1&b=2", id="ampersand"),
        pytest.param("curl.exe -d 'a & b' http://h", id="single-quotes"),
        pytest.param('curl.exe -d "100 %PATH% b" http://h', id="variable"),
        pytest.param('curl.exe -d "a http://h', id="open"),
        pytest.param("curl.exe http://h | more", id="pipe"),
    ],
)
def test_cmd_would_misread(line: str) -> None:
    with pytest.raises(Misread):
        parse_cmd(line)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param("curl.exe -d '{\"text\": 1}' http://h", id="double-quotes-are-lost"),
        pytest.param("curl.exe -d choices=yes,no http://h", id="array"),
        pytest.param("curl.exe --data-binary @- http://h", id="splat"),
        pytest.param("curl.exe -d $x http://h", id="variable"),
        pytest.param("curl.exe http://h/?a&b", id="ampersand"),
        pytest.param("curl.exe -d 'a' http://h; ls", id="semicolon"),
        pytest.param("curl.exe -d 'a http://h", id="open"),
        pytest.param("'é' | curl.exe --data-binary '@-' http://h", id="no-ascii"),
        pytest.param("curl.exe -d 'a b\\' http://h", id="last-backslash"),
    ],
)
def test_powershell_would_misread(line: str) -> None:
    with pytest.raises(Misread):
        parse_powershell(line)


def test_powershell_reads_what_is_quoted_as_it_stands() -> None:
    line = "'it''s' | curl.exe -d 'a $x & 100 % `n' '' http://h/?a=1"
    words = ["curl.exe", "-d", "a $x & 100 % `n", "", "http://h/?a=1"]
    assert parse_powershell(line) == Command(words, "it's\r\n")
