"""The HTTP edge that GraphQL and REST share: headers, compression, refusals, and uvicorn."""
