"""Exports in the hands of those who read them. Skips, saying so, where they are not installed."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # it has no types

from routeaudit.report.export import export
from routeaudit.result import AuditResult
from tests.report.test_export import one_shot


@pytest.mark.filterwarnings("ignore")
def test_litellm_takes_the_configuration_and_routes_by_it(realistic: AuditResult) -> None:
    litellm = pytest.importorskip("litellm", reason="litellm is not installed")
    config = yaml.safe_load(export(one_shot(realistic), "litellm"))
    for entry in config["model_list"]:
        if not entry["litellm_params"]["model"].startswith("auto_router"):
            entry["litellm_params"]["api_key"] = "none"
            litellm.get_llm_provider(entry["litellm_params"]["model"])
    assert set(litellm.Router(**config).get_model_names()) == {"mid", "full", "auto"}


def test_semantic_routers_own_check_finds_no_fault(
    realistic: AuditResult, tmp_path: Path
) -> None:
    command = shutil.which("vllm-sr")
    if command is None:
        pytest.skip("vllm-sr is not installed")
    path = tmp_path / "config.yaml"
    path.write_text(export(one_shot(realistic), "semantic-router"), encoding="utf-8")
    ran = subprocess.run([command, "config", "validate", "--config", path], check=False, capture_output=True)  # fmt: skip
    assert ran.returncode == 0, ran.stderr


def test_litellm_yaml_is_yaml_and_every_tier_is_an_arm(realistic: AuditResult) -> None:
    config = yaml.safe_load(export(one_shot(realistic), "litellm"))
    names = {entry["model_name"] for entry in config["model_list"]}
    router = config["model_list"][-1]["litellm_params"]
    assert set(router["complexity_router_config"]["tiers"].values()) <= names
    assert router["complexity_router_default_model"] in names


def test_semantic_router_yaml_refers_only_to_what_it_names(realistic: AuditResult) -> None:
    config = yaml.safe_load(export(one_shot(realistic), "semantic-router"))
    signals = {signal["name"] for signal in config["routing"]["signals"]["embeddings"]}
    models = {model["name"] for model in config["providers"]["models"]}
    assert config["providers"]["defaults"]["model"] in models
    for decision in config["routing"]["decisions"]:
        assert {ref["model"] for ref in decision["modelRefs"]} <= models
        conditions = decision.get("rules", {}).get("conditions", [])
        assert {condition["name"] for condition in conditions} <= signals
