"""The forest of nodes as numbers, so that `is one node above the other` costs nothing however many skins ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping


class Hierarchy:
    """Parents of nodes; loops and depth found once, without recursion.

    Attributes
    ----------
    loops : list of int
        Nodes that are their own ancestors.
    deepest : int
        Levels of the deepest branch; 0 without nodes.
    """

    def __init__(self, parent: Mapping[int, int], count: int) -> None:
        self.parent = parent
        children: dict[int, list[int]] = {}
        for child, above in parent.items():
            children.setdefault(above, []).append(child)
        self._first: dict[int, int] = {}
        self._last: dict[int, int] = {}
        self.deepest = 0
        for root in range(count):
            if root not in parent:
                self._number(root, children)
        self.loops = self._find_loops(count)

    def _number(self, root: int, children: Mapping[int, list[int]]) -> None:
        # A node's descendants are those numbered between it and its last: the numbers of a walk, children after parents.
        stack = [(root, 1, False)]
        while stack:
            node, depth, done = stack.pop()
            if done:
                self._last[node] = len(self._first) - 1
                continue
            self._first[node] = len(self._first)
            self.deepest = max(self.deepest, depth)
            stack.append((node, depth, True))
            stack.extend((child, depth + 1, False) for child in children.get(node, ()))

    def _find_loops(self, count: int) -> list[int]:
        loops: list[int] = []
        seen = set(self._first)
        for start in range(count):
            chain: dict[int, int] = {}
            at = start
            while at not in seen and at not in chain:
                chain[at] = len(chain)
                at = self.parent[at]
            if at in chain:
                loops += list(chain)[chain[at] :]
            seen.update(chain)
        return loops

    def is_above(self, upper: int, lower: int) -> bool:
        """Return whether `upper` is `lower` or one of its ancestors; False for nodes in or below a loop."""
        if upper not in self._first or lower not in self._first:
            return False
        return self._first[upper] <= self._first[lower] <= self._last[upper]

    def upwards(self, node: int) -> Iterator[int]:
        """Yield `node` and its ancestors; nothing for nodes in or below a loop."""
        at: int | None = node if node in self._first else None
        while at is not None:
            yield at
            at = self.parent.get(at)
