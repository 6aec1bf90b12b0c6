"""The nodes that scale quantised meshes back: put in by the writer, taken away by the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from arviz.core.asset import Mesh
from arviz.core.frozen import Array
from arviz.core.material import are_numbers
from arviz.core.parts import SCHEMA

_MARK = "grid"
_MOVED = ("mesh", "weights")


class Grid(NamedTuple):
    """Where a mesh's whole numbers lie: ``origin + step * number``, in the mesh's frame."""

    origin: tuple[float, ...]
    step: float


def placed(meshes: tuple[Mesh, ...], grids: Mapping[int, Grid]) -> tuple[Mesh, ...]:
    """Return meshes whose positions are whole numbers of a grid with these turned into lengths."""
    return tuple(_placed(mesh, grids[i]) if i in grids else mesh for i, mesh in enumerate(meshes))


def _placed(mesh: Mesh, grid: Grid) -> Mesh:
    def lengths(attributes: Mapping[str, Array], origin: tuple[float, ...]) -> dict[str, Array]:
        changed = {n: (a.astype(np.float64) * grid.step + origin).astype(np.float32) for n, a in attributes.items() if n == "POSITION"}
        return {**attributes, **changed}

    primitives = (
        replace(p, attributes=lengths(p.attributes, grid.origin), targets=tuple(lengths(t, (0.0, 0.0, 0.0)) for t in p.targets))
        for p in mesh.primitives
    )
    return replace(mesh, primitives=tuple(primitives))


def with_grid_nodes(nodes: list[dict[str, Any]], grids: Mapping[int, Grid]) -> list[dict[str, Any]]:
    """Return glTF nodes with each mesh that has a grid moved to a new child, which stands after all others."""
    out: list[dict[str, Any]] = []
    added: list[dict[str, Any]] = []
    for node in nodes:
        grid = grids.get(node.get("mesh", -1))
        if grid is None:
            out.append(node)
            continue
        moved = {key: node[key] for key in _MOVED if key in node}
        place = {"translation": list(grid.origin), "scale": [grid.step] * 3}
        child = {**moved, **place, "extras": {"arviz": {"schema": SCHEMA, _MARK: True}}}
        rest = {key: value for key, value in node.items() if key not in _MOVED}
        out.append({**rest, "children": [*node.get("children", ()), len(nodes) + len(added)]})
        added.append(child)
    return out + added


def take_grid_nodes(document: dict[str, Any]) -> dict[int, Grid]:
    """Undo `with_grid_nodes` on a glTF document, in place; return mesh -> grid for what its positions mean.

    Nothing is done unless every such node is as we write it: the last ones, each the last child of a node without a mesh,
    posed by a translation and an even scale, the same for all nodes of a mesh, which no other node draws.
    """
    nodes = document.get("nodes", [])
    marked = [index for index, node in enumerate(nodes) if _is_marked(node)]
    if not marked or marked != list(range(len(nodes) - len(marked), len(nodes))):
        return {}
    parents = {node["children"][-1]: node for node in nodes if isinstance(node.get("children"), list) and node["children"]}
    grids: dict[int, Grid] = {}
    for index in marked:
        node, grid = nodes[index], _grid(nodes[index])
        mesh, parent = node.get("mesh"), parents.get(index)
        if grid is None or parent is None or "mesh" in parent or type(mesh) is not int or grids.setdefault(mesh, grid) != grid:
            return {}
    if any(node.get("mesh") in grids for node in nodes[: marked[0]]) or _named_elsewhere(document, marked[0]):
        return {}
    for index in marked:
        parent = parents[index]
        parent.update({key: nodes[index][key] for key in _MOVED if key in nodes[index]})
        parent["children"].pop()
        if not parent["children"]:
            del parent["children"]
    del nodes[marked[0] :]
    return grids


def _is_marked(node: Mapping[str, Any]) -> bool:
    extras = node.get("extras")
    own = extras.get("arviz") if isinstance(extras, dict) else None
    return isinstance(own, dict) and own.get(_MARK) is True


def _grid(node: Mapping[str, Any]) -> Grid | None:
    origin, scale = node.get("translation", (0.0, 0.0, 0.0)), node.get("scale", (1.0, 1.0, 1.0))
    plain = not node.keys() - {"translation", "scale", "extras", *_MOVED}
    if not plain or not are_numbers(origin, 3) or not are_numbers(scale, 3) or len(set(scale)) != 1 or scale[0] <= 0:
        return None
    return Grid(origin=tuple(map(float, origin)), step=float(scale[0]))


def _named_elsewhere(document: Mapping[str, Any], first: int) -> bool:
    """Return whether a scene, a skin or an animation names one of the nodes from `first` on."""
    scenes = [index for scene in document.get("scenes", []) for index in scene.get("nodes", [])]
    skins = [index for skin in document.get("skins", []) for index in (*skin.get("joints", []), skin.get("skeleton", -1))]
    channels = [channel for animation in document.get("animations", []) for channel in animation.get("channels", [])]
    targets = [channel.get("target", {}).get("node", -1) for channel in channels]
    return any(type(index) is int and index >= first for index in (*scenes, *skins, *targets))
