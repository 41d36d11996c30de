"""The command-line client, and the doctor."""
