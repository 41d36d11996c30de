"""What the person who runs the server does from the command line."""
