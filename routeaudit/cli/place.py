"""What every command shares: the configuration file and the workspace."""

from dataclasses import dataclass
from pathlib import Path

from routeaudit.cli.kinds import all_kinds
from routeaudit.config import Config, load
from routeaudit.options import option
from routeaudit.workspace import Workspace, default_root

TABLES = ("arms", "policy", "gates")
"""Sections of the configuration file that are no plain options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the command works."""

    config: Path | None = option(None, "configuration file \\[default: ./routeaudit.toml]")
    workspace: Path | None = option(None, "folder for scans \\[default: ./.routeaudit]")

    def load_config(self) -> Config:
        """Read the configuration; a section that another command reads is no error."""
        kinds = all_kinds()
        config = load(self.config, kinds)
        config.check_sections((*kinds, *TABLES))
        return config

    def open_workspace(self) -> Workspace:
        """Open the workspace."""
        return Workspace(root=self.workspace or default_root())
