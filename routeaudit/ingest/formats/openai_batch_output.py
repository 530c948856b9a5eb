"""OpenAI Batch: the output and error files, joined with the input file when it is given."""

from routeaudit.ingest.batches import adapt, is_output
from routeaudit.ingest.shape import LogFormat, Scope, either
from routeaudit.ingest.shelf import by

PLUGIN = LogFormat(
    rank=11.1,
    sign=is_output,
    needs=either("custom_id response"),
    adapt=adapt,
    scope=Scope.ALL,
    group=by(("custom_id",)),
    about="OpenAI Batch output and error files; give the input file too for the prompts",
)
