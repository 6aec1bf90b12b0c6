"""The world that a room gets when its frames bring none: the floor at y = 0, the origin below the first camera."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from arviz.core.frozen import Array
from arviz.vision.room.fusion import fuse
from arviz.vision.room.pieces import whole_floor
from arviz.vision.room.semantics import floor_of
from arviz.vision.room.sight import Sight
from arviz.vision.room.surface import Surface
from arviz.vision.room.upright import wall_ahead, world_of


def own_world(sights: Sequence[Sight], first_from_frame: Sequence[Array], *, up: Array) -> tuple[list[Surface], list[Array]]:
    """Return the surfaces of frames in a world of their own, and each frame's pose (4, 4) in it.

    The first camera looks about along -Z, walls that are at right angles run along the axes; without a floor the first camera
    is the origin.

    Parameters
    ----------
    first_from_frame : sequence of ndarray (4, 4)
        The poses of the frames in the first camera's axes.
    up : (3,)
        To the sky, in the first camera's axes; the floor corrects it.
    """
    level = world_of(up, height_m=0.0)
    around = [level @ pose for pose in first_from_frame]
    surfaces = whole_floor(fuse(sights, around)[0], sights=sights, poses=around)
    floor = floor_of(surfaces, sights=sights, poses=around)
    if floor is not None:
        up = level[:3, :3].T @ floor.normal
    height = 0.0 if floor is None else float(floor.offset_m)
    world = world_of(up, height_m=height, forward=wall_ahead(sights[0].field.planes, up))
    return [surface.moved(world @ np.linalg.inv(level)) for surface in surfaces], [world @ pose for pose in first_from_frame]
