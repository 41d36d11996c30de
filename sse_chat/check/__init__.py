"""`sse-chat check`: what would keep a server from running well, and how to mend it."""
