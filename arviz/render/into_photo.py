"""A product into the photo of a room: lit by its light, hidden by its things, with a shadow on what it stands at.

Differential rendering (Debevec 1998, "Rendering Synthetic Objects into Real Scenes") with a shadow that is a factor: what
the product keeps off of a plane's light, of the sky and of the main light each with its own colour, multiplies the photo in
linear light. The photo enters by sRGB decoding alone and is never mapped; pixels that neither product nor shadow reach come
out as they were, to the last bit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE, linear_to_srgb, srgb_to_linear
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate, Room
from arviz.core.scene import Item, Layer, Lighting, Scene
from arviz.render.floor_reflection import Gloss, Mirrored, floor_gloss, reflected
from arviz.render.photo_depth import check_hidden
from arviz.render.photo_look import PhotoLook, matched, measure_look
from arviz.render.photo_occlusion import Part, box_around, picture_box, without_hidden
from arviz.render.photo_panes import without_panes
from arviz.render.photo_shadow import Direct, light_left
from arviz.render.plane_shadow import Lamp
from arviz.render.renderer import Renderer, RenderOptions, is_photo
from arviz.render.room_catchers import Catching, OnPlane, catchers, corners_m, on_planes
from arviz.render.room_cover import Cover, covers, left_below
from arviz.render.room_light import RoomLighting, as_second, fair_light, lamp_of, room_lighting, surroundings

_DECODED = srgb_to_linear(np.arange(256) / 255)
_CODES = 1 << 16
_ENCODED = np.floor(linear_to_srgb(np.arange(_CODES) / (_CODES - 1)) * 255 + 0.5).astype(np.uint8)
"""By linear light in 65535 steps: at the dark end a step is 0.05 of an 8-bit one."""
_LEAST_LIGHT = 1 / 2048
"""Reflections that are left out."""

_NARROW = 2.0
"""Times as long as wide is a lamp, whose pull chain would come out as a row of dashes with 4 samples."""
_MOST_SAMPLES = 8_000_000
"""Of a whole photo, 12 bytes each: larger photos show thin things well enough."""


class IntoPhoto(NamedTuple):
    """A furnished photo and what it is made of."""

    image: Image
    """8-bit sRGB of the photo's size."""
    layer: Layer
    """The product as it is seen, what hides it taken off."""
    shadow: Array
    """(H, W) float32: share of the light that is left on what the photo shows, 1 where no shadow falls."""
    hidden: Array
    """(H, W) bool: where the room hides the product."""


