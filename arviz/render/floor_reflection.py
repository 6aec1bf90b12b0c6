"""What a glossy floor mirrors: how glossy the photo shows it to be, and products mirrored in it.

A floor is glossy where its pixels go along with those of what stands above it, mirrored at the floor: walls, windows, lamps,
furniture. They must do so better than with the same mirror image moved aside, or it is chance. Without that evidence there is
no reflection. Twice is looked: at the light, and at what it has beside the floor's own colour, where sun and shade on the floor
do not count (the dichromatic model, Klinker et al. 1988, "The Measurement of Highlights in Color Images").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import Plane
from arviz.core.scene import Item, Lighting, Scene
from arviz.render.mirror_image import FloorView, decoded, flipped_camera, mirror, part_of, softened
from arviz.render.photo_occlusion import Part, picture_box
from arviz.render.renderer import Renderer, RenderOptions

_SEARCHED_PX, _DRAWN_PX = 240, 800
"""Width of the picture in which gloss is looked for, and at most of the one in which reflections are drawn, half as wide as the photo:
they are soft."""
_AROUND_PX = 120
"""Width of the picture from which a wide mean is taken."""
_TAIL = 3.0
"""Standard deviations around a mirror image in which its blur is seen."""
_F0 = 0.04
"""Reflectance of varnish, tiles and polished stone at normal incidence: their refractive index is about 1.5."""
_F0_RANGE = (0.02, 0.06)
"""Of refractive indices 1.33 to 1.65."""
_GRAZING = 0.5
"""Reflectance at grazing incidence: less than the 1 of a smooth mirror (Schlick 1994), for floors are rough."""
_ROUGH_RAD = (0.03, 0.08)
_BURNT = 0.95
_LOCAL = 0.04
"""Of the picture's width: wider structure of the mirror image is not told from the fall of light."""
_MOVED = tuple(
    (dx, dy)
    for dx in (-0.2, -0.15, -0.1, -0.06, 0.0, 0.06, 0.1, 0.15, 0.2)
    for dy in (-0.12, -0.07, 0.0, 0.07, 0.12)
    if abs(dx) + abs(dy) > 0.05
)
"""Of the picture's width and height: where the mirror image must fit worse."""
_SURE, _LEAST_CORRELATION = 2.0, 0.15
_OVERLAP, _BETTER_THAN = 0.4, 0.95
_OUTLIER = 6.0
_LEAST_PIXELS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Gloss:
    """How a floor mirrors.

    Parameters
    ----------
    strength : float
        Reflectance at normal incidence; 0 for none, or where the photo does not tell.
    roughness_rad : float
        Standard deviation of the directions of what it mirrors.
    confidence : float
        0 to 1, that the floor is as glossy as `strength` says; 0 where the photo shows nothing that would be mirrored.
    """

    strength: float = 0.0
    roughness_rad: float = 0.0
    confidence: float = 0.0


class Mirrored(NamedTuple):
    """What a floor mirrors of products, and what it cannot mirror any more: (h, w, 3) float32 linear Rec.709 of the same pixels.

    Shade on the floor changes neither: the photo less `taken`, times what is left of the floor's light, plus `added`.
    """

    added: Part
    taken: Part


def floor_gloss(photo: Image, *, floor: Plane, camera: Camera, world_from_camera: Array, depth_m: Array) -> Gloss:
    """Measure how a floor mirrors what stands on and around it.

    Parameters
    ----------
    photo : Image
        8-bit sRGB.
    camera : Camera
        Of the photo.
    world_from_camera : ndarray (4, 4)
        OpenCV axes.
    depth_m : ndarray (H, W)
        Of the photo along z; NaN, 0 or +inf where unknown.
    """
    small = _narrowed(camera, _SEARCHED_PX)
    light = decoded(photo, width_px=small.width_px, height_px=small.height_px)
    view = FloorView(floor, small, world_from_camera)
    image = view.mirrored(light, depth_m)
    known = np.isfinite(image.light[..., 0]) & image.floor
    if known.sum() < _LEAST_PIXELS:
        return Gloss()
    weight = known.astype(np.float32)
    above = np.where(known[..., None], image.light, 0).astype(np.float32)
    fits: list[tuple[float, bool, float, float]] = []
    for rough in _ROUGH_RAD:
        soft = softened(above, weight, rough * view.focal_px * image.share, most_px=_LOCAL * small.width_px)
        mirrored = _reflectance(view.cosine, _F0)[..., None] * soft
        # Glare may be burnt out, and has no colour then.
        for colours, use in ((LUMINANCE[:, None], weight), (_beside(light[known]), weight * (light.max(axis=2) < _BURNT))):
            fit = _compared(light @ np.float32(colours), mirrored @ np.float32(colours), use)
            fits += [] if fit is None else [(*fit, rough)]
    if not fits:
        return Gloss()
    sure, _, gain, rough = max(fits, key=lambda fit: (fit[1], fit[0]))
    if sure < _SURE or not any(believed for _, believed, _, _ in fits):
        return Gloss(confidence=float(np.clip(1 - sure / _SURE, 0, 0.5)))
    # What is burnt in the photo is brighter than it shows: the gain then says too much.
    strength = float(np.clip(gain * _F0, *_F0_RANGE))
    return Gloss(strength=strength, roughness_rad=rough, confidence=float(np.clip(sure / (2 * _SURE), 0.5, 0.9)))


