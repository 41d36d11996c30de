"""What somebody with the source at hand tries."""
