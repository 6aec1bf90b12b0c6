"""Glasses onto film: one pass of OpenGL for the frame, and shadow and lenses that were worked out once and follow the head.

The frame is drawn anew in each picture. What it keeps off the skin and what the lenses do changes slowly: it is found by rays
(`onto_face`'s own) for one pose and laid on the next pictures by the plane that the lenses lie in, until the head has turned or
come nearer by so much that it would show. The main light is part of what shines from all around: no shadow map.

Against `onto_face`: temples behind a lens are not tinted, grain and sharpness are not matched, shadows are coarser.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, Self

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate
from arviz.core.scene import Item, Lighting, Scene
from arviz.core.transforms import apply
from arviz.render.eyewear import Eyewear
from arviz.render.face_light import lighting_of_face, turned_light
from arviz.render.face_rays import FaceRays
from arviz.render.face_window import Window, cropped, window_of, within
from arviz.render.fewer_triangles import plain, simpler
from arviz.render.lens_view import lens_view
from arviz.render.onto_face import DECODED, encoded
from arviz.render.renderer import Renderer, RenderOptions
from arviz.render.skin_shadow import light_left

TURNED_RAD, NEARER = 0.15, 1.15
"""A head that has turned or come nearer by more gets shadow and lenses anew."""
_SPREAD_PX = 1.0
"""By so much lenses are carried below their rims, which are drawn anew in each picture."""
_STEP_M, _SHADOW_M = 0.0025, 0.018
"""How finely and how far about the glasses their shadow is looked at."""
_HEAD_CELL_M, _FRAME_CELL_M = 0.005, 0.0015
"""Corners that are as near to each other are one: at arm's length two pixels of the frame, six of what hides it."""
_NEAR_M, _BESIDE_M = 0.012, 0.02
"""Farther from the glasses the head only hides them in rare views, and its corners may be farther from each other."""


class _Kept(NamedTuple):
    """What was worked out for one pose, in the pixels of a window there."""

    pose: Array
    corners_px: Array
    """(4, 2) float32: where the corners of the lenses' plane are."""
    light: Array
    """(h, w, 3): share of the photo's light that stays, for shadow and tint."""
    glare: Array
    """(h, w, 3): light that lenses add."""
    shift_px: Array | None
    """(h, w, 2) float32: how far from each pixel lies what a lens with power shows there; None where none has."""


