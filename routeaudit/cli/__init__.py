"""The front desk: one file a command; options in, tables and files out."""

from routeaudit.cli.console import fail
from routeaudit.errors import RouteAuditError


def main() -> None:
    """Run the command line; every expected error is a sentence, a hint and an exit code."""
    from routeaudit.cli.app import app

    try:
        app(prog_name="routeaudit")
    except RouteAuditError as error:
        fail(error)
