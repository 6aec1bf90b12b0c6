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
from arviz.render.floor_reflection import Gloss, floor_gloss, reflected
from arviz.render.photo_depth import check_hidden
from arviz.render.photo_look import PhotoLook, matched, measure_look
from arviz.render.photo_occlusion import Part, picture_box, without_hidden
from arviz.render.prefilter import directions
from arviz.render.renderer import Lamp, Renderer, RenderOptions, ShadowRenderer, is_photo
from arviz.render.room_catchers import Catching, OnPlane, catchers, corners_m, on_planes, ray_slopes
from arviz.render.room_light import RoomLighting, fair_light, lamp_of, room_lighting, surroundings

_DECODED = srgb_to_linear(np.arange(256) / 255)
_CODES = 1 << 16
_ENCODED = np.floor(linear_to_srgb(np.arange(_CODES) / (_CODES - 1)) * 255 + 0.5).astype(np.uint8)
"""By linear light in 65535 steps: at the dark end a step is 0.05 of an 8-bit one."""
_LEAST = 1 / 512
"""Shadow that is left out: a quarter of an 8-bit step at middle grey."""
_LEAST_LIGHT = 1 / 2048
"""Reflections that are left out."""


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
    samples: int = 4,
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
        Open; one that is no `ShadowRenderer` gives no shadows.
    light : LightEstimate, optional
        The light where the product stands. None, and none in the room: light from above, as bright as the photo.
    hidden_behind_m : ndarray (H, W), optional
        Depth of the photo along z, NaN, 0 or +inf where unknown: what lies behind it is hidden.
    photo_look : PhotoLook, optional
        How sharp and how grainy the product shall be: as `measure_look` finds the photo, by default.
    gloss : Gloss, optional
        How the floor mirrors: as `floor_gloss` finds it in the photo, by default; needs the photo's depth.
    samples : int
        Per pixel of the product: 1, 4 or 16.

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
    corners = corners_m([item for item in items if item.role == "visible"])
    catching = catchers(room, corners)
    light = light or room.lighting
    lamp = lamp_of(light, room=room, at_m=_middle(corners)) if len(corners) else None
    lit = _lighting(photo, light, corners, room=room, camera=camera, pose=pose, near=lamp is not None)
    on = on_planes(catching, room, camera=camera, world_from_camera=pose, depth_m=None if depth is None else _known(depth))
    options = RenderOptions(samples=samples, tone_map="none", shadow=0.0)
    layer = renderer.render(Scene(items=items, lighting=lit.on_product), camera, world_from_camera=pose, options=options)
    layer, hidden = without_hidden(photo, layer, depth, on, catching)
    layer = matched(layer, measure_look(photo) if photo_look is None else photo_look)
    left = _light_left(renderer, items, catching, on, lit.on_room, lamp, camera=camera, pose=pose)
    mirrored = _mirrored(photo, items, gloss, catching, on, lit.on_product, camera=camera, pose=pose, depth=depth, renderer=renderer)
    return IntoPhoto(_blended(photo, layer, left, mirrored), layer, _luminance(left, camera), hidden)


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


def _light_left(
    renderer: Renderer,
    items: tuple[Item, ...],
    catching: Sequence[Catching],
    on: OnPlane,
    lit: Lighting,
    lamp: Lamp | None,
    *,
    camera: Camera,
    pose: Array,
) -> Part | None:
    """Return (h, w, 3) float32: the share of each colour of light that the products leave on what the photo shows; None for all."""
    if not catching or not isinstance(renderer, ShadowRenderer) or not (on.which >= 0).any():
        return None
    casting = tuple(item for item in items if item.role == "visible")
    seen = np.unique(on.which[on.share > 0])  # walls behind the camera cost as much as others
    scene = Scene(items=(*casting, *(catching[index].item for index in seen if index >= 0)), lighting=lit)
    off = renderer.shadows(scene, camera, world_from_camera=pose, surface_m=on.surface_m, lamp=lamp)
    box = picture_box((off[..., 0] > _LEAST) | (off[..., 1] > _LEAST), margin=0)
    if box is None:
        return None
    off = off[box] * on.share[box][..., None]
    inner = np.nonzero((off[..., 0] > _LEAST) | (off[..., 1] > _LEAST))
    rows, columns = (some + whole.start for some, whole in zip(inner, box, strict=True))
    which = on.which[rows, columns]
    sky = _sky(catching, lit)[which]
    sun = np.zeros_like(sky)
    if lit.sun is not None:
        normals = np.array([one.plane.normal for one in catching], np.float32)[which]
        facing = normals @ np.asarray(lit.sun.to_light, np.float32)
        if lamp is not None:
            x, y = ray_slopes(camera)
            x, y = (np.broadcast_to(slope, on.surface_m.shape)[rows, columns] for slope in (x, y))
            points = np.stack([x, y, np.ones_like(x)], axis=1) * on.surface_m[rows, columns, None] @ pose[:3, :3].T.astype(np.float32)
            way = (lamp.position_m - pose[:3, 3]).astype(np.float32) - points
            # The sun's irradiance is the lamp's where the product stands.
            own = float(np.linalg.norm(lamp.position_m - _middle(corners_m(casting))))
            distance = np.maximum(np.linalg.norm(way, axis=1), 0.1)
            facing = (way * normals).sum(axis=1) / distance * np.minimum((own / distance) ** 2, 4)
        sun = np.maximum(facing, 0)[:, None] * np.asarray(lit.sun.irradiance, np.float32)
    off = off[inner]
    missing = (off[:, :1] * sky + off[:, 1:] * sun) / np.maximum(sky + sun, 1e-9)
    missing[missing.max(axis=1) < _LEAST] = 0
    out = np.ones((box[0].stop - box[0].start, box[1].stop - box[1].start, 3), np.float32)
    out[inner] = np.clip(1 - missing, 0, 1)
    return Part(box, out)


