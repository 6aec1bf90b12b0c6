"""Live object: a product stands in the photo of a room, wherever somebody puts it; it owns the renderer and what it has read."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from math import atan2, hypot, pi, radians
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.colour import linear_to_srgb
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import bounds
from arviz.core.image import Image
from arviz.core.placement import Arrangement, Placement
from arviz.core.room import Room, View
from arviz.core.room_file import read_room
from arviz.core.scene import Item, Lighting, Scene
from arviz.flows.bordered import bordered, fitted
from arviz.flows.place import unknown_of
from arviz.flows.place_products import Products, read_products
from arviz.flows.place_search import best_places
from arviz.flows.preview_shot import Seen
from arviz.flows.room import room as measured_room
from arviz.flows.room_photo import depth_before, room_photo
from arviz.flows.scenery import Facts, Known, Pictured, Scenery, Spot, WallLine, WallSide, Wish
from arviz.formats.files import Files
from arviz.place.floor.site import Site
from arviz.place.floor.site_of import site_of
from arviz.place.plan.plan_frame import to_plan, to_world
from arviz.place.plan.pose import standing
from arviz.place.product.furniture import Furniture
from arviz.place.rules import read_rules
from arviz.place.single.candidates import site_yaw
from arviz.place.single.mounted import carried
from arviz.place.single.settle import Carrier
from arviz.render.floor_reflection import Gloss, floor_gloss
from arviz.render.into_photo import into_photo
from arviz.render.photo_look import PhotoLook, measure_look
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions
from arviz.render.room_light import room_lighting
from arviz.vision.light.estimate import estimate_light

_KEPT = 4
"""Products that stay read."""
_SAME_LIGHT_M = 0.75
"""Drafts take the light of a place so near."""
_FAR_M = 1e6
_OPPOSITE_RAD = radians(30.0)
"""A wall that is turned so little to the camera is the one opposite."""


class _Setting(NamedTuple):
    """A scenery that was read, and what of it does not change with the product."""

    site: Site
    photo: Frame
    depth: Array
    stamps: tuple[int | None, ...]


class _Good(NamedTuple):
    goods: Products
    box: Array
    stamp: int | None


class Furnishing:
    """Products in the photo of a room; owns a renderer, closed by ``with``, used in the thread that made it.

    Parameters
    ----------
    engine : str
        Name of a renderer.
    country : str, optional
        Whose rules, as `arviz.place.rules.read_rules` takes it.

    Raises
    ------
    DependencyError, BackendError
        The engine cannot be opened here.
    """

    def __init__(self, *, engine: str = "gl", country: str | None = None) -> None:
        with ExitStack() as stack:
            self._renderer: Renderer = stack.enter_context(RENDERERS.get(engine)())
            self._stack = stack.pop_all()
        self._rules = read_rules(None, country=country)
        self._setting: tuple[Scenery, _Setting] | None = None
        self._goods: dict[tuple[Path, str | None], _Good] = {}
        self._small: tuple[_Setting, tuple[int, int], Image, Camera] | None = None
        """The photo as large as drafts were asked last."""
        self._look: tuple[_Setting, PhotoLook, Gloss] | None = None
        self._lights: list[tuple[Array, Lighting]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the renderer, the photo and the products."""
        self._setting = self._small = self._look = None
        self._goods.clear()
        self._lights.clear()
        self._stack.close()

    def know(self, scenery: Scenery, file: Path) -> Known:
        """Read a scenery and a product, again where their files have changed, and say where the product stands best.

        Raises
        ------
        InputError
            A file cannot be read; ``E_SCALE_UNKNOWN``, ``E_NO_FLOOR``: the room says nothing in metres or has no floor;
            ``E_PRODUCT_SIZE``; ``E_VIEW``, ``E_CAMERA_SIZE``: the photo is not one of this room; ``E_NO_PHOTO``.
        """
        setting, good = self._read(scenery), self._good(file, None)
        piece = good.goods.furniture[0]
        found, why = best_places(setting.site, good.goods.furniture, self._rules, at=None, yaw_rad=None, wall=None)
        best = tuple(_spot(one.placements[0].world_from_asset) for one in found)
        floor = setting.site.room.planes[setting.site.floor].outline_m[:, [0, 2]]
        low, high = floor.min(axis=0).tolist(), floor.max(axis=0).tolist()
        return Known(
            scenery=scenery,
            file=file,
            outline_m=tuple((x, z) for x, z in piece.outline_m.tolist()),
            walls=tuple(_wall_lines(setting)),
            gap_m=self._rules["wall-gap"].needed_m if piece.support == "floor" else 0.0,
            bounds_m=((low[0], low[1]), (high[0], high[1])),
            best=best,
            start=best[0] if best else _middle(setting),
            why_not=why,
            findings=tuple(dict.fromkeys((*setting.site.room.findings, *unknown_of(setting.site), *good.goods.findings))),
        )

    def facts(self, wish: Wish) -> Facts:
        """Return what a product does at a spot, as `arviz.flows.place.place` says it of a given place.

        Raises
        ------
        InputError
            As `know`.
        """
        setting, good = self._read(wish.scenery), self._good(wish.file, wish.variant)
        spot = wish.spot
        found, _ = best_places(setting.site, good.goods.furniture, self._rules, at=spot.at_m, yaw_rad=spot.yaw_rad, wall=None)
        lowest_m = good.goods.furniture[0].lowest_m
        return Facts(wish, found[0], float(found[0].placements[0].world_from_asset[1, 3]) + lowest_m)

    def picture(self, wish: Wish, *, width: int, height: int, draft: float = 0.0) -> Pictured:
        """Draw the photo with a product in it, as large as it fits.

        Full: where the photo is as large as asked, pixel by pixel what ``arviz place --at X,Z --yaw DEG`` draws. A draft leaves
        out what takes its time: shadows in the photo, reflections, a light of its own for each spot.

        Parameters
        ----------
        draft : float
            0: the full picture; else a draft, its product drawn so many times as small.

        Raises
        ------
        InputError
            As `know`; the product has no such variant.
        """
        setting, good = self._read(wish.scenery), self._good(wish.file, wish.variant)
        piece = good.goods.furniture[0]
        pose, carrier = _pose(setting.site, piece, wish.spot)
        placement = Placement(
            product=piece.name, support=carrier.support, plane=carrier.plane, world_from_asset=pose, outline_m=np.empty((0, 2))
        )
        items = good.goods.items(Arrangement(placements=(placement,), score=0.0))
        if draft:
            drawn, camera = self._draft(setting, items, width=width, height=height, smaller=draft)
        else:
            drawn, camera = self._full(setting, items, width=width, height=height)
        assert setting.photo.world_from_camera is not None
        corners = _corners(good.box, pose)
        box = np.stack([corners.min(axis=0), corners.max(axis=0)])
        seen = Seen(*bordered(drawn, camera, width=width, height=height), setting.photo.world_from_camera, box)
        wall = carrier.plane if carrier.support == "wall" else None
        return Pictured(seen, wish.spot, pose, carrier.support, wall, piece.lowest_m, corners)

    def _full(self, setting: _Setting, items: list[Item], *, width: int, height: int) -> tuple[Image, Camera]:
        photo = setting.photo
        assert photo.world_from_camera is not None
        look, gloss = self._look_of(setting)
        drawn = into_photo(
            photo.image,
            items,
            room=setting.site.room,
            camera=photo.camera,
            world_from_camera=photo.world_from_camera,
            renderer=self._renderer,
            light=estimate_light(photo, setting.site.room, at_m=_origin(items).tolist()),
            hidden_behind_m=setting.depth,
            photo_look=look,
            gloss=gloss,
        ).image
        return fitted(drawn, photo.camera, width=width, height=height)

    def _draft(self, setting: _Setting, items: list[Item], *, width: int, height: int, smaller: float) -> tuple[Image, Camera]:
        """Draw the product `smaller` times as small and put it over the sharp photo: only what moves is blurred."""
        import cv2

        if self._small is None or self._small[0] is not setting or self._small[1] != (width, height):
            self._small = setting, (width, height), *fitted(setting.photo.image, setting.photo.camera, width=width, height=height)
        _, _, photo, camera = self._small
        small = camera.resized(width_px=max(1, round(camera.width_px / smaller)), height_px=max(1, round(camera.height_px / smaller)))
        size = small.width_px, small.height_px
        pose = setting.photo.world_from_camera
        assert pose is not None
        scene = Scene(items=tuple(items), lighting=self._light_near(setting, _origin(items)))
        options = RenderOptions(samples=1, tone_map="none", shadow=0.0)
        layer = self._renderer.render(scene, small, world_from_camera=pose, options=options)
        assert layer.depth_m is not None
        hidden = layer.depth_m > cv2.resize(setting.depth, size, interpolation=cv2.INTER_NEAREST)
        alpha = np.where(hidden, np.float32(0), layer.colour[..., 3])
        there = alpha > 0
        over = np.zeros((*alpha.shape, 4), np.float32)
        over[there, :3] = linear_to_srgb(np.clip(layer.colour[there, :3] / layer.colour[there, 3:], 0, 1)) * alpha[there, None] * 255
        over[..., 3] = alpha
        over = cv2.resize(over, (camera.width_px, camera.height_px), interpolation=cv2.INTER_LINEAR)
        pixels = photo.pixels.copy()
        touched = over[..., 3] > 0
        # Blended as sRGB: at the edges alone, for as long as it moves.
        pixels[touched] = over[touched, :3] + pixels[touched] * (1 - over[touched, 3:]) + np.float32(0.5)
        return Image(pixels=pixels), camera

    def _light_near(self, setting: _Setting, at_m: Array) -> Lighting:
        """Return the light for drafts near a place: all of it comes from around, for a shadow map takes as long as the picture."""
        for where, lighting in self._lights:
            if np.linalg.norm(where - at_m) < _SAME_LIGHT_M:
                return lighting
        light = estimate_light(setting.photo, setting.site.room, at_m=at_m.tolist())
        lighting = room_lighting(replace(light, to_light=None, directional_share=0.0)).on_product
        self._lights.append((at_m, lighting))
        return lighting

    def _read(self, scenery: Scenery) -> _Setting:
        stamps = tuple(_stamp(path) for path in (scenery.photo, scenery.room, scenery.camera, scenery.depth) if path is not None)
        if self._setting is None or self._setting[0] != scenery or (self._setting[1].stamps != stamps and None not in stamps):
            self._setting = self._small = self._look = None
            self._lights.clear()
            self._setting = scenery, self._setting_of(scenery, stamps)
        return self._setting[1]

    def _setting_of(self, scenery: Scenery, stamps: tuple[int | None, ...]) -> _Setting:
        room = _room(scenery)
        site = site_of(room, rules=self._rules)
        photo = room_photo(scenery.photo or _beside(room, scenery), room, depth=scenery.depth, depth_scale=scenery.depth_scale)
        assert photo.world_from_camera is not None
        site = replace(site, view=View(camera=photo.camera, world_from_camera=photo.world_from_camera))
        return _Setting(site, photo, depth_before(photo, room, self._renderer), stamps)

    def _look_of(self, setting: _Setting) -> tuple[PhotoLook, Gloss]:
        """Return how sharp a photo is and how its floor mirrors, measured when the first full picture is drawn."""
        if self._look is None or self._look[0] is not setting:
            photo, floor = setting.photo, setting.site.room.planes[setting.site.floor]
            assert photo.world_from_camera is not None
            known = np.where(setting.depth < _FAR_M, setting.depth, np.float32(np.inf))
            gloss = floor_gloss(photo.image, floor=floor, camera=photo.camera, world_from_camera=photo.world_from_camera, depth_m=known)
            self._look = setting, measure_look(photo.image), gloss
        return self._look[1:]

    def _good(self, file: Path, variant: str | None) -> _Good:
        stamp, known = _stamp(file), self._goods.get((file, variant))
        if known is None or stamp not in (None, known.stamp):
            goods = read_products(file, variants=() if variant is None else (variant,), rules=self._rules)
            box = bounds(goods.shown[0])
            assert box is not None  # `read_product` refuses what draws nothing
            known = _Good(goods, np.asarray(box), stamp)
            self._goods.pop((file, variant), None)
            while len(self._goods) >= _KEPT:
                del self._goods[next(iter(self._goods))]
            self._goods[file, variant] = known
        return known


