"""Right angles of a room's surfaces in the world, by `arviz.vision.planes.manhattan.snap`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from arviz.vision.planes.covariance import in_plane_axes
from arviz.vision.planes.field import SeenPlane
from arviz.vision.planes.manhattan import snap
from arviz.vision.room.surface import Surface

SQUARE_RAD = np.radians(0.5)
"""Planes that are off their right angles by more than this, beside their own uncertainty, stay as they were measured: either
the room is not square, or the sensor is worse than its model, and one bent wall would turn a good floor."""
_DOWN = np.array([0.0, -1.0, 0.0])


def squared(surfaces: Sequence[Surface]) -> list[Surface]:
    """Return surfaces of a world with +Y up turned to the room's right angles, where they nearly have them."""
    total = max(sum(surface.pixels for surface in surfaces), 1)
    square = snap([_seen(surface, total) for surface in surfaces], gravity=_DOWN)
    if square is None or square.square_rad > SQUARE_RAD:
        return list(surfaces)
    return [
        _back(surface, plane) if turned else surface for surface, plane, turned in zip(surfaces, square.planes, square.snapped, strict=True)
    ]


def _seen(surface: Surface, total: int) -> SeenPlane:
    axes = in_plane_axes(surface.normal)
    # A turn about the first axis moves the normal along minus the second, one about the second along the first.
    tilts = np.zeros((3, 4))
    tilts[0, :3], tilts[1, :3], tilts[2, 3] = np.cross(axes[0], surface.normal), np.cross(axes[1], surface.normal), 1.0
    return SeenPlane(
        normal=surface.normal,
        offset_m=surface.offset_m,
        centroid_m=surface.centre_m,
        pixels=surface.pixels,
        share=surface.pixels / total,
        rms_m=0.0,
        covariance=tilts @ surface.covariance @ tilts.T,
        confidence=surface.confidence,
    )


def _back(surface: Surface, plane: SeenPlane) -> Surface:
    turned = Surface.of(plane, world_from_camera=np.eye(4), member=(0, 0))
    return replace(turned, members=surface.members)
