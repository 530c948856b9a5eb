"""Hand the chosen policy to what people run: a task table, LiteLLM, vLLM Semantic Router, RouteLLM.

None of them has routeaudit's classifier, so each export says what it keeps: the table and
Semantic Router route by kind of work, LiteLLM by its own tiers, RouteLLM by the share that the
full arm gets. Replay the router's own choices before relying on the figures of the policy.
"""

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from routeaudit.errors import ConfigError
from routeaudit.frames import SIMPLE_TASKS
from routeaudit.plugins import hint_for
from routeaudit.report.examples import EXAMPLES
from routeaudit.report.llm import Llm
from routeaudit.report.verdict import headline
from routeaudit.report.yaml import Node, to_yaml
from routeaudit.result import AuditResult, PolicyResult, Verdict

MOSTLY = 0.5
AS_LOGGED = "as logged"
CLOSE = 0.6  # cosine similarity from which a query is taken for an example's kind of work


class Plan(NamedTuple):
    """What every export needs: the policy, its arms' models, and an arm for each task."""

    policy: PolicyResult
    llms: Mapping[str, Llm]  # by arm
    tasks: Mapping[str, str]  # task: arm; the others go to the full arm
    source: str

    @property
    def models(self) -> dict[str, str]:
        """Give provider/model by arm."""
        return {arm: found.usual for arm, found in self.llms.items()}


def export(result: AuditResult, target: str, models: Mapping[str, str] | None = None) -> str:
    """Write the first policy of a result as the configuration of another router.

    Args:
        result: with a simulation.
        target: one of TARGETS.
        models: arm to provider/model, over what the result says.

    Raises:
        ConfigError: the target is unknown, there is no policy, an arm's model is not known, or
            the policy is one that the target cannot follow.
    """
    if target not in TARGETS:
        raise ConfigError(
            f"there is no export to {target!r}", hint=hint_for(target, [*TARGETS])
        )
    return TARGETS[target](plan(result, models or {}))


def plan(result: AuditResult, models: Mapping[str, str]) -> Plan:
    """Work out what to export.

    Raises:
        ConfigError: there is no policy, or an arm's model is not known.
    """
    policy = headline(result.simulation)
    if policy is None:
        raise ConfigError(
            "there is no policy to export", hint="run `routeaudit simulate` first"
        )
    known = {**_llms(result), **{arm: Llm(name) for arm, name in models.items()}}
    for arm, n in policy.calls.items():
        if n and arm not in known:
            raise ConfigError(
                f"the model of the arm {arm} is not known", hint=f"--arms {arm}=PROVIDER/NAME"
            )
    quality = policy.quality
    source = (
        f"routeaudit {result.provenance.routeaudit}, policy {policy.policy}; "
        f"quality {quality.verdict.value}, evidence {quality.evidence.value}"
    )
    used = {arm: known[arm] for arm, n in policy.calls.items() if n or arm == "full"}
    return Plan(policy, used, _tasks(result, policy), source)


