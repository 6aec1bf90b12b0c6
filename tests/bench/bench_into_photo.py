"""What a furnished photo costs, beside one plain picture of the same product."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

import numpy as np

from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.image import Image
from arviz.core.resources import resource
from arviz.core.room import LightEstimate, Room
from arviz.core.scene import Item
from arviz.formats.read import read
from arviz.render.floor_reflection import floor_gloss
from arviz.render.gl.renderer import GlRenderer
from arviz.render.into_photo import into_photo
from arviz.render.photo_look import measure_look
from arviz.testing.rooms import RoomLight, SyntheticRoom, camera_effects, make_room, photo
from tests.bench.measure import Row

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("ARVIZ_TEST_DATA") or ROOT.parent / "shared" / "data")
PRODUCTS = {
    "demo sofa": resource("assets", "products", "sofa", "sofa.glb"),
    "GlamVelvetSofa": DATA / "products" / "GlamVelvetSofa.glb",
    "SheenChair": DATA / "products" / "SheenChair.glb",
}
SEED = 3
BARS = {(640, 480): 0.5, (1920, 1440): 4.0}
PLACES = {(640, 480): 3, (1920, 1440): 1}
LARGE = "GlamVelvetSofa"
"""The only one at the larger size: the bench shall stay short."""


@cache
def _taken() -> tuple[SyntheticRoom, RoomLight, Image]:
    room = make_room(SEED)
    light = RoomLight(room, seed=SEED)
    rng = np.random.default_rng(SEED)
    return room, light, camera_effects(photo(room, room.views[0], rng=rng, light=light), rng=rng)


class _Case:
    """A synthetic room's photo, with true depth, planes and light, and a place before the camera."""

    def __init__(self, size: tuple[int, int]) -> None:
        room, light, picture = _taken()
        view = room.views[0]
        depth = room.depth(view)
        self.camera: Camera = view.camera.resized(width_px=size[0], height_px=size[1])
        factor = size[0] // picture.width_px
        self.photo = Image(pixels=picture.pixels.repeat(factor, axis=0).repeat(factor, axis=1))
        self.depth = depth.repeat(factor, axis=0).repeat(factor, axis=1)
        self.room: Room = room.truth()
        self.pose = view.world_from_camera
        ahead = self.pose[:3, 2] * (1.0, 0.0, 1.0)
        self.middle = self.pose[:3, 3] * (1.0, 0.0, 1.0) + ahead / np.linalg.norm(ahead) * 2.2
        self.light: LightEstimate = light.estimate(self.middle + np.array([0, 0.4, 0]))
        floor = self.room.floor
        assert floor is not None
        self.look = measure_look(self.photo)
        self.gloss = floor_gloss(self.photo, floor=floor, camera=self.camera, world_from_camera=self.pose, depth_m=self.depth)

    def furnished(self, asset: Asset, renderer: GlRenderer, *, shift_m: float = 0.0, measured: bool = True) -> None:
        """Put the product in; `measured`: with what was measured of the photo before."""
        pose = np.eye(4)
        pose[:3, 3] = self.middle + np.array([shift_m, 0, 0])
        into_photo(
            self.photo,
            [Item(asset=asset, world_from_asset=pose)],
            room=self.room,
            camera=self.camera,
            world_from_camera=self.pose,
            renderer=renderer,
            light=self.light,
            hidden_behind_m=self.depth,
            photo_look=self.look if measured else None,
            gloss=self.gloss if measured else None,
        )


def bench_furnished_photo() -> list[Row]:
    """Put a product into the photo of a synthetic room: processor seconds of all threads, against the bar.

    With a sun and all shadows, occlusion by depth, grain and sharpness, 4 samples. *New place*: renderer and product are
    warm, the product stands where it has not stood before, so that its shadow is made anew. *Same place*: only the camera's
    look or the photo may have changed; with the photo's grain, sharpness and gloss of the floor known, or measured.
    *Cold*: the first picture of a new renderer, upload and shaders included.
    """
    rows = []
    cases = {size: _Case(size) for size in BARS}
    for name, path in PRODUCTS.items():
        if not path.exists():
            continue
        asset = read(path)
        for size, bar in BARS.items():
            if PLACES[size] == 1 and name != LARGE:
                continue
            with GlRenderer() as renderer:
                put = partial(cases[size].furnished, asset, renderer)
                cold = _cpu(partial(put, shift_m=-0.05))
                new = [_cpu(partial(put, shift_m=0.01 * i)) for i in range(PLACES[size])]
                put()
                alone = [_cpu(partial(put, measured=False)) for _ in range(min(PLACES[size], 2))]
                same = [_cpu(put) for _ in range(PLACES[size])]
            where = f"{name} into a photo, {size[0]} x {size[1]}"
            rows += [
                Row(f"{where}, new place", float(np.median(new)), bar, 1.0, "processor seconds; the other is the bar", "s"),
                Row(f"{where}, same place", float(np.median(same)), bar, 1.0, "processor seconds; the other is the bar", "s"),
                Row(f"{where}, same place, the photo's look measured", min(alone), bar, None, "processor seconds; for the record", "s"),
                Row(f"{where}, cold", cold, bar, None, "processor seconds; for the record", "s"),
            ]
    return rows


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started
