"""The store: what is kept, and its bad days."""
