"""A hand before a face: ``assets/heads/hand.npz``, subdivided once, its fingers across the mouth."""

from __future__ import annotations

from functools import cache

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model, refinement
from arviz.core.resources import resource
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.rays import Solids
from arviz.testing.heads.skin import SOFTNESS, noise
from arviz.testing.heads.worn import WornMesh

GAP_M = 0.004
"""Between a hand and the face, where they come nearest."""


@cache
def _mesh() -> tuple[Array, Array]:
    """Return points (V, 3) and triangles (T, 3) of a left hand: +X to its thumb, +Y along its fingers, +Z out of its back."""
    with np.load(resource("assets", "heads", "hand.npz")) as file:
        points, quads = file["points_m"].astype(np.float64), file["quads"].astype(np.int64)
    finer, quads = refinement(quads, points=len(points))
    return finer(points), np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])


def hand(head: SyntheticHead) -> WornMesh:
    """Return one of the person's hands held before the mouth, its back to the camera; drawn from the head's seed."""
    rng = np.random.default_rng([head.seed, 7])
    points, triangles = _mesh()
    turn = rng.uniform(0.5, 1.3)  # from fingers up to fingers across
    across, along = rng.uniform(-0.02, 0.02), rng.uniform(0.01, 0.06)  # which place of the hand comes before the mouth
    size = rng.normal(0.94 if head.sex == "female" else 1.05, 0.03)
    cosine, sine = np.cos(turn), np.sin(turn)
    placed = (size * points - [across, along, 0]) @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]])
    if rng.random() < 0.5:
        placed, triangles = placed * [-1, 1, 1], triangles[:, ::-1]
    placed += head.landmarks_m[[13, 14]].mean(axis=0)
    placed[:, 2] += _clearance(head, placed)
    middle = points[triangles].mean(axis=1)
    blotches = 0.05 * noise(middle, size_m=0.009, seed=head.seed) + 0.02 * noise(middle, size_m=0.003, seed=head.seed + 1)
    return WornMesh(
        points_m=placed,
        triangles=triangles,
        albedo=np.array(head.skin_albedo) * np.exp(blotches)[:, None],
        reflectance=np.full((len(triangles), 3), 0.028),
        roughness=np.full(len(triangles), 0.45),
        transmittance=np.zeros((len(triangles), 3)),
        mask="hand",
        softness=SOFTNESS,
        dense=True,
    )


def _clearance(head: SyntheticHead, placed: Array) -> float:
    """Return how far along +Z points (N, 3) have to go to stay clear of the face."""
    face = Solids({"skin": (head.points_m, head_model().fine_triangles("skin"))})
    above = np.column_stack([placed[:, :2], np.full(len(placed), 1.0)])
    reach = face.seen(above, np.tile([0.0, 0.0, -1.0], (len(above), 1))).distance
    skin = np.where(np.isfinite(reach), 1.0 - reach, -np.inf)
    return float((skin - placed[:, 2]).max() + GAP_M)
