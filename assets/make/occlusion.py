"""Ambient occlusion of a whole product, cast by rays, kept in one small texture with a texel centre on every grid point."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from surfaces import Array, Surface

PAD = 2
TEXELS = 2
"""Texels between two neighbouring grid points: 1 would hold the values exactly, 2 keeps charts apart in smaller mip levels."""


def sky_directions(count: int) -> Array:
    """Return (count, 3) cosine-weighted directions about +Z on a Fibonacci spiral."""
    i = np.arange(count) + 0.5
    r, angle = np.sqrt(i / count), i * np.pi * (3 - np.sqrt(5))
    return np.stack([r * np.cos(angle), r * np.sin(angle), np.sqrt(1 - r * r)], -1)


def visibility(surfaces: Sequence[Surface], *, rays: int = 128, reach_m: float = 0.9, floor: bool = True) -> list[Array]:
    """Return for each surface (V,) the share of the sky over each vertex that nothing near hides, 0..1.

    A hit counts fully at distance 0 and fades out at `reach_m`; `floor` puts a plane at y = 0.
    """
    import open3d as o3d

    scene = o3d.t.geometry.RaycastingScene()
    for s in surfaces:
        solid = s.triangles if s.solid is None else s.triangles[s.triangles.max(1) < s.solid]
        scene.add_triangles(o3d.core.Tensor(s.positions.astype(np.float32)), o3d.core.Tensor(solid.astype(np.uint32)))
    if floor:
        corners = np.array([[-9, 0, -9], [-9, 0, 9], [9, 0, 9], [9, 0, -9]], np.float32)
        scene.add_triangles(o3d.core.Tensor(corners), o3d.core.Tensor(np.array([[0, 1, 2], [0, 2, 3]], np.uint32)))
    local, out = sky_directions(rays), []
    for s in surfaces:
        n = s.normals
        helper = np.where(abs(n[:, :1]) > 0.7, [[0.0, 1, 0]], [[1.0, 0, 0]])
        t = np.cross(n, helper)
        t /= np.linalg.norm(t, axis=1, keepdims=True)
        directions = np.einsum("vki,rk->vri", np.stack([t, np.cross(n, t), n], 1), local)
        start = np.broadcast_to((s.positions + 0.0015 * n)[:, None], directions.shape)
        cast = np.concatenate([start, directions], -1).astype(np.float32)
        distance = scene.cast_rays(o3d.core.Tensor(cast.reshape(-1, 6)))["t_hit"].numpy().reshape(cast.shape[:2])
        out.append(1 - np.clip(1 - distance / reach_m, 0, 1).mean(1))
    return out


def atlas(surfaces: Sequence[Surface], values: Sequence[Array], *, size_px: int) -> tuple[list[Array], NDArray[np.uint8]]:
    """Return TEXCOORD_1 (V, 2) for each surface and the (size, size) uint8 picture, charts stacked in shelves."""
    from scipy.ndimage import zoom

    charts = [(n, first, r, c) for n, s in enumerate(surfaces) for first, r, c in s.charts]
    turned = {(n, first): r > c for n, first, r, c in charts}

    def height(chart: tuple[int, int, int, int]) -> int:
        return min(chart[2], chart[3])

    uv = [np.zeros((len(s.positions), 2)) for s in surfaces]
    picture = np.full((size_px, size_px), 255, np.uint8)
    x = y = shelf = 0
    for n, first, r, c in sorted(charts, key=height, reverse=True):
        block = values[n][first : first + r * c].reshape(r, c)
        at = np.stack(np.meshgrid(np.arange(c), np.arange(r)), -1).astype(np.float64)
        if turned[n, first]:
            block, at = block.T, at[..., ::-1]
        h, w = ((k - 1) * TEXELS + 1 for k in block.shape)
        if x + w + 2 * PAD > size_px:
            x, y, shelf = 0, y + shelf, 0
        shelf = max(shelf, h + 2 * PAD)
        if y + shelf > size_px or w + 2 * PAD > size_px:
            raise ValueError(f"the atlas of {size_px} texels is too small")
        fine = np.pad(zoom(block, ((h / block.shape[0]), (w / block.shape[1])), order=1, grid_mode=False), PAD, mode="edge")
        picture[y : y + h + 2 * PAD, x : x + w + 2 * PAD] = np.round(np.clip(fine, 0, 1) * 255)
        place = at.reshape(-1, 2) * TEXELS + PAD + 0.5
        uv[n][first : first + r * c] = (place + np.array([x, y])) / size_px
        x += w + 2 * PAD
    return uv, picture