def _sky(catching: Sequence[Catching], lit: Lighting) -> Array:
    """Return (N, 3) float32: the irradiance from all around on each bare catcher."""
    pixels = lit.environment.pixels[..., :3].astype(np.float64)
    small = pixels.reshape(pixels.shape[0] // 4, 4, pixels.shape[1] // 4, 4, 3).mean(axis=(1, 3))
    height, width = small.shape[:2]
    edges = np.cos(np.pi * np.arange(height + 1) / height)
    solid = ((edges[:-1] - edges[1:]) * 2 * np.pi / width)[:, None]
    way = directions(width, height)
    normals = np.array([one.plane.normal for one in catching])
    return np.stack([((np.maximum(way @ n, 0) * solid)[..., None] * small).sum(axis=(0, 1)) for n in normals]).astype(np.float32)


def _luminance(left: Part | None, camera: Camera) -> Array:
    out = np.ones((camera.height_px, camera.width_px), np.float32)
    if left is not None:
        out[left.box] = np.clip(left.values @ LUMINANCE.astype(np.float32), 0, 1)
    return out


def _mirrored(
    photo: Image,
    items: tuple[Item, ...],
    gloss: Gloss | None,
    catching: Sequence[Catching],
    on: OnPlane,
    lighting: Lighting,
    *,
    camera: Camera,
    pose: Array,
    depth: Array | None,
    renderer: Renderer,
) -> Part | None:
    """Return what a glossy floor mirrors of the products (h, w, 3), None for nothing."""
    floors = [index for index, one in enumerate(catching) if one.plane.kind == "floor"]
    if not floors or depth is None:
        return None
    floor, known = catching[floors[0]].plane, _known(depth)
    if gloss is None:
        gloss = floor_gloss(photo, floor=floor, camera=camera, world_from_camera=pose, depth_m=known)
    if gloss.strength <= 0:
        return None
    share = np.where(on.which == floors[0], on.share, np.float32(0))
    casting = [item for item in items if item.role == "visible"]
    return reflected(
        casting,
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


def _blended(photo: Image, layer: Layer, left: Part | None, mirrored: Part | None) -> Image:
    """Return the photo with shadow and product; what neither touches stays as it is."""
    covered = picture_box(layer.colour[..., 3] > 0, margin=0)
    box = _around([covered, *(part.box for part in (left, mirrored) if part is not None)])
    if box is None:
        return photo
    colour = layer.colour[box]
    shade = None if left is None else left.at(box, outside=1)
    gleam = None if mirrored is None else mirrored.at(box, outside=0)
    mine = colour[..., 3] > 0
    for channel in range(3):  # a maximum over so short an axis takes several times as long
        if shade is not None:
            mine |= shade[..., channel] < 1
        if gleam is not None:
            mine |= np.abs(gleam[..., channel]) > _LEAST_LIGHT
    colour, behind = colour[mine], _DECODED[photo.pixels[box][mine]]
    if shade is not None:
        behind = behind * shade[mine]
    if gleam is not None:
        behind = np.maximum(behind + gleam[mine], 0)
    light = colour[:, :3] + behind * (1 - colour[:, 3:])
    codes = (np.clip(light, 0, 1) * (_CODES - 1) + 0.5).astype(np.uint16)
    out = photo.pixels.copy()
    out[box][mine] = _ENCODED[codes]
    return Image(pixels=out)


def _around(boxes: Sequence[tuple[slice, slice] | None]) -> tuple[slice, slice] | None:
    """Return the rows and columns around all boxes."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    rows, columns = (slice(min(some.start for some in side), max(some.stop for some in side)) for side in zip(*known, strict=True))
    return rows, columns
