"""Where entries live: the only package that knows Redis. Its front is `RoomStore`."""
