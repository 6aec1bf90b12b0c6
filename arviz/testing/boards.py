"""Pictures of calibration boards with exact truth: flat, or as a camera with any lens sees them.

Every sample of a pixel goes back through the lens to the board's plane and asks the printed pattern itself, so corners lie
exactly where ``camera.project_distorted`` puts the board's points. Light is mixed in linear light and encoded as sRGB.
"""

from __future__ import annotations

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb, srgb_to_linear, to_uint8
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.calibration.boards import Board, Pattern

PAPER, INK = 0.85, 0.04
"""Diffuse reflectances of white paper and laser toner; the light is 1."""


def board_picture(board: Board, px_per_m: float, *, margin_m: float | None = None) -> Image:
    """Return the board as a flat scan shows it, each pixel the exact mean over its area.

    Parameters
    ----------
    px_per_m : float
        Scale; 11811 are 300 dots per inch.
    margin_m : float, optional
        White around the pattern, `margin_of` by default. The pattern's origin is the point
        ``margin_m * px_per_m - 0.5`` in both directions.
    """
    pattern = board.pattern()
    margin = margin_of(board) if margin_m is None else margin_m
    rows, columns = (_coverage(ends + margin, px_per_m, ends[-1] + 2 * margin) for ends in (pattern.y_m, pattern.x_m))
    ink = rows @ pattern.dark.astype(np.float64) @ columns.T
    return Image(pixels=np.repeat(to_uint8(linear_to_srgb(PAPER + (INK - PAPER) * ink))[..., None], 3, axis=2))


def board_view(
    board: Board,
    *,
    camera: Camera,
    camera_from_board: Array,
    samples: int = 4,
    blur_px: float = 0.0,
    noise: float = 0.0,
    background: Image | float = 0.3,
    margin_m: float | None = None,
    rng: np.random.Generator | None = None,
) -> Image:
    """Return what a camera sees of a board: the truth is ``camera.project_distorted`` of the board's points.

    Parameters
    ----------
    camera_from_board : ndarray (4, 4)
        Pose; the identity with z = 0.5 is an upright board whose upper left corner is in the middle of the picture.
    samples : int
        Square root of their count in a pixel where the pattern changes inside it; cells of the pattern should not be smaller than a pixel.
    blur_px : float
        Sigma of a Gaussian blur, in linear light.
    noise : float
        Sigma of white noise in steps of 255, per channel, after encoding; needs `rng`.
    background : Image or float
        What is around the paper: a picture of the same size or a linear grey.
    margin_m : float, optional
        White around the pattern, `margin_of` by default.
    """
    height, width = camera.height_px, camera.width_px
    margin = margin_of(board) if margin_m is None else margin_m
    pattern, pose = board.pattern(), np.asarray(camera_from_board, np.float64)
    light, paper = np.zeros((2, height, width))
    left, top, right, bottom = _box(pattern, camera, pose, margin)
    y, x = np.mgrid[top:bottom, left:right]
    centres = np.stack([x, y], axis=-1).reshape(-1, 2).astype(np.float64)
    part = np.stack(_light(pattern, camera, pose, centres, margin))
    # A pixel is sampled more finely where it or a neighbour differs.
    code = np.pad((part[0] * 2 - part[1]).reshape(x.shape), 1, mode="edge")
    near = np.stack([code[i : i + x.shape[0], j : j + x.shape[1]] for i in range(3) for j in range(3)])
    mixed = np.flatnonzero(near.max(axis=0) != near.min(axis=0))
    # No two samples in one row or column (a lattice by the golden section): on a square grid edges that are nearly upright move
    # in steps of a quarter pixel, and corners by 0.04 px, four times what a good detector misses by.
    number = np.arange(samples**2)
    offsets = np.stack([number / samples**2, number * 0.6180339887498949 % 1], axis=1)
    offsets -= offsets.mean(axis=0)
    sums = np.zeros((2, len(mixed)))
    for offset in offsets:
        sums += _light(pattern, camera, pose, centres[mixed] + offset, margin)
    part[:, mixed] = sums / samples**2
    light[top:bottom, left:right], paper[top:bottom, left:right] = part.reshape(2, *x.shape)
    behind = np.full((height, width, 3), background) if isinstance(background, float | int) else _linear(background, camera)
    out = light[..., None] + (1 - paper[..., None]) * behind
    return _photo(out, blur_px=blur_px, noise=noise, rng=rng)


