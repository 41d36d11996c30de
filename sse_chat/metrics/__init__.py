"""What `/metrics` says: counted as plain ints, gathered from all workers when it is asked."""
