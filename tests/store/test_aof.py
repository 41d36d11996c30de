"""The append-only file: where its damage begins."""

import pytest

from sse_chat.store.aof import find_damage

SET = b"*3\r\n$3\r\nSET\r\n$1\r\na\r\n$2\r\n\r\n\r\n"
MULTI = b"*1\r\n$5\r\nMULTI\r\n"
EXEC = b"*1\r\n$4\r\nEXEC\r\n"


@pytest.mark.parametrize(
    ("data", "damage"),
    [
        pytest.param(b"", None, id="empty"),
        pytest.param(SET + SET, None, id="whole"),
        pytest.param(b"#TS:1700000000\r\n" + SET, None, id="note-of-time"),
        pytest.param(SET + bytes(9), (len(SET), len(SET)), id="zeros"),
        pytest.param(SET + SET[:-1], (len(SET), len(SET)), id="cut-short"),
        pytest.param(SET + MULTI + SET + EXEC, None, id="transaction"),
        pytest.param(
            SET + MULTI + SET + bytes(9), (len(SET), len(SET + MULTI + SET)), id="open-transaction"
        ),
        pytest.param(
            SET + MULTI + SET, (len(SET), len(SET + MULTI + SET)), id="transaction-cut-short"
        ),
    ],
)
def test_damage_begins_behind_the_last_whole_transaction(
    data: bytes, damage: tuple[int, int] | None
) -> None:
    assert find_damage(data) == damage
