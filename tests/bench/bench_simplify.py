"""Fewer triangles: how far the surface moves and the textures slip, against meshoptimizer and Open3D."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset, Primitive
from arviz.core.frozen import Array
from arviz.core.graph import bounds, drawn, triangle_count
from arviz.formats.read import read
from arviz.ops.simplify import simplify
from arviz.ops.weld import take_vertices
from tests.bench.peers.install import python_with

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data")
MESHOPTIMIZER = ("meshoptimizer==0.2.20a4", "numpy==2.4.6")
PERCENT = (50, 25, 10)
SAMPLES = 60_000
"""On each of the two surfaces."""
TEXTURE_PX = 2048


class Surface(NamedTuple):
    """What an asset draws: corners (T, 3, 3) in metres, and their texture coordinates (T, 3, 2), NaN where there are none."""

    places: Array
    uv: Array


class Outcome(NamedTuple):
    """What a simplifier made: triangles, distance (rms in percent of the diagonal), slip in texels (median, 95 of 100), seconds."""

    triangles: int
    rms: float
    slip: tuple[float, float] | None
    cpu_s: float

    def __str__(self) -> str:
        slip = "-" if self.slip is None else f"{self.slip[0]:.1f} / {self.slip[1]:.1f}"
        return f"{self.triangles:,} | {self.rms:.4f} | {slip} | {self.cpu_s:.2f}"


def surface_of(asset: Asset) -> Surface:
    """Return everything that an asset draws."""
    places, uv = [], []
    for piece in drawn(asset):
        triangles = piece.primitive.triangles
        places.append(piece.positions[triangles])
        texture = piece.primitive.attributes.get("TEXCOORD_0")
        uv.append(np.full((len(triangles), 3, 2), np.nan) if texture is None else texture[triangles].astype(np.float64))
    return Surface(np.concatenate(places), np.concatenate(uv))


def compare(before: Surface, after: Surface, diagonal: float) -> tuple[float, tuple[float, float] | None]:
    """Return the rms distance both ways in percent of the diagonal, and how far textures slipped, in texels."""
    there, slip = _one_way(before, after, seed=0)
    back, _ = _one_way(after, before, seed=1)
    rms = float(np.sqrt(np.mean(np.square(np.r_[there, back]))))
    known = slip[np.isfinite(slip)]
    texels = None if not len(known) else (float(np.median(known)), float(np.percentile(known, 95)))
    return 100 * rms / diagonal, texels


def _one_way(of: Surface, to: Surface, *, seed: int) -> tuple[Array, Array]:
    """Return distances of samples of one surface from another, and the difference of their texture coordinates in texels."""
    import open3d as o3d

    rng = np.random.default_rng(seed)
    a, b, c = of.places.transpose(1, 0, 2)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    row = rng.choice(len(areas), SAMPLES, p=areas / areas.sum())
    u, v = rng.random((2, SAMPLES))
    outside = u + v > 1
    u[outside], v[outside] = 1 - u[outside], 1 - v[outside]
    weights = np.stack([1 - u - v, u, v], axis=1)
    points = np.einsum("nc,nci->ni", weights, of.places[row])
    scene = o3d.t.geometry.RaycastingScene()
    corners = np.arange(3 * len(to.places), dtype=np.uint32).reshape(-1, 3)
    scene.add_triangles(o3d.core.Tensor(to.places.reshape(-1, 3).astype(np.float32)), o3d.core.Tensor(corners))
    found = scene.compute_closest_points(o3d.core.Tensor(points.astype(np.float32)))
    distances = np.linalg.norm(found["points"].numpy() - points, axis=1)
    hit, (s, t) = found["primitive_ids"].numpy(), found["primitive_uvs"].numpy().T
    there = np.einsum("nc,nci->ni", np.stack([1 - s - t, s, t], axis=1), to.uv[hit])
    here = np.einsum("nc,nci->ni", weights, of.uv[row])
    return distances, TEXTURE_PX * np.linalg.norm(there - here, axis=1)


def with_ours(asset: Asset, share: float) -> tuple[Asset, float]:
    """Simplify with arviz."""
    start = time.process_time()
    out = simplify(asset, triangles=int(triangle_count(asset) * share))
    return out, time.process_time() - start


class Meshoptimizer:
    """The peer's process: each primitive on its own, as gltfpack and gltf-transform call it."""

    def __init__(self) -> None:
        worker = Path(__file__).with_name("peers") / "meshopt_worker.py"
        command = [str(python_with(*MESHOPTIMIZER)), str(worker)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, asset: Asset, share: float) -> tuple[Asset, float]:
        """Simplify with meshoptimizer."""
        spent = 0.0

        def simple(primitive: Primitive) -> Primitive:
            nonlocal spent
            names = [name for name in ("NORMAL", "TEXCOORD_0") if name in primitive.attributes]
            columns = [primitive.attributes[name] * (0.5 if name == "NORMAL" else 1.0) for name in names]
            triangles = primitive.triangles
            with tempfile.TemporaryDirectory() as folder:
                np.savez(f"{folder}/in.npz", indices=triangles.ravel(), positions=primitive.positions,
                         attributes=np.concatenate(columns, axis=1), target=3 * int(len(triangles) * share))  # fmt: skip
                assert self._process.stdin is not None
                assert self._process.stdout is not None
                self._process.stdin.write(f"{folder}/in.npz\t{folder}/out.npy\n")
                self._process.stdin.flush()
                spent += float(self._process.stdout.readline())
                left = np.load(f"{folder}/out.npy")
            return replace(take_vertices(primitive, np.arange(len(primitive.positions)), indices=left), mode=4)

        return _mapped(asset, simple), spent

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def with_open3d(asset: Asset, share: float) -> tuple[Asset, float]:
    """Simplify with Open3D, each primitive on its own; it keeps places only."""
    import open3d as o3d

    spent = 0.0

    def simple(primitive: Primitive) -> Primitive:
        nonlocal spent
        mesh = o3d.geometry.TriangleMesh(
            o3d.utility.Vector3dVector(primitive.positions.astype(np.float64)),
            o3d.utility.Vector3iVector(primitive.triangles.astype(np.int32)),
        )
        start = time.process_time()
        mesh.remove_duplicated_vertices()
        mesh = mesh.simplify_quadric_decimation(int(len(primitive.triangles) * share))
        spent += time.process_time() - start
        positions, triangles = np.asarray(mesh.vertices, np.float32), np.asarray(mesh.triangles, np.uint32)
        return Primitive(attributes={"POSITION": positions}, indices=triangles.ravel(), material=primitive.material)

    return _mapped(asset, simple), spent


