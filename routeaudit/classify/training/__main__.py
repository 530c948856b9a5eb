"""`python -m routeaudit.classify.training DATA.jsonl.gz -o weights.npz`."""

import argparse
import logging
from pathlib import Path

from routeaudit.classify.training.card import card
from routeaudit.classify.training.data import read
from routeaudit.classify.training.run import Plan, train
from routeaudit.classify.weights import save


def main() -> None:
    """Train, and write the weights and their card."""
    wanted = argparse.ArgumentParser(description="Train the embedded classifier.")
    wanted.add_argument("data", type=Path, help="labelled queries, .jsonl or .jsonl.gz")
    wanted.add_argument("-o", "--output", type=Path, required=True, help="the .npz to write")
    wanted.add_argument("--card", type=Path, help="the card; by default beside the weights")
    wanted.add_argument("--seeds", type=int, default=2, help="how often to cross-validate")
    given = wanted.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    plan = Plan(seeds=tuple(range(given.seeds)))
    found = train(read(given.data), plan)
    save(found.weights, given.output)
    place = given.card or given.output.with_name("MODEL_CARD.md")
    place.write_text(card(found, plan, given.data.name), encoding="utf-8")
    logging.getLogger(__name__).info("wrote %s and %s", given.output, place)


if __name__ == "__main__":
    main()
