"""AWS Bedrock's model invocation log: S3 objects, or records taken out of CloudWatch."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import bedrock
from routeaudit.ingest.piles import each
from routeaudit.ingest.rows import (
    first_known,
    flat_tags,
    last_part,
    status_row,
    tidy,
    timed,
    tokens,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import count, first, mapping, string


def sign(record: Mapping[str, Any]) -> bool:
    """Know a record by its schema type."""
    return record.get("schemaType") == "ModelInvocationLog"


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read each record. Bodies over 100 KB lie in objects of their own and are unknown."""
    return each(units, _row)


def _row(record: Mapping[str, Any]) -> Row:
    sent, received = mapping(record.get("input")), mapping(record.get("output"))
    said = bedrock.read(sent.get("inputBodyJson"), received.get("outputBodyJson"))
    served = last_part(record.get("modelId"))
    # an application's own profile has an id that names no model
    profile = "application-inference-profile" in (string(record.get("modelId")) or "")
    failed = string(record.get("errorCode"))
    embeds = "embed" in (served or "").lower()
    far = first(sent.get("inputBodyS3Path"), received.get("outputBodyS3Path"))
    row = {
        **said,
        **_tokens(sent, received),
        **timed(record.get("timestamp")),
        **(status_row(error=failed) if failed else {}),
        "request_id": string(record.get("requestId")),
        "provider": "aws",
        "model": first_known(
            said.get("model") if profile else served, said.get("model"), served
        ),
        "model_requested": first_known(served, said.get("model_requested")),
        "operation": "embedding" if embeds else "chat",
        "stream": "Stream" in (string(record.get("operation")) or ""),
        "user": string(mapping(record.get("identity")).get("arn")),
        "tags": flat_tags(
            record.get("requestMetadata"),
            {"region": record.get("region"), "body_elsewhere": bool(far) or ""},
        ),
    }
    row.setdefault("status", "ok")
    return tidy(row)


def _tokens(sent: Mapping[str, Any], received: Mapping[str, Any]) -> Row:
    """Read the record's own counts, which leave the cache out of the input."""
    fresh = count(sent.get("inputTokenCount"))
    hit, written = (
        count(sent.get(f"cache{kind}InputTokenCount")) for kind in ("Read", "Write")
    )
    return tokens(
        prompt=None if fresh is None else fresh + (hit or 0) + (written or 0),
        completion=received.get("outputTokenCount"),
        cached=hit,
        cache_write=written,
    )


PLUGIN = LogFormat(
    rank=2.0,
    sign=sign,
    needs=either("schemaType"),
    adapt=adapt,
    about="AWS Bedrock model invocation logs (S3 or CloudWatch)",
)
