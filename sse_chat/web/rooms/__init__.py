"""Rooms: which there are, the page of one, its rules, people and hooks."""