def into_photo(
    photo: Image,
    items: Sequence[Item],
    *,
    room: Room,
    camera: Camera,
    world_from_camera: Array,
    renderer: Renderer,
    light: LightEstimate | None = None,
    hidden_behind_m: Array | None = None,
    photo_look: PhotoLook | None = None,
    gloss: Gloss | None = None,
    samples: int | None = None,
) -> IntoPhoto:
    """Put products into a photo of a room.

    Parameters
    ----------
    photo : Image
        8-bit sRGB, without alpha.
    items : sequence of Item
        Posed in the room's world. Lights that they bring along (KHR_lights_punctual) are off.
    room : Room
        Its planes catch shadows and are mirrored; its `lighting` is used where `light` is None.
    camera : Camera
        Of the photo, lens distortion included.
    world_from_camera : ndarray (4, 4)
        OpenCV axes.
    renderer : Renderer
        Open.
    light : LightEstimate, optional
        The light where the product stands. None, and none in the room: light from above, as bright as the photo.
    hidden_behind_m : ndarray (H, W), optional
        Depth of the photo along z, NaN, 0 or +inf where unknown: what lies behind it is hidden.
    photo_look : PhotoLook, optional
        How sharp and how grainy the product shall be: as `measure_look` finds the photo, by default.
    gloss : Gloss, optional
        How the floor mirrors: as `floor_gloss` finds it in the photo, by default; needs the photo's depth.
    samples : int, optional
        Per pixel of the product: 1, 4 or 16. By default 4, and 16 for what is narrow in a small photo.

    Raises
    ------
    InputError
        ``E_PHOTO``: not a photo, or of another size than the camera's; ``E_HIDDEN_SIZE``; what the renderer refuses.
    """
    if not is_photo(photo, width_px=camera.width_px, height_px=camera.height_px):
        raise InputError(
            "E_PHOTO", "not a photo of the camera's size", expected=f"8-bit sRGB, {camera.width_px} x {camera.height_px}", found=repr(photo)
        )
    depth = None if hidden_behind_m is None else check_hidden(hidden_behind_m, camera)
    pose = np.asarray(world_from_camera, np.float64)
    items = tuple(_without_own_lights(item) for item in items)
    visible = [item for item in items if item.role == "visible"]
    corners = corners_m(visible)
    catching = catchers(room, corners)
    light = light or room.lighting
    lamp = lamp_of(light, room=room, at_m=_middle(corners)) if len(corners) else None
    lit = _lighting(photo, light, corners, room=room, camera=camera, pose=pose, near=lamp is not None)
    known = None if depth is None else _known(depth)
    on = on_planes(catching, room, camera=camera, world_from_camera=pose, depth_m=known)
    options = RenderOptions(samples=samples or _samples(corners, camera, pose), tone_map="none", shadow=0.0)
    over = covers(room, corners)
    layer = _drawn(items, lit.on_product, over, lamp, renderer, camera=camera, pose=pose, options=options)
    layer, hidden, front = without_hidden(photo, layer, depth, on, catching)
    on = without_panes(on, photo, room, catching, camera=camera, world_from_camera=pose, depth_m=known)
    layer = matched(layer, measure_look(photo) if photo_look is None else photo_look)
    direct = [] if lit.on_room.sun is None else [Direct(lit.on_room.sun, lamp)]
    if lit.second is not None and light is not None and len(corners):
        direct.append(Direct(lit.second, lamp_of(as_second(light, lit.second), room=room, at_m=_middle(corners))))
    left = light_left(visible, catching, on, lit.on_room, direct, over=over, photo=photo, camera=camera, world_from_camera=pose)
    mirrored = _mirrored(photo, visible, gloss, catching, on, lit.on_product, camera=camera, pose=pose, depth=depth, renderer=renderer)
    return IntoPhoto(_blended(photo, front, layer, left, mirrored), layer, _luminance(left, camera), hidden)


def _drawn(
    items: Sequence[Item],
    lighting: Lighting,
    over: Sequence[Cover],
    lamp: Lamp | None,
    renderer: Renderer,
    *,
    camera: Camera,
    pose: Array,
    options: RenderOptions,
) -> Layer:
    """Return the products in the light that table tops above them leave; how much that is tells their shape, which is drawn first."""
    scene = Scene(items=tuple(items), lighting=replace(lighting, sun=None))
    if not over:
        return renderer.render(replace(scene, lighting=lighting), camera, world_from_camera=pose, options=options)
    shape = renderer.render(scene, camera, world_from_camera=pose, options=replace(options, colour=False, normals=True))
    left = left_below(over, shape, lighting, lamp, camera=camera, world_from_camera=pose)
    scene = replace(scene, lighting=replace(lighting, left=left))
    layer = renderer.render(scene, camera, world_from_camera=pose, options=replace(options, depth=False))
    return replace(layer, depth_m=shape.depth_m)