def _room(scenery: Scenery) -> Room:
    if scenery.room is not None:
        return read_room(Files(scenery.room, name=scenery.room.name).read_input(), where=scenery.room.name)
    if scenery.photo is None:
        raise _no_photo(None)
    depth = () if scenery.depth is None else (scenery.depth,)
    return measured_room([scenery.photo], depth=depth, depth_scale=scenery.depth_scale, camera=scenery.camera, scale=scenery.scale).room


def _beside(room: Room, scenery: Scenery) -> Path:
    """Return the first photo of a room that lies beside its file."""
    assert scenery.room is not None
    for view in room.views:
        path = scenery.room.parent / Path(view.name).name
        if view.name and path.is_file():
            return path
    raise _no_photo(scenery.room.name)


def _no_photo(where: str | None) -> InputError:
    return InputError(
        "E_NO_PHOTO",
        "there is no photo of the room to show the product in",
        where=where,
        expected="a photo that the room was measured from",
        hint="Give it: arviz view FILE --room room.json --photo PHOTO. `arviz place --mesh` makes a room in 3D without one.",
    )


def _pose(site: Site, piece: Furniture, spot: Spot) -> tuple[Array, Carrier]:
    """Return world_from_asset and what carries the product, as `arviz.place.single.search.stand` has them."""
    at_m, yaw_rad = to_plan(np.asarray(spot.at_m, np.float64), world_from_site=site.world_from_site), spot.yaw_rad - site_yaw(site)
    carrier = Carrier("floor", site.floor, "the floor", 0.0, 0.0)
    if piece.support != "floor":
        carrier = carried(site, piece, at_m=at_m, yaw_rad=yaw_rad)[1]
    pose: Array = site.world_from_site @ standing(at_m=at_m, yaw_rad=yaw_rad, height_m=carrier.height_m - piece.lowest_m)
    return pose, carrier


