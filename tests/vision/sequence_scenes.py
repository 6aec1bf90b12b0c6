"""A papered room with boxes, drawn by rays on textured quads: photos of a walk with exact poses."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.image import Image

CAMERA = Camera.from_fov(vertical_fov_rad=np.radians(52), width_px=640, height_px=480)
_TEXELS_PER_M = 250
WIDTH_M, HEIGHT_M, DEPTH_M = 4.0, 2.5, 5.0


class Quad(NamedTuple):
    """A rectangle with a picture."""

    corner_m: Array
    along_m: Array
    up_m: Array
    texture: Array


def papered_room(rng: np.random.Generator, *, boxes: int = 3) -> list[Quad]:
    """Return a room of 4 x 2.5 x 5 m around the origin of its floor with boxes in it."""
    w, h, d = WIDTH_M, HEIGHT_M, DEPTH_M
    low = np.array([-w / 2, 0, -d / 2])
    x, y, z = np.diag([w, h, d])
    frames = [(low, z, x), (low, x, y), (low, z, y), (low + x, z, y), (low + y, x, z), (low + z, x, y)]
    for _ in range(boxes):
        s = rng.uniform(0.3, 0.9, 3)
        corner = np.array([rng.uniform(-1.5, 1.5), 0, rng.uniform(-2, 0)]) - s * [0.5, 0, 0.5]
        a, b, c = np.diag(s)
        frames += [(corner + b, a, c), (corner + c, a, b), (corner, c, b), (corner + a, c, b)]
    return [Quad(o, u, v, _texture(rng, *(int(np.linalg.norm(side) * _TEXELS_PER_M) for side in (v, u)))) for o, u, v in frames]


def sheet(middle_m: Array, yaw_rad: float) -> Quad:
    """Return an A4 sheet on the floor."""
    c, s = np.cos(yaw_rad), np.sin(yaw_rad)
    along, up = 0.297 * np.array([c, 0, s]), 0.21 * np.array([-s, 0, c])
    corner = np.asarray(middle_m) - (along + up) / 2 + [0, 0.001, 0]
    return Quad(corner, along, up, np.full((60, 80), 0.97, np.float32))


def _texture(rng: np.random.Generator, height: int, width: int) -> Array:
    import cv2

    out = np.full((height, width), rng.uniform(0.4, 0.8), np.float32)
    for size in (4, 8, 20, 60):
        noise = rng.standard_normal((max(height // size, 2), max(width // size, 2))).astype(np.float32)
        out += 0.05 * cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        left, top, right, bottom = rng.integers(0, width), rng.integers(0, height), *rng.integers(5, 60, 2)
        out[top : top + bottom, left : left + right] = rng.uniform(0.1, 0.9)
    return np.clip(out, 0, 1)


def photo(quads: list[Quad], pose: Array, *, rng: np.random.Generator, camera: Camera = CAMERA, blur_px: float = 0.8) -> Frame:
    """Return the photo (without its pose) from a place, blurred and noisy."""
    return photo_and_depth(quads, pose, rng=rng, camera=camera, blur_px=blur_px)[0]


def photo_and_depth(
    quads: list[Quad], pose: Array, *, rng: np.random.Generator, camera: Camera = CAMERA, blur_px: float = 0.8
) -> tuple[Frame, Array]:
    """Return `photo` and the exact depth (H, W) along z that belongs to it, +inf where nothing is."""
    import cv2

    shape = (camera.height_px, camera.width_px)
    y, x = np.mgrid[: shape[0], : shape[1]]
    rays = np.stack([x, y, np.ones_like(x)], axis=-1).reshape(-1, 3) @ np.linalg.inv(camera.k).T @ pose[:3, :3].T
    eye = pose[:3, 3]
    nearest, grey = np.full(len(rays), np.inf), np.zeros(len(rays), np.float32)
    for quad in quads:
        normal = np.cross(quad.along_m, quad.up_m)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = ((quad.corner_m - eye) @ normal) / (rays @ normal)
            at = eye + rays * reach[:, None] - quad.corner_m
            u, v = (np.nan_to_num(at @ side / (side @ side)) for side in (quad.along_m, quad.up_m))
        hit = (reach > 0.05) & (reach < nearest) & (u >= 0) & (u <= 1) & (v >= 0) & (v <= 1)
        height, width = quad.texture.shape
        across, down = ((np.clip(t, -1, 2) * n - 0.5).astype(np.float32).reshape(shape) for t, n in ((u, width), (v, height)))
        value = cv2.remap(quad.texture, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).reshape(-1)
        grey[hit], nearest[hit] = value[hit], reach[hit]
    seen = cv2.GaussianBlur(grey.reshape(shape), (0, 0), blur_px) + rng.normal(0, 0.01, shape)
    pixels = np.repeat((np.clip(seen, 0, 1) * 255).astype(np.uint8)[..., None], 3, axis=2)
    return Frame(image=Image(pixels=pixels), camera=camera), nearest.reshape(shape)


def walk(rng: np.random.Generator, count: int, *, step_m: float = 0.1) -> list[Array]:
    """Return poses (4, 4) of a walk sideways across the room, looking at its far end."""
    eye = np.array([rng.uniform(-0.6, 0.2), rng.uniform(1.3, 1.6), rng.uniform(1.2, 1.9)])
    target = np.array([rng.uniform(-0.5, 0.5), 0.9, -1.5])
    sway = rng.normal(0, 0.03, (count, 3))
    return [
        look_at(eye + np.array([0.8, 0, -0.2]) * step_m * i + sway[i] * [0, 0.7, 1], target + rng.normal(0, 0.05, 3)) for i in range(count)
    ]


def aligned(found: Array, truth: Array) -> tuple[float, Array, Array]:
    """Return scale, rotation and shift that take (N, 3) places best to their truth (Umeyama 1991)."""
    a, b = found - found.mean(axis=0), truth - truth.mean(axis=0)
    u, s, v = np.linalg.svd(b.T @ a)
    flip = np.diag([1, 1, np.sign(np.linalg.det(u @ v))])
    scale = float(np.trace(np.diag(s) @ flip) / (a**2).sum())
    turn = u @ flip @ v
    return scale, turn, truth.mean(axis=0) - scale * turn @ found.mean(axis=0)
