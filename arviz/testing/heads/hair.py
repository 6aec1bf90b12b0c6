"""Long hair: ribbons that hang from the crown, over temples and ears, as far as the shoulders."""

from __future__ import annotations

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.rays import Solids
from arviz.testing.heads.worn import WornMesh

RIBBONS, PIECES = 340, 26
WIDTH_M = (0.005, 0.011)
TOP_M = 0.085
"""Where ribbons begin, in the hair that the head has already."""
AXIS_Z_M = -0.075
"""The vertical line that hair hangs about: through the middle of the skull."""
_COLUMNS, _ROWS = 48, 40


def long_hair(head: SyntheticHead) -> WornMesh:
    """Return hair that hides ears and the temples of glasses; how far it comes to the front is drawn from the head's seed."""
    rng = np.random.default_rng([head.seed, 8])
    front, end_m = np.radians(rng.uniform(36, 46)), rng.uniform(-0.19, -0.13)
    size = head.template_scale
    heights = np.linspace(TOP_M, end_m, _ROWS) * size
    envelope = _envelope(head, heights)
    angle = np.concatenate([side * rng.uniform(front, np.pi, RIBBONS // 2) for side in (-1, 1)])
    # As many again along the front, where a curtain of hair shows.
    angle[::3] = np.sign(angle[::3]) * (front + np.abs(rng.normal(0, 0.08, len(angle[::3]))))
    along = np.linspace(0, 1, PIECES + 1)
    length = rng.uniform(0.85, 1.0, RIBBONS)
    y = heights[0] + (heights[-1] - heights[0]) * length[:, None] * along
    sway = 0.05 * np.sin(2 * np.pi * (rng.random((RIBBONS, 1)) + rng.uniform(0.3, 0.9, (RIBBONS, 1)) * along)) * along
    # At the top all ribbons lie to the back, from where they part.
    parted = np.sign(angle)[:, None] * np.clip(1 - along / 0.25, 0, 1) ** 2 * rng.uniform(0.2, 0.6, (RIBBONS, 1))
    at = angle[:, None] + sway + parted
    over_the_cap = 0.012 * np.clip(1 - along / 0.3, 0, 1)
    lift = (rng.uniform(0.002, 0.009, (RIBBONS, 1)) + over_the_cap) * size
    radius = _between(envelope, heights, at, y) + lift
    wide = rng.uniform(*WIDTH_M, (RIBBONS, 1)) * size * np.interp(along, [0, 0.1, 0.8, 1], [0.6, 1, 1, 0.15])
    edges = [_placed(at + sign * wide / 2 / radius, radius - 0.0015 * (1 + sign), y, size) for sign in (-1, 1)]
    points = np.stack(edges, axis=2)  # (ribbons, pieces + 1, 2, 3)
    number = np.arange(points.size // 3).reshape(points.shape[:3])
    a, b, c, d = number[:, :-1, 0], number[:, :-1, 1], number[:, 1:, 1], number[:, 1:, 0]
    triangles = np.concatenate([np.stack(corners, -1).reshape(-1, 3) for corners in ((a, d, c), (a, c, b))])
    shade = np.exp(rng.normal(0, 0.28, (RIBBONS, 1)) + rng.normal(0, 0.08, (RIBBONS, PIECES)))
    albedo = np.tile(np.minimum(shade.reshape(-1, 1) * np.array(head.hair_albedo), 0.8), (2, 1))
    count = len(triangles)
    return WornMesh(
        points_m=points.reshape(-1, 3),
        triangles=triangles,
        albedo=albedo,
        reflectance=np.full((count, 3), 0.04),
        roughness=np.full(count, 0.4),
        transmittance=np.zeros((count, 3)),
        mask="hair",
        softness=(0.5, 0.5, 0.5),
        dense=True,
    )


def _envelope(head: SyntheticHead, heights: Array) -> Array:
    """Return how far (rows, columns) the head reaches from its axis at heights and angles from 0 to pi, or higher up: hair hangs."""
    skin = Solids({"skin": (head.points_m, head_model().fine_triangles("skin"))})
    angles = np.linspace(-np.pi, np.pi, 2 * _COLUMNS + 1)
    y, angle = np.meshgrid(heights, angles, indexing="ij")
    outward = np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=-1).reshape(-1, 3)
    origin = np.stack([np.zeros(y.size), y.ravel(), np.full(y.size, AXIS_Z_M * head.template_scale)], axis=1)
    far = 1.0
    reach = skin.seen(origin + far * outward, -outward).distance
    found = np.where(np.isfinite(reach), far - reach, 0.0).reshape(y.shape)
    found = np.minimum(found, 0.11 * head.template_scale)  # not out over the shoulders
    out: Array = np.maximum.accumulate(np.maximum(found, 0.05 * head.template_scale), axis=0)
    return out


def _between(envelope: Array, heights: Array, angle: Array, y: Array) -> Array:
    from scipy.ndimage import gaussian_filter, map_coordinates

    smooth = gaussian_filter(envelope, 1.0, mode=("nearest", "wrap"))
    row = (y - heights[0]) / (heights[-1] - heights[0]) * (len(heights) - 1)
    column = (angle + np.pi) / (2 * np.pi) % 1 * (envelope.shape[1] - 1)
    out: Array = map_coordinates(smooth, [row, column], order=1, mode="nearest")
    return out


def _placed(angle: Array, radius: Array, y: Array, size: float) -> Array:
    return np.stack([radius * np.sin(angle), y, radius * np.cos(angle) + AXIS_Z_M * size], axis=-1)
