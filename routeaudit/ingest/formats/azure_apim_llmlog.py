"""Azure's ApiManagementGatewayLlmLog: one call over several rows when its texts are long."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies.answers import answer_row
from routeaudit.ingest.bodies.prompts import messages_row
from routeaudit.ingest.rows import (
    finished,
    first_known,
    flat_tags,
    known_model,
    tidy,
    timed,
    tokens,
    truth,
)  # fmt: skip
from routeaudit.ingest.shape import Adapted, Aside, LogFormat, Row, Scope, Unit, either
from routeaudit.ingest.shelf import by
from routeaudit.ingest.values import number, string

TIMES = ("TimeGenerated", "TimeGenerated [UTC]")  # the portal's CSV names the zone
CONTINUED = "continues another row of the same call"


def sign(record: Mapping[str, Any]) -> bool:
    """Know a row by its columns."""
    return "PromptTokens" in record and "RequestMessages" in record


def adapt(units: Sequence[Unit]) -> Adapted:
    """Put the rows of a call together by correlation id, in order of their sequence number."""
    found = Adapted()
    calls: dict[Any, list[Unit]] = defaultdict(list)
    for unit in units:
        if isinstance(unit.value, dict):
            key = string(unit.value.get("CorrelationId"))
            calls[(key, None) if key else (None, len(calls))].append(unit)
        else:
            found.rejected.append(Aside(unit.line, "not an object"))
    for rows in calls.values():
        rows.sort(key=lambda unit: number(unit.value.get("SequenceNumber")) or 0)
        found.rows.append(finished(_row([unit.value for unit in rows]), rows[0].line))
        found.merged.extend(Aside(unit.line, CONTINUED) for unit in rows[1:])
    return found


def _row(rows: Sequence[Mapping[str, Any]]) -> Row:
    head = rows[0]
    answered = answer_row(_joined(rows, "ResponseMessages"))
    return tidy({
        **answered,
        **messages_row(_joined(rows, "RequestMessages")),
        **tokens(
            prompt=_known(rows, "PromptTokens"),
            completion=_known(rows, "CompletionTokens"),
            total=_known(rows, "TotalTokens"),
        ),
        **timed(*(row.get(name) for row in rows for name in TIMES)),
        "request_id": string(head.get("CorrelationId")),
        "response_id": first_known(head.get("RequestId"), answered.get("response_id")),
        "provider": "azure",
        "model": known_model(_known(rows, "ModelName")),
        "model_requested": known_model(_known(rows, "DeploymentName")),
        "operation": "chat",
        "stream": truth(_known(rows, "IsStreamCompletion")),
        "status": "ok",
        "tags": flat_tags({"region": head.get("Region")}),
    })  # fmt: skip


def _joined(rows: Sequence[Mapping[str, Any]], column: str) -> Any:  # noqa: ANN401 parsed JSON
    """Put a text together that was split over rows; a list in any row stands for itself."""
    parts = [row.get(column) for row in rows if row.get(column) not in (None, "")]
    texts = [part for part in parts if isinstance(part, str)]
    return "".join(texts) if texts else next(iter(parts), None)


def _known(rows: Sequence[Mapping[str, Any]], column: str) -> Any:  # noqa: ANN401 parsed JSON
    """Give the first value that is not empty: tokens stand on one row only, 0 on the others."""
    found = [row.get(column) for row in rows if row.get(column) not in (None, "")]
    return next((value for value in found if number(value) != 0), next(iter(found), None))


PLUGIN = LogFormat(
    rank=17.2,
    sign=sign,
    needs=either("PromptTokens RequestMessages"),
    adapt=adapt,
    scope=Scope.FILE,
    group=by(("CorrelationId",)),
    about="Azure ApiManagementGatewayLlmLog rows, joined by correlation id",
)
