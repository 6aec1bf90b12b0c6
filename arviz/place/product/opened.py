"""A product with its doors open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.core.asset import Asset, Node
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import local_matrix, world_matrices
from arviz.core.transforms import decompose
from arviz.place.product.moves import Move
from arviz.place.product.moves import moves as moves_of


def opened(asset: Asset, *, moves: Sequence[Move | str] | None = None, share: float = 1.0) -> Asset:
    """Return a product as it is when parts of it are open, everything else shared.

    Parameters
    ----------
    moves : sequence of Move or str, or None
        Which, by themselves or by their names; None: all.
    share : float
        How far, 0 (as the file has it) to 1 (fully).

    Raises
    ------
    InputError
        ``E_MOVE_UNKNOWN``: nothing of that name opens. ``E_MOVE_SHARE``: a share is between 0 and 1.
    """
    if not 0 <= share <= 1:
        raise InputError("E_MOVE_SHARE", "a part is open by a share of its way", expected="0 to 1", found=share)
    chosen = _chosen(asset, moves)
    if share == 0 or not chosen:
        return asset
    world = world_matrices(asset)
    nodes = list(asset.nodes)
    for move in chosen:
        local = local_matrix(nodes[move.node])
        parent = world[move.node] @ np.linalg.inv(local_matrix(asset.nodes[move.node]))
        # A drawer behind a door moves within it: its parent's own motion comes on top.
        nodes[move.node] = _posed(nodes[move.node], np.linalg.inv(parent) @ move.motion(move.open * share) @ parent @ local)
    return replace(asset, nodes=tuple(nodes))


def _chosen(asset: Asset, moves: Sequence[Move | str] | None) -> list[Move]:
    if moves is not None and all(isinstance(move, Move) for move in moves):
        return [move for move in moves if isinstance(move, Move)]
    known = {move.name: move for move in moves_of(asset)}
    if moves is None:
        return list(known.values())
    out = []
    for move in moves:
        if isinstance(move, str) and move not in known:
            raise InputError(
                "E_MOVE_UNKNOWN",
                "nothing of that name opens",
                expected=", ".join(known) or "none: the product has no joints, animations or hinges",
                found=move,
            )
        out.append(known[move] if isinstance(move, str) else move)
    return out


def _posed(node: Node, matrix: Array) -> Node:
    """Return a node with another local matrix, in three parts if it had them and the matrix can be taken apart."""
    parts = None if node.matrix is not None else decompose(matrix)
    if parts is None:
        return replace(node, matrix=matrix, translation=(0, 0, 0), rotation=(0, 0, 0, 1), scale=(1, 1, 1))
    return replace(node, translation=parts[0], rotation=parts[1], scale=parts[2])
