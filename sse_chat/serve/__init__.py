"""`sse-chat serve`: the store, the socket, the workers and their end; knows no request."""
