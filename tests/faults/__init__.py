"""Real processes under load, broken on purpose, and a checker of what everybody saw."""
