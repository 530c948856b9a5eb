"""What a user should know who says where fields lie."""

from routeaudit.cli.console import Talk
from routeaudit.ingest.settings import IngestSettings


def say_mapped(talk: Talk, settings: IngestSettings) -> None:
    """Say that formats are not detected, where `--map` or a map file reads every record."""
    if not (settings.map or settings.map_file):
        return
    from routeaudit.ingest.convert import detects

    if not detects(settings):
        talk.say("--map reads every record: no log format is detected")
