"""What a path does to feeds: measured by the client or a browser, classified and worded here."""
