"""The demo picture: an abstract print behind a mat, in a slim frame, to hang on a wall. 70 x 50 x 2.5 cm."""

from __future__ import annotations

import numpy as np
from boxes import box
from dining_table import woods
from finish import finished
from model import Part, anchor, joined, picture
from noise import periodic
from surfaces import Array, Grid, Surface, surface
from weave import linear, srgb, to_bytes

from arviz.core.asset import Asset
from arviz.core.material import Material, TextureInfo

SIZE_M = (0.70, 0.50, 0.025)
FRAME_M, MAT_M = 0.016, 0.062
DEPTH_M = SIZE_M[2]
WINDOW_M = (SIZE_M[0] - 2 * (FRAME_M + MAT_M), SIZE_M[1] - 2 * (FRAME_M + MAT_M))


def sheet(low: tuple[float, float], high: tuple[float, float], z: float) -> Surface:
    """Make a flat rectangle that looks to +Z; textures run 0..1 across it."""
    x, y = np.meshgrid(*(_spaced(a, b) for a, b in zip(low, high, strict=True)))
    points = np.stack([x, y, np.full_like(x, z)], -1)
    uv = np.stack([(x - low[0]) / (high[0] - low[0]), (high[1] - y) / (high[1] - low[1])], -1)
    return surface([Grid(points, uv)])


def _spaced(low: float, high: float) -> Array:
    """Return lines close to both ends, where the shade of an edge falls off."""
    near = np.array([0, 0.003, 0.007, 0.013, 0.022])
    return np.r_[low + near, high - near[::-1]] if high - low > 0.045 else np.linspace(low, high, 5)


def mitred() -> list[Surface]:
    """Make the four sides of the frame; the upright ones reach from corner to corner."""
    w, h, d = SIZE_M
    sides = [box((FRAME_M, h, d), (s * (w - FRAME_M) / 2, h / 2, 0), radius_m=0.0015, cell_m=0.1) for s in (-1, 1)]
    across = w - 2 * FRAME_M + 0.001
    return sides + [
        box((across, FRAME_M, d - 0.0004), (0, y, 0), radius_m=0.0015, cell_m=0.1, grain=0) for y in (FRAME_M / 2, h - FRAME_M / 2)
    ]


def bevel(low: tuple[float, float], high: tuple[float, float], *, front: float, back: float) -> Surface:
    """Make the cut edge of the mat's window, at 45 degrees."""
    t = front - back

    def ring(inset: float, z: float) -> Array:
        (x0, y0), (x1, y1) = (low[0] + inset, low[1] + inset), (high[0] - inset, high[1] - inset)
        return np.array([[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]])

    outer, inner = ring(0, front), ring(t, back)
    grids = []
    for i in range(4):
        j = (i + 1) % 4
        grids.append(Grid(np.stack([outer[[i, j]], inner[[i, j]]]), np.zeros((2, 2, 2)), i))
    return surface(grids)


def mat(low: tuple[float, float], high: tuple[float, float], z: float) -> Surface:
    """Make the mat: a sheet with a window."""
    x0, x1 = -SIZE_M[0] / 2 + FRAME_M - 0.002, SIZE_M[0] / 2 - FRAME_M + 0.002
    y0, y1 = FRAME_M - 0.002, SIZE_M[1] - FRAME_M + 0.002
    strips = [((x0, y0), (x1, low[1])), ((x0, high[1]), (x1, y1)), ((x0, low[1]), (low[0], high[1])), ((high[0], low[1]), (x1, high[1]))]
    return joined([sheet(a, b, z) for a, b in strips])


def printed(width_px: int = 512, height_px: int = 512) -> Array:
    """Return linear (H, W, 3): hills in layers under a low sun, on rough paper."""
    x = (np.arange(width_px) + 0.5)[None] / width_px
    y = (np.arange(height_px) + 0.5)[:, None] / height_px
    sky = np.array(linear("#efe3cf")) * (1 - y[..., None]) + np.array(linear("#e6c7a1")) * y[..., None]
    away = np.hypot((x - 0.66) * WINDOW_M[0] / WINDOW_M[1], y - 0.36)
    out = np.where((away < 0.135)[..., None], np.array(linear("#c8643c")), sky)
    layers = (
        ("#b9b79f", 0.50, 0.050, 1.3, 0.2),
        ("#8d9a86", 0.60, 0.060, 1.9, 1.7),
        ("#566f6a", 0.71, 0.055, 1.4, 3.4),
        ("#2d4650", 0.84, 0.045, 2.3, 5.0),
    )
    for colour, level, swing, waves, phase in layers:
        ridge = level + swing * np.sin(2 * np.pi * waves * x + phase) + 0.4 * swing * np.sin(2 * np.pi * 2.7 * waves * x + 2 * phase)
        out = np.where((y > ridge)[..., None], np.array(linear(colour)) * (1 + 0.10 * (y - ridge)[..., None]), out)
    grain = periodic((height_px, width_px), seed=77, low=30, high=250, slope=0.3)
    return np.clip(out * (1 + 0.03 * grain[..., None]), 0, 0.85)


def build() -> Asset:
    """Make the framed print."""
    low = (-SIZE_M[0] / 2 + FRAME_M + MAT_M, FRAME_M + MAT_M)
    high = (-low[0], SIZE_M[1] - low[1])
    window_z = DEPTH_M / 2 - 0.007
    board = box((SIZE_M[0] - 2 * FRAME_M + 0.004, SIZE_M[1] - 2 * FRAME_M + 0.004, 0.004), (0, SIZE_M[1] / 2, -DEPTH_M / 2 + 0.004))
    backed = woods()
    root = Part(
        "picture",
        children=(
            Part("frame", ((joined(mitred()), "oak"),), children=(
                anchor("mount", "wall", at_m=(0, SIZE_M[1] / 2, -DEPTH_M / 2), normal=(0, 0, -1), up=(0, 1, 0), width_m=SIZE_M[0]),
            )),
            Part("back board", ((board, "board"),)),
            Part("print", ((sheet(low, high, window_z - 0.0016), "print"),)),
            Part("mat", ((mat(low, high, window_z), "mat"), (bevel(low, high, front=window_z, back=window_z - 0.0018), "mat"))),
        ),
    )  # fmt: skip
    materials = (
        *(m for m in backed["materials"] if m.name == "oak"),
        Material(name="black frame", base_color_factor=(*linear("#26262a"), 1), metallic_factor=0, roughness_factor=0.45),
        Material(name="white frame", base_color_factor=(0.80, 0.80, 0.79, 1), metallic_factor=0, roughness_factor=0.4),
        Material(name="print", base_color_texture=TextureInfo(texture=2), metallic_factor=0, roughness_factor=0.85),
        Material(name="mat", base_color_factor=(0.82, 0.815, 0.79, 1), metallic_factor=0, roughness_factor=0.9),
        Material(name="board", base_color_factor=(*linear("#8a7558"), 1), metallic_factor=0, roughness_factor=0.9),
    )
    return finished(
        root,
        size_m=SIZE_M,
        materials=materials,
        images=(*backed["images"], picture(to_bytes(srgb(printed())), name="print", quality=90)),
        tile_m={**dict.fromkeys(("oak", "black frame", "white frame"), 0.48), "print": 1.0},
        variants={"Oak": {"oak": "oak"}, "Black": {"oak": "black frame"}, "White": {"oak": "white frame"}},
        reach_m=0.02,
    )
