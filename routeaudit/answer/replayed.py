"""Logged calls with what small models made of a sample of them, ready to be replayed."""

from pathlib import Path

import msgspec
import polars as pl

from routeaudit.answer.carry import carried
from routeaudit.answer.saved import Files, read_outcome
from routeaudit.frames import TIERS
from routeaudit.result import Simulation

CLUSTER = "answer_cluster"


def with_answers(calls: pl.LazyFrame, folder: Path) -> pl.LazyFrame:
    """Give each call what the saved answers of each cheaper arm say of it.

    Args:
        calls: (n,) with query_key, task and tier.
        folder: where the answers of a scan lie; nothing is added, and nothing read, where there
            are none.

    Raises:
        InputError: a saved sample is damaged.
    """
    for arm in TIERS[:-1]:
        files = Files(folder, arm)
        if files.measured.exists():
            evidence = str(read_outcome(files).evidence)
            frame = calls.collect()
            told = carried(frame, pl.read_parquet(files.measured), arm, evidence)
            calls = frame.drop(CLUSTER, strict=False).hstack(told).lazy()
    return calls


def with_who(simulation: Simulation, folder: Path) -> Simulation:
    """Say whose answers stand for each arm: the file that answered need not be the arm's model.

    Raises:
        InputError: a saved sample is damaged.
    """
    told = []
    for arm in simulation.arms:
        files = Files(folder, arm.arm)
        if files.measured.exists():
            outcome = read_outcome(files)
            scored = sum(part.scored for part in outcome.strata)
            told.append(
                f"the answers of {arm.arm} are those of {outcome.run.llm_file}; its price and "
                f"speed are those of {arm.llm_id}; of {scored:,} scored answers "
                f"{outcome.countable:,} count, the others would spoil the sample's proportions"
            )
    return msgspec.structs.replace(simulation, warnings=(*simulation.warnings, *told))
