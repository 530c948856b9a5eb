"""What of people's words and names a report may show: nothing, unless the user asks for it."""

from dataclasses import dataclass

import msgspec
import polars as pl

from routeaudit.errors import ConfigError
from routeaudit.options import option
from routeaudit.result import AuditResult, Users
from routeaudit.result.pseudonym import pseudonym


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What a command was allowed to show."""

    include_text: bool = option(
        default=False, help="show a few logged queries of each task, word for word"
    )
    include_users: bool = option(default=False, help="user ids in clear instead of hashed")

    @property
    def users(self) -> Users:
        """Say what becomes of user ids."""
        return "clear" if self.include_users else "hashed"

    def of_calls(self, calls: pl.DataFrame) -> pl.DataFrame:
        """Give (n,) calls as they may be kept: user ids are hashed unless allowed."""
        return calls if self.include_users else hashed_users(calls)

    def shown(self, result: AuditResult) -> AuditResult:
        """Give the result as it may be written: text and ids are taken out unless allowed."""
        found = result if self.include_text else without_text(result)
        return found if self.include_users else with_pseudonyms(found)

    def of_saved(self, result: AuditResult) -> AuditResult:
        """Give a saved result as it may be written.

        Raises:
            ConfigError: what was asked for was not kept.
        """
        users = "hashed" if result.audit is None else result.audit.users
        for asked, is_there, flag, what in (
            (self.include_text, bool(result.examples), "--include-text", "text"),
            (self.include_users, users == "clear", "--include-users", "user ids"),
        ):
            if asked and not is_there:
                raise ConfigError(
                    f"this result holds no {what}",
                    hint=f"scan again: routeaudit scan {flag} ...",
                )
        return self.shown(result)


def hashed_users(calls: pl.DataFrame) -> pl.DataFrame:
    """Put a pseudonym in the place of each user id of (n,) calls; drop tags, which can hold ids."""
    known = calls["user"].drop_nulls().unique().to_list()
    stand_ins = {name: pseudonym(name) for name in known}
    return calls.with_columns(
        pl.col("user").replace_strict(stand_ins, default=None, return_dtype=pl.String),
        tags=pl.lit(None, pl.String),
    )


def without_text(result: AuditResult) -> AuditResult:
    """Take every query out."""
    return msgspec.structs.replace(result, examples=()) if result.examples else result


def with_pseudonyms(result: AuditResult) -> AuditResult:
    """Put a pseudonym in the place of each user id."""
    audit = result.audit
    if audit is None or audit.users == "hashed":
        return result
    rows = tuple(
        row if row.key is None else msgspec.structs.replace(row, key=pseudonym(row.key))
        for row in audit.by_user
    )
    hidden = msgspec.structs.replace(audit, by_user=rows, users="hashed")
    return msgspec.structs.replace(result, audit=hidden)
