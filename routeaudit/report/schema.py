"""The published JSON Schema of result.json, made from the code."""

from pathlib import Path

import msgspec

from routeaudit.result import SCHEMA_VERSION, json_schema


def schema_document() -> bytes:
    """Give the JSON Schema (draft 2020-12) of a saved result: the same code, the same bytes."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "routeaudit result",
        "description": (
            f"result.json, schema_version {SCHEMA_VERSION}. Money is in `currency`, latencies in "
            "seconds, shares and rates in 0..1; null is not known and never 0."
        ),
        **json_schema(),
    }
    encoded = msgspec.json.encode(document, order="deterministic")
    return msgspec.json.format(encoded, indent=2) + b"\n"


def write_schema(path: Path) -> Path:
    """Write the schema; docs/result.schema.json is this file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(schema_document())
    return path
