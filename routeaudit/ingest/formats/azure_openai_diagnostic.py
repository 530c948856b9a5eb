"""Azure OpenAI's RequestResponse diagnostics: neither prompts nor tokens; refused with advice."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.piles import refused
from routeaudit.ingest.shape import Adapted, LogFormat, Unit, either
from routeaudit.ingest.values import first

ADVICE = (
    "Azure OpenAI RequestResponse logs hold neither prompts nor tokens: put Azure API "
    "Management before it and turn on its LLM logging (ApiManagementGatewayLlmLog), or log "
    "requests and responses in the application"
)


def sign(record: Mapping[str, Any]) -> bool:
    """Know a record by its category and operation, as sent or as Log Analytics names them."""
    category = first(record.get("category"), record.get("Category"))
    named = "operationName" in record or "OperationName" in record
    return category == "RequestResponse" and named


def adapt(units: Sequence[Unit]) -> Adapted:
    """Refuse every unit."""
    return refused(units, ADVICE)


PLUGIN = LogFormat(
    rank=17.1,
    sign=sign,
    needs=either("category", "Category"),
    adapt=adapt,
    refuse=ADVICE,
    about="Azure OpenAI RequestResponse diagnostics: refused, no prompts and no tokens",
)