def _samples(corners: Array, camera: Camera, world_from_camera: Array) -> int:
    """Return how many samples a pixel needs of products between corners (N, 3) in the world: what is long and narrow has thin parts."""
    seen = (corners - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
    whole = camera.width_px * camera.height_px
    if not len(seen) or seen[:, 2].min() <= 0 or 16 * whole > _MOST_SAMPLES:
        return 4
    short, long = sorted(np.ptp(np.clip(camera.project_distorted(seen), 0, (camera.width_px, camera.height_px)), axis=0))
    return 16 if long > _NARROW * short and 4 * long * short < whole else 4


def _without_own_lights(item: Item) -> Item:
    """Return an item that lights nothing: the candela and lux of its file are no unit of a photo, and a studio's sun is not there."""
    return replace(item, asset=replace(item.asset, lights=())) if item.asset.lights else item


def _known(depth: Array) -> Array:
    return np.where(depth < 1e6, depth, np.float32(np.inf))


def _lighting(
    photo: Image, light: LightEstimate | None, corners: Array, *, room: Room, camera: Camera, pose: Array, near: bool
) -> RoomLighting:
    if light is None:
        level = float(np.median(_DECODED[photo.pixels[::4, ::4]] @ LUMINANCE))
        light = fair_light(min(max(2 * level, 0.05), 1.0))
    if not len(corners):
        return room_lighting(light)
    around = surroundings(photo, room=room, camera=camera, world_from_camera=pose, at_m=_middle(corners))
    return room_lighting(light, surroundings=around, near=near)


def _middle(corners: Array) -> Array:
    out: Array = (corners.min(axis=0) + corners.max(axis=0)) / 2
    return out


def _luminance(left: Part | None, camera: Camera) -> Array:
    out = np.ones((camera.height_px, camera.width_px), np.float32)
    if left is not None:
        out[left.box] = np.clip(left.values @ LUMINANCE.astype(np.float32), 0, 1)
    return out


def _mirrored(
    photo: Image,
    items: Sequence[Item],
    gloss: Gloss | None,
    catching: Sequence[Catching],
    on: OnPlane,
    lighting: Lighting,
    *,
    camera: Camera,
    pose: Array,
    depth: Array | None,
    renderer: Renderer,
) -> Mirrored | None:
    """Return what a glossy floor mirrors of the products, None for nothing."""
    floors = [index for index, one in enumerate(catching) if one.plane.kind == "floor"]
    if not floors or depth is None:
        return None
    floor, known = catching[floors[0]].plane, _known(depth)
    if gloss is None:
        gloss = floor_gloss(photo, floor=floor, camera=camera, world_from_camera=pose, depth_m=known)
    if gloss.strength <= 0:
        return None
    share = np.where(on.which == floors[0], on.share, np.float32(0))
    return reflected(
        items,
        gloss=gloss,
        photo=photo,
        floor=floor,
        floor_share=share,
        camera=camera,
        world_from_camera=pose,
        depth_m=known,
        renderer=renderer,
        lighting=lighting,
    )


def _blended(photo: Image, front: Image, layer: Layer, left: Part | None, mirrored: Mirrored | None) -> Image:
    """Return the photo with shadow and product, put onto `front`; what neither touches stays as it is."""
    covered = picture_box(layer.colour[..., 3] > 0, margin=0)
    parts = [part for part in (left, *(mirrored or ())) if part is not None]
    box = box_around([covered, *(part.box for part in parts)])
    if box is None:
        return photo
    colour = layer.colour[box]
    shade = None if left is None else left.at(box, outside=1)
    added, taken = (None, None) if mirrored is None else (part.at(box, outside=0) for part in mirrored)
    mine = colour[..., 3] > 0
    if shade is not None:
        mine |= _beyond(shade, 1, 2)
    for change in (added, taken):
        if change is not None:
            mine |= _beyond(change, -1, _LEAST_LIGHT)
    was, onto = photo.pixels[box], front.pixels[box]
    if front is not photo:
        mine |= (onto != was).any(axis=2)
    behind = _DECODED[onto]
    if taken is not None:
        behind = np.maximum(behind - taken, 0)
    if shade is not None:
        behind *= shade
    if added is not None:
        behind += added
    behind *= 1 - colour[..., 3:]
    behind += colour[..., :3]
    codes = (np.clip(behind, 0, 1) * (_CODES - 1) + np.float32(0.5)).astype(np.uint16)
    out = photo.pixels.copy()
    out[box] = np.where(mine[..., None], _ENCODED[codes], was)
    return Image(pixels=out)


def _beyond(values: Array, low: float, high: float) -> Array:
    """Return (h, w) bool: where one of three channels lies outside of low..high."""
    import cv2  # a maximum over so short an axis takes several times as long

    out: Array = cv2.inRange(values, (low,) * 3, (high,) * 3) == 0
    return out
