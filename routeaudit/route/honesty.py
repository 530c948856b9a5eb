"""The rows that keep a policy honest: the same paths, handed out without looking at the query.

They need all requests at once, so they are no policies. None of them sees an outcome; the
oracle, which does, lives with the estimates.
"""

import numpy as np
import polars as pl

from routeaudit.frames import TIERS, Entry


def rows_beside(visible: pl.DataFrame, entry: Entry) -> tuple[Entry, ...]:
    """Make the random, shuffle and length rows of a policy, with its own shares of paths."""
    rows = [("random", random_paths(visible, entry))]
    rows.append(("shuffle", shuffled_paths(visible, entry)))
    by_length = length_paths(visible, entry)
    if by_length is not None:
        rows.append(("length", by_length))
    return tuple(
        Entry(policy=name, role="honesty", params={"beside": entry.policy}, paths=taken)
        for name, taken in rows
    )


def random_paths(visible: pl.DataFrame, entry: Entry) -> pl.Series:
    """Throw a die for each request; every path is as likely as it is common in the policy's."""
    kinds, counts = _cheapest_first(entry)
    edges = np.cumsum(counts)[:-1] / len(entry.paths)
    return _named(kinds, np.searchsorted(edges, _chance(visible), side="right"))


def shuffled_paths(visible: pl.DataFrame, entry: Entry) -> pl.Series:
    """Deal the very paths of the policy's out again at random: each exactly as often."""
    return _dealt(entry, np.argsort(_chance(visible), kind="stable"))


def length_paths(visible: pl.DataFrame, entry: Entry) -> pl.Series | None:
    """Give short prompts the cheaper paths of the policy, each as often as there.

    The die settles which of equal length come first. None where no length is known; unknown
    lengths count as the longest.
    """
    name = next((c for c in ("prompt_chars", "prompt_tokens") if c in visible.columns), None)
    if name is None or visible[name].null_count() == visible.height:
        return None
    length = visible[name].cast(pl.Float64).fill_null(np.inf).to_numpy()
    return _dealt(entry, np.lexsort((_chance(visible), length)))


def _dealt(entry: Entry, order: np.ndarray) -> pl.Series:
    """Deal the policy's paths out along an order of the requests, the cheapest first."""
    kinds, counts = _cheapest_first(entry)
    dealt = np.empty(len(order), np.int64)
    dealt[order] = np.repeat(np.arange(len(kinds)), counts)
    return _named(kinds, dealt)


def _cheapest_first(entry: Entry) -> tuple[list[str], np.ndarray]:
    counts = np.bincount(entry.codes, minlength=len(entry.kinds))
    order = sorted(range(len(counts)), key=lambda code: _dearness(entry.kinds[code]))
    return [entry.kinds[code] for code in order], counts[order]


def _dearness(path: str) -> tuple[int, int]:
    arms = path.split(">")
    last = TIERS.index(arms[-1]) if arms[-1] in TIERS else len(TIERS)
    return last, len(arms)


def _named(kinds: list[str], codes: np.ndarray) -> pl.Series:
    return pl.Series("path", codes.astype(np.uint8)).cat.to(pl.Enum(kinds))


def _chance(visible: pl.DataFrame) -> np.ndarray:
    return visible["chance"].to_numpy()