def _spot(world_from_asset: Array) -> Spot:
    x, z = world_from_asset[[0, 2], 3].tolist()
    return Spot(at_m=(x, z), yaw_rad=atan2(world_from_asset[0, 2], world_from_asset[2, 2]))


def _middle(setting: _Setting) -> Spot:
    """Return the middle of the floor, turned to the camera."""
    room, pose = setting.site.room, setting.photo.world_from_camera
    assert pose is not None
    x, z = room.planes[setting.site.floor].outline_m[:, [0, 2]].mean(axis=0).tolist()
    return Spot(at_m=(x, z), yaw_rad=atan2(pose[0, 3] - x, pose[2, 3] - z))


def _wall_lines(setting: _Setting) -> list[WallLine]:
    site, pose, out = setting.site, setting.photo.world_from_camera, []
    assert pose is not None
    for wall in site.walls:
        (x0, z0), (x1, z1) = to_world(wall.ends_m, world_from_site=site.world_from_site).tolist()
        nx, nz = (np.asarray(wall.normal) @ site.world_from_site[np.ix_((0, 2), (0, 2))].T).tolist()
        length = hypot(nx, nz)
        normal = (nx / length, nz / length)
        out.append(WallLine(wall.plane, ((x0, z0), (x1, z1)), normal, _side(pose[[0, 2], :3].T @ normal)))
    return out


def _side(normal: Array) -> WallSide:
    """Return where a wall is whose normal (3,) into the room is as the camera sees it: to the right, down, ahead."""
    turn = atan2(normal[0], -normal[2])  # 0: it faces the camera
    if abs(turn) < _OPPOSITE_RAD:
        return "opposite"
    if abs(turn) > pi - _OPPOSITE_RAD:
        return "behind"
    return "left" if turn > 0 else "right"


def _origin(items: list[Item]) -> Array:
    out: Array = np.asarray(items[0].world_from_asset)[:3, 3]
    return out


def _corners(box: Array, pose: Array) -> Array:
    """Return the corners (8, 3) in the world of a box (2, 3) of the asset."""
    out: Array = np.array(np.meshgrid(*box.T)).reshape(3, -1).T @ pose[:3, :3].T + pose[:3, 3]
    return out


def _stamp(path: Path) -> int | None:
    """Return when a file changed last; None where it is not there: what was read of it before is shown on."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return None
