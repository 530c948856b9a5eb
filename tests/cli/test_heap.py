"""How a large command keeps its memory."""

import gc

from routeaudit.cli.heap import look_for_cycles_seldom, share_one_heap


def test_cycles_are_looked_for_less_often() -> None:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    try:
        share_one_heap()
        look_for_cycles_seldom()
        assert gc.get_threshold()[0] > 700
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
