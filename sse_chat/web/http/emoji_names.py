"""The full set of emoji with their usual names, for the picker of the page."""

from functools import cache

import orjson


@cache
def make_emoji_list() -> bytes:
    """JSON: [[emoji, [name, …]], …], without the skin tones. It is read when somebody first asks:
    a third of a second, and a few megabytes."""
    from emoji import EMOJI_DATA, STATUS

    return orjson.dumps(
        [
            [emoji, [name.strip(":") for name in (known["en"], *known.get("alias", ()))]]
            for emoji, known in EMOJI_DATA.items()
            if known["status"] == STATUS["fully_qualified"] and "skin_tone" not in known["en"]
        ]
    )
