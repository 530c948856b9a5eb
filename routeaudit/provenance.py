"""Where a result comes from: command, seed, digests of the input, versions of what made it."""

import hashlib
import os
import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

import routeaudit
from routeaudit.catalog.published import price_table_version
from routeaudit.result import PriceUsed, Provenance

PASSWORD = re.compile(r"://[^/@\s]+@")
SECRET = re.compile(r"\b(?:sk-|AKIA|Bearer\s+)[\w.-]+")
MOST_INPUTS = 40
LIBRARIES = ("duckdb", "polars", "numpy", "genai-prices", "scikit-learn")


def provenance(
    command: str,
    *,
    seed: int,
    fingerprint: str,
    sources: Sequence[str],
    made_with: Mapping[str, str],
) -> Provenance:
    """Say what it takes to get the same result again.

    Args:
        command: as it was typed.
        seed: of everything that is left to chance.
        fingerprint: of the classifier.
        sources: the files that were read.
        made_with: digests of the model, the prompt and the prices.
    """
    return Provenance(
        routeaudit=routeaudit.__version__,
        created=created(),
        command=without_secrets(command),
        seed=seed,
        classifier=fingerprint,
        prices=price_table_version(),
        inputs=digests(sources),
        versions={"python": platform.python_version()} | {n: version(n) for n in LIBRARIES},
        digests=dict(made_with),
    )


def price_digest(prices: Sequence[PriceUsed]) -> str:
    """Give the SHA-256 of the prices that were applied, whatever they came from."""
    rows = sorted(msgspec.json.encode(msgspec.structs.replace(row, calls=0)) for row in prices)
    return hashlib.sha256(b"\n".join(rows)).hexdigest()


def without_secrets(text: str) -> str:
    """Mask passwords in addresses and keys."""
    return SECRET.sub("***", PASSWORD.sub("://***@", text))


def created() -> str:
    """Give the time of this run, or `SOURCE_DATE_EPOCH` where builds must repeat."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    return moment.replace(microsecond=0).isoformat()


def digests(sources: Sequence[str]) -> dict[str, str]:
    """Give the SHA-256 of each file; of many files one for them all.

    Folders, streams and addresses are left out.
    """
    found = {name: _digest(Path(name)) for name in sorted(set(sources)) if Path(name).is_file()}
    if len(found) <= MOST_INPUTS:
        return found
    rows = "".join(f"{digest}  {name}\n" for name, digest in found.items())
    return {f"{len(found):,} files": hashlib.sha256(rows.encode()).hexdigest()}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
