"""routeaudit: audit LLM API traffic and simulate routing it to small models."""

__version__ = "0.1.0"
