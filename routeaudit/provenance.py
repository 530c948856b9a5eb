"""Where a result comes from: command, seed, digests of the input, versions of what made it."""

import hashlib
import os
import platform
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import routeaudit
from routeaudit.catalog.published import price_table_version
from routeaudit.result import Provenance

PASSWORD = re.compile(r"://[^/@\s]+@")
SECRET = re.compile(r"\b(?:sk-|AKIA|Bearer\s+)[\w.-]+")
LIBRARIES = ("duckdb", "polars", "numpy", "genai-prices", "scikit-learn")


def provenance(
    command: str, *, seed: int, fingerprint: str, sources: Sequence[str]
) -> Provenance:
    """Say what it takes to get the same result again."""
    return Provenance(
        routeaudit=routeaudit.__version__,
        created=created(),
        command=without_secrets(command),
        seed=seed,
        classifier=fingerprint,
        prices=price_table_version(),
        inputs=dict(digests(sources)),
        versions={"python": platform.python_version()} | {n: version(n) for n in LIBRARIES},
    )


def without_secrets(text: str) -> str:
    """Mask passwords in addresses and keys."""
    return SECRET.sub("***", PASSWORD.sub("://***@", text))


def created() -> str:
    """Give the time of this run, or `SOURCE_DATE_EPOCH` where builds must repeat."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat()


def digests(sources: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the SHA-256 of each file that was named; folders and streams are left out."""
    for source in sources:
        path = Path(source)
        if path.is_file():
            with path.open("rb") as file:
                yield source, hashlib.file_digest(file, "sha256").hexdigest()
