"""Syntax colours of code: which part of it is a keyword, a string, a comment. No I/O but the pipes
to the process that finds out."""
