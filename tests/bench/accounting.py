"""What the operating system says that processes used: CPU time and memory."""

import contextlib
import os
import time
from collections.abc import Iterable
from pathlib import Path

_STORES = ("valkey", "redis")
# What clock_getcpuclockid(3) makes of a process id; Python offers only the one for threads.
# It counts in nanoseconds and keeps the time of threads that have ended.
_PROCESS_CLOCK = 2


def cpu_s(pids: Iterable[int]) -> float:
    """CPU seconds, user and system, of these processes so far; those that are gone count 0."""
    total_s = 0.0
    for pid in pids:
        with contextlib.suppress(OSError):
            total_s += time.clock_gettime((~pid << 3) | _PROCESS_CLOCK)
    return total_s


def pss_kb(pids: Iterable[int]) -> int:
    """User-space memory: what each maps, shared pages divided among those that share them."""
    total_kb = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total_kb += int(line.split()[1])
    return total_kb


def kernel_socket_kb() -> int:
    """What the kernel holds in TCP's buffers, of all processes."""
    for line in Path("/proc/net/sockstat").read_text().splitlines():
        if line.startswith("TCP:"):
            return int(line.split()[-1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    return 0


def tree(pid: int) -> list[int]:
    """The process and all that descend from it."""
    found = [pid]
    for parent in found:
        for tasks in Path(f"/proc/{parent}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                found += map(int, tasks.read_text().split())
    return found


def is_store(pid: int) -> bool:
    try:
        name = os.path.basename(Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0])
    except OSError:
        return False
    return name.decode().startswith(_STORES)


class Machine:
    """How much of the machine others took while we ran: what we started has ended by then."""

    def __init__(self) -> None:
        self._taken_s = _machine_s()
        self._own_s = _own_s()
        self._began_s = time.monotonic()

    def others_cores(self) -> float:
        own_s = _own_s() - self._own_s
        taken_s = _machine_s() - self._taken_s
        return max(0.0, taken_s - own_s) / (time.monotonic() - self._began_s)


def _machine_s() -> float:
    """CPU seconds of all processes so far, and those that a hypervisor gave to other machines."""
    user, nice, system, _, _, irq, softirq, steal = map(
        int, Path("/proc/stat").read_text().split(maxsplit=9)[1:9]
    )
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _own_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Meter:
    """CPU that a server's processes, and its store's apart, use from now on."""

    def __init__(self, server_pids: list[int], store_pids: list[int]) -> None:
        self._server_pids = server_pids
        self._store_pids = store_pids
        self._server_s = cpu_s(server_pids)
        self._store_s = cpu_s(store_pids)
        self._each_s = {pid: cpu_s([pid]) for pid in server_pids}
        self._began_s = time.monotonic()

    @property
    def server_s(self) -> float:
        return cpu_s(self._server_pids) - self._server_s

    @property
    def busiest_s(self) -> float:
        """Of the one process of the server that worked most."""
        return max(cpu_s([pid]) - before for pid, before in self._each_s.items())

    @property
    def store_s(self) -> float:
        return cpu_s(self._store_pids) - self._store_s

    @property
    def wall_s(self) -> float:
        return time.monotonic() - self._began_s
