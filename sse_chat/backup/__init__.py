"""`sse-chat backup` and `sse-chat restore`: all that a store keeps, as lines of JSON."""
