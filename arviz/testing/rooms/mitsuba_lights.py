"""The light of synthetic rooms as Mitsuba emitters: panes through which the sky is seen, and the sun that comes through them.

Mitsuba's own light around and sun would have to find a window by chance, and would see what stands outside of one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.testing.rooms.emitters import SUN_RAD, sky
from arviz.testing.rooms.truth import Daylight

PANE, SUN = "arviz_pane", "arviz_sun"
MOST_PANES = 4
_BEFORE = 0.999
"""A shadow ray ends so far along its way to a pane."""
_SKY = (720, 1440)
"""Rows over the height y from -1 to 1, columns over the azimuth atan2(x, z) from -pi to pi."""


def sky_table(daylight: Daylight) -> Array:
    """Return the radiance (rows, columns, 3) float32 of a sky, finer than windows of a small picture show it."""
    rows, columns = _SKY
    y = (np.arange(rows) + 0.5) / rows * 2 - 1
    azimuth = ((np.arange(columns) + 0.5) / columns * 2 - 1) * np.pi
    height, turn = (a.reshape(-1) for a in np.meshgrid(y, azimuth, indexing="ij"))
    level = np.sqrt(1 - height**2)
    out: Array = sky(daylight, np.stack([level * np.sin(turn), height, level * np.cos(turn)], axis=1)).reshape(rows, columns, 3)
    return out.astype(np.float32)


def register(mi: Any) -> None:
    """Make both emitters known to Mitsuba; call once."""
    import drjit as dr

    class Pane(mi.Emitter):  # type: ignore[misc]
        """A flat shape that shows the sky: ``table`` as `sky_table` returns it, as a tensor."""

        def __init__(self, props: Any) -> None:
            mi.Emitter.__init__(self, props)
            self.table = mi.Texture2f(mi.TensorXf(props["table"]), wrap_mode=dr.WrapMode.Clamp)
            self.m_flags = mi.EmitterFlags.Surface | mi.EmitterFlags.SpatiallyVarying

        def _sky(self, d: Any) -> Any:
            x = dr.atan2(d.x, d.z) * (0.5 * dr.inv_pi) + 0.5
            return mi.Color3f(self.table.eval(mi.Point2f(x, d.y * 0.5 + 0.5)))

        def eval(self, si: Any, active: Any = True) -> Any:
            return dr.select(active & (si.wi.z > 0), self._sky(-si.to_world(si.wi)), mi.Color3f(0))

        def sample_direction(self, it: Any, sample: Any, active: Any = True) -> tuple[Any, Any]:
            ds = self.get_shape().sample_direction(it, sample, active)
            good = active & (dr.dot(ds.d, ds.n) < 0) & (ds.pdf > 0)
            ds.emitter = mi.EmitterPtr(self)
            return ds, dr.select(good, self._sky(ds.d) / dr.maximum(ds.pdf, 1e-12), mi.Color3f(0))

        def pdf_direction(self, it: Any, ds: Any, active: Any = True) -> Any:
            return dr.select(active & (dr.dot(ds.d, ds.n) < 0), self.get_shape().pdf_direction(it, ds, active), mi.Float(0))

        def eval_direction(self, it: Any, ds: Any, active: Any = True) -> Any:
            return dr.select(active & (dr.dot(ds.d, ds.n) < 0), self._sky(ds.d), mi.Color3f(0))

        def to_string(self) -> str:
            return "Pane[]"

    class SunThroughPanes(mi.Emitter):  # type: ignore[misc]
        """The sun: ``numbers`` are to_sun (3), its irradiance (3) and `MOST_PANES` rectangles (corner, along, up: 9 each)."""

        def __init__(self, props: Any) -> None:
            mi.Emitter.__init__(self, props)
            self.numbers = mi.Float(np.asarray(props["numbers"], np.float32).ravel())
            self.m_flags = mi.EmitterFlags.DeltaDirection

        def _vector(self, first: int) -> Any:
            return mi.Vector3f(*(dr.gather(mi.Float, self.numbers, mi.UInt32(first + i)) for i in range(3)))

        def sample_direction(self, it: Any, sample: Any, active: Any = True) -> tuple[Any, Any]:
            frame = mi.Frame3f(self._vector(0))
            d = frame.to_world(mi.warp.square_to_uniform_cone(sample, float(np.cos(SUN_RAD))))
            reach = mi.Float(0)
            for pane in range(MOST_PANES):
                corner, along, up = (self._vector(6 + 9 * pane + 3 * i) for i in range(3))
                normal = dr.cross(along, up)
                slant = dr.dot(normal, d)
                t = dr.dot(normal, mi.Vector3f(corner) - mi.Vector3f(it.p)) / slant
                at = mi.Vector3f(it.p) + d * t - corner
                u, v = dr.dot(at, along) / dr.squared_norm(along), dr.dot(at, up) / dr.squared_norm(up)
                inside = (slant < 0) & (t > 0) & (u > 0) & (u < 1) & (v > 0) & (v < 1)
                reach = dr.select(inside, t, reach)
            ds = dr.zeros(mi.DirectionSample3f)
            ds.d, ds.dist = d, reach * _BEFORE
            ds.p = it.p + d * ds.dist
            ds.n, ds.time = -d, it.time
            ds.pdf, ds.delta = mi.Float(1), mi.Bool(True)
            ds.emitter = mi.EmitterPtr(self)
            return ds, dr.select(active & (reach > 0), mi.Color3f(self._vector(3)), mi.Color3f(0))

        def pdf_direction(self, it: Any, ds: Any, active: Any = True) -> Any:
            return mi.Float(0)

        def eval_direction(self, it: Any, ds: Any, active: Any = True) -> Any:
            return mi.Color3f(0)

        def eval(self, si: Any, active: Any = True) -> Any:
            return mi.Color3f(0)

        def bbox(self) -> Any:
            return mi.ScalarBoundingBox3f()

        def to_string(self) -> str:
            return "SunThroughPanes[]"

    mi.register_emitter(PANE, Pane)
    mi.register_emitter(SUN, SunThroughPanes)


def sun_numbers(daylight: Daylight, panes: list[Array]) -> Array:
    """Return what the sun's ``numbers`` are, for the (4, 3) outlines of panes."""
    if len(panes) > MOST_PANES:
        raise ValueError(f"no more than {MOST_PANES} panes, found {len(panes)}")
    out = np.zeros(6 + 9 * MOST_PANES)
    out[:3] = (0, 1, 0) if daylight.to_sun is None else daylight.to_sun
    out[3:6] = daylight.sun_irradiance
    for number, pane in enumerate(panes):
        out[6 + 9 * number : 15 + 9 * number] = np.concatenate([pane[0], pane[1] - pane[0], pane[3] - pane[0]])
    return out
