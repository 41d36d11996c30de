"""The part of Markdown that a chat takes, and only where it is plainly meant."""
