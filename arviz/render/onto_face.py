"""Glasses onto a photo of a face: lit by its light, hidden by head and hair, with their shadow on the skin and lenses that work.

Differential rendering (Debevec 1998, "Rendering Synthetic Objects into Real Scenes"): the frame is drawn with the head as an
occluder, what it keeps off the skin is a factor on the photo, and what is seen through a lens is the photo, bent and tinted.
The photo enters by sRGB decoding alone; pixels that nothing reaches come out as they were, to the last bit.

The world is the camera's own, turned upright: x right, y up, z from the face to the camera (`arviz.core.frames.CV_FROM_GL`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, linear_to_srgb, srgb_to_linear
from arviz.core.errors import InputError
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Matte
from arviz.core.room import LightEstimate
from arviz.core.scene import Item, Layer, Lighting, Scene
from arviz.render.face_light import lighting_of_face, turned_light, unknown_light
from arviz.render.face_rays import FaceRays, eye_rays
from arviz.render.face_window import SHADOW_M, Window, cropped, windows_of, within
from arviz.render.lens_view import LensView, lens_view, with_lenses
from arviz.render.photo_look import PhotoLook, extra_blur_px, matched, measure_look
from arviz.render.photo_occlusion import picture_box
from arviz.render.photo_sharpness import blur_of_edges_px
from arviz.render.renderer import Renderer, RenderOptions, is_photo
from arviz.render.skin_shadow import light_left

DECODED = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
"""Linear light of 8-bit sRGB."""
_CODES = 1 << 16
_ENCODED = np.floor(linear_to_srgb(np.arange(_CODES) / (_CODES - 1)) * 255 + 0.5).astype(np.uint8)
_LEAST = 1 / 512
_ABOUT_PX, _DOWN = 48, 0.5
_MARGIN_M = 0.001
"""About the frame: the picture of it needs no more."""
_TEMPLE_M = 0.03
"""Behind the front of the glasses: from there on it is a temple, which hair may hide."""
_FADE_M = 0.012


class OntoFace(NamedTuple):
    """A picture of somebody with glasses, and what it is made of."""

    image: Image
    """8-bit sRGB of the photo's size."""
    layer: Layer
    """The frame as it is seen, with what the lenses mirror; no depth."""
    shadow: Array
    """(H, W) float32: share of the light that is left on the skin, 1 where no shadow falls."""
    hidden: Array
    """(H, W) bool: where head or hair hide the frame."""
    lenses: Array
    """(H, W) float32: share of each pixel that is seen through a lens."""
    approximate: tuple[str, ...]
    """What was not known and is a plausible guess: ``hair``, ``light``, ``reflections``, ``behind lenses``."""


def onto_face(
    photo: Image,
    rays: FaceRays,
    *,
    camera: Camera,
    camera_from_head: Array,
    renderer: Renderer,
    light: LightEstimate | None = None,
    hair: Matte | None = None,
    ears_z_m: tuple[float, float] | None = None,
    centres_m: Array | None = None,
    photo_look: PhotoLook | None = None,
    samples: int = 4,
) -> OntoFace:
    """Put glasses onto a face.

    Parameters
    ----------
    photo : Image
        8-bit sRGB, without alpha.
    rays : FaceRays
        Of the head, which hides what is behind it, and of the glasses; open.
    camera : Camera
        Of the photo, lens distortion included.
    camera_from_head : ndarray (4, 4)
        OpenCV axes.
    renderer : Renderer
        Open.
    light : LightEstimate, optional
        On the face, in the upright axes of the camera (module's docstring). None: soft light from above and before, as bright as the face.
    hair : Matte, optional
        Of kind ``hair``: hides the temples; one that was guessed, by its confidence, is reported as approximate.
    ears_z_m : (float, float), optional
        Where temples meet the right and the left ear, along z of the head's frame: they end softly behind them.
    centres_m : ndarray (2, 3), optional
        Optical centres of the right and the left lens in the head's frame; the middles of the lenses by default.
    photo_look : PhotoLook, optional
        How sharp and grainy the frame shall be; measured by default.
    samples : int
        Per pixel of the frame: 1, 4 or 16.

    Raises
    ------
    InputError
        ``E_PHOTO``: not a photo, or of another size than the camera's; ``E_HAIR_SIZE``; what the renderer refuses.
    """
    _check(photo, camera, hair)
    worn = rays.worn
    pose = np.asarray(camera_from_head, np.float64)
    points = worn.points_m()
    window, inner = windows_of(points, camera, pose, margins_m=(SHADOW_M, _MARGIN_M))
    if window is None or inner is None:
        return _untouched(photo)
    near = cropped(camera, window)
    given = light or unknown_light(_skin_colours(rays, photo.pixels[window], near, pose))
    world_from_head = CV_FROM_GL @ pose
    lit = lighting_of_face(given, to_head=-world_from_head[:3, 2])
    part = within(inner, window)
    depth, behind_head = _where(rays, near, pose, part)
    fade = _fade(depth, near, pose, front_m=float(points[:, 2].max()), hair=None if hair is None else hair.alpha[window], ears_z_m=ears_z_m)
    look = photo_look or _look(photo, window)
    layer = _frame(rays, renderer, lit, near, pose, part, samples=samples)
    layer = matched(replace(layer, colour=layer.colour * fade[..., None]), look)
    seen = None
    if worn.lenses is not None:
        seen = lens_view(
            rays,
            near,
            pose,
            light=given,
            lighting=lit,
            world_from_head=world_from_head,
            centres_m=centres_m,
            frame_depth_m=depth,
            blur_px=extra_blur_px(look),
        )
    left = light_left(rays, near, pose, turned_light(given, lit, world_from_head))
    left[left @ np.ones(3, np.float32) > 3 - _LEAST] = 1
    return _finished(
        photo,
        window,
        layer,
        left,
        seen,
        hidden=behind_head | (fade < 0.5),
        known=(light is not None, hair is not None and hair.confidence >= 0.5),
    )