def reflected(
    items: Sequence[Item],
    *,
    gloss: Gloss,
    photo: Image,
    floor: Plane,
    floor_share: Array,
    camera: Camera,
    world_from_camera: Array,
    depth_m: Array | None,
    renderer: Renderer,
    lighting: Lighting,
) -> Mirrored | None:
    """Return what products change in the light that a glossy floor shows below them.

    Parameters
    ----------
    items : sequence of Item
        Those that are seen.
    floor_share : ndarray (H, W)
        How sure it is that a pixel of the photo shows the floor, 0 to 1.
    depth_m : ndarray (H, W) or None
        As for `floor_gloss`; with None the floor is taken to have mirrored the mean of the photo.

    Returns
    -------
    Mirrored or None
        None where nothing is mirrored.
    """
    if gloss.strength <= 0:
        return None
    small = _half(camera)
    # Product and light stay, the eye is mirrored: it looks up from under the floor, and left and right are changed.
    pose = mirror(floor) @ np.asarray(world_from_camera, np.float64) @ np.diag([-1.0, 1, 1, 1])
    options = RenderOptions(samples=4, tone_map="none", shadow=0.0)
    layer = renderer.render(Scene(items=tuple(items), lighting=lighting), flipped_camera(small), world_from_camera=pose, options=options)
    most = _LOCAL * small.width_px
    box = picture_box(layer.colour[:, ::-1, 3] > 0, margin=int(_TAIL * most))
    if box is None:
        return None
    view = FloorView(floor, part_of(small, box), world_from_camera)
    colour = np.ascontiguousarray(layer.colour[:, ::-1][box])
    depth = np.full(colour.shape[:2], np.inf, np.float32) if layer.depth_m is None else layer.depth_m[:, ::-1][box]
    hit = np.isfinite(depth) & np.isfinite(view.depth_m)
    share = np.where(hit, np.clip(1 - view.depth_m / np.where(hit, depth, 1), 0, 1), 0).astype(np.float32)
    around = softened(share, hit.astype(np.float32), np.full(share.shape, most, np.float32), most_px=most)
    spread = gloss.roughness_rad * view.focal_px * np.where(hit, share, around)
    soft = softened(colour, np.ones_like(share), spread, most_px=most)
    before = _before(photo, floor, camera, world_from_camera, depth_m)
    before = _stretched(before, corner=(0, 0), times=(small.height_px / before.shape[0], small.width_px / before.shape[1]), box=box)
    change = np.concatenate([soft[..., :3], soft[..., 3:] * before], axis=2) * _reflectance(view.cosine, gloss.strength)[..., None]
    times = camera.height_px / small.height_px, camera.width_px / small.width_px
    rows, columns = (slice(round(some.start * factor), round(some.stop * factor)) for some, factor in zip(box, times, strict=True))
    corner, share = (box[0].start, box[1].start), np.asarray(floor_share[rows, columns], np.float32)[..., None]
    large = (_stretched(part, corner=corner, times=times, box=(rows, columns)) * share for part in (change[..., :3], change[..., 3:]))
    return Mirrored(*(Part((rows, columns), part) for part in large))


def _before(photo: Image, floor: Plane, camera: Camera, world_from_camera: Array, depth_m: Array | None) -> Array:
    """Return (h, w, 3) what the floor mirrors of the photo, a mean around each pixel, in a small picture."""
    import cv2

    small = _narrowed(camera, _AROUND_PX)
    light = decoded(photo, width_px=small.width_px, height_px=small.height_px)
    mean = np.broadcast_to(light.reshape(-1, 3).mean(axis=0), light.shape)
    if depth_m is None:
        return mean
    image = FloorView(floor, small, world_from_camera).mirrored(light, depth_m).light
    known = np.isfinite(image[..., 0])
    if not known.any():
        return mean
    most, weight = _LOCAL * small.width_px, known.astype(np.float32)
    around = softened(np.where(known[..., None], image, 0), weight, np.full(known.shape, most, np.float32), most_px=most)
    near = cv2.GaussianBlur(weight, (0, 0), most)[..., None] > 0.02
    return np.asarray(np.where(near, around, image[known].mean(axis=0)), np.float32)


