"""What `sse-chat deploy haproxy` prints, for the addresses of a test."""

_BIND = "bind :80"
_NODE = "    server one"
_ADDRESS = "127.0.0.1:8000"


def aim(printed: str, bind: str, nodes: list[str]) -> str:
    """It listens at `bind`; `nodes` are addresses, with other words of haproxy's behind them."""
    assert _BIND in printed
    lines = []
    for line in printed.replace(_BIND, f"bind {bind}").splitlines():
        if line.startswith(_NODE):
            assert _ADDRESS in line
            for number, node in enumerate(nodes):
                named = line.replace(_NODE, f"    server node{number}")
                lines.append(named.replace(_ADDRESS, node))
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
