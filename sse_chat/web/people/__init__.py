"""A person's own: signing in, the account, conversations, mentions."""
