"""Landmarks that stand still where a face does, and follow at once where it moves."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from arviz.core.frozen import Array, readonly, set_fields

LONGEST_GAP_S = 0.25
"""After a longer gap nothing is known of how a thing moves."""
JUMP = 0.5
"""A thing that is found farther away than this share of its size is another one."""
CUT_HZ, QUICKEN = 0.7, 80.0
"""Of where a thing is, how large and how turned: what it passes while nothing moves, and more for each own size a second."""
SHAPE_CUT_HZ, SHAPE_QUICKEN = 0.3, 10.0
"""Of its shape."""
STILL = 0.05
"""Own sizes a second that a thing's place and points seem to move at while nothing moves: they quicken beyond that only."""
RATE_CUT_HZ = 0.7
"""Of the rates."""
NEWEST = 0.2
"""Share of the newest step that counts as a rate at once: a head that turns back has no rate for a moment, but is not still."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Steady:
    """Points of one thing, made steady, and what the next frame needs to know.

    Parameters
    ----------
    points_px : ndarray (N, 2) float64
    time_s : float
    place : ndarray (4,) float64
        Middle x and y, and the complex size and turn of `shape`, in pixels.
    pace : ndarray (4,) float64
        How fast `place` changes, in pixels a second.
    shape : ndarray (N, 2) float64
        Centred, of unit size, not turned.
    bend : ndarray (N, 2) float64
        How fast `shape` changes, a second.
    """

    points_px: Array = field(repr=False)
    time_s: float
    place: Array = field(repr=False)
    pace: Array = field(repr=False)
    shape: Array = field(repr=False)
    bend: Array = field(repr=False)

    def __post_init__(self) -> None:
        set_fields(self, **{name: readonly(getattr(self, name), np.float64) for name in ("points_px", "place", "pace", "shape", "bend")})


def steady(
    points_px: Array,
    time_s: float,
    previous: Steady | None,
    *,
    carriers: Array | None = None,
) -> Steady:
    """Return the points of a thing in a film, without their jitter.

    Parameters
    ----------
    points_px : ndarray (N, 2)
        As found in this frame.
    time_s : float
        Of the frame.
    previous : Steady or None
        What this returned for the frame before; None begins anew. So do a time that does not advance, a gap and a jump.
    carriers : ndarray (K,) of int, optional
        Points that carry the others: those of `FaceTemplate.upper` of a face; None for all.
    """
    points = np.asarray(points_px, np.float64)
    chosen = slice(None) if carriers is None else carriers
    begun = _begin(points, time_s, chosen)
    if previous is None or previous.shape.shape != points.shape:
        return begun
    step_s = time_s - previous.time_s
    if not 0 < step_s <= LONGEST_GAP_S:
        return begun
    q = points[:, 0] + 1j * points[:, 1]
    shape = previous.shape[:, 0] + 1j * previous.shape[:, 1]
    reference = shape[chosen] - shape[chosen].mean()
    middle = q[chosen].mean()
    grown = complex(np.vdot(reference, q[chosen] - middle)) / float(np.vdot(reference, reference).real)
    middle -= grown * shape[chosen].mean()
    found = np.array([middle.real, middle.imag, grown.real, grown.imag])
    size = float(np.hypot(*previous.place[2:]))
    if np.abs(found - previous.place).max() > JUMP * size:
        return begun
    place, pace = _euro(found, previous.place, previous.pace, step_s, cut_hz=CUT_HZ, quicken=QUICKEN / size, still=STILL * size)
    left = (q - middle) / grown
    found_shape = np.column_stack([left.real, left.imag])
    new_shape, bend = _euro(found_shape, previous.shape, previous.bend, step_s, cut_hz=SHAPE_CUT_HZ, quicken=SHAPE_QUICKEN, still=STILL)
    out = (new_shape[:, 0] + 1j * new_shape[:, 1]) * (place[2] + 1j * place[3]) + place[0] + 1j * place[1]
    return Steady(points_px=np.column_stack([out.real, out.imag]), time_s=time_s, place=place, pace=pace, shape=new_shape, bend=bend)


def _begin(points: Array, time_s: float, carriers: Array | slice) -> Steady:
    middle = points[carriers].mean(axis=0)
    size = max(float(np.sqrt(np.square(points[carriers] - middle).sum(axis=1).mean())), 1e-6)
    zeros = np.zeros_like(points)
    place = np.array([*middle, size, 0.0])
    return Steady(points_px=points, time_s=time_s, place=place, pace=np.zeros(4), shape=(points - middle) / size, bend=zeros)


def _euro(found: Array, before: Array, rate: Array, step_s: float, *, cut_hz: float, quicken: float, still: float) -> tuple[Array, Array]:
    """Return value and rate by the One-Euro filter (Casiez, Roussel and Vogel 2012) with `NEWEST` and `STILL`, per number."""
    newest = (found - before) / step_s
    smooth = rate + low_pass_share(np.asarray(RATE_CUT_HZ), step_s) * (newest - rate)
    moving = np.maximum(np.abs(smooth), NEWEST * np.abs(newest)) - still
    share = low_pass_share(cut_hz + quicken * np.maximum(moving, 0), step_s)
    return before + share * (found - before), smooth


def low_pass_share(cut_hz: Array, step_s: float) -> Array:
    """Return the share of what is new that a low pass of first order lets through in one step."""
    out: Array = 1 / (1 + 1 / (2 * np.pi * cut_hz * step_s))
    return out
