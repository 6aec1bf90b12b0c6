"""Parts of a picture painted over, those too that lie behind others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.render.embree import Embree
from arviz.render.rays import RayScene

ORANGE = (255, 120, 0)
SEEN, HIDDEN = 0.65, 0.3
"""How much of the paint covers what is seen, and what lies behind it."""


def highlight(rays: RayScene, camera: Camera, *, world_from_camera: Array, chosen: Sequence[bool], behind: Image) -> Image:
    """Paint parts orange: strongly where they are seen, faintly where something else stands before them.

    Parameters
    ----------
    rays : RayScene
    world_from_camera : ndarray (4, 4)
    chosen : sequence of bool
        For each of ``rays.bodies`` whether it is painted.
    behind : Image
        (H, W, 3) uint8: the picture.
    """
    pose = np.asarray(world_from_camera, np.float64)
    marked = np.asarray(chosen, bool)
    rows, columns = np.mgrid[: camera.height_px, : camera.width_px]
    pixels = np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float64)
    directions = camera.rays(pixels) @ pose[:3, :3].T
    origins = np.broadcast_to(pose[:3, 3], directions.shape)
    cover = np.zeros(len(pixels))
    parts = rays.soup.triangles[marked[rays.soup.body_of(np.arange(len(rays.soup.triangles)))]]
    embree = Embree(rays.soup.vertices, parts)
    cover[embree.first(origins - rays.soup.centre, directions).ray] = HIDDEN
    embree.close()
    hits = rays.first(origins, directions, clear=True)
    cover[hits.ray[marked[rays.soup.body_of(hits.triangle)]]] = SEEN
    below = behind.pixels[..., :3].reshape(-1, 3).astype(np.float64)
    painted = np.round(below + cover[:, None] * (np.array(ORANGE) - below)).astype(np.uint8)
    return Image(pixels=painted.reshape(camera.height_px, camera.width_px, 3))
