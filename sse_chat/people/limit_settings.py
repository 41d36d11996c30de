"""Limits: those in force, which are the table's but for what the setting changes. No I/O."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from sse_chat.errors import SettingsError
from sse_chat.people.limits import COUNT_LIMITS, LIMITS, CountLimit, Limit, parse_rate
from sse_chat.store.charges import Charge, Charges

_COUNT = re.compile(r"[1-9]\d{0,8}", re.ASCII)


class Limits:
    def __init__(
        self,
        *,
        is_on: bool = True,
        rates: Mapping[str, Limit] | None = None,
        counts: Mapping[str, CountLimit] | None = None,
    ) -> None:
        self.is_on = is_on
        self._rates = dict(rates or {})
        self._counts = dict(counts or {})

    def of(self, limit: Limit) -> Limit:
        return self._rates.get(limit.name, limit)

    def count_of(self, most: CountLimit) -> CountLimit:
        return self._counts.get(most.name, most)

    def of_charges(self, charges: Sequence[Charge]) -> Charges:
        """The same ones, as they are in force."""
        if not self._rates:
            return tuple(charges)
        return tuple(
            self._rates[charge.name].charge(charge.who) if charge.name in self._rates else charge
            for charge in charges
        )


NO_LIMITS = Limits(is_on=False)


def read_limits(setting: bool | str) -> Limits:
    """From `--limits`; raises SettingsError for a limit that there is not, and for its values."""
    if isinstance(setting, bool):
        return Limits(is_on=setting)
    rates: dict[str, Limit] = {}
    counts: dict[str, CountLimit] = {}
    for part in setting.split(","):
        name, _, value = part.partition("=")
        if limit := next((each for each in LIMITS if each.name == name), None):
            rates[name] = _read_rate(limit, value)
        elif most := next((each for each in COUNT_LIMITS if each.name == name), None):
            counts[name] = _read_count(most, value)
        else:
            raise SettingsError(_describe_unknown(name))
    return Limits(rates=rates, counts=counts)


def _read_rate(limit: Limit, value: str) -> Limit:
    try:
        return Limit(limit.name, limit.meaning, *parse_rate(value))
    except ValueError as exc:
        raise SettingsError(
            f"--limits has {limit.name}={value}; allowed: {exc}, such as {limit.name}=50/300"
        ) from exc


def _read_count(most: CountLimit, value: str) -> CountLimit:
    if not _COUNT.fullmatch(value):
        raise SettingsError(
            f"--limits has {most.name}={value}; allowed: how many at the same time, "
            f"such as {most.name}=50"
        )
    return CountLimit(most.name, most.meaning, int(value))


def _describe_unknown(name: str) -> str:
    names = [each.name for each in (*LIMITS, *COUNT_LIMITS)]
    nearest = get_close_matches(name, names, 1, 0)[0]
    return f"--limits names {name[:40]!r}, which is no limit; the nearest is {nearest}"
