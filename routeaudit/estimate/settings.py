"""What a simulation can be told: every field is an option of `routeaudit simulate`."""

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches

from routeaudit.errors import ConfigError
from routeaudit.frames import TIERS
from routeaudit.options import check, option
from routeaudit.plugins import hint_for

ARTICLE = {"full": 0.03, "mid": 0.001, "micro": 0.001, "classifier": 0.0002}
"""The founding document's flat prices, USD a call; it names none for micro: mid's is taken."""

ARTICLE_SHARES = {"binary": (0.8,), "three-tier": (0.5, 0.3), "confidence": (0.8,)}
ARTICLE_CALLS = 100_000
CLASSIFIER_S = 0.05
PAYERS = (*TIERS, "classifier")
_SHARES = "shares like 80/20 or 50/30/20"


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationSettings:
    """How the traffic is replayed."""

    prices: str = option(
        "published",
        "whose prices: published, or the article's",
        choices=("published", "article"),
    )
    price: str = option(
        "", "flat price a call; in a table, where it has none: mid=0.001,full=0.03"
    )
    latency: str = option("", "flat seconds a call where none is known: mid=0.4,full=2")
    share: str = option("", "shares of the arms, cheapest first: 80/20 or 50/30/20")
    escalate: str = option("", "share of answers an escalating policy asks again: 20%")
    threshold: str = option("", "thresholds, strict to lax: 0.7, or 0.9,0.5")
    arms: str = option("", "which model is which arm: mid=NAME,full=NAME")
    signal: str = option(
        "", "outcome tables: the score, e.g. signals.NAME, len(prompt), confidence, p_simple"
    )
    signal_means: str = option("", "what a high signal means", choices=("", "hard", "easy"))
    drop: str = option("", "outcome tables: leave out rows with this field set: contaminated")
    target_failure: str = option("", "find the cheapest threshold guaranteed to keep this: 5%")
    limit: float = option(0.05, "the failure rate that verdicts are about", low=0, high=1)
    calls_per_month: float | None = option(None, "calls in a month; none: from the log", low=1)
    context: str = option(
        "draft", "what an escalated request carries along", choices=("draft", "none")
    )
    host_view: str = option(
        "provisioned", "own GPUs: pay them all, or only the time used",
        choices=("provisioned", "marginal"),
    )  # fmt: skip
    retry_rate: float = option(0.0, "share of small-arm calls made twice", low=0, high=0.99)
    classifier_s: float | None = option(None, "seconds that the classifier takes", low=0)
    classifier_usd: float = option(0.0, "what classifying a request costs in USD", low=0)
    latency_target_s: float = option(5.0, "p95 that own GPUs must keep, in seconds", low=0)
    sweep: bool = option(
        default=False, help="curves at every threshold, and their best points on the terminal"
    )
    curve_points: int = option(101, "thresholds that the curve shows", low=2, high=10_001)
    resamples: int = option(
        2_000, "bootstrap resamples of months and savings", low=100, high=100_000
    )
    seed: int = option(0, "chance comes from here", low=0)

    def __post_init__(self) -> None:
        check(self)
        self.shares()
        self.kept()
        self.thresholds()
        self.target()
        self.flat("price")
        self.flat("latency")
        self.arm_names()
        asked = [f"--{name}" for name in ("share", "escalate") if getattr(self, name)]
        if self.threshold and asked:
            raise ConfigError(
                f"--threshold and {' and '.join(asked)} both set where requests go",
                hint="give one of them: a share finds its own threshold",
            )

    def shares(self) -> tuple[float, ...]:
        """Read `share`: every part but the last, as fractions; empty when not asked."""
        return shares_from(self.share)

    def kept(self) -> float | None:
        """Read `escalate`: the share of first answers that are kept."""
        if not self.escalate:
            return None
        return 1 - fraction(self.escalate, "--escalate")

    def target(self) -> float | None:
        """Read `target_failure` as a fraction."""
        if not self.target_failure:
            return None
        limit = fraction(self.target_failure, "--target-failure")
        if not 0 < limit < 1:
            raise ConfigError(
                f"--target-failure {self.target_failure} leaves nothing to prove",
                hint="a share of failures between 0 and 1, like 5%",
            )
        return limit

    def thresholds(self) -> tuple[float, ...]:
        """Read `threshold`: one number for each cut."""
        parts = [part.strip() for part in self.threshold.split(",") if part.strip()]
        ends = {"inf": math.inf, "+inf": math.inf, "-inf": -math.inf}
        return tuple(
            ends[part] if part in ends else _number(part, "--threshold") for part in parts
        )

    def flat(self, name: str) -> dict[str, float]:
        """Read `price` or `latency`: a number for each arm that was named."""
        pairs = assignments(getattr(self, name), f"--{name}")
        named = (*PAYERS, *assignments(self.arms, "--arms"))
        for arm in pairs:
            if arm not in named:
                raise ConfigError(
                    f"--{name}: there is no arm {arm!r}", hint=hint_for(arm, named)
                )
        given = {arm: _number(value, f"--{name}") for arm, value in pairs.items()}
        for arm, value in given.items():
            if value < 0:
                raise ConfigError(f"--{name}: {arm} cannot be {value}", hint="0 or more")
        return {**ARTICLE, **given} if name == "price" and self.prices == "article" else given

    @property
    def classifier_price(self) -> float:
        """US dollars a call of the classifier, as a flat price or by its own option."""
        return self.flat("price").get("classifier", self.classifier_usd)

    def arm_names(self) -> dict[str, str]:
        """Read `arms`: the model of each arm that was named.

        Besides micro, mid and full, cascades over an outcome table may have arms of any name.
        """
        pairs = assignments(self.arms, "--arms")
        for arm in pairs:
            meant = get_close_matches(arm, PAYERS)
            if arm not in TIERS and (meant or not arm.isidentifier() or arm == "logged"):
                raise ConfigError(f"--arms: there is no arm {arm!r}", hint=hint_for(arm, TIERS))
        return pairs

    def cascade(self) -> dict[str, str]:
        """Give a cascade over a table the arms that `arms` names; nothing where mid or full is not."""
        named = self.arm_names()
        if not {"mid", "full"} <= named.keys():
            return {}
        others = [arm for arm in named if arm not in TIERS]
        order = [arm for arm in ("micro", "mid", *others, "full") if arm in named]
        return {"order": ",".join(order)}


