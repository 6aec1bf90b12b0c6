"""Synthetic rooms with a product really in them: the photo before, the truth after, by the path tracer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera, Frame
from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.resources import resource
from arviz.core.room import LightEstimate, View
from arviz.core.scene import Item
from arviz.formats.read import read
from arviz.render.bodies import Soup, bodies, soup
from arviz.render.embree import Embree
from arviz.testing.rooms import RoomLight, SyntheticRoom, camera_effects, height_grid, make_room, sensor_depth, traced
from arviz.testing.rooms.effects import auto_exposure
from arviz.testing.rooms.polygons import in_polygon
from arviz.testing.rooms.rays import pixel_grid
from tests.bench.bench_light import in_view

SIZE = (240, 180)
SAMPLES = 64
AIR_M = 0.10
_DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data") / "products"
_PRODUCTS = {
    "sofa": resource("assets", "products", "sofa", "sofa.glb"),
    "GlamVelvetSofa": _DATA / "GlamVelvetSofa.glb",
    "lamp": resource("assets", "products", "lamp", "lamp.glb"),
    "SheenChair": _DATA / "SheenChair.glb",
}
_TRIES = 400
_NEAR_M = 0.5
_IN_PICTURE, _LEAST_PIXELS = 0.7, 0.015
_FREE, _PARTLY = (0.0, 0.01), (0.08, 0.6)
"""Shares of the product that the room hides."""
_NOISE, _VIGNETTING, _BLUR_PX = 0.5, 0.05, 0.4


class Furnished(NamedTuple):
    """One photo of a room, and all that is true of it and of a product in it."""

    room: SyntheticRoom
    view: View
    product: str
    item: Item
    at_m: Array
    """(3,): the middle of the product."""
    frame: Frame
    """The photo without the product, with exact depth, unknown on panes."""
    sensed_m: Array
    """(H, W): the depth that a Kinect would give."""
    truth: Image
    """The photo with the product, as the same camera takes it."""
    ratio: Array
    """(H, W): luminance with the product over that without."""
    depth_m: Array
    """(H, W): of the product alone, +inf beside it."""
    visible: Array
    """(H, W) bool: where the product is seen."""
    light: LightEstimate
    """At `at_m`, in the photo's unit."""
    light_in_view: bool