def _mapped(asset: Asset, simple: object) -> Asset:
    assert callable(simple)
    meshes = (replace(mesh, primitives=tuple(simple(p) if len(p.triangles) else p for p in mesh.primitives)) for mesh in asset.meshes)
    return replace(asset, meshes=tuple(meshes))


def table_simplify() -> str:
    """Compare simplified products with the originals: 60,000 area samples on each surface, distance to the other, rms of both.

    Slip: how far a sample's texture coordinates lie from those at the nearest point of the simplified surface, in texels of a picture of
    2048 x 2048, median / 95 of 100 samples. Peers simplify each primitive by the same part, as the tools that use them do.
    """
    lines = [
        "| product | asked | arviz | rms % | slip | CPU s | meshoptimizer | rms % | slip | CPU s | Open3D | rms % | slip | CPU s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    peer = Meshoptimizer()
    for path in sorted((DATA / "products").glob("*.glb")):
        asset = read(path)
        before, box = surface_of(asset), bounds(asset)
        assert box is not None
        diagonal = float(np.linalg.norm(box[1] - box[0]))
        with_ours(asset, 0.9)  # imports
        for percent in PERCENT:
            share = percent / 100
            outcomes = []
            for tool in (with_ours, peer, with_open3d):
                made, cpu_s = tool(asset, share)
                outcomes.append(Outcome(triangle_count(made), *compare(before, surface_of(made), diagonal), cpu_s))
            asked = int(triangle_count(asset) * share)
            lines.append(f"| {path.stem} {percent} % | {asked:,} | {' | '.join(map(str, outcomes))} |")
    peer.close()
    return "\n".join(lines)
