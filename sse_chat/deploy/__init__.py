"""Files for those who run a server: printed by `sse-chat deploy NAME`, each checked by a test."""
