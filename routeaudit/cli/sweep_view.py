"""Thresholds, scores and the field's metrics on the terminal: where outcomes were measured."""

from routeaudit.cli.console import Talk
from routeaudit.cli.numbers import UNKNOWN, count, share
from routeaudit.cli.tables import Head, show
from routeaudit.result import Interval, PolicyResult, Simulation, Sweep, SweepPoint

MOST_ROWS = 15
ENOUGH_SCORED = 200
CUTS = ("cut", "micro_cut", "mid_cut", "easy", "hard", "threshold", "thresholds")


def show_sweeps(talk: Talk, simulation: Simulation) -> None:
    """Print each policy's thresholds, then mean scores and metrics of measured outcomes."""
    _thresholds(talk, simulation)
    if simulation.kind == "outcomes":
        _scores(talk, simulation)
        _metrics(talk, simulation)


def show_best_points(talk: Talk, simulation: Simulation) -> None:
    """Print the thresholds that nothing beats on cost and quality, policy by policy."""
    wide = talk.is_wide
    heads = [
        Head("policy", is_figure=False), Head("thresholds"), Head("served"),
        Head("cost of 1,000"), Head("failing"), Head("score"),
        *([Head("p50"), Head("p95"), Head("on hull", is_figure=False)] if wide else []),
    ]  # fmt: skip
    rows = [
        (sweep.policy, _cuts(point), share(point.served_share, 1),
         UNKNOWN if point.cost_per_call is None else f"{1_000 * point.cost_per_call:.5g}",
         share(point.failure_rate, 1), _number(point.score_mean),
         *([_number(point.latency_p50_s, 3), _number(point.latency_p95_s, 3),
            "yes" if point.on_hull else ""] if wide else []))
        for sweep in simulation.sweeps
        for point in _some([p for p in sweep.points if p.on_front] or list(sweep.points))
    ]  # fmt: skip
    show(talk, "Thresholds that none beats on cost and quality (some of them)", heads, rows)


def _cuts(point: SweepPoint) -> str:
    from routeaudit.report.numbers import threshold

    cuts = (point.upper_threshold, point.threshold)
    return ", ".join(
        threshold(cut) if 0 < cut < 1 else _number(cut) for cut in cuts if cut is not None
    )


def _some(points: list[SweepPoint]) -> list[SweepPoint]:
    """Pick at most MOST_ROWS points, evenly, both ends among them."""
    last = len(points) - 1
    if last < MOST_ROWS:
        return points
    return [points[round(at * last / (MOST_ROWS - 1))] for at in range(MOST_ROWS)]


def _thresholds(talk: Talk, simulation: Simulation) -> None:
    heads = [
        Head("policy", is_figure=False), Head("threshold", is_figure=False), Head("value"),
        Head("share asked"), Head("came out"), Head("guaranteed"),
        *([Head("guarantee", is_figure=False)] if talk.plain else []),
    ]  # fmt: skip
    sweeps = {sweep.policy: sweep for sweep in simulation.sweeps}
    policies = [row for row in simulation.policies if row.role == "policy"]
    rows = [line for row in policies for line in _cuts_of(row, sweeps.get(row.policy), talk)]
    if rows:
        show(talk, "Thresholds (a score exactly on one goes to the cheaper arm)", heads, rows)
    if not talk.plain:
        names = {row.policy for row in policies}
        _guarantees(talk, [sweep for sweep in simulation.sweeps if sweep.policy in names])


def _cuts_of(row: PolicyResult, sweep: Sweep | None, talk: Talk) -> list[tuple[str, ...]]:
    """Give a line to each threshold that a policy was replayed with."""
    lines = []
    for name, value in row.params.items():
        if name not in CUTS or value is None:
            continue
        shown = value if isinstance(value, str) else _number(value)
        told = ("", "", "", "")
        if sweep is not None and name == sweep.param:
            proven = _number(sweep.guaranteed) if sweep.guarantee_note else ""
            told = (*_shares_of(row), proven, sweep.guarantee_note)
        lines.append((row.policy, name, shown, *told[: 4 if talk.plain else 3]))
    return lines


def _shares_of(row: PolicyResult) -> tuple[str, str]:
    return _share(row.params.get("share_asked")), _share(row.params.get("share_realised"))


def _guarantees(talk: Talk, sweeps: list[Sweep]) -> None:
    """Say under the table what is promised: a sentence has no room in a column."""
    told: dict[str, list[str]] = {}
    for sweep in sweeps:
        if sweep.guarantee_note:
            told.setdefault(sweep.guarantee_note, []).append(sweep.policy)
    for note, names in told.items():
        talk.data(f"{', '.join(names)}: {note}\n")


def _scores(talk: Talk, simulation: Simulation) -> None:
    wide = talk.is_wide
    heads = [
        Head("policy", is_figure=False), Head("mean score"), *([Head("scored")] if wide else []),
        Head("cost of 1,000"), Head("added error"), Head("range"),
    ]  # fmt: skip
    rows = []
    for row in simulation.policies:
        added = row.quality.added_error
        name = row.policy if row.role == "policy" else f"  {row.policy}"
        cost = None if row.cost_per_call is None else 1_000 * row.cost_per_call
        rows.append(
            (name, _number(row.quality.score_mean, 5),
             *([count(row.quality.n_scored)] if wide else []),
             UNKNOWN if cost is None else f"{_sign(row.currency)}{cost:.5g}",
             _number(added.value if added else None, 4), _range(added.interval if added else None))
        )  # fmt: skip
    show(talk, "Mean scores of the answers given", heads, rows)


def _metrics(talk: Talk, simulation: Simulation) -> None:
    heads = [
        Head("policy", is_figure=False), Head("metric", is_figure=False), Head("value"),
        Head("95 % range"), Head("why not", is_figure=False),
    ]  # fmt: skip
    rows = []
    scored = {row.policy: row.quality.n_scored for row in simulation.policies}
    for sweep in simulation.sweeps:
        # Few scored rows bear no more than two decimals.
        digits = 4 if scored.get(sweep.policy, 0) >= ENOUGH_SCORED else 2
        refused: dict[str, list[str]] = {}
        for one in sweep.metrics:
            if one.reason:
                refused.setdefault(one.reason, []).append(one.name)
                continue
            rows.append(
                (
                    sweep.policy,
                    one.name,
                    _number(one.value, digits),
                    _range(one.interval, digits),
                    "",
                )
            )
        # One line for all that are refused for one reason.
        rows += [
            (sweep.policy, ", ".join(names), UNKNOWN, "", reason)
            for reason, names in refused.items()
        ]
    if rows:
        show(talk, "Router metrics", heads, rows)


def _number(value: float | None, digits: int = 4) -> str:
    if value is None:
        return UNKNOWN
    return f"{value:.{digits + 1}g}" if abs(value) >= 1 else f"{value:.{digits}f}"


def _share(value: object) -> str:
    return share(value, 1) if isinstance(value, float) else ""


def _range(interval: Interval | None, digits: int = 4) -> str:
    if interval is None:
        return ""
    return f"{_number(interval.low, digits)} to {_number(interval.high, digits)}"


def _sign(currency: str) -> str:
    return "$" if currency == "USD" else f"{currency} "
