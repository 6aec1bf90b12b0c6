"""What sends light: globes, panels, panes with the sky behind them, the sun; each can be sampled from a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.paints import noise
from arviz.testing.rooms.truth import Daylight, Lamp

SUN_RAD = 0.00465
"""Half the angle under which the sun is seen."""
_SUN_AWAY_M = 100.0


class Emitter(Protocol):
    """Light that shadow rays are sent to."""

    def sample(self, points_m: Array, chances: Array) -> tuple[Array, Array]:
        """Return ways to the light (N, 3), from each point to just before it, and radiance times solid angle (N, 3).

        `chances` are (N, 2) numbers in 0..1; the mean over them of the second times what it falls on is the irradiance.
        """


@dataclass(frozen=True)
class Globe:
    """A sphere that glows evenly, sampled over the cone that it fills.

    Shirley et al. 1996, "Monte Carlo Techniques for Direct Lighting Calculations", section 3.2.
    """

    lamp: Lamp

    def sample(self, points_m: Array, chances: Array) -> tuple[Array, Array]:
        """See `Emitter`."""
        way = np.asarray(self.lamp.position_m) - points_m
        distance = np.maximum(np.linalg.norm(way, axis=1), self.lamp.radius_m * 1.001)
        cosine_least = np.sqrt(1 - (self.lamp.radius_m / distance) ** 2)
        cosine = 1 - chances[:, 0] * (1 - cosine_least)
        direction = around(way / distance[:, None], cosine, chances[:, 1])
        half_chord = np.sqrt(np.maximum(self.lamp.radius_m**2 - distance**2 * (1 - cosine**2), 0))
        reach = (distance * cosine - half_chord) * 0.999
        solid_angle = 2 * np.pi * (1 - cosine_least)
        return direction * reach[:, None], np.asarray(self.lamp.radiance) * solid_angle[:, None]


@dataclass(frozen=True)
class Panel:
    """A disc that glows evenly downwards."""

    lamp: Lamp

    def sample(self, points_m: Array, chances: Array) -> tuple[Array, Array]:
        """See `Emitter`."""
        angle, radius = 2 * np.pi * chances[:, 1], self.lamp.radius_m * np.sqrt(chances[:, 0])
        spot = np.stack([radius * np.cos(angle), np.zeros(len(radius)), radius * np.sin(angle)], axis=1)
        way = spot + np.asarray(self.lamp.position_m) - points_m
        squared = np.maximum((way**2).sum(axis=1), 1e-6)
        solid_angle = np.pi * self.lamp.radius_m**2 * np.maximum(way[:, 1], 0) / squared**1.5
        return way * 0.999, np.asarray(self.lamp.radiance) * solid_angle[:, None]


@dataclass(frozen=True)
class Pane:
    """A rectangle with the sky behind it; `corner_m`, `along_m`, `up_m` span it, its front is ``cross(along, up)``.

    Sampled evenly over the solid angle that it fills (Urena et al. 2013, "An Area-Preserving Parametrization for Spherical
    Rectangles"): sampled over its area, points on the window sill get sparks.
    """

    corner_m: Array
    along_m: Array
    up_m: Array
    daylight: Daylight

    def sample(self, points_m: Array, chances: Array) -> tuple[Array, Array]:
        """See `Emitter`."""
        width, height = np.linalg.norm(self.along_m), np.linalg.norm(self.up_m)
        x, y = self.along_m / width, self.up_m / height
        local = (self.corner_m - points_m) @ np.stack([x, y, np.cross(x, y)], axis=1)
        front = local[:, 2] < -1e-6
        x0, y0, z = local[:, 0], local[:, 1], np.minimum(local[:, 2], -1e-6)
        x1, y1 = x0 + width, y0 + height
        # z components of the unit normals of the planes through the point and the lower, right, upper and left edge.
        b0, b1 = -y0 / np.hypot(y0, z), y1 / np.hypot(y1, z)
        c0, c1 = -x0 / np.hypot(x0, z), x1 / np.hypot(x1, z)
        g0, g1, g2, g3 = (np.arccos(np.clip(-p * q, -1, 1)) for p, q in ((b0, c1), (c1, b1), (b1, c0), (c0, b0)))
        k = 2 * np.pi - g2 - g3
        solid_angle = np.maximum(g0 + g1 - k, 0)
        turn = chances[:, 0] * solid_angle + k
        f = (np.cos(turn) * b0 - b1) / np.where(np.abs(np.sin(turn)) > 1e-12, np.sin(turn), 1e-12)
        c = np.clip(np.sign(f) / np.sqrt(f * f + b0 * b0 + 1e-300), -1, 1)
        there = np.clip(-c * z / np.sqrt(np.maximum(1 - c * c, 1e-12)), x0, x1)
        d = np.hypot(there, z)
        h0, h1 = y0 / np.hypot(d, y0), y1 / np.hypot(d, y1)
        h = h0 + chances[:, 1] * (h1 - h0)
        up = np.clip(h * d / np.sqrt(np.maximum(1 - h * h, 1e-12)), y0, y1)
        way = there[:, None] * x + up[:, None] * y + z[:, None] * np.cross(x, y)
        outside = sky(self.daylight, way / np.linalg.norm(way, axis=1, keepdims=True))
        return way * 0.999, outside * (solid_angle * front)[:, None]


@dataclass(frozen=True)
class Sun:
    """The sun of a daylight."""

    daylight: Daylight

    def sample(self, points_m: Array, chances: Array) -> tuple[Array, Array]:
        """See `Emitter`."""
        assert self.daylight.to_sun is not None
        axis = np.broadcast_to(np.asarray(self.daylight.to_sun), points_m.shape)
        direction = around(axis, 1 - chances[:, 0] * (1 - np.cos(SUN_RAD)), chances[:, 1])
        return direction * _SUN_AWAY_M, np.broadcast_to(np.asarray(self.daylight.sun_irradiance), points_m.shape)


def sky(daylight: Daylight, directions: Array) -> Array:
    """Return the radiance (N, 3) of sky, skyline and ground in (N, 3) unit directions; the sun itself is not in it."""
    x, y, z = directions.T
    azimuth = np.arctan2(x, z)
    skyline = 0.04 + 0.03 * noise(azimuth * 3, azimuth * 0, daylight.seed) + 0.02 * noise(azimuth * 14, azimuth * 0, daylight.seed + 1)
    height = np.sqrt(np.clip(y, 0, 1))[:, None]
    above = np.asarray(daylight.horizon) * (1 - height) + np.asarray(daylight.zenith) * height
    leaves = 1 + 0.5 * noise(azimuth * 25, y * 25, daylight.seed + 2) + 0.3 * noise(azimuth * 90, y * 90, daylight.seed + 3)
    below = np.asarray(daylight.ground) * np.where(y > -0.05, leaves, 1 + 0.2 * (leaves - 1))[:, None]
    share = np.clip((y - skyline) / 0.02 + 0.5, 0, 1)[:, None]
    out: Array = below * (1 - share) + above * share
    return out


def around(axis: Array, cosine: Array, turn: Array) -> Array:
    """Return unit vectors (N, 3) at an angle from (N, 3) unit axes, turned about them by `turn` in 0..1."""
    side, other = basis(axis)
    sine, angle = np.sqrt(np.maximum(1 - cosine**2, 0)), 2 * np.pi * turn
    out: Array = axis * cosine[:, None] + side * (sine * np.cos(angle))[:, None] + other * (sine * np.sin(angle))[:, None]
    return out


def basis(axis: Array) -> tuple[Array, Array]:
    """Return two unit vectors square to (N, 3) unit axes (Duff et al. 2017, "Building an Orthonormal Basis, Revisited")."""
    x, y, z = axis.T
    sign = np.where(z >= 0, 1.0, -1.0)
    a = -1 / (sign + z)
    b = x * y * a
    return np.stack([1 + sign * x * x * a, sign * b, -sign * x], axis=1), np.stack([b, sign + y * y * a, -y], axis=1)
