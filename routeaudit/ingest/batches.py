"""OpenAI Batch: answers lie in one file, prompts in another; `custom_id` joins them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import Merge, Reject, each
from routeaudit.ingest.rows import status_row, tidy
from routeaudit.ingest.shape import Adapted, Row, Sign, Unit
from routeaudit.ingest.values import first, mapping, string

JOINED = "batch input, told by its output"
ALONE = "batch input without its output: give both files at once"
TWICE = "batch input whose custom_id stands in several batches: give one batch at a time"
OPERATIONS = {"/v1/embeddings": "embedding", "/v1/completions": "completion"}
UnitsById = dict[str | None, list[Unit]]


def is_output(record: Mapping[str, Any]) -> bool:
    """Know an output or error line: `custom_id` and `response` (null when it failed)."""
    return "custom_id" in record and "response" in record


def is_input(record: Mapping[str, Any]) -> bool:
    """Know an input line: `custom_id`, `method` and `body`."""
    return "custom_id" in record and "method" in record and "body" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Join outputs with inputs; where a custom_id is not unique, nothing is joined."""
    inputs, outputs = _by_id(units, is_input), _by_id(units, is_output)
    asked = {
        key: mapping(found[0].value)
        for key, found in inputs.items()
        if len(found) == 1 and len(outputs.get(key, ())) == 1
    }

    def read(record: Mapping[str, Any]) -> Row | Reject | Merge:
        key = string(record.get("custom_id"))
        if is_output(record):
            return _row(record, asked.get(key, {}))
        if key in asked:
            return Merge(JOINED)
        return Reject(TWICE if outputs.get(key) else ALONE)

    return each(units, read)


def _by_id(units: Sequence[Unit], wanted: Sign) -> UnitsById:
    found: UnitsById = defaultdict(list)
    for unit in units:
        if isinstance(unit.value, dict) and wanted(unit.value):
            found[string(unit.value.get("custom_id"))].append(unit)
    return found


def _row(record: Mapping[str, Any], asked: Mapping[str, Any]) -> Row:
    """Read one outcome. Order and times of a batch say nothing about latency."""
    response = mapping(record.get("response"))
    body = mapping(response.get("body"))
    url = string(asked.get("url"))
    error = first(record.get("error"), body.get("error"))
    ended = status_row(response.get("status_code"), error=error)
    read = pair.read(asked.get("body"), body, url)
    blocked = read.get("status") == "blocked"
    return tidy({
        **read,
        **ended,
        **({"status": "blocked"} if blocked else {}),
        "request_id": string(record.get("id")),
        "operation": read.get("operation") or OPERATIONS.get(url or "", "chat"),
        "provider": "openai",
        "is_batch": True,
        "tags": {**read.get("tags", {}), "custom_id": string(record.get("custom_id")) or ""},
    })  # fmt: skip
