"""The one result object: versioned JSON that every report is a function of.

Money is in `currency` (US dollars unless an outcome table says otherwise) and not rounded;
latencies are seconds; shares and rates lie in 0..1. None means "not known" and is never 0.
"""

from pathlib import Path

import msgspec
import numpy as np

from routeaudit.errors import InputError
from routeaudit.result.base import Evidence, Figure, Interval, Struct, Verdict
from routeaudit.result.simulation import (
    ArmUsed,
    AtShare,
    Latency,
    LatencyStats,
    Metric,
    Opportunity,
    OwnGpu,
    PolicyResult,
    Quality,
    QueueRow,
    Saving,
    SensitivityRow,
    Simulation,
    Sweep,
    SweepPoint,
    WaterfallStep,
)
from routeaudit.result.traffic import (
    Audit,
    Example,
    Hygiene,
    PriceUsed,
    Slice,
    SourceFile,
    Traffic,
    Users,
    Week,
)

__all__ = [
    "SCHEMA_VERSION",
    "ArmUsed",
    "AtShare",
    "Audit",
    "AuditResult",
    "Evidence",
    "Example",
    "Figure",
    "Hygiene",
    "Interval",
    "Latency",
    "LatencyStats",
    "Metric",
    "Opportunity",
    "OwnGpu",
    "PolicyResult",
    "PriceUsed",
    "Provenance",
    "Quality",
    "QueueRow",
    "Saving",
    "SensitivityRow",
    "Simulation",
    "Slice",
    "SourceFile",
    "Struct",
    "Sweep",
    "SweepPoint",
    "Traffic",
    "Users",
    "Verdict",
    "WaterfallStep",
    "Week",
    "json_schema",
    "read",
    "to_json",
]

SCHEMA_VERSION = "1.0"


class Provenance(Struct, frozen=True, kw_only=True):
    """What it takes to get the same result again."""

    routeaudit: str
    created: str  # ISO 8601, UTC
    command: str
    seed: int
    classifier: str  # fingerprint
    prices: str
    inputs: dict[str, str]  # path: digest
    versions: dict[str, str]
    digests: dict[str, str] = {}  # noqa: RUF012 msgspec copies it; of model, prompt and prices


class AuditResult(Struct, frozen=True, kw_only=True):
    """Everything a report needs."""

    schema_version: str
    provenance: Provenance
    traffic: Traffic | None = None
    audit: Audit | None = None
    simulation: Simulation | None = None
    examples: tuple[Example, ...] = ()  # empty unless the user asked for text


def to_json(result: AuditResult) -> bytes:
    """Write the result: the same result gives the same bytes."""
    return (
        msgspec.json.format(
            msgspec.json.encode(result, enc_hook=_plain, order="deterministic"), indent=2
        )
        + b"\n"
    )


def _plain(value: object) -> object:
    """Turn numpy's numbers into Python's."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"a result cannot hold a {type(value).__name__}")


def read(path: Path) -> AuditResult:
    """Read a saved result.

    Raises:
        InputError: the file is missing, is no result, or is of another version.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=AuditResult)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise InputError(
            f"{path} is not a result of this version of routeaudit: {error}",
            hint="make it again with `routeaudit simulate`",
        ) from error


def json_schema() -> dict[str, object]:
    """Give the JSON Schema of a saved result."""
    return msgspec.json.schema(AuditResult)
