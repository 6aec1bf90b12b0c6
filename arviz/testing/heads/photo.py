"""Photograph a synthetic head by rays, with everything that is true of each pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from arviz.core.camera import Frame
from arviz.core.frozen import Array, readonly, set_fields
from arviz.core.image import Image
from arviz.core.recipe import Makeup
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.scene import MASKS, HeadScene
from arviz.testing.heads.shot import Shot
from arviz.testing.heads.worn import WornMesh
from arviz.testing.rooms.effects import camera_effects


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class HeadPhoto:
    """A picture and its truth. Pictures of points and pixels: centres at integers; arrays are (H, W).

    Parameters
    ----------
    frame : Frame
        What the code under test gets: 8-bit sRGB picture and the handed camera.
    radiance : ndarray (H, W, 3) float32
        Linear, before the camera's white balance, noise, rounding and JPEG; 1 is white.
    diffuse, specular : ndarray (H, W, 3) float32
        Parts of `radiance` that the head sends back; 0 where no head is.
    albedo, irradiance : ndarray (H, W, 3) float32
        Means over a pixel's samples on the head; `albedo` * `irradiance` is `diffuse` where a pixel sees one surface.
    masks : mapping
        Each of `MASKS` -> (H, W) float32, the share of the pixel that is it and nothing before it: ``head`` is all of head, neck,
        hair and eyes; ``skin`` all bare skin, lips too; ``mouth`` teeth, tongue and what lies behind the lips; ``lips``,
        ``eyelids`` and ``cheeks`` how far products for these cover; ``lenses`` clear things before the rest; ``foreground``
        everything but the background.
    depth_m : ndarray (H, W) float32
        Along z, mean of the pixel's samples on the head; +inf where these are less than half.
    pupils_m : ndarray (2, 3) float64
        Right, left; in camera axes; middles of the circles between iris and sclera.
    pupils_px : ndarray (2, 2) float64
    landmarks_m : ndarray (468, 3) float64
        In camera axes.
    landmarks_px : ndarray (468, 2) float64
    landmarks_seen : ndarray (468,) bool
    """

    head: SyntheticHead
    shot: Shot
    frame: Frame
    radiance: Array = field(repr=False)
    diffuse: Array = field(repr=False)
    specular: Array = field(repr=False)
    albedo: Array = field(repr=False)
    irradiance: Array = field(repr=False)
    masks: Mapping[str, Array] = field(repr=False)
    depth_m: Array = field(repr=False)
    pupils_m: Array = field(repr=False)
    pupils_px: Array = field(repr=False)
    landmarks_m: Array = field(repr=False)
    landmarks_px: Array = field(repr=False)
    landmarks_seen: Array = field(repr=False)

    def __post_init__(self) -> None:
        for name in ("radiance", "diffuse", "specular", "albedo", "irradiance", "depth_m"):
            set_fields(self, **{name: readonly(getattr(self, name), np.float32)})


def photo(head: SyntheticHead, shot: Shot, *, makeup: Sequence[Makeup] = (), worn: Sequence[WornMesh] = (), samples: int = 2) -> HeadPhoto:
    """Photograph a head.

    Parameters
    ----------
    makeup : sequence of Makeup
        Products that are really on the skin: its albedo, and the gloss of their finish. The same shot without them has the same
        light, geometry and noise.
    worn : sequence of WornMesh
    samples : int
        Per pixel and axis.
    """
    scene = HeadScene(head, shot, worn=worn)
    camera = shot.camera
    height, width = camera.height_px, camera.width_px
    sums = {name: np.zeros((height, width, 3), np.float32) for name in ("diffuse", "specular", "albedo", "irradiance")}
    masks = {name: np.zeros((height, width), np.float32) for name in MASKS}
    depth_sum = np.zeros((height, width), np.float32)
    beyond = np.ones((height, width, 3), np.float32)
    left, top, right, bottom = scene.box_px()
    offsets = (np.arange(samples) + 0.5) / samples - 0.5
    columns = (np.arange(left, right)[:, None] + offsets).ravel()
    rows = max(1, _CHUNK // max(len(columns) * samples, 1))
    for first in range(top, bottom, rows):
        last = min(first + rows, bottom)
        lines = (np.arange(first, last)[:, None] + offsets).ravel()
        pixels = np.stack(np.broadcast_arrays(columns[None, :], lines[:, None]), axis=-1).reshape(-1, 2)
        part = np.arange(samples)
        phase = np.add.outer(np.tile(samples * part, last - first), np.tile(part, right - left)).ravel()
        seen = scene.shade(camera.rays(pixels), phase=phase, phases=samples**2, makeup=makeup)
        block = (slice(first, last), slice(left, right))
        shape = (last - first, samples, right - left, samples)

        def mean(values: Array, shape: tuple[int, ...] = shape, at: Array = seen.at) -> Array:
            whole = np.zeros((int(np.prod(shape)), *values.shape[1:]), np.float32)
            whole[at] = values
            total: Array = np.einsum("iajb...->ij...", whole.reshape(*shape, *values.shape[1:])) / samples**2
            return total

        for name, total in sums.items():
            total[block] = mean(getattr(seen, name))
        for name, values in seen.masks.items():
            if values.any():
                masks[name][block] = mean(values)
        depth_sum[block] = mean(seen.depth_m)
        beyond[block] -= mean(1 - seen.beyond)
    on_head, on_all = masks["head"], masks["foreground"]
    share = np.maximum(on_all, 1e-6)[..., None]
    diffuse, specular = sums["diffuse"], sums["specular"]
    radiance = diffuse + specular + beyond * background(shot)
    rng = np.random.default_rng([shot.seed, 3])
    stored = camera_effects(
        Image(pixels=radiance, space="linear"),
        rng=rng,
        exposure=1.0,
        blur_px=0,
        vignetting=0,
        white_balance=(shot.white_balance[0], shot.white_balance[1], shot.white_balance[2]),
        noise=shot.noise,
        jpeg_quality=shot.jpeg_quality,
    )
    return HeadPhoto(
        head=head,
        shot=shot,
        frame=Frame(image=stored, camera=shot.handed),
        radiance=radiance,
        diffuse=diffuse,
        specular=specular,
        albedo=sums["albedo"] / share,
        irradiance=sums["irradiance"] / share,
        masks=masks,
        depth_m=np.where(on_head >= 0.5, depth_sum / np.maximum(on_head, 1e-6), np.inf),
        pupils_m=scene.pupils_m,
        pupils_px=camera.project(scene.pupils_m),
        landmarks_m=scene.landmarks_m,
        landmarks_px=camera.project(scene.landmarks_m),
        landmarks_seen=scene.landmarks_seen(),
    )


_CHUNK = 250_000
"""Rays at a time: what the arrays of their shading hold stays below some hundred megabytes."""


def background(shot: Shot) -> Array:
    """Return what is behind the head (H, W, 3) float32, linear: a wall, lighter behind the head than in the corners."""
    height, width = shot.camera.height_px, shot.camera.width_px
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    fall = 1.15 - 0.35 * np.hypot(x * width / height, y - 0.1) ** 1.5
    light = np.array(shot.light.above)
    light = light / light.mean() * min(light.mean() / 0.4 + 0.1, 1.2)  # the same lamps light the wall
    out: Array = (np.array(shot.background) * light * np.clip(fall, 0.35, None)[..., None]).astype(np.float32)
    return out
