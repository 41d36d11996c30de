"""Webhooks: what other programs send, as messages; and a room's entries, as what they receive."""