def assignments(text: str, flag: str) -> dict[str, str]:
    """Read `a=x,b=y`.

    Raises:
        ConfigError: a part has no `=`, or a name comes twice.
    """
    pairs: dict[str, str] = {}
    # A value may hold commas: the next pair begins where a name and = follow one.
    for part in filter(
        None, (piece.strip() for piece in re.split(r",(?=\s*\w+\s*=|\s*$)", text))
    ):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise ConfigError(f"{flag} {text!r} is not NAME=VALUE,NAME=VALUE")
        if name in pairs:
            raise ConfigError(f"{flag} {text!r} names {name} twice")
        pairs[name] = value
    return pairs


def shares_from(text: str) -> tuple[float, ...]:
    """Read `80/20`, `50/30/20`, `80%` or `0.8`: the share of every arm but the last.

    Raises:
        ConfigError: a part is no number, or they do not add up to one.
    """
    if not text:
        return ()
    if "/" not in text:
        return (fraction(text, "--share", "80/20, 50/30/20, 80% or 0.8"),)
    parts = [_number(part, "--share") for part in text.split("/")]
    total = sum(parts)
    if any(part < 0 for part in parts):
        raise ConfigError(f"--share {text} has a part below 0", hint=_SHARES)
    if not (math.isclose(total, 1, abs_tol=1e-6) or math.isclose(total, 100, abs_tol=1e-4)):
        raise ConfigError(f"--share {text} does not add up to 100", hint=_SHARES)
    return tuple(part / total for part in parts[:-1])


def fraction(text: str, flag: str, like: str = "20% or 0.2") -> float:
    """Read `20%` or `0.2`.

    Raises:
        ConfigError: it is no number, or not between nothing and everything.
    """
    bare = text.strip()
    value = _number(bare.rstrip("%"), flag) / (100 if bare.endswith("%") else 1)
    if not 0 <= value <= 1:
        raise ConfigError(f"{flag} {text} is not a share", hint=f"like {like}")
    return value


def _number(text: str, flag: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ConfigError(f"{flag}: {text.strip()!r} is not a number") from error
    if not math.isfinite(value):
        raise ConfigError(f"{flag}: {text.strip()!r} is not a finite number")
    return value


def classifier_told(settings: SimulationSettings) -> str:
    """Say what classifying is assumed to take; nothing where the user said it."""
    if settings.classifier_s is not None or "classifier" in settings.flat("latency"):
        return ""
    return f"classifying a request is assumed to take {CLASSIFIER_S:g} s (--classifier-s)"
