"""Messages: posting and changing them, and reading them as feeds and as history."""