class LiveGlasses:
    """Glasses on one head, ready for picture after picture; closed by ``with``.

    Parameters
    ----------
    head : Asset
        In the head's frame.
    worn : Eyewear
    light : LightEstimate
        In the upright axes of the camera.
    renderer : Renderer
        Open; stays open.
    samples : int
        Per pixel of the frame: 1, 4 or 16.
    """

    def __init__(self, head: Asset, worn: Eyewear, *, light: LightEstimate, renderer: Renderer, samples: int = 4) -> None:
        self._renderer, self._light, self._worn = renderer, light, worn
        from scipy.spatial import ConvexHull

        self._rays = FaceRays(head, worn)
        self._lighting = lighting_of_face(light)
        # Of one light all around there is no shadow map to draw.
        self._around = _smaller(lighting_of_face(replace(light, directional_share=0.0)))
        points = worn.points_m()
        self._hull = points[ConvexHull(points).vertices]
        self._occluder = plain(
            head, cell_m=_HEAD_CELL_M, low_m=points.min(axis=0) - _NEAR_M, high_m=points.max(axis=0) + _NEAR_M, beside_m=_BESIDE_M
        )
        self._frame = tuple(replace(item, asset=simpler(item.asset, cell_m=_FRAME_CELL_M)) for item in worn.frame)
        self._plane = _plane(points)
        self._options = RenderOptions(samples=samples, tone_map="none", shadow=0.0, depth=False)
        self._kept: _Kept | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free what this object made; closing twice is fine."""
        self._rays.close()

    def put_on(self, photo: Image, *, camera: Camera, camera_from_head: Array) -> Image:
        """Return a picture, 8-bit sRGB, with the glasses on; what they do not reach stays as it is."""
        pose = np.asarray(camera_from_head, np.float64)
        window = window_of(self._hull, camera, pose, margin_m=_SHADOW_M)
        if window is None:
            return photo
        own, light, glare = self._laid(photo, window, camera, pose)
        behind = DECODED[own] * light
        behind += glare
        inner = window_of(self._hull, camera, pose, margin_m=0.0)
        if inner is not None:
            frame = self._drawn(cropped(camera, inner), CV_FROM_GL @ pose)
            at = within(inner, window)
            behind[at] = behind[at] * (1 - frame[..., 3:]) + frame[..., :3]
        out = photo.pixels.copy()
        out[window] = encoded(behind)
        return Image(pixels=out)

    def _drawn(self, camera: Camera, world_from_head: Array) -> Array:
        """Return the frame (H, W, 4), premultiplied."""
        items = [replace(item, world_from_asset=world_from_head @ np.asarray(item.world_from_asset)) for item in self._frame]
        items.append(Item(asset=self._occluder, world_from_asset=world_from_head, role="occluder"))
        scene = Scene(items=tuple(items), lighting=self._around)
        return self._renderer.render(scene, camera, world_from_camera=CV_FROM_GL, options=self._options).colour

    def _laid(self, photo: Image, window: Window, camera: Camera, pose: Array) -> tuple[Array, Array, Array]:
        """Return what is seen in a window, through lenses with power too, as 8-bit sRGB, and the light and the glare for it."""
        import cv2

        if self._kept is None or _far(self._kept.pose, pose):
            self._kept = self._worked_out(camera, pose)
        kept, near = self._kept, cropped(camera, window)
        corners = near.project_distorted(apply(pose, self._plane)).astype(np.float32)
        move = cv2.getPerspectiveTransform(kept.corners_px, corners)
        size = near.width_px, near.height_px
        light = cv2.warpPerspective(kept.light, move, size, borderMode=cv2.BORDER_CONSTANT, borderValue=(1, 1, 1))
        glare = cv2.warpPerspective(kept.glare, move, size)
        if kept.shift_px is None:
            return photo.pixels[window], light, glare
        larger = np.linalg.norm(corners[1] - corners[0]) / np.linalg.norm(kept.corners_px[1] - kept.corners_px[0])
        shift = cv2.warpPerspective(kept.shift_px * np.float32(larger), move, size)
        x, y = np.meshgrid(np.arange(window[1].start, window[1].stop, dtype=np.float32), np.arange(window[0].start, window[0].stop))
        own = cv2.remap(photo.pixels, x + shift[..., 0], np.float32(y) + shift[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return own, light, glare

    def _worked_out(self, camera: Camera, pose: Array) -> _Kept:
        window = window_of(self._hull, camera, pose, margin_m=_SHADOW_M)
        assert window is not None
        near = cropped(camera, window)
        world_from_head = CV_FROM_GL @ pose
        light = light_left(self._rays, near, pose, turned_light(self._light, self._lighting, world_from_head), step_m=_STEP_M)
        glare, shift = np.zeros_like(light), None
        seen = None
        if self._worn.lenses is not None:
            seen = lens_view(
                self._rays,
                near,
                pose,
                light=self._light,
                lighting=self._lighting,
                world_from_head=world_from_head,
                centres_m=None,
                frame_depth_m=np.full(light.shape[:2], np.inf, np.float32),
                blur_px=_SPREAD_PX,
            )
        if seen is not None:
            cover = seen.cover[..., None]
            light *= 1 - cover * (1 - seen.passes)
            glare = cover * seen.glare
            if seen.places_px is not None:
                here = np.stack(np.meshgrid(np.arange(near.width_px), np.arange(near.height_px)), axis=-1)
                shift = (seen.places_px - here).astype(np.float32)
        return _Kept(pose, near.project_distorted(apply(pose, self._plane)).astype(np.float32), light, glare, shift)


def _far(one: Array, other: Array) -> bool:
    """Return whether a head has turned or come nearer so much that what was found for it no longer fits."""
    cosine = (np.trace(one[:3, :3].T @ other[:3, :3]) - 1) / 2
    ratio = one[2, 3] / other[2, 3]
    return bool(np.arccos(np.clip(cosine, -1, 1)) > TURNED_RAD or not 1 / NEARER < ratio < NEARER)


def _smaller(lighting: Lighting) -> Lighting:
    """Return the same light as a picture of half the size: engines look at it for each picture again."""
    pixels = lighting.environment.pixels
    height, width = pixels.shape[0] // 2, pixels.shape[1] // 2
    mean = pixels.reshape(height, 2, width, 2, -1).mean(axis=(1, 3))
    return replace(lighting, environment=Image(pixels=mean, space="linear"))


def _plane(points: Array) -> Array:
    """Return the corners (4, 3) of a rectangle as wide and high as glasses, two centimetres behind their front: between lenses and skin."""
    low, high = points.min(axis=0), points.max(axis=0)
    z = high[2] - 0.02
    return np.array([[low[0], low[1], z], [high[0], low[1], z], [high[0], high[1], z], [low[0], high[1], z]])