def _check(photo: Image, camera: Camera, hair: Matte | None) -> None:
    if not is_photo(photo, width_px=camera.width_px, height_px=camera.height_px):
        raise InputError(
            "E_PHOTO", "not a photo of the camera's size", expected=f"8-bit sRGB, {camera.width_px} x {camera.height_px}", found=repr(photo)
        )
    if hair is not None and hair.alpha.shape != (camera.height_px, camera.width_px):
        height, width = hair.alpha.shape
        raise InputError(
            "E_HAIR_SIZE", "the matte is of another size", expected=f"{camera.width_px} x {camera.height_px}", found=f"{width} x {height}"
        )


def _look(photo: Image, window: Window) -> PhotoLook:
    """Return how sharp and grainy the photo is about a window.

    A face is in focus where what is beside it is not: of both the sharper counts. The face is taken to be as wide as the window,
    from there down.
    """
    rows, columns = (slice(max(s.start - _ABOUT_PX, 0), s.stop + _ABOUT_PX) for s in window)
    look = measure_look(Image(pixels=photo.pixels[rows, columns]))
    face = slice(window[0].start, window[0].stop + round(_DOWN * (window[1].stop - window[1].start))), window[1]
    own = blur_of_edges_px(DECODED[photo.pixels[face]] @ LUMINANCE.astype(np.float32))
    known = [blur for blur in (own, look.blur_px) if blur is not None]
    return replace(look, blur_px=min(known, default=None))


def _skin_colours(rays: FaceRays, pixels: Array, camera: Camera, pose: Array) -> Array:
    """Return some of the linear colours (N, 3) that the photo shows of the head."""
    rows, columns = np.mgrid[: pixels.shape[0] : 4, : pixels.shape[1] : 4].reshape(2, -1)
    skin = rays.skin(camera, pose, rows=rows, columns=columns)
    out: Array = DECODED[pixels[skin.rows, skin.columns]]
    return out


def _frame(rays: FaceRays, renderer: Renderer, lit: Lighting, camera: Camera, pose: Array, part: Window, *, samples: int) -> Layer:
    """Return the frame (H, W), of which a part is drawn."""
    world_from_head = CV_FROM_GL @ pose
    items = [replace(item, world_from_asset=world_from_head @ item.world_from_asset) for item in rays.worn.frame]
    items.append(Item(asset=rays.head, world_from_asset=world_from_head, role="occluder"))
    options = RenderOptions(samples=samples, tone_map="none", shadow=0.0, depth=False)
    drawn = renderer.render(Scene(items=tuple(items), lighting=lit), cropped(camera, part), world_from_camera=CV_FROM_GL, options=options)
    return Layer(colour=_placed(drawn.colour, (camera.height_px, camera.width_px), part, 0.0))