def random_views(board: Board, camera: Camera, n: int, rng: np.random.Generator) -> tuple[Array, ...]:
    """Return `n` poses camera_from_board (4, 4) that show the whole pattern and cover the picture well.

    Tilts to 50 degrees, turns to 30, 40 to 90 % of the picture's width or height; places by a Halton sequence of which
    the generator draws the start, between the outermost that keep the board inside.
    """
    width, height = board.size_m
    outline = np.array([[x * width, y * height, 0.0] for t in np.linspace(0, 1, 9) for x, y in ((t, 0), (t, 1), (0, t), (1, t))])
    middle = np.array([width / 2, height / 2, 0.0])
    start, out = int(rng.integers(1000)), []
    for number in range(n):
        place = np.array([_halton(start + number, base) for base in (2, 3)])
        while True:
            pose = _pose(camera, middle, (width, height), place, rng)
            if _inside(camera, outline @ pose[:3, :3].T + pose[:3, 3]):
                out.append(pose)
                break
            place = 0.5 + (place - 0.5) * 0.97
    return tuple(out)


def margin_of(board: Board) -> float:
    """Return the white margin that pictures of a board have by default: half a square, or a gap between tags."""
    return board.square_m * (board.spacing or 0.5)


def _coverage(ends_m: Array, px_per_m: float, whole_m: float) -> Array:
    """Return (P, N): the share of each pixel's side that lies in each of N cells."""
    pixels = np.arange(int(np.ceil(whole_m * px_per_m - 1e-9)))[:, None]
    low, high = ends_m[None, :-1] * px_per_m, ends_m[None, 1:] * px_per_m
    out: Array = np.clip(np.minimum(high, pixels + 1) - np.maximum(low, pixels), 0, None)
    return out


def _box(pattern: Pattern, camera: Camera, pose: Array, margin_m: float) -> tuple[int, int, int, int]:
    """Return the pixels, as left, top, right and bottom, outside of which no paper is; the whole picture where that is unclear."""
    width, height = camera.width_px, camera.height_px
    low, high = np.full(2, -margin_m), np.array([pattern.x_m[-1], pattern.y_m[-1]]) + margin_m
    shares = np.array([(x, y) for t in np.linspace(0, 1, 65) for x, y in ((t, 0), (t, 1), (0, t), (1, t))])
    outline = np.concatenate([low + shares * (high - low), np.zeros((len(shares), 1))], axis=1) @ pose[:3, :3].T + pose[:3, 3]
    if outline[:, 2].min() <= 0:
        return 0, 0, width, height
    pixels = camera.project_distorted(outline)
    if not np.allclose(camera.rays(pixels), outline / outline[:, 2:], atol=1e-6):
        return 0, 0, width, height  # the lens folds there
    (left, top), (right, bottom) = np.floor(pixels.min(axis=0)) - 3, np.ceil(pixels.max(axis=0)) + 4
    x0, x1 = (int(np.clip(value, 0, width)) for value in (left, right))
    y0, y1 = (int(np.clip(value, 0, height)) for value in (top, bottom))
    return x0, y0, x1, y1


