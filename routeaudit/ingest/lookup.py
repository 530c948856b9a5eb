"""Fields that records tell under several names: which names stand is planned once a set of keys."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any  # Any: parsed JSON

Names = tuple[str, ...]
Accept = Callable[[Any], Any]
"""Reads a value; gives None where it tells nothing, so that the next name counts."""
MOST_KEYS = 400  # of a record whose plan is remembered


class Lookup:
    """The names of some fields, in order of preference, and what counts as told.

    The records of a log have few sets of keys. Each set is planned once; after that only the
    names that stand in a record are looked at.
    """

    def __init__(self, *groups: tuple[Accept, Mapping[str, Sequence[str]]]) -> None:
        """Keep groups of fields: how their values are read, and the names of each field."""
        self._fields = [
            (field, tuple(names), accept)
            for accept, fields in groups
            for field, names in fields.items()
        ]
        self._plan = lru_cache(maxsize=512)(self._planned)

    def _planned(self, present: Names) -> tuple[tuple[str, Names, Accept], ...]:
        keys = frozenset(present)
        found = (
            (field, tuple(name for name in names if name in keys), accept)
            for field, names, accept in self._fields
        )
        return tuple(planned for planned in found if planned[1])

    def told(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Give the fields that a record tells, by name of field; the others are left out."""
        found: dict[str, Any] = {}
        if not record:
            return found
        plan = self._plan if len(record) <= MOST_KEYS else self._planned
        for field, names, accept in plan(tuple(record)):
            for name in names:
                value = accept(record[name])
                if value is not None:
                    found[field] = value
                    break
        return found
