"""HTTP/1.1 under uvicorn: connections, exchanges, and what watches over them in a worker."""