def _stretched(part: Array, *, corner: tuple[int, int], times: tuple[float, float], box: tuple[slice, slice]) -> Array:
    """Return (h, w, 3) the rows and columns `box` of a picture of which `part` is a smaller one, from its pixel `corner` (row, column)."""
    import cv2

    (down, across), (row, column), (rows, columns) = times, corner, box
    there = np.array(
        [
            [1 / across, 0, (columns.start + 0.5) / across - 0.5 - column],
            [0, 1 / down, (rows.start + 0.5) / down - 0.5 - row],
        ]
    )
    size = (columns.stop - columns.start, rows.stop - rows.start)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(np.ascontiguousarray(part, np.float32), there, size, flags=how, borderMode=cv2.BORDER_REPLICATE))


def _half(camera: Camera) -> Camera:
    """Return the camera of the pictures in which reflections are drawn."""
    return _narrowed(camera, max(min(_DRAWN_PX, camera.width_px // 2), _SEARCHED_PX))


def _narrowed(camera: Camera, width_px: int) -> Camera:
    if camera.width_px <= width_px:
        return camera
    return camera.resized(width_px=width_px, height_px=max(round(width_px * camera.height_px / camera.width_px), 1))


def _reflectance(cosine: Array, normal_incidence: float) -> Array:
    """Return the reflectance at angles of incidence (Schlick 1994, "An Inexpensive BRDF Model for Physically-based Rendering")."""
    out: Array = normal_incidence + (_GRAZING - normal_incidence) * (1 - np.clip(cosine, 0, 1)) ** 5
    return out.astype(np.float32)


def _beside(colours: Array) -> Array:
    """Return (3, 2): two axes of colour in which the floor's own colour, however bright, is 0."""
    own = np.median(colours / np.maximum(colours.sum(axis=1, keepdims=True), 1e-3), axis=0)
    axes: Array = np.linalg.svd(own[None])[2][1:].T
    return axes


def _compared(light: Array, mirrored: Array, weight: Array) -> tuple[float, bool, float] | None:
    """Return how sure it is that the floor shows the mirror image, whether it may be believed, and by which factor it does.

    None where too little of the floor is seen. The arrays are (H, W, C), the weight (H, W).
    """
    seen, model = _local(light, weight), _local(mirrored, weight)
    # Joints and stains of the floor itself are no reflections.
    length = np.linalg.norm(seen, axis=2, keepdims=True)
    limit = _OUTLIER * float(np.median(length[weight > 0])) + 1e-5
    seen = seen * np.minimum(1, limit / np.maximum(length, 1e-9))
    gain, correlation = _fit(seen, model, weight)
    if correlation < _LEAST_CORRELATION:
        return 0.0, False, gain
    whole, chance = float(weight.sum()), []
    for dx, dy in _MOVED:
        here, there = _overlap(weight.shape, dx, dy)
        both = weight[here] * weight[there]
        if both.sum() > _OVERLAP * whole:
            chance.append(_fit(seen[here], model[there], both)[1])
    if len(chance) < len(_MOVED) // 3:
        return None
    sure = (correlation - float(np.mean(chance))) / max(float(np.std(chance)), 1e-3)
    better = float((np.array(chance) < correlation).mean())
    return sure, better > _BETTER_THAN, gain


def _local(plane: Array, weight: Array) -> Array:
    """Return (H, W, C) without what is wider than `_LOCAL`, 0 where the weight is 0."""
    import cv2

    sigma = _LOCAL * plane.shape[1]
    weighted = np.ascontiguousarray(plane * weight[..., None], np.float32)
    mean = (
        cv2.GaussianBlur(weighted, (0, 0), sigma).reshape(plane.shape)
        / np.maximum(cv2.GaussianBlur(weight, (0, 0), sigma), 1e-3)[..., None]
    )
    return np.asarray(weighted - mean * weight[..., None])


def _overlap(shape: tuple[int, ...], dx: float, dy: float) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Return where a picture and the same one moved by shares of its size overlap: in the first, and in the second."""
    pairs = []
    for size, share in zip(shape, (dy, dx), strict=True):
        by = round(share * size)
        pairs.append((slice(max(by, 0), size + min(by, 0)), slice(max(-by, 0), size - max(by, 0))))
    return (pairs[0][0], pairs[1][0]), (pairs[0][1], pairs[1][1])


def _fit(seen: Array, model: Array, weight: Array) -> tuple[float, float]:
    """Return by which factor a model fits best, and the correlation."""
    share = (weight / max(float(weight.sum()), 1e-9))[..., None]
    seen, model = (plane - (plane * share).sum(axis=(0, 1)) for plane in (seen, model))
    cross, own, theirs = (float((a * b * share).sum()) for a, b in ((seen, model), (model, model), (seen, seen)))
    return cross / max(own, 1e-12), cross / max(float(np.sqrt(own * theirs)), 1e-12)
