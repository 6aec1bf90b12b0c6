"""Procedural paints: reflectance of boards, tiles, doors, walls, books, each averaged over the size of a pixel.

Lines are averaged exactly over a box as large as the pixel's footprint, noise fades where the footprint outgrows it: so a
picture shows lines at their true places with few samples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from arviz.core.colour import srgb_to_linear
from arviz.core.frozen import Array
from arviz.testing.rooms.truth import Finish, Paint


def paint(finish: Finish, uv_m: Array, footprint_m: Array) -> Array:
    """Return the reflectance (N, 3) of a finish at (N, 2) texture coordinates, averaged over (N, 2) footprints."""
    u, v = uv_m.T
    fu, fv = np.maximum(footprint_m, 1e-5).T
    return np.clip(_PAINTS[finish.paint](finish, u, v, fu, fv), 0.0, 0.97)


def noise(u: Array, v: Array, seed: int) -> Array:
    """Return smooth value noise in -1..1 on the unit lattice."""
    iu, iv = np.floor(u), np.floor(v)
    a, b = u - iu, v - iv
    a, b = a * a * (3 - 2 * a), b * b * (3 - 2 * b)
    corner = [chance(iu + i, iv + j, seed) for j in (0, 1) for i in (0, 1)]
    out: Array = ((1 - b) * ((1 - a) * corner[0] + a * corner[1]) + b * ((1 - a) * corner[2] + a * corner[3])) * 2 - 1
    return out


def chance(u: Array, v: Array, seed: int) -> Array:
    """Return a number in 0..1 for each pair of whole numbers (integer hash after M. O'Neill's PCG output permutation)."""
    x = (u.astype(np.int64).astype(np.uint32) * np.uint32(0x9E3779B1)) ^ (v.astype(np.int64).astype(np.uint32) * np.uint32(0x85EBCA77))
    x = x + np.uint32(seed & 0xFFFFFFFF)
    x = x * np.uint32(747796405) + np.uint32(2891336453)
    x = ((x >> ((x >> np.uint32(28)) + np.uint32(4))) ^ x) * np.uint32(277803737)
    out: Array = ((x >> np.uint32(22)) ^ x) / np.float64(2**32)
    return out


def inside(x: Array, low: Array | float, high: Array | float, footprint: Array) -> Array:
    """Return the share of a box of width `footprint` around x that lies between low and high."""
    left, right = np.maximum(x - footprint / 2, low), np.minimum(x + footprint / 2, high)
    out: Array = np.maximum(right - left, 0.0) / footprint
    return out


def _faded(amplitude: float, scale_m: float, footprint: Array) -> Array:
    """Return the amplitude of noise that is left when averaged over a footprint."""
    return amplitude / (1 + (footprint / scale_m) ** 2)


def _lines(x: Array, period: Array | float, width: float, footprint: Array) -> Array:
    """Return the coverage by lines of a width around multiples of a period."""
    d = x - np.round(x / period) * period
    near = inside(d, -width / 2, width / 2, footprint)
    return np.where(footprint < period, near, width / period)


def _mix(a: Array, b: Array, share: Array) -> Array:
    out: Array = a + (b - a) * share[:, None]
    return out


def _even(finish: Finish, u: Array) -> Array:
    return np.broadcast_to(np.asarray(finish.colour), (len(u), 3))


def _plain(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    f = np.maximum(fu, fv)
    out: Array = _even(finish, u) * (1 + _faded(0.015, 0.05, f) * noise(u / 0.05, v / 0.05, finish.seed))[:, None]
    return out


def _wall(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Paint with the roller's texture and faint stains; a white skirting board of 8 cm with the shade at its edge."""
    f = np.maximum(fu, fv)
    wavy = 0.012 * noise(u / 0.7, v / 0.7, finish.seed) + _faded(0.02, 0.006, f) * noise(u / 0.006, v / 0.006, finish.seed + 1)
    out = _even(finish, u) * (1 + wavy)[:, None]
    out = _mix(out, np.asarray(finish.accent), inside(v, -1.0, 0.08, fv))
    out = _mix(out, np.asarray(finish.accent) * 0.45, inside(v, 0.077, 0.081, fv))
    return _mix(out, np.asarray(finish.accent) * 0.25, inside(v, -1.0, 0.003, fv))


