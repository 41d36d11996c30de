"""What the server answers, over real sockets."""
