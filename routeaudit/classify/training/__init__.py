"""Train the embedded classifier: `python -m routeaudit.classify.training DATA.jsonl.gz -o FILE`.

One JSON object a line: `text`, `task` (one of the fourteen), `tier` (micro, mid, full) and
`source` (where the row comes from; rows of one source are never on both sides of a split).
Optional: `licence`, `wrapped`, `evidence`. A query is written as the classifier reads it: the
user's text, or `System: ...`, `User: ...`, `Assistant: ...` with blank lines between.
"""
