"""Who speaks: names, signed sessions, guests."""
