"""The page in a real Chromium: stories with two or three people each."""
