"""The server itself: its pages, help and doctor, administration, health and metrics."""
