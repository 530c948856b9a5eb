"""How the net saving of a policy moves when one assumption moves: the tornado."""

import numpy as np

from routeaudit.comparison import Entry
from routeaudit.estimate.ground import Bools, Floats, Ground
from routeaudit.estimate.picking import picked
from routeaudit.estimate.savings import unpriced_arms
from routeaudit.estimate.settle import OWN_GPUS, Settled
from routeaudit.result import PolicyResult, SensitivityRow

PRICE_SWING = 0.2
VOLUME_SWING = 0.3
CLASSIFIER_ERROR = 0.05


def tornado(
    ground: Ground, entry: Entry, settled: Settled, result: PolicyResult
) -> tuple[SensitivityRow, ...]:
    """Move one assumption at a time; money is per month, or of the whole log without one.

    None of it is a probability: the ends are what-ifs. Own GPUs that are paid by the month cost
    the same with more calls and with fewer. None where an arm that is called has no price.
    """
    known = ~np.isnan(settled.cost) & ~np.isnan(ground.baseline.cost)
    if not known.any() or unpriced_arms(ground, entry):
        return ()
    scale = 1.0 if ground.calls_per_month is None else ground.calls_per_month / int(known.sum())
    before = float(picked(ground.baseline.cost, known).sum())
    paid = float(picked(settled.cost, known).sum())
    base = (before - paid) * scale
    gpus = _gpu_bill(ground, entry, settled)
    fixed = float(picked(gpus, known).sum())
    small = _small_paid(ground, entry, known, settled) + fixed
    classified = ground.classifier.cost * int(known.sum()) if entry.reads_classifier else 0.0
    # With what drafts and cold caches add to its calls, which hangs on its price too.
    full = paid - small - classified
    gap = picked(ground.baseline.cost - settled.cost + gpus, known & settled.served)
    moved = CLASSIFIER_ERROR * float(gap.sum()) * scale
    rows = [
        _full_row(ground, before, full, scale, base),
        _swung(
            "price of the small arms", ("+20 %", "-20 %"), PRICE_SWING * scale * small, base
        ),
        _swung(
            "volume",
            ("-30 %", "+30 %, as many GPUs" if fixed else "+30 %"),
            VOLUME_SWING * (base + fixed * scale),
            base,
        ),
    ]
    if entry.reads_classifier:
        labels = ("5 % of simple calls sent up", "5 % more sent down")
        rows.append(_swung("classifier error", labels, moved, base))
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


def _full_row(
    ground: Ground, before: float, full: float, scale: float, base: float
) -> SensitivityRow:
    """The full arm's price: today's bill moves with it only where it is the logged models'."""
    name = "price of the full arm"
    if ground.arms["full"] is ground.baseline:
        return _swung(name, ("-20 %", "+20 %"), PRICE_SWING * scale * (before - full), base)
    return _swung(name, ("+20 %", "-20 %"), PRICE_SWING * scale * full, base)


def _swung(factor: str, labels: tuple[str, str], swing: float, base: float) -> SensitivityRow:
    return _row(factor, labels, (base - swing, base + swing), base)


def _row(
    factor: str, labels: tuple[str, str], ends: tuple[float, float], base: float
) -> SensitivityRow:
    return SensitivityRow(
        factor=factor, low_label=labels[0], high_label=labels[1],
        net_low=ends[0], net_high=ends[1], net_base=base,
    )  # fmt: skip


def _width(row: SensitivityRow) -> float:
    return abs((row.net_high or 0.0) - (row.net_low or 0.0))


def _small_paid(ground: Ground, entry: Entry, known: Bools, settled: Settled) -> float:
    """What the small arms are paid by the call; GPUs that are paid by the month are not."""
    monthly = ground.hosts if OWN_GPUS in settled.parts else {}
    small = 0.0
    for code, kind in enumerate(entry.kinds):
        rows = (entry.codes == code) & known
        for arm in kind.split(">"):
            if arm not in {"full", "logged", *monthly}:
                small += float(np.nansum(picked(ground.column(arm).cost, rows)))
    return small


def _gpu_bill(ground: Ground, entry: Entry, settled: Settled) -> Floats:
    """(n,) each request's part of GPUs that are paid by the month; 0 where there are none."""
    bill = np.zeros(ground.n)
    if OWN_GPUS not in settled.parts:
        return bill
    for code, kind in enumerate(entry.kinds):
        for arm in set(kind.split(">")) & ground.hosts.keys():
            bill = np.where(entry.codes == code, bill + ground.arms[arm].cost, bill)
    return bill + settled.parts[OWN_GPUS]


def _redone(
    ground: Ground, settled: Settled, result: PolicyResult, known: Bools, scale: float
) -> tuple[tuple[float, float], tuple[str, str]] | None:
    interval = result.quality.interval
    rows = settled.served & known
    if interval is None or not rows.any():
        return None
    bill = picked(ground.arms["full"].cost, rows)
    again = float(np.nansum(bill)) * scale
    # Both ends lie below the base, which leaves failed answers as they are: the row says so.
    labels = (f"{interval.high:.1%} fail", f"{interval.low:.1%} fail; base: none asked again")
    return (again * interval.high, again * interval.low), labels
