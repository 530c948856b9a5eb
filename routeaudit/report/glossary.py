"""What each figure means, its formula and where it comes from: `routeaudit explain`."""

from typing import NamedTuple

from routeaudit.errors import ConfigError
from routeaudit.plugins import hint_for


class Term(NamedTuple):
    """One figure: what it means in plain words, how it is worked out, and from what."""

    name: str
    meaning: str
    formula: str
    source: str


TERMS: tuple[Term, ...] = (
    Term(
        "net_savings",
        "What routing would take off the bill, after everything that it adds to it.",
        "gross - classifier - escalations paid twice - prompt cache lost - own GPUs",
        "estimated from the replay; the steps are in the waterfall",
    ),
    Term(
        "net_savings_pct",
        "The net saving as a share of what the baseline costs.",
        "100 * net / baseline cost",
        "interval by bootstrap over days (or hours, below 14 days)",
    ),
    Term(
        "baseline",
        "What the traffic costs without routing.",
        "the LLM that was logged, at the price of the day of each call",
        "logged cost where there is one, else tokens times price",
    ),
    Term(
        "failure_rate",
        "Of the answers that a cheaper model gave, the share not good enough.",
        "sum of (1 - acceptability) over served answers / served answers",
        "measured, replayed or judged answers; the evidence is named beside it",
    ),
    Term(
        "rate_all",
        "The failure rate of served answers over all traffic, not only the scored sample.",
        "PPI++: mean of the sample, moved by what task, tier, p_simple and length tell of the rest",
        "scored answers, and what is known of every call before it is sent",
    ),
    Term(
        "failure_upper",
        "The failure rate is at most this, with 95 % confidence. Gates test this bound.",
        "one-sided 95 % Clopper-Pearson upper bound",
        "scored answers",
    ),
    Term(
        "verdict",
        "PASS: the upper bound is within the limit. FAIL: the lower bound is above it. "
        "INCONCLUSIVE: neither. NOT MEASURED: nobody looked at answers.",
        "bounds of the failure rate against the limit (5 % unless set)",
        "scored answers; priors never give a PASS",
    ),
    Term(
        "evidence",
        "How a figure came to be, from the most to the least trusted: measured, replayed, judged, "
        "estimated, assumed, none.",
        "the worst kind that carries at least 5 % of the routed traffic",
        "recorded for each arm and each kind of task",
    ),
    Term(
        "simple_calls_share",
        "The share of calls whose work a small model should manage.",
        "mean over calls of the calibrated probability cut",
        "the classifier, from the text alone, never from its length",
    ),
    Term(
        "served",
        "Calls answered by a cheaper model.",
        "count of requests whose last arm is not the full one",
        "the replay",
    ),
    Term(
        "escalated",
        "Calls that a cheaper model tried and the full one answered; both are paid.",
        "count of requests with more than one arm in their path",
        "the replay",
    ),
    Term(
        "honesty_rows",
        "Simple alternatives shown beside every policy: everything to one model, a random and a "
        "shuffled choice of as many calls, a rule on length.",
        "the same replay with another choice",
        "the replay",
    ),
    Term(
        "latency_p95",
        "Nineteen of twenty requests are faster than this, in seconds.",
        "95th percentile, linear between ranks; an escalated request waits for both arms",
        "logged latency, measured or assumed speed of the cheaper arms",
    ),
    Term(
        "unpriced_share",
        "The share of calls whose model has no known price; they are in no total.",
        "unpriced calls / calls",
        "price lookup; unknown is never counted as zero",
    ),
    Term(
        "bad_rows_share",
        "The share of log lines that could not be read as a call.",
        "rejected lines / lines",
        "the reasons are in the data-quality table",
    ),
    Term(
        "tokens_estimated_share",
        "The share of calls whose token count was made here, because the log has none.",
        "calls with an estimated token count / calls",
        "tiktoken, with its tables shipped in the package",
    ),
    Term(
        "month",
        "The cost of a mean month of 30.4375 days.",
        "mean cost of a call * calls a month (calls * 30.4375 / observed days)",
        "the log's own dates; warned about below 7 observed days",
    ),
    Term(
        "task_drift",
        "How far the mix of tasks has moved between two results; above 0.2 is a shift.",
        "population stability index: sum of (q - p) * ln(q / p) over tasks",
        "shares of calls by task",
    ),
    Term(
        "breakeven_calls_per_month",
        "The volume from which GPUs of one's own cost less than they save.",
        "GPU cost of a month / saving of a call before the GPUs",
        "the queue simulation on the log's own arrivals",
    ),
)


def names() -> tuple[str, ...]:
    """List the figures that can be explained."""
    return tuple(term.name for term in TERMS)


def explain(name: str) -> Term:
    """Give what a figure means.

    Raises:
        ConfigError: there is no such figure; the hint names the nearest.
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    for term in TERMS:
        if term.name == wanted:
            return term
    raise ConfigError(f"there is no figure called {name!r}", hint=hint_for(wanted, names()))
