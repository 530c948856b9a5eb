import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from routeaudit.classify.verdict_cache import VerdictCache, text_key
from routeaudit.errors import InputError

ROWS = np.array([[0.25, 0.75], [1.0, 0.0]], dtype=np.float32)
KEYS = [text_key("first"), text_key("second")]


def test_what_was_kept_is_known_again(tmp_path: Path) -> None:
    with VerdictCache(tmp_path / "new" / "v.sqlite", "f", width=2) as cache:
        cache.add(KEYS, ROWS)
    with VerdictCache(tmp_path / "new" / "v.sqlite", "f", width=2) as cache:
        known = cache.known([*KEYS, text_key("third")])
    assert known.keys() == set(KEYS)
    assert known[KEYS[0]].tolist() == [0.25, 0.75]


def test_another_fingerprint_knows_nothing(tmp_path: Path) -> None:
    with VerdictCache(tmp_path / "v.sqlite", "one", width=2) as cache:
        cache.add(KEYS, ROWS)
    with VerdictCache(tmp_path / "v.sqlite", "two", width=2) as cache:
        assert cache.known(KEYS) == {}


def test_without_a_file_answers_last_as_long_as_the_run() -> None:
    with VerdictCache(None, "f", width=2) as cache:
        cache.add(KEYS, ROWS)
        assert len(cache.known(KEYS)) == 2


def test_more_keys_than_one_statement_holds_are_looked_up() -> None:
    keys = [text_key(str(n)) for n in range(1_201)]
    with VerdictCache(None, "f", width=1) as cache:
        cache.add(keys, np.arange(1_201, dtype=np.float32)[:, None])
        known = cache.known(keys + keys)
    assert [float(known[key][0]) for key in keys] == list(range(1_201))


def test_no_text_is_stored(tmp_path: Path) -> None:
    with VerdictCache(tmp_path / "v.sqlite", "f", width=2) as cache:
        cache.add([text_key("my private words")], ROWS[:1])
    stored = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert b"private" not in stored


def test_half_a_surrogate_pair_has_a_key() -> None:
    assert len(text_key("\ud83d")) == 16


def test_a_file_that_is_no_cache_is_refused(tmp_path: Path) -> None:
    (tmp_path / "v.sqlite").write_text("not a database at all, but long enough to look at")
    with pytest.raises(InputError, match="cannot be used") as caught:
        VerdictCache(tmp_path / "v.sqlite", "f", width=2)
    assert "delete it" in caught.value.hint


def test_a_row_of_another_width_is_not_believed(tmp_path: Path) -> None:
    with VerdictCache(tmp_path / "v.sqlite", "f", width=2) as cache:
        cache.add(KEYS, ROWS)
    with VerdictCache(tmp_path / "v.sqlite", "f", width=3) as cache:
        assert cache.known(KEYS) == {}


WRITER = """
import itertools, sys
from pathlib import Path
import numpy as np
from routeaudit.classify.verdict_cache import VerdictCache, text_key
with VerdictCache(Path(sys.argv[1]), "f", width=1) as cache:
    for batch in itertools.count():
        keys = [text_key(f"{batch}-{n}") for n in range(64)]
        cache.add(keys, np.full((64, 1), batch, dtype=np.float32))
        sys.stdout.write(f"{batch}\\n")
        sys.stdout.flush()
"""


def test_a_killed_run_keeps_every_batch_that_was_finished(tmp_path: Path) -> None:
    file = tmp_path / "v.sqlite"
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(file)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    ) as writer:
        assert writer.stdout is not None
        finished = [int(writer.stdout.readline()) for _ in range(20)][-1]
        writer.send_signal(signal.SIGKILL)
    with VerdictCache(file, "f", width=1) as cache:
        for batch in range(finished + 1):
            assert len(cache.known([text_key(f"{batch}-{n}") for n in range(64)])) == 64
    with closing(sqlite3.connect(file)) as opened:
        rows = opened.execute("select count(*) from verdict").fetchone()[0]
    assert rows % 64 == 0  # a batch is there wholly or not at all
