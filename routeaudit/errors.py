"""What can go wrong, said plainly: a sentence, a hint and an exit code."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every command."""

    OK = 0
    BUG = 1
    USAGE = 2
    POOR_INPUT = 3
    GATE_FAILED = 4
    NOT_ENOUGH_EVIDENCE = 5
    INTERRUPTED = 130


class RouteAuditError(Exception):
    """Something that the user can fix. Never holds the text of a query."""

    exit_code = ExitCode.USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigError(RouteAuditError):
    """An option, a policy, a price or the configuration file is wrong."""


class InputError(RouteAuditError):
    """A file cannot be read at all, or holds nothing that can be used."""


class PoorInputError(RouteAuditError):
    """The input was read, but it is too poor to base figures on."""

    exit_code = ExitCode.POOR_INPUT


class ModelError(RouteAuditError):
    """A local model file cannot be loaded or run."""


class MissingExtraError(RouteAuditError):
    """A feature needs an optional dependency that is not installed."""

    def __init__(self, feature: str, *, extra: str) -> None:
        super().__init__(
            f"{feature} needs an optional part that is not installed",
            hint=f"pip install 'routeaudit[{extra}]'",
        )


class NotEnoughEvidenceError(RouteAuditError):
    """The question cannot be decided with the evidence at hand."""

    exit_code = ExitCode.NOT_ENOUGH_EVIDENCE


class GateFailedError(RouteAuditError):
    """A gate of the user's own said no."""

    exit_code = ExitCode.GATE_FAILED
