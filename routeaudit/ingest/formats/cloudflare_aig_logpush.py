"""Cloudflare AI Gateway's Logpush: bodies are encrypted; read once they are decrypted."""

from collections.abc import Mapping, Sequence
from typing import Any  # Any: parsed JSON

from routeaudit.ingest.bodies import pair
from routeaudit.ingest.piles import Reject, each
from routeaudit.ingest.rows import (
    Json,
    first_known,
    flat_tags,
    gateway_status,
    label,
    tidy,
    timed,
    truth,
)
from routeaudit.ingest.shape import Adapted, LogFormat, Row, Unit, either
from routeaudit.ingest.values import mapping, string, unwrapped

ADVICE = (
    "Cloudflare encrypts the bodies of Logpush: decrypt RequestBody and ResponseBody first "
    "with your private key (RSA-OAEP, AES-GCM), or export from the Logs API instead"
)
NO_BODIES = "Logpush without bodies holds neither texts nor tokens: export from the Logs API"


def sign(record: Mapping[str, Any]) -> bool:
    """Know an entry by its gateway, provider and a body or status."""
    rest = {"RequestBody", "StatusCode"} & record.keys()
    return {"Gateway", "Provider"} <= record.keys() and bool(rest)


def adapt(units: Sequence[Unit]) -> Adapted:
    """Read entries whose bodies were decrypted; reject the others with advice."""
    return each(units, _row)


def _is_encrypted(body: Json) -> bool:
    return {"key", "iv", "data"} <= mapping(body).keys()


def _row(record: Mapping[str, Any]) -> Row | Reject:
    bodies = [record.get("RequestBody"), record.get("ResponseBody")]
    if any(_is_encrypted(body) for body in bodies):
        return Reject(ADVICE)
    if not any(bodies):
        return Reject(NO_BODIES)
    said = pair.read(unwrapped(bodies[0]), unwrapped(bodies[1]), record.get("Endpoint"))
    model = string(record.get("Model"))
    labels = record.get("Metadata")
    return tidy({
        **said,
        **(timed(record.get("CreatedAt"), record.get("Datetime"), said.get("ts"))),
        **gateway_status(record.get("StatusCode"), said),
        "provider": label(record.get("Provider")),
        "model": first_known(said.get("model"), model),
        "model_requested": first_known(said.get("model_requested"), model),
        "operation": said.get("operation", "chat"),
        "cache_hit": truth(record.get("Cached")),
        "tags": flat_tags(said.get("tags"), {} if _is_encrypted(labels) else labels),
    })  # fmt: skip


PLUGIN = LogFormat(
    rank=19.0,
    sign=sign,
    needs=either("Gateway Provider"),
    adapt=adapt,
    about="Cloudflare AI Gateway Logpush, after decryption; encrypted bodies are refused",
)