def _light(pattern: Pattern, camera: Camera, pose: Array, pixels: Array, margin_m: float) -> tuple[Array, Array]:
    """Return, at (N, 2) pixels, the light of paper and ink, and whether (1.0, 0.0) paper is seen."""
    board_from_seen = np.linalg.inv(pose[:3, [0, 1, 3]])
    at = camera.rays(pixels) @ board_from_seen.T
    with np.errstate(all="ignore"):
        points = at[:, :2] / at[:, 2:]
    ends = np.array([pattern.x_m[-1], pattern.y_m[-1]])
    paper = (at[:, 2] > 0) & (points > -margin_m).all(axis=1) & (points < ends + margin_m).all(axis=1)
    ink = paper & pattern.at(points)
    return np.where(paper, np.where(ink, INK, PAPER), 0.0), paper.astype(np.float64)


def _linear(background: Image, camera: Camera) -> Array:
    if (background.width_px, background.height_px) != (camera.width_px, camera.height_px):
        raise ValueError(f"the background is {camera.width_px} x {camera.height_px} as the camera's pictures, found {background!r}")
    return srgb_to_linear(np.broadcast_to(background.pixels[..., :3], (camera.height_px, camera.width_px, 3)) / np.float32(255))


def _photo(light: Array, *, blur_px: float, noise: float, rng: np.random.Generator | None) -> Image:
    if blur_px > 0:
        import cv2

        light = cv2.GaussianBlur(light, (0, 0), blur_px, borderType=cv2.BORDER_REPLICATE)
    encoded = linear_to_srgb(light).astype(np.float64)
    if noise > 0:
        if rng is None:
            raise ValueError("noise needs a generator: rng=numpy.random.default_rng(seed)")
        encoded = encoded + rng.normal(0, noise / 255, encoded.shape)
    return Image(pixels=to_uint8(encoded))


def _pose(camera: Camera, middle: Array, size: tuple[float, float], place: Array, rng: np.random.Generator) -> Array:
    axis, tilt, roll = rng.uniform(0, 2 * np.pi), np.deg2rad(rng.uniform(0, 50)), np.deg2rad(rng.uniform(-30, 30))
    rotation = _turn(np.array([np.cos(axis), np.sin(axis), 0]) * tilt) @ _turn(np.array([0, 0, roll]))
    share = rng.uniform(0.4, 0.9)
    depth = max(camera.k[0, 0] * size[0] / (share * camera.width_px), camera.k[1, 1] * size[1] / (share * camera.height_px))
    # Where the board's middle may be so that its frame stays about inside.
    half = np.abs(rotation[:2, :2]) @ np.array(size) / 2 * np.array([camera.k[0, 0], camera.k[1, 1]]) / depth
    room = np.maximum(np.array([camera.width_px, camera.height_px]) / 2 - half, 0)
    pixel = np.array([(camera.width_px - 1) / 2, (camera.height_px - 1) / 2]) + (2 * place - 1) * room
    out = np.eye(4)
    out[:3, :3] = rotation
    out[:3, 3] = depth * camera.rays(pixel) - rotation @ middle
    return out


def _inside(camera: Camera, points_camera_m: Array) -> bool:
    if not np.isfinite(points_camera_m).all() or points_camera_m[:, 2].min() <= 0:
        return False
    pixels = camera.project_distorted(points_camera_m)
    back = camera.rays(pixels)[:, :2]
    true = points_camera_m[:, :2] / points_camera_m[:, 2:]
    border = 2.0
    return bool(
        (pixels > border).all()
        and (pixels < np.array([camera.width_px, camera.height_px]) - 1 - border).all()
        and (np.abs(back - true).max() < 1e-6)  # not where the lens folds
    )


def _turn(vector: Array) -> Array:
    """Return the rotation (3, 3) about a vector by its length (Rodrigues)."""
    angle = float(np.linalg.norm(vector))
    if angle == 0:
        return np.eye(3)
    x, y, z = vector / angle
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    out: Array = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    return out


def _halton(index: int, base: int) -> float:
    out, weight = 0.0, 1.0
    while index:
        index, digit = divmod(index, base)
        weight /= base
        out += digit * weight
    return out
