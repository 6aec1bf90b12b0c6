"""A product put into a photo, against the path-traced photo of the room with the product really in it (fresh seeds, printed)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.room import LightEstimate, Room
from arviz.core.scene import Item
from arviz.render.gl.renderer import GlRenderer
from arviz.render.into_photo import IntoPhoto, into_photo
from arviz.render.photo_look import measure_look
from arviz.vision.depth.refine import refine_depth
from arviz.vision.estimate_room import estimate_room
from arviz.vision.light.estimate import estimate_light
from tests.bench.furnished import SAMPLES, SIZE, Furnished, furnished, soup_of

CASES = 8
_SHADOW, _DEEP = 0.9, 0.75
"""Of the light that is left. The first is the bar's; a large dark sofa takes as much from walls metres away, by all bounces. The second
is what lies at its feet."""
_LEAST_SHADOW_PX = 60
"""A shadow smaller than that is no measure."""
_SPECK_PX = 20
_ENLARGED = 4
_BARS = {
    "shadow IoU": (0.7, 1), "occlusion IoU": (0.95, 1), "PSNR dB": (25.0, 1),
    "size, true room, %": (0.5, -1), "light deg, lamp in view": (20.0, -1), "light deg, not in view": (25.0, -1),
}  # fmt: skip


class _Way(NamedTuple):
    """How the product gets into the photo: by which depth and room, in which light."""

    name: str
    exact: bool
    true_light: bool


_WAYS = (
    _Way("Kinect depth, light from the photo", False, False),
    _Way("exact depth, light from the photo", True, False),
    _Way("Kinect depth, true light", False, True),
)


def table_into_photo() -> str:
    """Photos of synthetic rooms, path-traced with and without a product; ours puts it into the one without.

    The product stands at a random free place of the floor, in half of the rooms partly behind furniture. Each camera stores
    both pictures with the same exposure, white balance, blur and noise. `estimate_room` measures planes and light from one
    frame with its pose. Shadow: where less than 0.9 of the luminance is left beside the object; deep: less than 0.75. PSNR:
    encoded 8-bit sRGB, where the object is seen or its true shadow falls; beside it what the photo without the product gets
    there, the object alone and the shadow alone. Size: height and width of the box around the silhouette; with the true room against the
    projected truth, with the measured floor in units of its stated sigma. The last rows say where errors come from. Some 210 s of
    processor time, most of it the path tracer's.
    """
    seed = secrets.randbits(32)
    cases, scores = [], {way.name: list[dict[str, float]]() for way in _WAYS}
    with GlRenderer() as renderer:
        for case in furnished(np.random.default_rng(seed), CASES):
            cases.append(f"{case.room.seed} {case.product}")
            for way, (score, _) in zip(_WAYS, _compared(case, renderer), strict=True):
                scores[way.name].append(score)
    lines = [
        f"{CASES} rooms at {SIZE[0]}x{SIZE[1]}, {SAMPLES} paths per pixel, denoised (both pictures alike); seed {seed}: "
        f"{', '.join(cases)}.\n",
        "| what | median | p10 / p90 | bar | |",
        "| --- | --- | --- | --- | --- |",
    ]
    for way in _WAYS:
        lines.append(f"| **{way.name}** | | | | |")
        lines += [_line(name, np.array([s[name] for s in scores[way.name]])) for name in scores[way.name][0]]
    return "\n".join(lines)


def _line(name: str, values: Array) -> str:
    values = values[np.isfinite(values)]
    if not len(values):
        return f"| {name} | - | - | | |"
    low, mid, high = np.quantile(values, (0.1, 0.5, 0.9))
    bar, sign = _BARS.get(name, (None, 1))
    verdict = "" if bar is None else "met" if sign * (mid - bar) >= 0 else "**missed**"
    shown = "" if bar is None else f"{'>=' if sign > 0 else '<='} {bar:g}"
    return f"| {name} ({len(values)}) | {mid:.3g} | {low:.3g} / {high:.3g} | {shown} | {verdict} |"


def _compared(case: Furnished, renderer: GlRenderer) -> Iterator[tuple[dict[str, float], IntoPhoto]]:
    """Yield for each way the scores and what it made."""
    sensed = replace(case.frame, depth_m=case.sensed_m)
    measured = {False: estimate_room(sensed), True: estimate_room(case.frame)}
    behind = {False: refine_depth(sensed).depth_m, True: case.frame.depth_m}
    for way in _WAYS:
        room, frame = measured[way.exact], case.frame if way.exact else sensed
        light = case.light if way.true_light else estimate_light(frame, room, at_m=tuple(case.at_m))
        made = into_photo(
            case.frame.image,
            (case.item,),
            room=room,
            camera=case.view.camera,
            world_from_camera=case.view.world_from_camera,
            renderer=renderer,
            light=light,
            hidden_behind_m=behind[way.exact],
        )
        score = _pictures(case, made)
        if not way.true_light:
            score |= _directions(case, light)
        if way == _WAYS[0]:
            score |= _sizes(case, room, renderer)
        yield score, made


def _pictures(case: Furnished, made: IntoPhoto) -> dict[str, float]:
    import cv2

    ours = made.layer.colour[..., 3] > 0.5
    around = cv2.dilate((ours | case.visible).astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    ratio, left = cv2.medianBlur(case.ratio.astype(np.float32), 3), np.broadcast_to(made.shadow, ours.shape)
    (shadow, found), (deep, found_deep) = ((_solid(ratio < most) & ~around, (left < most) & ~around) for most in (_SHADOW, _DEEP))
    enough, enough_deep = ((a | b).sum() >= _LEAST_SHADOW_PX for a, b in ((shadow, found), (deep, found_deep)))
    where = case.visible | shadow
    return {
        "shadow IoU": _iou(found, shadow) if enough else np.nan,
        "shadow IoU, deep": _iou(found_deep, deep) if enough_deep else np.nan,
        "occlusion IoU": _iou(ours, case.visible),
        "PSNR dB": _psnr(made.image, case.truth, where),
        "PSNR of the photo without it": _psnr(case.frame.image, case.truth, where),
        "PSNR, object": _psnr(made.image, case.truth, case.visible),
        "PSNR, shadow": _psnr(made.image, case.truth, shadow) if enough else np.nan,
        "light left in the true shadow, ours / truth": float(np.median(left[shadow]) / np.median(case.ratio[shadow]))
        if shadow.any()
        else np.nan,
    }


def _solid(mask: Array) -> Array:
    """Return a mask without its smallest pieces: what is left of the noise of two pictures where both are dark."""
    import cv2

    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    keep = stats[:, cv2.CC_STAT_AREA] >= _SPECK_PX
    keep[0] = False
    out: Array = keep[labels]
    return out


def _iou(a: Array, b: Array) -> float:
    return float((a & b).sum() / max((a | b).sum(), 1))


def _psnr(image: Image, truth: Image, where: Array) -> float:
    error = image.pixels[where].astype(np.float64) - truth.pixels[where]
    return float(10 * np.log10(255**2 / max((error**2).mean(), 1e-3)))


def _directions(case: Furnished, light: LightEstimate) -> dict[str, float]:
    error = np.nan
    if case.light.to_light is not None and light.to_light is not None:
        error = float(np.degrees(np.arccos(np.clip(np.dot(case.light.to_light, light.to_light), -1, 1))))
    return {
        "light deg, lamp in view": error if case.light_in_view else np.nan,
        "light deg, not in view": np.nan if case.light_in_view else error,
    }


def _sizes(case: Furnished, room: Room, renderer: GlRenderer) -> dict[str, float]:
    """Compare the drawn silhouette's box with the projected truth."""
    truth = _projected(case, case.item)
    low, high = truth
    camera = case.view.camera
    if low.min() < 1 or high[0] > camera.width_px - 2 or high[1] > camera.height_px - 2:
        return {"size, true room, %": np.nan, "size, measured floor, sigmas": np.nan}
    # Large and without the photo's blur, or a pixel would be more than the bar.
    large = camera.resized(width_px=_ENLARGED * camera.width_px, height_px=_ENLARGED * camera.height_px)
    drawn = into_photo(
        Image(pixels=case.frame.image.pixels.repeat(_ENLARGED, axis=0).repeat(_ENLARGED, axis=1)),
        (case.item,),
        room=Room(planes=case.room.truth().planes[:1]),
        camera=large,
        world_from_camera=case.view.world_from_camera,
        renderer=renderer,
        light=case.light,
        photo_look=replace(measure_look(case.frame.image), blur_px=None),
    )
    box = tuple((corner + 0.5) / _ENLARGED - 0.5 for corner in _drawn_box(drawn.layer.colour[..., 3]))
    error = np.abs((box[1] - box[0]) / (high - low) - 1).max() * 100
    floor, sigmas = room.floor, np.nan
    if floor is not None and room.scale is not None:
        # The product stands on the floor as it was measured.
        def lifted(up_m: float) -> Item:
            pose = case.item.world_from_asset.copy()
            n, at = np.asarray(floor.normal), case.at_m
            pose[1, 3] += up_m - (n[0] * at[0] + n[2] * at[2] + floor.offset_m) / n[1]
            return replace(case.item, world_from_asset=pose)

        away = np.linalg.norm((case.at_m - floor.outline_m.mean(axis=0))[[0, 2]])
        sigma = float(np.hypot(floor.sigma_offset_m, floor.sigma_normal_rad * away))
        here, there = (_projected(case, lifted(up)) for up in (0.0, sigma))
        size, more = here[1] - here[0], there[1] - there[0]
        stated = np.hypot(more - size, room.scale.sigma * size)
        sigmas = float(np.abs((size - (high - low)) / np.maximum(stated, 1e-9)).max())
    return {"size, true room, %": float(error), "size, measured floor, sigmas": sigmas}


def _projected(case: Furnished, item: Item) -> tuple[Array, Array]:
    """Return the corners (2,) of the box around a product in the picture, exact."""
    whole = soup_of(case.product)
    points = whole.vertices[np.unique(whole.triangles)] + whole.centre
    camera_from_asset = np.linalg.inv(case.view.world_from_camera) @ item.world_from_asset
    pixels = case.view.camera.project_distorted(points @ camera_from_asset[:3, :3].T + camera_from_asset[:3, 3])
    return pixels.min(axis=0), pixels.max(axis=0)


def _drawn_box(alpha: Array) -> tuple[Array, Array]:
    """Return the corners (2,) of the box around a silhouette: the last pixel counts by how much of it is covered."""
    low, high = np.zeros(2), np.zeros(2)
    for axis in (0, 1):
        line = alpha.max(axis=axis)
        first, last = np.flatnonzero(line > 0.02)[[0, -1]]
        low[axis], high[axis] = first + 0.5 - line[first], last - 0.5 + line[last]
    return low, high
