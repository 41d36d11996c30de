"""The names of this machine."""

import socket
import threading


def own_names() -> set[str]:
    """In lower case. The full one may have to be asked for in the network, and is added later."""
    names = {socket.gethostname().lower()}

    def look_up() -> None:
        names.add(socket.getfqdn().lower().rstrip("."))

    # A resolver that does not answer holds neither the start nor the end up.
    threading.Thread(target=look_up, name="own names", daemon=True).start()
    return names
