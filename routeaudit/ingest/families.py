"""Parents that repeat what their children tell: one call, one row."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from routeaudit.ingest.rows import placed
from routeaudit.ingest.shape import Adapted, Aside, Row

COUNTS = ("prompt_tokens", "completion_tokens")
PARENT = "parent of another model call, which tells the same"
CHILD = "part of another model call, which tells the tokens"
COPY = "another copy of the same call"
SAME = "same call as another span (instrumented twice)"

Key = Hashable
Repeats = Callable[[Row, Sequence[Row]], bool]


@dataclass(slots=True, kw_only=True)
class Call:
    """A model call among the nodes of a trace; `row` is tidy, and may take over what a repeat knew."""

    line: int
    key: Key
    row: Row


def leaves(calls: Sequence[Call], parents: Mapping[Key, Key]) -> Adapted:
    """Keep the calls without calls below them: parents repeat their children's tokens.

    Args:
        calls: the nodes that are model calls.
        parents: each node's parent, for all nodes of the traces, calls or not.
    """
    return _Family(calls, parents).without(lambda _parent, _children: True, PARENT)


def distinct(calls: Sequence[Call], parents: Mapping[Key, Key]) -> Adapted:
    """Keep one of two nested calls when they have the same answer or the same tokens."""
    return _Family(calls, parents).without(_same, SAME)


def _same(parent: Row, children: Sequence[Row]) -> bool:
    known = parent.get("response_id")
    ids = {child.get("response_id") for child in children}
    if known is not None and ids - {None}:
        return known in ids
    sums = [sum(child.get(name, 0) for child in children) for name in COUNTS]
    return [parent.get(name, 0) for name in COUNTS] == sums


def _is_silent(row: Row) -> bool:
    return not any(name in row for name in COUNTS)


class _Family:
    def __init__(self, calls: Sequence[Call], parents: Mapping[Key, Key]) -> None:
        self._calls = list(calls)
        self._parents = parents
        self._by_key: dict[Key, Call] = {}
        for call in calls:
            first = self._by_key.setdefault(call.key, call)
            if first is not call:
                first.row = {**call.row, **first.row}
        self._copies = {id(c) for c in calls if self._by_key[c.key] is not c}
        self._children: dict[int, list[Call]] = defaultdict(list)
        self._above: dict[int, Call] = {}
        depths = {}
        for call in calls:
            above = self._ancestors(call.key)
            depths[id(call)] = len(above)
            if not above:
                continue
            nearest = next((self._by_key[key] for key in above if key in self._by_key), None)
            if nearest is not None and nearest is not call and id(call) not in self._copies:
                self._children[id(nearest)].append(call)
                self._above[id(call)] = nearest
        own = (call for call in calls if id(call) not in self._copies)
        self._deepest_first = sorted(own, key=lambda call: -depths[id(call)])

    def _ancestors(self, key: Key) -> list[Key]:
        above = self._parents.get(key)
        if above is None:
            return []
        seen: list[Key] = []
        visited = {key}
        while above is not None and above not in visited:
            visited.add(above)
            seen.append(above)
            above = self._parents.get(above)
        return seen

    def without(self, repeats: Repeats, reason: str) -> Adapted:
        """Leave out the calls that repeat others; what only they knew is handed on."""
        gone = dict.fromkeys(self._copies, COPY)
        for call in self._deepest_first:
            children = self._children.get(id(call))
            if not children:
                continue
            silent = [child for child in children if _is_silent(child.row)]
            if _is_silent(call.row) or (
                len(silent) < len(children) and repeats(call.row, [c.row for c in children])
            ):
                gone[id(call)] = reason
                self._hand_down(call, children)
            elif len(silent) == len(children):
                for child in silent:
                    gone[id(child)] = CHILD
                    call.row = {**child.row, **call.row}
        found = Adapted()
        for call in self._calls:
            if id(call) in gone:
                found.merged.append(Aside(call.line, gone[id(call)]))
            else:
                found.rows.append(placed(call.row, call.line))
        return found

    def _hand_down(self, call: Call, children: Sequence[Call]) -> None:
        if len(children) == 1:
            children[0].row = {**call.row, **children[0].row}
        above = self._above.get(id(call))
        if above is not None:
            self._children[id(above)] = [
                *(child for child in self._children[id(above)] if child is not call), *children,
            ]  # fmt: skip
