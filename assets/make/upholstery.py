"""Sewn covers: two panels and a band between them, with piping along the seams. Local frame: lying, thickness along +Y."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from surfaces import Array, Grid, ellipse_section, resample, sweep

Index = NDArray[np.int64]


@dataclass(frozen=True)
class Cover:
    """A closed cover over points that its panels share along the seams.

    Parameters
    ----------
    points : ndarray (N, 3)
    panels : tuple of ndarray (R, C)
        Indices into `points`; upper panel, lower panel, then the band if there is one (its last column repeats its first).
    flat : tuple of ndarray (R, C, 2)
        The cut cloth of each panel in metres: texture coordinates, and rest shape for the simulation.
    seams : tuple of ndarray (S,)
        Closed loops of point indices, counter-clockwise seen from above.
    """

    points: Array
    panels: tuple[Index, ...]
    flat: tuple[Array, ...]
    seams: tuple[Index, ...]

    def at(self, points: Array) -> Cover:
        """Return the same cover in another shape."""
        return replace(self, points=points)

    def thinned(self, *, panel: int, edge: int, every: int) -> Cover:
        """Return the cover with only every n-th line of a panel that is rarely seen, all `edge` lines at its rim kept."""

        def kept(count: int) -> Index:
            return np.unique(np.r_[np.arange(edge), np.arange(edge, count - edge, every), np.arange(count - edge, count)])

        rows, columns = (kept(n) for n in self.panels[panel].shape)
        cut = np.ix_(rows, columns)
        panels = tuple(index[cut] if i == panel else index for i, index in enumerate(self.panels))
        flats = tuple(flat[cut] if i == panel else flat for i, flat in enumerate(self.flat))
        return replace(self, panels=panels, flat=flats)

    def grids(self, *, uv_turn: bool = False) -> list[Grid]:
        """Return the panels as grids; `uv_turn` lays the weave across instead of along."""
        out = []
        for number, (index, flat) in enumerate(zip(self.panels, self.flat, strict=True)):
            uv = flat[..., ::-1] * [1.0, -1.0] if uv_turn else flat
            out.append(Grid(self.points[index], uv, number))
        return out


def lines(length_m: float, *, spacing_m: float, reach_m: float, steps: int) -> Array:
    """Return positions from -length/2 to length/2: `steps` of them within `reach_m` of each end, else `spacing_m` apart."""
    half = length_m / 2
    count = max(2, round((length_m - 2 * reach_m) / spacing_m))
    inner = np.linspace(-half + reach_m, half - reach_m, count + 1)
    ends = np.linspace(0, reach_m, steps, endpoint=False)
    return np.unique(np.round(np.r_[-half + ends, inner, half - ends], 9))


def rounded_corners(x: Array, z: Array, *, width_m: float, depth_m: float, radii_m: tuple[float, ...]) -> tuple[Array, Array]:
    """Move the corners of a rectangle's points onto arcs (elliptical square-to-disc map in each corner's square).

    `radii_m`: front left, front right, back right, back left; front is +z.
    """
    x, z = x.copy(), z.copy()
    for (sx, sz), r in zip(((-1, 1), (1, 1), (1, -1), (-1, -1)), radii_m, strict=True):
        if r <= 0:
            continue
        qx, qz = (sx * x - (width_m / 2 - r)) / r, (sz * z - (depth_m / 2 - r)) / r
        inside = (qx > 0) & (qz > 0)
        cx, cz = np.clip(qx, 0, 1), np.clip(qz, 0, 1)
        x = np.where(inside, sx * (width_m / 2 - r + r * cx * np.sqrt(1 - cz**2 / 2)), x)
        z = np.where(inside, sz * (depth_m / 2 - r + r * cz * np.sqrt(1 - cx**2 / 2)), z)
    return x, z


def _fall(distance: Array, reach_m: float, rise_m: float) -> Array:
    """Quarter ellipse: 0 at the seam, `rise_m` from `reach_m` inwards on."""
    t = 1 - np.clip(distance / max(reach_m, 1e-9), 0, 1)
    return rise_m * np.sqrt(np.maximum(1 - t**2, 0))


def cover(
    *,
    width_m: float,
    depth_m: float,
    thickness_m: float,
    radii_m: tuple[float, ...],
    spacing_m: float,
    reach_m: float,
    rise_m: float,
    under_m: float | None = None,
    crown_m: tuple[float, float] = (0.0, 0.0),
    bulge_m: float = 0.0,
    band_rows: int = 6,
    band_ease: float = 0.3,
    steps: int = 4,
    spacing_z_m: float | None = None,
) -> Cover:
    """Build a cover over a rounded rectangle `width_m` (x) by `depth_m` (z), seams `thickness_m` apart.

    Parameters
    ----------
    reach_m, rise_m : float
        The panel falls off to its seam over `reach_m` by `rise_m`: the rounding of the edge.
    under_m : float
        The same fall of the lower panel; None: as the upper one.
    crown_m : (float, float)
        How much the middle of the upper and of the lower panel stands out.
    bulge_m : float
        How much the band stands out between its seams.
    band_rows : int
        Rows of faces of the band; 0 sews the two panels together directly (a pillow).
    band_ease : float
        0 spaces them evenly, 1 crowds them at the seams.
    """
    xs = lines(width_m, spacing_m=spacing_m, reach_m=reach_m, steps=steps)
    zs = lines(depth_m, spacing_m=spacing_z_m or spacing_m, reach_m=reach_m, steps=steps)[::-1]
    x0, z0 = np.meshgrid(xs, zs)
    x, z = rounded_corners(x0, z0, width_m=width_m, depth_m=depth_m, radii_m=radii_m)
    fall = _fall(width_m / 2 - abs(x0), reach_m, 1.0) * _fall(depth_m / 2 - abs(z0), reach_m, 1.0)
    dome = (1 - (2 * x0 / width_m) ** 2) * (1 - (2 * z0 / depth_m) ** 2)
    rows, columns = x.shape
    half = thickness_m / 2
    upper = np.stack([x, half + rise_m * fall + crown_m[0] * dome, z], -1).reshape(-1, 3)
    lower = np.stack([x, -half - (rise_m if under_m is None else under_m) * fall - crown_m[1] * dome, z], -1).reshape(-1, 3)
    index = np.arange(rows * columns).reshape(rows, columns)
    ring = np.r_[index[0], index[1:, -1], index[-1, -2::-1], index[-2:0:-1, 0]]
    flat = np.stack([x, z], -1)
    if band_rows == 0:
        remap = np.arange(rows * columns) + rows * columns
        remap[ring] = ring
        keep = np.setdiff1d(np.arange(rows * columns), ring)
        renumber = np.full(2 * rows * columns, -1)
        renumber[: rows * columns] = np.arange(rows * columns)
        renumber[rows * columns + keep] = rows * columns + np.arange(len(keep))
        under = renumber[remap][index][:, ::-1]
        upper[ring, 1] = 0.0
        return Cover(np.vstack([upper, lower[keep]]), (index, under), (flat, flat[:, ::-1] * [-1, 1] + [0.1, 0.07]), (ring,))
    loop = upper[ring]
    length = np.r_[0.0, np.cumsum(np.linalg.norm(np.diff(np.vstack([loop, loop[:1]])[:, [0, 2]], axis=0), axis=1))]
    after, before = np.roll(loop, -1, 0), np.roll(loop, 1, 0)
    tangent = (after - before)[:, [0, 2]]
    outward = np.stack([-tangent[:, 1], np.zeros(len(loop)), tangent[:, 0]], -1)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    t = np.sin(np.linspace(-1, 1, band_rows + 1) * np.pi / 2 * band_ease) / np.sin(np.pi / 2 * band_ease)
    middle = [loop * [1, 0, 1] + outward * bulge_m * np.sqrt(max(1 - s * s, 0)) + [0, half * s, 0] for s in t[1:-1]]
    base = 2 * rows * columns
    ids = np.vstack([ring + rows * columns, base + np.arange((band_rows - 1) * len(ring)).reshape(band_rows - 1, -1), ring])
    ids = np.c_[ids, ids[:, :1]]
    height = half * t
    band_flat = np.stack(np.broadcast_arrays(length[None] - width_m / 2, -height[:, None] + depth_m / 2 + half), -1)
    points = np.vstack([upper, lower, *middle])
    return Cover(
        points,
        (index, (index + rows * columns)[:, ::-1], ids),
        (flat, flat[:, ::-1] * [-1, 1] + [0.11, 0.07], band_flat),
        (ring, ring + rows * columns),
    )


def piping(path: Array, *, radius_m: float, sides: int = 6, smooth: int = 0) -> list[Grid]:
    """Lay a round cord along a closed path (N, 3) that does not repeat its first point.

    The cord is stiffer than the mesh is fine: the path is smoothed over 5 mm, then cut where it is 7 cm long or has
    turned by 14 degrees, so that corners are round and straight runs cost little.
    """
    from scipy.ndimage import gaussian_filter1d

    loop = np.vstack([path, path[:1]])
    length = float(np.linalg.norm(np.diff(loop, axis=0), axis=1).sum())
    fine = gaussian_filter1d(resample(loop, count=round(length / 0.0015))[:-1], 0.005 / 0.0015, axis=0, mode="wrap")
    step = np.roll(fine, -1, 0) - fine
    size = np.linalg.norm(step, axis=1)
    direction = step / size[:, None]
    bend = np.arccos(np.clip((direction * np.roll(direction, 1, 0)).sum(1), -1, 1))
    cost = np.r_[0.0, np.cumsum(size / 0.07 + bend / np.radians(14))]
    at = np.linspace(0, cost[-1], max(24, round(cost[-1])) + 1)
    closed = np.vstack([fine, fine[:1]])
    loop = np.stack([np.interp(at, cost, closed[:, i]) for i in range(3)], 1)
    section = ellipse_section(sides=sides, width_m=2 * radius_m, height_m=2 * radius_m)
    return sweep(loop, section, closed=True, smooth=smooth)


def loops(shape: Cover, *, outward_m: float) -> list[Array]:
    """Return the seams as point loops, moved out of the cover by `outward_m` along the bisector of the two panels."""
    normals = np.zeros_like(shape.points)
    for index in shape.panels:
        p = shape.points[index]
        a, b, c, d = p[:-1, :-1], p[:-1, 1:], p[1:, 1:], p[1:, :-1]
        n = np.cross(c - a, d - b)
        n = n / np.maximum(np.linalg.norm(n, axis=-1, keepdims=True), 1e-12)
        for corner in (index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]):
            np.add.at(normals, corner.reshape(-1), n.reshape(-1, 3))
    out = []
    for ring in shape.seams:
        n = normals[ring]
        for _ in range(3):
            n = (np.roll(n, 1, 0) + 2 * n + np.roll(n, -1, 0)) / 4
        n = n / np.linalg.norm(n, axis=1, keepdims=True)
        out.append(shape.points[ring] + outward_m * n)
    return out
