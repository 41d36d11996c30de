"""The page, the feeds and posts through real proxies."""
