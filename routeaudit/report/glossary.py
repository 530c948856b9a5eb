"""What each figure means, its formula and where it comes from: `routeaudit explain`."""

from routeaudit.errors import ConfigError
from routeaudit.plugins import hint_for
from routeaudit.report.policy_terms import POLICY_TERMS
from routeaudit.report.term import Term

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
        "How far the mix of tasks has moved between two results; from 0.1 it moved, from 0.25 it is another mix.",
        "population stability index: sum of (q - p) * ln(q / p) over tasks",
        "shares of calls by task",
    ),
    Term(
        "breakeven_calls_per_month",
        "The volume from which GPUs of one's own cost less than they save.",
        "GPU cost of a month / saving of a call before the GPUs",
        "the queue simulation on the log's own arrivals",
    ),
    Term(
        "month_usd",
        "The audited cost of a mean month; what the gate of this name tests.",
        "mean cost of a call * calls a month",
        "the audit; its interval by bootstrap over days (or hours, below 14 days)",
    ),
    Term(
        "latency_p50_s",
        "Half of the requests are faster than this, in seconds.",
        "median; an escalated request waits for both arms",
        "logged latency, measured or assumed speed of the cheaper arms",
    ),
    Term(
        "latency_p95_s",
        "Nineteen of twenty requests are faster than this, in seconds.",
        "95th percentile, linear between ranks",
        "logged latency, measured or assumed speed of the cheaper arms",
    ),
    Term(
        "simple_spend_share",
        "The share of the bill that calls of simple work make up.",
        "cost of calls with p_simple at the cut or above / cost of calls with text",
        "the classifier and the price of each call",
    ),
    Term(
        "novel_calls_share",
        "The share of calls unlike anything that the classifier was trained on; they count as complex.",
        "calls with novelty of 0.5 or more / calls with text",
        "the classifier",
    ),
    Term(
        "error_share",
        "The share of calls that failed or were blocked; they are not routed.",
        "calls with status error / calls",
        "the log",
    ),
    Term(
        "served_share",
        "The share of requests that a cheaper model answers for good.",
        "served / requests",
        "the replay",
    ),
    Term(
        "lost",
        "Answers that the full model would have got right and the cheaper one did not.",
        "count of served rows, full right and cheaper wrong",
        "scored answers of both",
    ),
    Term(
        "gained",
        "Answers that the cheaper model got right and the full one did not.",
        "count of served rows, cheaper right and full wrong",
        "scored answers of both",
    ),
    Term(
        "score",
        "How good the answers are on average, over all requests.",
        "mean acceptability of the answer given, 0..1",
        "scored answers",
    ),
    Term(
        "saving_gross",
        "What the routed calls would cost less, before all that routing adds.",
        "net saving + classifier + escalations + cache lost + own GPUs",
        "the replay",
    ),
    Term(
        "prompt_cache_lost",
        "What a change of model costs where the old model had the prompt in its cache.",
        "cached tokens of the first call after a switch * (full - cached price)",
        "the log's cached tokens and sessions",
    ),
    Term(
        "guaranteed_threshold",
        "The laxest threshold whose failure rate stays within the limit, with 95 % confidence.",
        "fixed-sequence test over 20 levels with exact binomial p-values",
        "scored answers like the traffic",
    ),
    Term(
        "bill_change",
        "What moved the bill between two results, by cause.",
        "volume + mix + tokens a call + cost of a token, each the mean over all orders (Shapley); "
        "the cost of a token moves with prices, and with more output or less cache in the mix",
        "calls, tokens and spend of each model, by the month",
    ),
    Term(
        "noise",
        "Whether a difference is more than chance.",
        "|difference| > sqrt(half-width before^2 + half-width after^2)",
        "the 95 % intervals of both results, taken as independent",
    ),
    Term(
        "own_gpu",
        "From how many calls a month one GPU of one's own would pay.",
        "GPU cost of a month / (share served * cost of a full call - overheads)",
        "arithmetic, where no arm was replayed on a GPU",
    ),
    Term(
        "pgr",
        "Performance gap recovered: how far the router gets from the weak model to the strong one.",
        "(score - weak) / (strong - weak)",
        "an outcome table",
    ),
    Term(
        "apgr",
        "Mean PGR over all shares of the strong model; chance is 0.5.",
        "area under PGR over the strong model's share, by trapezoids",
        "an outcome table",
    ),
    Term(
        "cpt",
        "Smallest share of the strong model that recovers so much of the gap, as CPT(50%).",
        "first crossing of PGR, linear between thresholds",
        "an outcome table",
    ),
    Term(
        "aiq",
        "Mean quality over the range of cost.",
        "area under the rising hull of quality over cost / range of cost",
        "an outcome table with costs",
    ),
    Term(
        "ibc",
        "Quality bought with a dollar, beyond what a mix of both models would give (IBC lift).",
        "(slope of the router - slope of the strong model) / slope of the strong model",
        "an outcome table with costs",
    ),
    Term(
        "arena_score",
        "RouterArena's mean of accuracy and log cost.",
        "(1 + b) A C / (b A + C), b = 0.1",
        "an outcome table in dollars",
    ),
    Term(
        "oracle",
        "The best that any router could do: the cheapest model that gets each request right.",
        "rows by the gain of the strong model, largest first",
        "an outcome table; not reachable, since it sees the answers",
    ),
    *POLICY_TERMS,
)


def names() -> tuple[str, ...]:
    """List the figures that can be explained."""
    return tuple(term.name for term in TERMS)


def explain(name: str) -> Term:
    """Give what a figure means.

    Raises:
        ConfigError: there is no such figure; the hint names the nearest.
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_").partition("(")[0]
    wanted = "oracle" if wanted.startswith("oracle_") else wanted.removesuffix("_lift")
    for term in TERMS:
        if term.name == wanted:
            return term
    raise ConfigError(f"there is no figure called {name!r}", hint=hint_for(wanted, names()))
