"""The command-line client, for people behind proxies: tail, say, pipe. Knows the server by HTTP."""
