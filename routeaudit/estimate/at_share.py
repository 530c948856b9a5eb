"""Plain arithmetic: what flat prices give at exactly the shares that were asked.

Real traffic has ties and odd counts, so its own share is never exactly 80/20; the founding
document's sums are about exact shares. These rows say those sums, and say that they are sums.
"""

from collections.abc import Sequence

import msgspec

from routeaudit.estimate.settings import ARTICLE_CALLS, ARTICLE_SHARES, SimulationSettings
from routeaudit.frames import TIERS
from routeaudit.result import AtShare, PolicyResult

_ESCALATES = ("confidence",)


def rows_at_share(
    results: Sequence[PolicyResult], settings: SimulationSettings
) -> tuple[AtShare, ...]:
    """Work out each policy at its shares; none unless every arm has a flat price."""
    prices = settings.flat("price")
    if not {"mid", "full"} <= prices.keys():
        return ()
    if settings.prices != "article" and not (settings.share or settings.escalate):
        return ()
    rows = []
    for result in results:
        # Of several policies of one kind each has its file's name behind the kind.
        kind = result.policy.partition(":")[0]
        shares = _shares(kind, settings)
        if result.role == "policy" and shares is not None:
            row = _row(kind, shares, settings)
            rows.append(msgspec.structs.replace(row, policy=result.policy))
    return tuple(rows)


def _shares(policy: str, settings: SimulationSettings) -> tuple[float, ...] | None:
    if policy not in ARTICLE_SHARES:
        return None
    default = ARTICLE_SHARES[policy]
    kept = settings.kept()
    if policy in _ESCALATES and kept is not None:
        return (kept,)
    asked = settings.shares()
    return asked if len(asked) == len(default) else default


def _row(policy: str, shares: tuple[float, ...], settings: SimulationSettings) -> AtShare:
    prices = settings.flat("price")
    rest = 1 - sum(shares)
    if policy in _ESCALATES:
        per_call = prices["mid"] + rest * prices["full"]
    else:
        names = TIERS[-1 - len(shares) : -1]
        cheap = sum(
            share * prices.get(arm, prices["mid"])
            for arm, share in zip(names, shares, strict=True)
        )
        per_call = cheap + rest * prices["full"] + settings.classifier_price
    calls = settings.calls_per_month or ARTICLE_CALLS
    return AtShare(
        policy=policy,
        shares=(*shares, rest),
        cost_per_call=per_call,
        baseline_per_call=prices["full"],
        reduction=1 - per_call / prices["full"] if prices["full"] > 0 else None,
        calls_per_month=calls,
        month_before=prices["full"] * calls,
        month_after=per_call * calls,
        break_even_llm_share=_llm_share_for(policy, settings),
    )


def _llm_share_for(policy: str, settings: SimulationSettings) -> float | None:
    """The share of the full arm at which routing stops paying; None where it never pays."""
    prices = settings.flat("price")
    full, mid = prices["full"], prices["mid"]
    if policy in _ESCALATES:
        share = (full - mid) / full if full > 0 else -1.0
    else:
        gain = full - mid
        share = 1 - settings.classifier_price / gain if gain > 0 else -1.0
    return share if share > 0 else None
