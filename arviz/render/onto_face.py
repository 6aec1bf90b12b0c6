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

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, linear_to_srgb, srgb_to_linear
from arviz.core.errors import InputError
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Matte
from arviz.core.room import LightEstimate
from arviz.core.scene import Item, Layer, Lighting, Scene
from arviz.render.eyewear import Eyewear
from arviz.render.face_light import lighting_of_face, turned_light, unknown_light
from arviz.render.face_rays import FaceRays, eye_rays
from arviz.render.face_window import cropped, window_of
from arviz.render.lens_view import LensView, lens_view
from arviz.render.photo_look import PhotoLook, matched, measure_look
from arviz.render.renderer import Renderer, RenderOptions, is_photo
from arviz.render.skin_shadow import light_left

_DECODED = srgb_to_linear(np.arange(256) / 255).astype(np.float32)
_LEAST = 1 / 512
_ABOUT_PX = 48
_COARSE_PX = 2
"""How finely it is told where the frame is hidden; the picture itself does not come from that."""
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
    head: Asset,
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
        Of `head` and the glasses, open.
    head : Asset
        In the head's frame; hides what is behind it.
    camera : Camera
        Of the photo, lens distortion included.
    camera_from_head : ndarray (4, 4)
        OpenCV axes.
    renderer : Renderer
        Open.
    light : LightEstimate, optional
        On the face, in the upright axes of the camera (module's docstring). None: soft light from above and before, as bright as the face.
    hair : Matte, optional
        Of kind ``hair``: hides the temples. Without one they end softly behind the ears.
    ears_z_m : (float, float), optional
        Where temples meet the right and the left ear, along z of the head's frame.
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
    window = window_of(worn.points_m(), camera, pose)
    if window is None:
        return _untouched(photo)
    near = cropped(camera, window)
    given = light or unknown_light(_skin_colours(rays, photo.pixels[window], near, pose))
    lit = lighting_of_face(given)
    world_from_head = CV_FROM_GL @ pose
    layer = _frame(worn, head, renderer, lit, near, world_from_head, samples=samples)
    fade = _fade(layer, near, pose, worn, hair=None if hair is None else hair.alpha[window], ears_z_m=ears_z_m)
    layer = matched(replace(layer, colour=layer.colour * fade[..., None]), photo_look or _look(photo, window))
    seen = None
    if worn.lenses is not None:
        seen = lens_view(
            rays, near, pose, light=given, lighting=lit, world_from_head=world_from_head, centres_m=centres_m, frame_depth_m=_depth(layer)
        )
    left = light_left(rays, near, pose, turned_light(given, lit, world_from_head))
    left[left @ np.ones(3, np.float32) > 3 - _LEAST] = 1
    return _finished(photo, window, layer, left, seen, hidden=_hidden(rays, near, pose, fade), known=(light is not None, hair is not None))


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


def _look(photo: Image, window: tuple[slice, slice]) -> PhotoLook:
    """Return how sharp and grainy the photo is about a window: a face is in focus where what is behind it is not."""
    rows, columns = (slice(max(s.start - _ABOUT_PX, 0), s.stop + _ABOUT_PX) for s in window)
    return measure_look(Image(pixels=photo.pixels[rows, columns]))


def _skin_colours(rays: FaceRays, pixels: Array, camera: Camera, pose: Array) -> Array:
    """Return some of the linear colours (N, 3) that the photo shows of the head."""
    rows, columns = np.mgrid[: pixels.shape[0] : 4, : pixels.shape[1] : 4].reshape(2, -1)
    skin = rays.skin(camera, pose, rows=rows, columns=columns)
    out: Array = _DECODED[pixels[skin.rows, skin.columns]]
    return out


def _frame(worn: Eyewear, head: Asset, renderer: Renderer, lit: Lighting, camera: Camera, world_from_head: Array, *, samples: int) -> Layer:
    items = [replace(item, world_from_asset=world_from_head @ item.world_from_asset) for item in worn.frame]
    items.append(Item(asset=head, world_from_asset=world_from_head, role="occluder"))
    options = RenderOptions(samples=samples, tone_map="none", shadow=0.0)
    return renderer.render(Scene(items=tuple(items), lighting=lit), camera, world_from_camera=CV_FROM_GL, options=options)


def _depth(layer: Layer) -> Array:
    """Return the frame's depth (H, W), carried one pixel beyond its edge: pixels that are half of it have none of their own."""
    import cv2

    assert layer.depth_m is not None
    around: Array = cv2.erode(np.minimum(layer.depth_m, np.float32(1e3)), np.ones((3, 3), np.uint8))
    return np.where(np.isfinite(layer.depth_m), layer.depth_m, around)


def _fade(layer: Layer, camera: Camera, pose: Array, worn: Eyewear, *, hair: Array | None, ears_z_m: tuple[float, float] | None) -> Array:
    """Return the share (H, W) of the frame that neither hair nor our ignorance of it hides."""
    rows, columns = np.nonzero(layer.colour[..., 3] > 0)
    depth = _depth(layer)[rows, columns]
    out = np.ones(layer.colour.shape[:2], np.float32)
    origin, way = eye_rays(camera, pose, np.stack([columns, rows], axis=1))
    place = origin + way * np.minimum(depth, 10.0)[:, None]
    front = float(worn.points_m()[:, 2].max())
    behind = front - place[:, 2]
    if hair is not None:
        out[rows, columns] = 1 - hair[rows, columns] * np.clip((behind - _TEMPLE_M) / _FADE_M, 0, 1)
    elif ears_z_m is not None:
        ear = np.where(place[:, 0] > 0, ears_z_m[1], ears_z_m[0])
        out[rows, columns] = np.clip((place[:, 2] - ear) / _FADE_M + 1, 0, 1)
    return out


def _hidden(rays: FaceRays, camera: Camera, pose: Array, fade: Array) -> Array:
    """Tell (H, W) where the frame lies behind the head, or in hair."""
    height, width = fade.shape
    columns, rows = np.arange(0, width, _COARSE_PX), np.arange(0, height, _COARSE_PX)
    pixels = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    origin, way = eye_rays(camera, pose, pixels)
    hits = rays.on_frame(np.broadcast_to(origin, way.shape), way)
    out = np.zeros(len(pixels), bool)
    start = np.broadcast_to(origin, (len(hits.ray), 3))
    reach = way[hits.ray] * (hits.distance - 1e-3)[:, None]
    out[hits.ray] = rays.by_head(start, reach, most=1.0)
    whole = out.reshape(len(rows), len(columns)).repeat(_COARSE_PX, axis=0).repeat(_COARSE_PX, axis=1)[:height, :width]
    return whole | (fade < 0.5)


def _finished(
    photo: Image, window: tuple[slice, slice], layer: Layer, left: Array, seen: LensView | None, *, hidden: Array, known: tuple[bool, bool]
) -> OntoFace:
    behind = _DECODED[photo.pixels[window]] * left
    shape = (photo.height_px, photo.width_px)
    frame = layer.colour
    through = np.zeros(left.shape[:2], np.float32)
    touched = (frame[..., 3] > 0) | (left @ np.ones(3, np.float32) < 3)
    picture = frame[..., :3] + behind * (1 - frame[..., 3:])
    colour = frame.copy()
    if seen is not None:
        at = seen.rows, seen.columns
        through[at] = seen.cover
        touched |= through > 0
        bare = seen.looked(behind, _DECODED[photo.pixels], corner=(window[0].start, window[1].start))
        # A temple may lie behind a lens; the rim lies before it.
        own = frame[at]
        under = own[:, :3] + bare * (1 - own[:, 3:])
        tinted_all = seen.glare + seen.passes * under
        tinted_bare = own[:, :3] + (seen.glare + seen.passes * bare) * (1 - own[:, 3:])
        with_lens = np.where(seen.before[:, None], tinted_all, tinted_bare)
        picture[at] += seen.cover[:, None] * (with_lens - picture[at])
        colour[at] += np.concatenate([seen.glare * seen.cover[:, None], np.zeros((len(own), 1), np.float32)], axis=1) * (1 - own[:, 3:])
    out = photo.pixels.copy()
    cut = out[window]
    cut[touched] = np.floor(linear_to_srgb(np.clip(picture[touched], 0, 1)) * 255 + 0.5).astype(np.uint8)
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


def _placed(part: Array, shape: tuple[int, int], window: tuple[slice, slice], fill: float) -> Array:
    out = np.full((*shape, *part.shape[2:]), fill, part.dtype)
    out[window] = part
    return out


def _untouched(photo: Image) -> OntoFace:
    shape = (photo.height_px, photo.width_px)
    layer = Layer(colour=np.zeros((*shape, 4), np.float32))
    return OntoFace(photo, layer, np.ones(shape, np.float32), np.zeros(shape, bool), np.zeros(shape, np.float32), ())
