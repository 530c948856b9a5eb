"""OpenAI Batch: the input file, which holds the prompts of the output file."""

from routeaudit.ingest.batches import adapt, is_input
from routeaudit.ingest.shape import LogFormat, Scope, either
from routeaudit.ingest.shelf import by

PLUGIN = LogFormat(
    rank=11.2,
    sign=is_input,
    needs=either("custom_id method body"),
    adapt=adapt,
    scope=Scope.ALL,
    group=by(("custom_id",)),
    joins="openai_batch_output",
    about="OpenAI Batch input files, joined by custom_id with the output file",
)
