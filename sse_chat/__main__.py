"""`python -m sse_chat` is `sse-chat`."""

from sse_chat.cli import main

if __name__ == "__main__":
    main()