def furnished(rng: np.random.Generator, count: int) -> Iterator[Furnished]:
    """Yield rooms with a product at a random free place on the floor, in every second one partly behind furniture."""
    products = [name for name, path in _PRODUCTS.items() if path.exists()]
    done = 0
    while done < count:
        name = products[done % len(products)]
        case = _drawn(rng, name, hidden=(done // len(products) + done) % 2 == 1)
        if case is not None:
            yield case
            done += 1


def _drawn(rng: np.random.Generator, name: str, *, hidden: bool) -> Furnished | None:
    seed = int(rng.integers(2**31))
    f = 525 * SIZE[0] / 640 * rng.uniform(0.95, 1.05)
    k = np.array([[f, 0, (SIZE[0] - 1) / 2], [0, f, (SIZE[1] - 1) / 2], [0, 0, 1]])
    room = make_room(seed, camera=Camera(k=k, width_px=SIZE[0], height_px=SIZE[1]), views=1)
    view, asset = room.views[0], product(name)
    pose = free_place(rng, room, view, name, hidden=hidden)
    if pose is None:
        return None
    item = Item(asset=asset, world_from_asset=pose)
    before, after = (traced(room, view, items=items, samples=SAMPLES) for items in ((), (item,)))
    gains = _white_balance(before.pixels, rng)
    noise, exposure = int(rng.integers(2**31)), auto_exposure(before.pixels)
    photo, truth = (_taken(one, exposure, gains, noise) for one in (before, after))
    depth, shown = room.depth(view), product_depth(view, name, pose)
    low, high = _box(soup_of(name))
    at = (pose @ [*((low + high) / 2), 1.0])[:3]
    light = RoomLight(room, seed=seed).estimate(at, seed=seed)
    light = replace(
        light,
        sh=light.sh * exposure * gains,
        colour=tuple(np.asarray(light.colour) * gains / (np.asarray(light.colour) * gains @ LUMINANCE)),
    )
    seen_depth = np.where(room.glass(view), np.inf, depth).astype(np.float32)  # no sensor sees a pane
    frame = Frame(image=photo, camera=view.camera, world_from_camera=view.world_from_camera, depth_m=seen_depth)
    ratio = (after.pixels @ LUMINANCE + 1e-6) / (before.pixels @ LUMINANCE + 1e-6)
    return Furnished(
        room, view, name, item, at, frame, _sensed(room, view, rng), truth, ratio, shown, shown < depth,
        light, light.to_light is not None and in_view(room, frame, at, np.asarray(light.to_light)),
    )  # fmt: skip


def _taken(linear: Image, exposure: float, gains: Array, seed: int) -> Image:
    """Return the picture that one camera takes: the same settings and the same noise each time."""
    return camera_effects(
        linear,
        rng=np.random.default_rng(seed),
        exposure=exposure,
        blur_px=_BLUR_PX,
        vignetting=_VIGNETTING,
        white_balance=tuple(gains),
        noise=_NOISE,
        jpeg_quality=None,
    )


def _white_balance(light: Array, rng: np.random.Generator) -> Array:
    """Return gains that take out about half of the room's colour."""
    mean = light.reshape(-1, 3).mean(axis=0)
    gains = (mean[1] / mean) ** rng.uniform(0.3, 0.7)
    out: Array = np.clip(gains, 0.5, 2.0)
    return out


def _sensed(room: SyntheticRoom, view: View, rng: np.random.Generator) -> Array:
    """Return the depth of a Kinect of twice the size at every second pixel: its noise is that of 640 pixels."""
    k = view.camera.k.copy()
    k[:2] *= 2
    large = replace(view, camera=Camera(k=k, width_px=2 * SIZE[0], height_px=2 * SIZE[1]))
    depth, _ = room.seen(large)
    return sensor_depth(depth, large.camera, kind="kinect", rng=rng, lost=room.glass(large))[::2, ::2]


@cache
def product(name: str) -> Asset:
    """Return a product; lamps are off: nobody knows how many candela a product's white is in the unit of a photo."""
    asset = read(_PRODUCTS[name])
    return replace(asset, materials=tuple(replace(material, emissive_factor=(0.0, 0.0, 0.0)) for material in asset.materials))


@cache
def soup_of(name: str) -> Soup:
    """Return the triangles of a product in its own frame."""
    return soup(bodies([Item(asset=product(name))]))


@cache
def _embree(name: str) -> Embree:
    whole = soup_of(name)
    return Embree(whole.vertices, whole.triangles)


def _box(whole: Soup) -> tuple[Array, Array]:
    used = whole.vertices[whole.triangles.reshape(-1)]
    return used.min(axis=0) + whole.centre, used.max(axis=0) + whole.centre


def product_depth(view: View, name: str, pose: Array, *, step_px: int = 1) -> Array:
    """Return the depth (H, W) of a product alone in a pose, +inf beside it."""
    camera, whole = view.camera, soup_of(name)
    asset_from_camera = np.linalg.inv(pose) @ view.world_from_camera
    rays = camera.rays(pixel_grid(camera, step_px=step_px)) @ asset_from_camera[:3, :3].T
    hits = _embree(name).first(np.broadcast_to(asset_from_camera[:3, 3] - whole.centre, rays.shape), rays)
    out = np.full(len(rays), np.inf)
    out[hits.ray] = hits.distance
    return out.reshape(-(-camera.height_px // step_px), -(-camera.width_px // step_px))


def free_place(rng: np.random.Generator, room: SyntheticRoom, view: View, name: str, *, hidden: bool) -> Array | None:
    """Return a pose (4, 4) on the floor with `AIR_M` of air around and the product well in the picture, None if none is found."""
    low, high = _box(soup_of(name))
    grid = height_grid(room)
    rows, columns = np.nonzero(grid.occupied & (grid.bottom_m < high[1] - low[1]))
    taken = np.asarray(grid.origin_m) + (np.stack([columns, rows], axis=1) + 0.5) * grid.cell_m
    outline = room.planes[0].outline_m[:, [0, 2]]
    depth = room.depth(view)[::4, ::4]
    middle, half = (low + high)[[0, 2]] / 2, (high - low)[[0, 2]] / 2 + AIR_M
    rim = np.array([[x, z] for x in np.linspace(-1, 1, 7) for z in np.linspace(-1, 1, 7) if max(abs(x), abs(z)) == 1]) * half
    wanted = _PARTLY if hidden else _FREE
    eye = view.world_from_camera[:3, 3][[0, 2]]
    for _ in range(_TRIES):
        yaw, at = rng.uniform(-np.pi, np.pi), rng.uniform(outline.min(axis=0), outline.max(axis=0))
        c, s = np.cos(yaw), np.sin(yaw)
        turn = np.array([[c, s], [-s, c]])  # (x, z) of the room from those of the product, as a turn about +Y
        inside = np.abs((taken - at) @ turn) < half + grid.cell_m / 2
        if inside.all(axis=1).any() or not in_polygon(outline, *(rim @ turn.T + at).T).all():
            continue
        if (np.abs((eye - at) @ turn) < half + _NEAR_M).all():
            continue
        pose = np.eye(4)
        pose[:3, :3] = [[c, 0, s], [0, 1, 0], [-s, 0, c]]
        pose[:3, 3] = [at[0], -low[1], at[1]]
        pose[[0, 2], 3] -= turn @ middle
        if _well_seen(room, view, name, pose, depth, wanted):
            return pose
    return None


def _well_seen(room: SyntheticRoom, view: View, name: str, pose: Array, depth: Array, wanted: tuple[float, float]) -> bool:
    """Tell whether most of a product is in the picture, large enough, and hidden by as much as wanted."""
    wide = view.camera
    k = wide.k.copy()
    k[:2, 2] += [wide.width_px / 2, wide.height_px / 2]
    around = replace(view, camera=Camera(k=k, width_px=2 * wide.width_px, height_px=2 * wide.height_px))
    shown = np.isfinite(product_depth(view, name, pose, step_px=4))
    every = np.isfinite(product_depth(around, name, pose, step_px=4)).sum()
    if shown.mean() < _LEAST_PIXELS or shown.sum() < _IN_PICTURE * every:
        return False
    share = float((depth < product_depth(view, name, pose, step_px=4))[shown].mean())
    return wanted[0] <= share <= wanted[1]
