# ruff: noqa: INP001 scripts that are run by path, not a package
"""Train the tiny Phi-3 from scratch to answer the classifier's prompt with a letter.

    python tools/tiny_gguf/train.py QUERIES.jsonl.gz VOCABULARY.gguf WEIGHTS.pt

It is a test and demo model: a few million weights, half an hour on two cores.
"""

import argparse
import logging
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from network import Cache, Shape, TinyPhi3
from torch import Tensor
from torch.nn import functional

from data import TESTED, Asker, Row, asker, packed, read_rows
from routeaudit.classify.gguf_prompt import read_prompt
from routeaudit.frames import SIMPLE_TASKS

log = logging.getLogger("tiny_gguf")

Example = tuple[list[int], int]  # tokens of a request with its tail, number of its label
PLAIN = -1  # the label of a request that says nothing: every label is as good


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A stretch of training. Without the prefix it is several times faster."""

    epochs: int
    longest: int  # tokens of a request; its middle is left out above that
    batch_tokens: int
    rate: float
    prefix: bool


PHASES = (
    Phase(epochs=3, longest=96, batch_tokens=4096, rate=3e-3, prefix=False),
    Phase(epochs=1, longest=192, batch_tokens=8192, rate=1e-3, prefix=True),
    Phase(epochs=1, longest=160, batch_tokens=8192, rate=6e-4, prefix=True),
)
DROPPED = 0.1  # share of a request's tokens that are blanked out in training
SMOOTHING = 0.05
SILENT = 150  # how often each content-free request is shown; every label is right for it
AVERAGING = 0.995  # at most; a young average follows faster


class Trainer:
    """The network, its running average, and what it is taught."""

    def __init__(self, teacher: Asker, examples: list[Example], seed: int) -> None:
        torch.manual_seed(seed)
        self.chance = random.Random(seed)  # noqa: S311 chance, not a secret
        self.teacher, self.examples = teacher, examples
        self.network = TinyPhi3(Shape(vocabulary=teacher.tokenizer.vocabulary_size))
        self.average = {k: v.clone() for k, v in self.network.state_dict().items()}
        self.letters = torch.tensor([tokens[0] for tokens in teacher.parts.labels])
        self.twins = [tokens[1:] for tokens in teacher.parts.labels]

    def resume(self, kept: dict[str, Tensor]) -> None:
        """Go on from the weights of an earlier phase."""
        self.network.load_state_dict(kept)
        self.average = {name: value.clone() for name, value in kept.items()}

    def run(self, phase: Phase) -> None:
        """Train for one phase, the rate falling to nothing."""
        optimizer = torch.optim.AdamW(
            self.network.parameters(), lr=phase.rate, weight_decay=0.05, betas=(0.9, 0.98)
        )
        batches = [b for _ in range(phase.epochs) for b in self._batches(phase)]
        warm = max(20, len(batches) // 20)
        began, seen = time.monotonic(), []
        for step, batch in enumerate(batches):
            share = min(1.0, (step + 1) / warm) * (1 - step / len(batches))
            for group in optimizer.param_groups:
                group["lr"] = phase.rate * share
            loss = self._loss(batch, phase)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            optimizer.step()
            self._follow(step)
            seen.append(float(loss.detach()))
            if step % 50 == 0 or step + 1 == len(batches):
                recent = float(np.mean(seen[-50:]))
                log.info(
                    "%d/%d loss %.3f %.0f s",
                    step,
                    len(batches),
                    recent,
                    time.monotonic() - began,
                )
        self.network.load_state_dict(self.average)

    def _follow(self, step: int) -> None:
        kept = min(AVERAGING, (1 + step) / (10 + step))
        for name, value in self.network.state_dict().items():
            self.average[name].lerp_(value, 1 - kept)

    def _batches(self, phase: Phase) -> Iterator[list[Example]]:
        cut = [(shortened(tokens, phase.longest), label) for tokens, label in self.examples]
        self.chance.shuffle(cut)
        cut.sort(key=lambda example: len(example[0]) // 16 + self.chance.random())
        found: list[list[Example]] = [[]]
        for example in cut:
            if (len(found[-1]) + 1) * len(example[0]) > phase.batch_tokens:
                found.append([])
            found[-1].append(example)
        self.chance.shuffle(found)
        yield from found

    def _loss(self, batch: list[Example], phase: Phase) -> Tensor:
        past = self._prefix() if phase.prefix else None
        rows = [self._blanked(tokens) for tokens, _ in batch]
        states, _ = self.network(torch.from_numpy(packed(rows, 0)), past)
        last = torch.tensor([len(row) - 1 for row in rows])
        logits = self.network.logits(states[torch.arange(len(rows)), last])
        return -(self._targets(batch) * functional.log_softmax(logits, -1)).sum(-1).mean()

    def _targets(self, batch: list[Example]) -> Tensor:
        n_labels = len(self.letters)
        targets = torch.zeros(len(batch), self.network.shape.vocabulary)
        for place, (_, label) in enumerate(batch):
            even = 1 / n_labels
            sure = 0.0 if label == PLAIN else 1 - SMOOTHING
            targets[place, self.letters] = (1 - sure) * even
            if label != PLAIN:
                targets[place, self.letters[label]] += sure
        return targets

    def _blanked(self, tokens: list[int]) -> list[int]:
        body = len(tokens) - len(self.teacher.parts.tail)
        if body < 8:  # noqa: PLR2004 a short request has no token to spare
            return tokens
        kept = [0 if self.chance.random() < DROPPED else token for token in tokens[:body]]
        return kept + tokens[body:]

    def _prefix(self) -> list[Cache]:
        head = torch.tensor([self.teacher.parts.head])
        return self.network(head)[1]

    @torch.no_grad()
    def predictions(self, examples: list[Example], longest: int, *, prefix: bool) -> np.ndarray:
        """Give (n, labels) probabilities."""
        past = self._prefix() if prefix else None
        found = np.zeros((len(examples), len(self.letters)))
        order = sorted(range(len(examples)), key=lambda place: len(examples[place][0]))
        for start in range(0, len(order), 64):
            places = order[start : start + 64]
            rows = [shortened(examples[place][0], longest) for place in places]
            states, _ = self.network(torch.from_numpy(packed(rows, 0)), past)
            last = torch.tensor([len(row) - 1 for row in rows])
            logits = self.network.logits(states[torch.arange(len(rows)), last])[:, self.letters]
            found[places] = torch.softmax(logits, -1).numpy()
        return found


def shortened(tokens: list[int], longest: int) -> list[int]:
    """Leave out the middle of a long row."""
    if len(tokens) <= longest:
        return tokens
    head = longest * 2 // 3
    return tokens[:head] + tokens[head - longest :]


def report(examples: list[Example], probabilities: np.ndarray, tasks: tuple[str, ...]) -> str:
    """Say how often the task and the simple/complex side are right."""
    truth = np.array([label for _, label in examples])
    simple = np.array([task in SIMPLE_TASKS for task in tasks])
    side = (probabilities @ simple > 0.5) == simple[truth]  # noqa: PLR2004 the more likely side
    task = probabilities.argmax(-1) == truth
    return f"simple/complex {side.mean():.3f}, task {task.mean():.3f}, n {len(truth)}"


def examples_of(teacher: Asker, rows: list[Row]) -> list[Example]:
    """Turn rows into tokens and label numbers."""
    number = {task: place for place, task in enumerate(teacher.prompt.tasks)}
    return [(teacher.tokens(row.text), number[row.task]) for row in rows]


def main() -> None:
    """Train and save."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("queries", "vocabulary", "weights"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--begin", type=int, default=1, help="phase; earlier ones were kept")
    given = parser.parse_args()
    teacher = asker(given.vocabulary, read_prompt(None))
    rows = read_rows(given.queries)
    known = examples_of(teacher, [row for row in rows if not row.held_out])
    unseen = examples_of(teacher, [row for row in rows if row.source in TESTED])
    silent = [(teacher.tokens(text), PLAIN) for text in teacher.prompt.content_free]
    trainer = Trainer(teacher, known + silent * SILENT, given.seed)
    log.info("%d weights", sum(w.numel() for w in trainer.network.parameters()))
    if given.begin > 1:
        kept = torch.load(
            given.weights.with_suffix(f".{given.begin - 1}.pt"), weights_only=True
        )
        trainer.resume(kept)
    for number, phase in enumerate(PHASES[given.begin - 1 :], given.begin):
        trainer.run(phase)
        found = trainer.predictions(unseen, phase.longest, prefix=phase.prefix)
        log.info("unseen sources: %s", report(unseen, found, teacher.prompt.tasks))
        torch.save(trainer.network.state_dict(), given.weights.with_suffix(f".{number}.pt"))
    torch.save(trainer.network.state_dict(), given.weights)


if __name__ == "__main__":
    main()
