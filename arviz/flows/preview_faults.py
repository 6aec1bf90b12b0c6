"""What `arviz check` finds in a product, with the parts that it means: they can be shown in a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.graph import Drawn, drawn
from arviz.flows.check import check
from arviz.flows.preview_shot import Checked, Fault, Found
from arviz.flows.report_words import texts
from arviz.formats.read import read

_POINTER = re.compile(r"/?(nodes|meshes|materials|textures|images)[/\[](\d+)\]?(?:/primitives[/\[](\d+)\]?)?")
"""A place in glTF, as the Khronos validator writes it (``/meshes/0/primitives/1``) or as our checks do (``nodes[3]``)."""
_NEAREST = 0.15
"""Of the usual distance: a screw is shown with what is around it."""


def examine(file: Path, profile: str, *, listed_m: Sequence[float | None] | None = None) -> Checked:
    """Check a file as `arviz.flows.check.check` does, and say which parts each finding means.

    Parameters
    ----------
    profile : str
        Name of one that ships with arviz.
    listed_m : (3,) float, optional
        The listed size (x, y, z).

    Raises
    ------
    InputError, LimitError
        The file cannot be read.
    """
    size = None if listed_m is None else (listed_m[0], listed_m[1], listed_m[2])
    report = check(file, profiles=[profile], size=size)
    verdict = report["profiles"][0]
    told = [(finding, "") for finding in report["findings"]]
    told += [(finding, verdict["title"]) for finding in verdict["findings"]]
    order = ("error", "warning", "info")
    told.sort(key=lambda pair: order.index(pair[0]["severity"]))
    asset = None if report["format"] == "usdz" else read(file)
    pieces = [] if asset is None else list(drawn(asset))
    box = _box(pieces)
    found = []
    for finding, platform in told:
        one = Found(**finding, titles=_titles(finding["code"]), profile=platform)
        if asset is not None and box is not None and not platform:
            one = _placed(one, [piece for piece in pieces if _means(asset, piece, finding["where"])], box)
        found.append(one)
    return Checked(file, profile, verdict["title"], report["ok"], tuple(found))


def _titles(code: str) -> tuple[tuple[str, str], ...]:
    codes = texts()["codes"]
    return tuple((language, words[code]) for language, words in codes.items() if code in words)


def _placed(found: Found, parts: Sequence[Drawn], box: Array) -> Found:
    own = _box(parts)
    if own is None:
        return found
    x, y, z = (own.mean(axis=0) - box.mean(axis=0)).tolist()
    share = float(np.linalg.norm(own[1] - own[0])) / max(float(np.linalg.norm(box[1] - box[0])), 1e-12)
    faults = dict.fromkeys(Fault(piece.node, piece.primitive.material) for piece in parts)
    return found._replace(faults=tuple(faults), aside_m=(x, y, z), distance=min(max(share, _NEAREST), 1.0))


def _box(pieces: Sequence[Drawn]) -> Array | None:
    points = [piece.used_positions for piece in pieces]
    good = [p for each in points if len(p := each[np.isfinite(each).all(axis=1)])]
    if not good:
        return None
    return np.array([np.min([p.min(axis=0) for p in good], axis=0), np.max([p.max(axis=0) for p in good], axis=0)])


def _means(asset: Asset, piece: Drawn, where: str) -> bool:
    """Tell whether a place names a piece: its node, its mesh, its material or a picture of that, by number or by name."""
    at = _POINTER.match(where)
    if at is not None:
        kind, number, primitive = at[1], int(at[2]), at[3]
        if kind == "meshes" and primitive is not None:
            primitives = asset.meshes[piece.mesh].primitives
            return piece.mesh == number and int(primitive) < len(primitives) and primitives[int(primitive)] is piece.primitive
        return number in set(_numbers(asset, piece, kind))
    node = asset.nodes[piece.node]
    names = [node.part, node.name, asset.meshes[piece.mesh].name]
    if piece.primitive.material is not None:
        names.append(asset.materials[piece.primitive.material].name)
    named = re.split(r", | and \d+ more$", where)  # as findings list them
    return any(name and name in named for name in names)


def _numbers(asset: Asset, piece: Drawn, kind: str) -> Iterator[int]:
    if kind == "nodes":
        yield piece.node
    elif kind == "meshes":
        yield piece.mesh
    elif piece.primitive.material is not None:
        if kind == "materials":
            yield piece.primitive.material
        for _, info in asset.materials[piece.primitive.material].texture_slots():
            if kind == "textures":
                yield info.texture
            elif kind == "images" and 0 <= info.texture < len(asset.textures):
                yield from asset.textures[info.texture].image_candidates