def cautions(result: AuditResult, models: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Say what an export of this result promises less than its figures do."""
    policy = headline(result.simulation)
    if policy is None or result.simulation is None:
        return ()
    found = []
    if policy.quality.verdict is not Verdict.PASS:
        found.append(
            f"the quality of {policy.policy} is {policy.quality.verdict.value}: nothing here says "
            "that its answers would do"
        )
    arm = next((one for one in result.simulation.arms if one.arm == "full"), None)
    logged = [] if result.audit is None else [row for row in result.audit.by_llm if row.key]
    if "full" not in (models or {}) and len(logged) > 1 and arm and arm.llm_id == AS_LOGGED:
        name = plan(result, models or {}).llms["full"].name
        found.append(
            f"full stands for {len(logged)} logged models, and an export has room for one: {name}. "
            f"The figures do not hold for it; replay it with `simulate --arms full={name}`, or "
            "name another with --arms full=PROVIDER/NAME"
        )
    return tuple(found)


def to_task_table(made: Plan) -> str:
    """Write task to model as JSON, in the words of an OpenAI-compatible request."""
    table = {
        "source": made.source,
        "default": {"model": made.models["full"]},
        "tasks": {task: {"model": made.models[arm]} for task, arm in made.tasks.items()},
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def to_litellm(made: Plan) -> str:
    """Write LiteLLM's config.yaml with a complexity router over the arms, called `auto`.

    Raises:
        ConfigError: the policy escalates, which LiteLLM's router does not.
    """
    _one_shot(made, "LiteLLM")
    middle = "mid" if "mid" in made.models else "micro"
    small = "micro" if "micro" in made.models else middle
    tiers = {"SIMPLE": small, "MEDIUM": middle, "COMPLEX": "full", "REASONING": "full"}
    arms: list[Node] = [
        {"model_name": arm, "litellm_params": {"model": found.in_litellm}}
        for arm, found in made.llms.items()
    ]
    router: Node = {
        "model_name": "auto",
        "litellm_params": {
            "model": "auto_router/complexity_router",
            "complexity_router_config": {"tiers": tiers},
            "complexity_router_default_model": "full",
        },
    }
    return f"# {made.source}\n" + to_yaml({"model_list": [*arms, router]})


def to_semantic_router(made: Plan) -> str:
    """Write vLLM Semantic Router's configuration (v0.3): an embedding signal for each task.

    Raises:
        ConfigError: the policy escalates, which these decisions do not.
    """
    _one_shot(made, "vLLM Semantic Router")
    signals: list[Node] = [
        {"name": task, "threshold": CLOSE, "candidates": [*EXAMPLES[task]]}
        for task in made.tasks
    ]
    cheaper = [arm for arm in made.models if arm != "full" and arm in made.tasks.values()]
    decisions = [_decision(made, arm, 100 + place) for place, arm in enumerate(cheaper)]
    fallback: Node = {
        "name": "full",
        "priority": 1,
        "modelRefs": [_model_ref(made.models["full"])],
    }
    providers: Node = {
        "defaults": {"model": made.models["full"]},
        "models": [_provider(model) for model in made.models.values()],
    }
    routing: Node = {
        "modelCards": [{"name": model} for model in made.models.values()],
        "signals": {"embeddings": signals},
        "decisions": [*decisions, fallback],
    }
    listener: Node = {"name": "http", "address": "127.0.0.1", "port": 8899, "timeout": "300s"}
    config: Node = {
        "version": "v0.3",
        "listeners": [listener],
        "providers": providers,
        "routing": routing,
    }
    return f"# {made.source}\n" + to_yaml(config)


def to_routellm(made: Plan) -> str:
    """Write what RouteLLM needs to find its threshold: two models and the full arm's share.

    RouteLLM's scores are its own, so its threshold comes from its own calibration at this share.
    """
    weak = next((arm for arm in ("mid", "micro") if arm in made.models), None)
    if weak is None:
        raise ConfigError("RouteLLM needs a cheaper arm, and this policy has none")
    strong_share = 1 - made.policy.served / made.policy.n if made.policy.n else 1.0
    share = round(strong_share, 4)
    settings = {
        "source": made.source,
        "strong_model": made.llms["full"].in_litellm,
        "weak_model": made.llms[weak].in_litellm,
        "routers": ["mf"],
        "strong_model_pct": share,
        "calibrate": "python -m routellm.calibrate_threshold --task calibrate --routers mf "
        f"--strong-model-pct {share}",
    }
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


TARGETS: Mapping[str, Callable[[Plan], str]] = {
    "json": to_task_table,
    "litellm": to_litellm,
    "routellm": to_routellm,
    "semantic-router": to_semantic_router,
}


def _llms(result: AuditResult) -> dict[str, Llm]:
    """Name each arm's model; the full arm of a log is the model that most calls went to."""
    found = {}
    for arm in result.simulation.arms if result.simulation else ():
        if arm.llm_id != AS_LOGGED:
            # An arm may borrow another one's price, but not who sells it.
            own = arm.price is not None and arm.price.llm_id == arm.llm_id
            sold = arm.price.provider if arm.price is not None and own else None
            found[arm.arm] = Llm(arm.llm_id, arm.provider or sold)
    audit = result.audit
    if "full" not in found and audit is not None:
        by_calls = sorted(audit.by_llm, key=lambda row: -row.calls)
        name = next((row.key for row in by_calls if row.key), None)
        seller = next((p.provider for p in audit.prices if p.llm_id == name), None)
        if name:
            found["full"] = Llm(name, seller)
    return found


def _tasks(result: AuditResult, policy: PolicyResult) -> dict[str, str]:
    """Give each kind of work that is mostly simple its arm; a table cannot look at the query."""
    arms = [arm for arm in ("micro", "mid") if arm in policy.calls]
    if not arms:
        return {}
    audit = result.audit
    if audit is None:
        return dict.fromkeys(SIMPLE_TASKS, arms[-1])
    cut = policy.params.get("micro_cut")
    found = {}
    for row in audit.by_task:
        simple = row.simple_calls_share
        if row.key in EXAMPLES and simple is not None and simple >= MOSTLY:
            tiny = len(arms) > 1 and isinstance(cut, float) and simple >= cut
            found[row.key] = arms[0] if tiny else arms[-1]
    return {task: arm for task, arm in sorted(found.items(), key=str) if task is not None}


def _one_shot(made: Plan, target: str) -> None:
    if made.policy.escalated:
        raise ConfigError(
            f"{target} does not send a request on when an answer is doubtful, as "
            f"{made.policy.policy} does",
            hint="simulate and export binary, three-tier or task-table",
        )


def _decision(made: Plan, arm: str, priority: int) -> Node:
    conditions: list[Node] = [
        {"type": "embedding", "name": task}
        for task, chosen in made.tasks.items()
        if chosen == arm
    ]
    return {
        "name": arm,
        "priority": priority,
        "rules": {"operator": "OR", "conditions": conditions},
        "modelRefs": [_model_ref(made.models[arm])],
    }


def _model_ref(model: str) -> Node:
    return {"model": model, "use_reasoning": False}


def _provider(model: str) -> Node:
    endpoint: Node = {"name": "primary", "endpoint": "127.0.0.1:8000", "protocol": "http"}
    return {"name": model, "provider_model_id": model, "backend_refs": [endpoint]}
