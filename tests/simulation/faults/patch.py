"""What a fault replaces: an object, the name of its attribute, and the value put there."""

from typing import Any

Patch = tuple[Any, str, Any]
