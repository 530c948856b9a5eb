"""What every command shares: the configuration file and the workspace."""

from dataclasses import dataclass
from pathlib import Path

from routeaudit.config import Config, load
from routeaudit.options import option
from routeaudit.workspace import Workspace, default_root

SECTIONS = ("ingest", "prices", "classify", "simulate", "arms", "policy", "gates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the command works."""

    config: Path | None = option(None, "configuration file \\[default: ./routeaudit.toml]")
    workspace: Path | None = option(None, "folder for scans \\[default: ./.routeaudit]")

    def load_config(self, kinds: dict[str, type]) -> Config:
        """Read the configuration; `kinds` are the sections that the environment can set."""
        config = load(self.config, kinds)
        config.check_sections(SECTIONS)
        return config

    def open_workspace(self) -> Workspace:
        """Open the workspace."""
        return Workspace(root=self.workspace or default_root())
