"""What the name of a file tells: whether it is a log, and of which kind."""

import re
from pathlib import Path, PurePath

LOG_ENDINGS = {".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".log", ".txt", ".sse"}
PACKED_ENDINGS = {".gz", ".zst", ".bz2"}
NO_LOGS = {"readme.txt", "source.txt", "license.txt", "notice.txt", "requirements.txt"}
BEDROCK = "BedrockModelInvocationLogs"
_ROTATED = re.compile(r"[.-]\d[\d_.T:-]*$")  # calls.jsonl.1, app.log-20260504


def content_ending(name: str) -> str:
    """Give a file name's ending in lower case, without those of compression and rotation."""
    path = Path(name)
    packed = path.suffix.lower() in PACKED_ENDINGS
    bare = Path(path.stem) if packed else path
    return Path(_ROTATED.sub("", bare.name)).suffix.lower()


def looks_like_a_log(name: str) -> bool:
    """Tell by its name whether a file in a folder is a log."""
    if Path(name).suffix.lower() == ".zip":
        return True
    return content_ending(name) in LOG_ENDINGS and name.lower() not in NO_LOGS


def is_aside(path: PurePath, inside: PurePath) -> bool:
    """Tell what is hidden, and Bedrock's bodies over 100 KB: the records beside them tell the calls.

    Args:
        path: of a file.
        inside: the same, from the folder on that was named.
    """
    is_hidden = any(part.startswith((".", "__")) for part in inside.parts)
    return is_hidden or (BEDROCK in path.parts and path.parent.name == "data")