def _where(rays: FaceRays, camera: Camera, pose: Array, part: Window) -> tuple[Array, Array]:
    """Return how far the frame is (H, W), +inf beside it, and where it lies behind the head; it lies within a part of the picture.

    Depth is carried one pixel beyond the frame's edge: pixels that are half of it have none of their own.
    """
    import cv2

    rows, columns = np.mgrid[part].reshape(2, -1)
    origin, way = eye_rays(camera, pose, np.stack([columns, rows], axis=1))
    hits = rays.on_frame(np.broadcast_to(origin, way.shape), way)
    start = np.broadcast_to(origin, (len(hits.ray), 3))
    hidden = rays.by_head(start, way[hits.ray] * (hits.distance - 1e-3)[:, None], most=1.0)
    at = rows[hits.ray], columns[hits.ray]
    shape = camera.height_px, camera.width_px
    own, behind = np.full(shape, np.inf, np.float32), np.zeros(shape, bool)
    own[at], behind[at] = np.where(hidden, np.inf, hits.distance), hidden
    around: Array = cv2.erode(own, np.ones((3, 3), np.uint8))
    return np.where(np.isfinite(own), own, around), behind


def _fade(depth: Array, camera: Camera, pose: Array, *, front_m: float, hair: Array | None, ears_z_m: tuple[float, float] | None) -> Array:
    """Return the share (H, W) of the frame, seen at a depth (H, W), that neither hair nor our ignorance of it hides."""
    rows, columns = np.nonzero(np.isfinite(depth))
    out = np.ones(depth.shape, np.float32)
    origin, way = eye_rays(camera, pose, np.stack([columns, rows], axis=1))
    place = origin + way * depth[rows, columns][:, None]
    behind = front_m - place[:, 2]
    if hair is not None:
        out[rows, columns] -= hair[rows, columns] * np.clip((behind - _TEMPLE_M) / _FADE_M, 0, 1)
    if ears_z_m is not None:
        ear = np.where(place[:, 0] > 0, ears_z_m[1], ears_z_m[0])
        out[rows, columns] *= np.clip((place[:, 2] - ear) / _FADE_M + 1, 0, 1)
    return out


def _finished(
    photo: Image, window: Window, layer: Layer, left: Array, seen: LensView | None, *, hidden: Array, known: tuple[bool, bool]
) -> OntoFace:
    behind = DECODED[photo.pixels[window]] * left
    shape = (photo.height_px, photo.width_px)
    colour = layer.colour
    through = np.zeros(left.shape[:2], np.float32) if seen is None else seen.cover
    touched = (colour[..., 3] > 0) | (left @ np.ones(3, np.float32) < 3) | (through > 0)
    picture = colour[..., :3] + behind * (1 - colour[..., 3:])
    box = picture_box(through > 0, margin=0)
    if seen is not None and box is not None:
        looked = seen.looked(behind, lambda: DECODED[photo.pixels], corner=(window[0].start, window[1].start))
        part = seen.part(box)
        picture[box] = with_lenses(colour[box], behind[box], looked[box], part)
        colour = colour.copy()
        colour[box][..., :3] += part.glare * part.cover[..., None] * (1 - colour[box][..., 3:])
    out = photo.pixels.copy()
    cut = out[window]
    cut[touched] = encoded(picture[touched])
    whole = Layer(colour=_placed(colour, shape, window, 0.0))
    shadow = np.clip(left @ LUMINANCE.astype(np.float32), 0, 1)
    guesses = {
        "light": not known[0],
        "hair": not known[1],
        "reflections": seen is not None,
        "behind lenses": seen is not None and seen.guessed,
    }
    return OntoFace(
        Image(pixels=out),
        whole,
        _placed(shadow, shape, window, 1.0),
        _placed(hidden, shape, window, False),
        _placed(through, shape, window, 0.0),
        tuple(name for name, guessed in guesses.items() if guessed),
    )


def encoded(light: Array) -> Array:
    """Return 8-bit sRGB of linear light; what is decoded and encoded again comes out as it was."""
    codes = np.clip(light, 0, 1)
    codes *= np.float32(_CODES - 1)
    codes += np.float32(0.5)
    out: Array = _ENCODED[codes.astype(np.uint16)]
    return out


def _placed(part: Array, shape: tuple[int, int], window: Window, fill: float) -> Array:
    out = np.full((*shape, *part.shape[2:]), fill, part.dtype)
    out[window] = part
    return out


def _untouched(photo: Image) -> OntoFace:
    shape = (photo.height_px, photo.width_px)
    layer = Layer(colour=np.zeros((*shape, 4), np.float32))
    return OntoFace(photo, layer, np.ones(shape, np.float32), np.zeros(shape, bool), np.zeros(shape, np.float32), ())
