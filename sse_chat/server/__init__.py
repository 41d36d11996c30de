"""The process: uvicorn with our protocol, workers, and the embedded store beside them."""
