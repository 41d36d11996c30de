"""Parts alone, without a server or a store."""
