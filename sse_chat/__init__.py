"""sse-chat: a real-time chat server over plain HTTP, server-sent events and Redis Streams."""

__version__ = "0.1.0"
