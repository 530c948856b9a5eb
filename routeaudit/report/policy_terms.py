"""The policies and the rows beside them, in plain words: who gets which request."""

from routeaudit.report.term import Term

POLICY_TERMS: tuple[Term, ...] = (
    Term(
        "binary",
        "Simple requests go to the mid model, the rest to the full one.",
        "mid where p_simple >= cut, else full",
        "a policy; `routeaudit export` gives its rule",
    ),
    Term(
        "three_tier",
        "The simplest requests go to the micro model, the simple ones to mid, the rest "
        "to full.",
        "two cuts of p_simple, micro_cut above mid_cut",
        "a policy",
    ),
    Term(
        "confidence",
        "A cheaper model answers first; where it is not sure enough, the full one "
        "answers too, and both are paid.",
        "keep the first answer where its confidence >= threshold",
        "a policy; before `routeaudit answer` the confidence is assumed",
    ),
    Term(
        "cascade",
        "Each model is asked in turn until one is sure enough; all that were asked are paid.",
        "keep an answer where its confidence >= its threshold",
        "a policy",
    ),
    Term(
        "two_stage",
        "Easy requests go to the cheaper model, hard ones to the full one; between the "
        "two the cheaper one's confidence decides.",
        "two cuts of p_simple, then a threshold of the confidence",
        "a policy",
    ),
    Term(
        "task_table",
        "Each kind of task goes to the model that a table names.",
        "table[task], full where it names none",
        "a policy",
    ),
    Term(
        "sticky",
        "The same policy, but a conversation stays with the model of its first turn.",
        "the path of the first turn, for all turns of a session",
        "a row beside a policy: it keeps prompt caches warm",
    ),
    Term(
        "random",
        "As many requests as the policy sends away, drawn by chance: what a router that "
        "knows nothing does.",
        "a die for each request, the policy's own shares",
        "a row beside a policy; dear, hard requests leave too, so it can cost less and "
        "fail more",
    ),
    Term(
        "shuffle",
        "The policy's own choices, dealt to the requests in another order: the same "
        "shares exactly.",
        "a permutation of the policy's paths",
        "a row beside a policy; one that fails no less than this knows nothing of the work",
    ),
    Term(
        "length",
        "Short requests go to the cheaper model, long ones to the full one, at the "
        "policy's shares.",
        "mid where the prompt has at most so many tokens",
        "a row beside a policy; a classifier has to do better",
    ),
    Term(
        "best_single",
        "Every request to the one cheaper model that does best: no router at all.",
        "the cheaper model with the highest mean score, picked on these very requests",
        "a row beside the policies; often the cheapest of all, with more failures",
    ),
    Term(
        "all_full",
        "Every request to the full model: what is paid today.",
        "full",
        "a row beside the policies; the baseline",
    ),
    Term(
        "all_mid",
        "Every request to the mid model.",
        "mid",
        "a row beside the policies",
    ),
    Term(
        "all_micro",
        "Every request to the micro model.",
        "micro",
        "a row beside the policies",
    ),
    Term(
        "as_logged",
        "Every request stays where the log says it went.",
        "the model that was logged",
        "a row beside the policies",
    ),
)
