"""The fan-out path: one tail a worker, a window a room, a cursor a connection."""
