"""One module per kind of load; each function runs it once against one contender."""
