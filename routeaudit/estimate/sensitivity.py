"""How the net saving of a policy moves when one assumption moves: the tornado."""

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Ground
from routeaudit.estimate.picking import picked
from routeaudit.estimate.settle import Settled
from routeaudit.result import PolicyResult, SensitivityRow

PRICE_SWING = 0.2
VOLUME_SWING = 0.3
CLASSIFIER_ERROR = 0.05


def tornado(
    ground: Ground, entry: Entry, settled: Settled, result: PolicyResult
) -> tuple[SensitivityRow, ...]:
    """Move one assumption at a time; money is per month, or of the whole log without one.

    None of it is a probability: the ends are what-ifs.
    """
    known = ~np.isnan(settled.cost) & ~np.isnan(ground.baseline.cost)
    if not known.any():
        return ()
    scale = 1.0 if ground.calls_per_month is None else ground.calls_per_month / int(known.sum())
    before = float(picked(ground.baseline.cost, known).sum())
    paid = float(picked(settled.cost, known).sum())
    base = (before - paid) * scale
    full, small = _paid(ground, entry, known)
    if not ground.hosts:
        # With what drafts and cold caches add to its calls, which hangs on its price too.
        classified = (
            ground.classifier.cost * int(known.sum()) if entry.reads_classifier else 0.0
        )
        full = paid - small - classified
    gap = picked(ground.baseline.cost - settled.cost, known & settled.served)
    gained = float(gap.sum()) * scale
    up = PRICE_SWING * scale * (before - full)
    down = PRICE_SWING * scale * small
    moved = CLASSIFIER_ERROR * gained
    rows = [
        _row("price of the full arm", ("-20 %", "+20 %"), (base - up, base + up), base),
        _row("price of the small arms", ("+20 %", "-20 %"), (base - down, base + down), base),
        _row(
            "volume", ("-30 %", "+30 %"), (base * (1 - VOLUME_SWING), base * (1 + VOLUME_SWING)),
            base,
        ),
    ]  # fmt: skip
    if entry.reads_classifier:
        labels = ("5 % of simple calls sent up", "5 % more sent down")
        rows.append(_row("classifier error", labels, (base - moved, base + moved), base))
    redone = _redone(ground, settled, result, known, scale)
    if redone is not None:
        ends, labels = redone
        rows.append(
            _row(
                "failed answers asked again of the full arm",
                labels,
                (base - ends[0], base - ends[1]),
                base,
            )
        )
    return tuple(sorted(rows, key=_width, reverse=True))


def _row(
    factor: str, labels: tuple[str, str], ends: tuple[float, float], base: float
) -> SensitivityRow:
    return SensitivityRow(
        factor=factor, low_label=labels[0], high_label=labels[1],
        net_low=ends[0], net_high=ends[1], net_base=base,
    )  # fmt: skip


def _width(row: SensitivityRow) -> float:
    return abs((row.net_high or 0.0) - (row.net_low or 0.0))


def _paid(ground: Ground, entry: Entry, known: Bools) -> tuple[float, float]:
    """What the full arm and the small ones are paid under the policy."""
    full, small = 0.0, 0.0
    for code, kind in enumerate(entry.kinds):
        rows = (entry.codes == code) & known
        for arm in kind.split(">"):
            paid = float(np.nansum(picked(ground.column(arm).cost, rows)))
            full, small = (
                (full + paid, small) if arm in {"full", "logged"} else (full, small + paid)
            )
    return full, small


def _redone(
    ground: Ground, settled: Settled, result: PolicyResult, known: Bools, scale: float
) -> tuple[tuple[float, float], tuple[str, str]] | None:
    interval = result.quality.interval
    rows = settled.served & known
    if interval is None or not rows.any():
        return None
    bill = picked(ground.baseline.cost, rows)
    again = float(bill.sum()) * scale
    # Both ends lie below the base, which leaves failed answers as they are: the row says so.
    labels = (f"{interval.high:.1%} fail", f"{interval.low:.1%} fail; base: none asked again")
    return (again * interval.high, again * interval.low), labels
