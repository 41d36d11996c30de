"""How Windows reads a line: the rules by which cmd and PowerShell make arguments of it.

Sources: https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments,
about_Quoting_Rules, about_Parsing and about_Special_Characters of PowerShell. What would need more
of the rules than these lines use is refused.
"""

import re
from dataclasses import dataclass

_OF_CMD = frozenset("&|<>^()")
# Begins or ends an expression, an array, a block or a comment, outside of quotes.
_OF_POWERSHELL = frozenset("$`;&|<>(){},@#\u2018\u2019\u201c\u201d")


class Misread(Exception):
    """Windows would make something else of the line than what is meant."""


@dataclass(frozen=True)
class Command:
    """`piped` is what PowerShell writes to its standard input, None without a pipe."""

    words: list[str]
    piped: str | None = None


def split_arguments(line: str) -> list[str]:
    """As the C runtime does, for every program that has a `main`."""
    words: list[str] = []
    word, is_quoted, has_word, at = "", False, False, 0
    while at < len(line):
        slashes = re.match(r'\\*(?=")', line[at:])
        assert slashes or line[at] != '"'
        if slashes:
            word += "\\" * (len(slashes[0]) // 2)
            at += len(slashes[0]) + 1
            if len(slashes[0]) % 2:
                word += '"'
            elif is_quoted and line[at : at + 1] == '"':
                word, at = word + '"', at + 1
            else:
                is_quoted = not is_quoted
            has_word = True
        elif line[at] in " \t" and not is_quoted:
            words += [word] if has_word else []
            word, has_word, at = "", False, at + 1
        else:
            word, has_word, at = word + line[at], True, at + 1
    if is_quoted:
        raise Misread(f"a quote is open in {line}")
    return words + ([word] if has_word else [])


def parse_cmd(line: str) -> Command:
    """A line at the prompt. A batch file reads each `%%` as one `%`, and loses a single one."""
    if re.search(r"%[^%\s]+%", line):
        raise Misread(f"{line} has the name of a variable")
    is_quoted = False
    for character in line:
        is_quoted ^= character == '"'
        if character in _OF_CMD and not is_quoted:
            raise Misread(f"{character} stands outside of double quotes in {line}")
    return Command(split_arguments(line))


def parse_powershell(line: str) -> Command:
    """One command, or a pipe from one single-quoted text, in the PowerShell of Windows, 5.1."""
    piped = None
    if found := re.fullmatch(r"('(?:[^']|'')*') \| (.*)", line):
        # It adds the end of a line, and writes ASCII.
        piped, line = _unquote(found[1]) + "\r\n", found[2]
        if not piped.isascii():
            raise Misread(f"{piped!r} is not ASCII")
    words = [_word_of(each) for each in re.findall(r"(?:'(?:[^']|'')*'|[^\s'])+|'", line)]
    # What has a blank is put in quotes, and nothing is escaped in it.
    passed = " ".join(f'"{word}"' if re.search(r"\s", word) or not word else word for word in words)
    if split_arguments(passed) != words:
        raise Misread(f"the program would be given {split_arguments(passed)}, not {words}")
    return Command(words, piped)


def _word_of(token: str) -> str:
    parts = re.findall(r"'(?:[^']|'')*'|[^']+|'", token)
    # After a quoted part it is another argument, unless it stands in a bare word.
    if len(parts) > 1 or parts == ["'"] or '"' in token:
        raise Misread(f"{token} mixes quotes and bare text")
    if token.startswith("'"):
        return _unquote(token)
    if wrong := _OF_POWERSHELL.intersection(token):
        raise Misread(f"{''.join(sorted(wrong))} stands outside of quotes in {token}")
    return token


def _unquote(text: str) -> str:
    return text[1:-1].replace("''", "'")
