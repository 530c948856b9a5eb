"""Ingest: any LLM API log in, normalised records out; bad lines go to rejects."""