def _wallpaper(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Draw spots that never repeat, of many sizes and tones: what feature detectors like."""
    f = np.maximum(fu, fv)
    out = _wall(finish, u, v, fu, fv)
    above = inside(v, 0.08, 100.0, fv)
    for number, cell in enumerate((0.24, 0.11, 0.05)):
        x, y = u / cell, v / cell
        i, j = np.floor(x), np.floor(y)
        cx, cy, r, tone = (chance(i, j, finish.seed + 20 * number + k) for k in range(4))
        radius = 0.12 + 0.2 * r
        away = np.hypot(x - i - 0.35 - 0.3 * cx, (y - j - 0.35 - 0.3 * cy) * (0.6 + r))
        share = np.clip((radius - away) * cell / f + 0.5, 0, 1) * np.minimum(1, cell / f / 3) * (tone > 0.35)
        out = _mix(out, out * (0.35 + 0.9 * tone[:, None]) * np.array([1.0, 0.92 + 0.1 * (number % 2), 0.85]), share * above)
    return out


def _boards(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Planks along u, each with its own tone, grain and length, dark joints of 1.5 mm."""
    width = 0.12 + 0.08 * float(chance(np.zeros(1), np.zeros(1), finish.seed)[0])
    length = 1.1 + 0.9 * float(chance(np.ones(1), np.zeros(1), finish.seed)[0])
    row = np.floor(v / width)
    shift = chance(row, row * 0 + 7, finish.seed) * length
    plank = np.floor((u + shift) / length)
    tone = 1 + 0.28 * (chance(plank, row, finish.seed + 3) - 0.5) / (1 + (np.maximum(fu / length, fv / width)) ** 2)
    out = _even(finish, u) * (tone * _grain(u, v, fu, fv, finish.seed + 11 + 0, stripes_m=0.012))[:, None]
    joints = np.maximum(_lines(v, width, 0.0015, fv), _lines(u + shift, length, 0.0015, fu))
    return _mix(out, np.asarray(finish.accent), joints)


def _grain(u: Array, v: Array, fu: Array, fv: Array, seed: int, *, stripes_m: float) -> Array:
    """Return a factor around 1: long fibres along u, wavering."""
    bend = 0.015 * noise(u / 0.5, v / 0.1, seed)
    wide = noise(u / 0.9, (v + bend) / stripes_m, seed + 1) * _faded(0.10, stripes_m, fv)
    fine = noise(u / 0.15, (v + bend) / (stripes_m / 5), seed + 2) * _faded(0.07, stripes_m / 5, fv)
    out: Array = 1 + wide + fine
    return out


def _tiles(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Square tiles with joints of 4 mm, each a little lighter or darker, marbled."""
    side = (0.3, 0.45, 0.6)[finish.seed % 3]
    tone = 1 + 0.06 * (chance(np.floor(u / side), np.floor(v / side), finish.seed) - 0.5)
    cloud = 0.05 * noise(u / 0.08, v / 0.08, finish.seed + 1) + 0.03 * noise(u / 0.02, v / 0.02, finish.seed + 2)
    out = _even(finish, u) * (tone + cloud / (1 + (np.maximum(fu, fv) / 0.05) ** 2))[:, None]
    return _mix(out, np.asarray(finish.accent), np.maximum(_lines(u, side, 0.004, fu), _lines(v, side, 0.004, fv)))


def _carpet(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    f = np.maximum(fu, fv)
    rough = _faded(0.25, 0.004, f) * noise(u / 0.004, v / 0.004, finish.seed) + 0.04 * noise(u / 0.15, v / 0.15, finish.seed + 1)
    return _even(finish, u) * (1 + rough)[:, None]


def _rug(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Draw a field with borders in the accent and a lattice of diamonds."""
    w, h = finish.size_m
    out = _carpet(finish, u, v, fu, fv)
    a, b = (u - w / 2) + (v - h / 2) * 1.4, (u - w / 2) - (v - h / 2) * 1.4
    f = np.maximum(fu, fv) * 1.5
    diamonds = np.maximum(_lines(a, 0.32, 0.018, f), _lines(b, 0.32, 0.018, f))
    field = inside(u, 0.16, w - 0.16, fu) * inside(v, 0.16, h - 0.16, fv)
    out = _mix(out, np.asarray(finish.accent), diamonds * field)
    for low, high in ((0.05, 0.09), (0.11, 0.125)):
        ring = inside(u, low, w - low, fu) * inside(v, low, h - low, fv)
        hole = inside(u, high, w - high, fu) * inside(v, high, h - high, fv)
        out = _mix(out, np.asarray(finish.accent), np.clip(ring - hole, 0, 1))
    return out


def _wood(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    if finish.size_m[1] > finish.size_m[0]:  # fibres run along the longer side
        u, v, fu, fv = v, u, fv, fu
    return _even(finish, u) * _grain(u, v, fu, fv, finish.seed, stripes_m=0.025)[:, None]


def _door(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Draw a leaf with two sunk panels, lit from above, and a handle."""
    w, h = finish.size_m
    out = _plain(finish, u, v, fu, fv)
    for low, high in ((0.14, 0.80), (0.98, h - 0.14)):
        out = _sunk(out, u, v, fu, fv, (0.13, low, w - 0.13, high))
    return _handle(out, u, v, fu, fv, (w - 0.11, 1.03, w - 0.03, 1.055))


def _drawers(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Fronts in a raster with gaps of 4 mm and bar handles."""
    w, h = finish.size_m
    out = _wood(finish, u, v, fu, fv)
    columns, rows = max(round(w / 0.55), 1), max(round(h / (0.28 if finish.seed % 2 else 0.7)), 1)
    cw, ch = w / columns, h / rows
    out = _mix(out, out * 0.12, np.maximum(_lines(u, cw, 0.004, fu), _lines(v, ch, 0.004, fv)))
    for c in range(columns):
        for r in range(rows):
            x, y = (c + 0.5) * cw, (r + 1) * ch - 0.05
            out = _handle(out, u, v, fu, fv, (x - 0.06, y - 0.006, x + 0.06, y + 0.006))
    return out


def _books(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Shelves 32 cm apart, spines 2 to 5 cm wide of many colours and heights, dark above them."""
    w, h = finish.size_m
    shelves = max(round(h / 0.33), 1)
    pitch, thick = h / shelves, 0.022
    row = np.floor(v / pitch)
    y = v - row * pitch - thick
    grid = 0.034
    warped = u / grid + 0.25 * np.sin(u / grid * 2.1 + row)
    book = np.floor(warped)
    height = (0.6 + 0.35 * chance(book, row, finish.seed)) * (pitch - thick)
    hue = np.stack([chance(book, row, finish.seed + k) for k in (1, 2, 3)], axis=1)
    tone = srgb_to_linear(0.12 + 0.6 * (0.45 + 0.55 * hue) * chance(book, row, finish.seed + 4)[:, None])
    part = warped - book
    rounded = 0.45 + 0.55 * np.sin(np.pi * np.clip(part, 0, 1)) ** 0.5
    label = inside(y / height, 0.62, 0.72, fv / height) * (chance(book, row, finish.seed + 5) > 0.4)
    spine = _mix(tone * rounded[:, None], np.array([0.6, 0.5, 0.3]), label * 0.8)
    empty = chance(np.floor(warped / 5), row, finish.seed + 6) < 0.15
    out = np.where(((y < height) & ~empty)[:, None], spine, np.asarray(finish.colour) * 0.18)
    frame = np.maximum(_lines(v, pitch, 2 * thick, fv), 1 - inside(u, 0.02, w - 0.02, fu))
    return _mix(out, _wood(finish, u, v, fu, fv), frame)


def _fabric(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    weave = np.sin(u / 0.0015) * np.sin(v / 0.0015) * _faded(0.12, 0.003, np.maximum(fu, fv))
    return _even(finish, u) * (1 + weave + 0.05 * noise(u / 0.12, v / 0.12, finish.seed))[:, None]


def _ribs(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Draw a radiator's folds, 5 cm apart."""
    fold = np.abs(u / 0.05 - np.round(u / 0.05)) * 2
    depth = _faded(0.35, 0.025, fu)
    shade = depth * np.clip(1.4 * (fold - 0.55), 0, 1) * inside(v, 0.03, finish.size_m[1] - 0.03, fv)
    out: Array = _even(finish, u) * (1 - shade)[:, None]
    return out


def _picture(finish: Finish, u: Array, v: Array, fu: Array, fv: Array) -> Array:
    """Draw a landscape of bands in a mount and a frame."""
    w, h = finish.size_m
    edge, mount = 0.02, 0.02 + 0.13 * min(w, h)
    t = (v - mount) / (h - 2 * mount) + 0.06 * noise(u / 0.15, v / 0.4, finish.seed) + 0.03 * noise(u / 0.04, v / 0.1, finish.seed + 1)
    band = np.clip(np.floor(t * 6), 0, 5)
    hue = np.stack([chance(band, band * 0, finish.seed + k) for k in (2, 3, 4)], axis=1)
    out = srgb_to_linear(0.25 + 0.45 * band[:, None] / 6 + 0.25 * hue).astype(np.float64)
    inner = inside(u, mount, w - mount, fu) * inside(v, mount, h - mount, fv)
    out = _mix(np.full((len(u), 3), 0.8), out, inner)
    return _mix(np.broadcast_to(np.asarray(finish.accent), out.shape), out, inside(u, edge, w - edge, fu) * inside(v, edge, h - edge, fv))


def _sunk(out: Array, u: Array, v: Array, fu: Array, fv: Array, box: tuple[float, float, float, float]) -> Array:
    """Draw the edges of a sunk panel: dark above and to the left, light below."""
    u0, v0, u1, v1 = box
    wide, t = inside(u, u0, u1, fu), 0.009
    tall = inside(v, v0, v1, fv)
    out = _mix(out, out * 0.62, wide * inside(v, v1 - t, v1, fv))
    out = _mix(out, out * 0.78, tall * inside(u, u0, u0 + t, fu))
    out = _mix(out, out * 0.86, tall * inside(u, u1 - t, u1, fu))
    return _mix(out, np.minimum(out * 1.12, 0.96), wide * inside(v, v0, v0 + t, fv))


def _handle(out: Array, u: Array, v: Array, fu: Array, fv: Array, box: tuple[float, float, float, float]) -> Array:
    u0, v0, u1, v1 = box
    shade = inside(u, u0, u1, fu) * inside(v, v0 - 0.6 * (v1 - v0), v0, fv)
    out = _mix(out, out * 0.5, shade)
    return _mix(out, np.array([0.28, 0.27, 0.26]), inside(u, u0, u1, fu) * inside(v, v0, v1, fv))


_PAINTS: dict[Paint, Callable[[Finish, Array, Array, Array, Array], Array]] = {
    "plain": _plain,
    "wall": _wall,
    "wallpaper": _wallpaper,
    "boards": _boards,
    "tiles": _tiles,
    "carpet": _carpet,
    "rug": _rug,
    "wood": _wood,
    "door": _door,
    "drawers": _drawers,
    "books": _books,
    "fabric": _fabric,
    "ribs": _ribs,
    "picture": _picture,
    "pane": _plain,
    "glow": _plain,
}
