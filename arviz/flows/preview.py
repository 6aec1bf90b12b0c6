"""Live object: a product is drawn again and again, from wherever somebody looks; it owns the renderer and what it has read."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass, replace
from math import cos, pi, sin
from os import PathLike, fspath
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np

from arviz.core.animation import at_time, duration_s
from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.graph import bounds, triangle_count
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.core.scene import Item, Scene, Sun
from arviz.flows.render import ENVIRONMENT, check_pixels, check_variant, read_product
from arviz.flows.stage import SHADOW, SHADOW_MARGIN, stage
from arviz.render.framing import FIELD_OF_VIEW_RAD, RADIUS_SHARE, drawn_points, orbit_camera
from arviz.render.picture import picture as finished
from arviz.render.rays import RayScene
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions, ToneMap

_KEPT = 2
"""Products that stay read: the one that is looked at and the one it is compared with."""
_SUN_RADIUS_RAD = 0.02
"""Of the sun in the window: its shadow's edge is as soft as that of a bright window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """Where somebody looks from: the orbit of `arviz.render.framing.orbit_camera`, nearer or farther, moved aside.

    Parameters
    ----------
    azimuth_rad, polar_rad : float
        As `arviz.core.frames.orbit_direction` takes them.
    distance : float
        Of the distance at which the product fills the picture.
    aside_m : (3,) float
        How far the point that is looked at lies from the middle of the product, in the world.
    """

    azimuth_rad: float = pi / 6
    polar_rad: float = pi * 75 / 180
    distance: float = 1.0
    aside_m: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light on a product.

    Parameters
    ----------
    environment : str
        A name of `arviz.render.environment.ENVIRONMENTS`, or the path of an ``.hdr`` file; `rotation_rad` turns it about +Y.
    sun : float
        Irradiance of a sun on top, in the environment's unit; 0 is none.
    sun_azimuth_rad, sun_height_rad : float
        Where it stands: counted from +Z towards +X, and above the floor.
    exposure : float
        Factor before the tone map.
    tone_map : str
        ``neutral``, ``aces`` or ``none``.
    shadow : float
        Strength of the shadow on the floor, 0 to 1.
    """

    environment: str = ENVIRONMENT
    rotation_rad: float = 0.0
    sun: float = 0.0
    sun_azimuth_rad: float = pi / 4
    sun_height_rad: float = pi / 4
    exposure: float = 1.0
    tone_map: ToneMap = "neutral"
    shadow: float = SHADOW

    def sun_light(self) -> Sun | None:
        """Return the sun as a scene takes it."""
        if self.sun <= 0:
            return None
        flat = cos(self.sun_height_rad)
        to_light = (sin(self.sun_azimuth_rad) * flat, sin(self.sun_height_rad), cos(self.sun_azimuth_rad) * flat)
        return Sun(to_light=to_light, irradiance=(self.sun,) * 3, angular_radius_rad=_SUN_RADIUS_RAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a product that is asked for; plain values only, so that it can be asked for from another process."""

    file: Path
    eye: Eye = Eye()
    light: Light = Light()
    variant: str | None = None
    animation: str | None = None
    time_s: float = 0.0
    background: tuple[int, int, int] = (242, 242, 242)


class Opened(NamedTuple):
    """What is known of a product when it has been read."""

    file: Path
    size_m: tuple[float, float, float] | None
    """(x, y, z): None where the file says no unit."""
    variants: tuple[str, ...]
    animations: tuple[tuple[str, float], ...]
    """Name and duration in seconds."""
    parts: tuple[str, ...]
    triangles: int
    findings: tuple[Finding, ...]


class Seen(NamedTuple):
    """A picture, and the camera that it was seen with: what is drawn over it finds its place by that."""

    image: Image
    camera: Camera
    world_from_camera: Array
    box_m: Array
    """(2, 3) corners of the product in the world."""


class Touched(NamedTuple):
    """What lies under a pixel."""

    point_m: tuple[float, float, float]
    sigma_m: float
    """How far a pixel reaches there: somebody who points cannot point better."""
    part: str | None
    material: str | None


class _Product(NamedTuple):
    asset: Asset
    points: Array
    box: Array
    findings: tuple[Finding, ...]
    stamp: tuple[int, int]


class Preview:
    """Products that are looked at; owns a renderer, closed by ``with``, used in the thread that made it.

    Parameters
    ----------
    engine : str
        Name of a renderer.

    Raises
    ------
    DependencyError, BackendError
        The engine cannot be opened here.
    """

    def __init__(self, *, engine: str = "gl") -> None:
        with ExitStack() as stack:
            self._renderer: Renderer = stack.enter_context(RENDERERS.get(engine)())
            self._stack = stack.pop_all()
        self._products: OrderedDict[Path, _Product] = OrderedDict()
        self._posed: tuple[tuple[Path, str, float], Asset] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the renderer and the products."""
        self._products.clear()
        self._posed = None
        self._stack.close()

    def open(self, file: str | PathLike[str]) -> Opened:
        """Read a product, again where its file has changed, and say what is in it.

        A file that cannot be read any more leaves what was read of it before: pictures go on showing that.

        Raises
        ------
        InputError
            The file cannot be read or holds nothing to draw.
        LimitError
            It is too large.
        """
        path = Path(fspath(file))
        asset, _, box, findings, _ = self._product(path, stamp=_stamp(path))
        size = box[1] - box[0]
        return Opened(
            file=path,
            size_m=(float(size[0]), float(size[1]), float(size[2])) if asset.unit_known else None,
            variants=tuple(asset.variants),
            animations=tuple((one.name or str(index), duration_s(one)) for index, one in enumerate(asset.animations)),
            parts=tuple(node.part or node.name or "" for node in asset.nodes if node.mesh is not None),
            triangles=triangle_count(asset),
            findings=findings,
        )

    def picture(self, shot: Shot, *, width: int, height: int, samples: int = 4) -> Seen:
        """Draw a product; at the eye's usual distance pixel by pixel what `arviz.flows.render.render` draws.

        Raises
        ------
        InputError
            The file cannot be read, has no such variant or animation; the size cannot be drawn.
        """
        check_pixels(width, height)
        scene, product = self._scene(shot)
        camera, pose = self.camera(shot, width=width, height=height)
        options = RenderOptions(
            samples=samples,
            exposure=shot.light.exposure,
            tone_map=shot.light.tone_map,
            depth=False,
            shadow=shot.light.shadow,
            shadow_margin=SHADOW_MARGIN,
        )
        image = finished(self._renderer, scene, camera, world_from_camera=pose, options=options, background=shot.background)
        return Seen(image, camera, pose, product.box)

    def camera(self, shot: Shot, *, width: int, height: int) -> tuple[Camera, Array]:
        """Return the camera of a picture and its pose ``world_from_camera`` (4, 4)."""
        eye = shot.eye
        camera, pose = orbit_camera(
            self._product(shot.file).points,
            azimuth_rad=eye.azimuth_rad,
            polar_rad=eye.polar_rad,
            width_px=width,
            height_px=height,
            field_of_view_rad=FIELD_OF_VIEW_RAD,
            radius_share=RADIUS_SHARE * eye.distance,
        )
        pose = np.array(pose)
        pose[:3, 3] += eye.aside_m
        return camera, pose

    def touch(self, shot: Shot, *, width: int, height: int, pixel: tuple[float, float]) -> Touched | None:
        """Return what a pixel of a picture shows, None where nothing of the product is.

        Raises
        ------
        DependencyError, BackendError
            Rays cannot be cast here.
        """
        scene, _ = self._scene(shot)
        camera, pose = self.camera(shot, width=width, height=height)
        with RayScene(item for item in scene.items if item.role == "visible") as rays:
            pick = rays.pick(camera, pixel, world_from_camera=pose)
        if pick is None:
            return None
        asset = scene.items[pick.item].asset
        material = None if pick.primitive.material is None else asset.materials[pick.primitive.material].name
        x, y, z = pick.point_m.tolist()
        depth_m = float((pick.point_m - pose[:3, 3]) @ pose[:3, 2])
        return Touched((x, y, z), depth_m / float(camera.k[0, 0]), pick.part or asset.nodes[pick.node].name, material)

    def _scene(self, shot: Shot) -> tuple[Scene, _Product]:
        product = self._product(shot.file)
        check_variant(product.asset, shot.variant)
        asset = self._at_time(shot, product)
        light = shot.light
        items = (Item(asset=asset, variant=shot.variant),)
        scene = stage(items, product=product.points, environment=light.environment, rotation_rad=light.rotation_rad, shadow=light.shadow)
        return replace(scene, lighting=replace(scene.lighting, sun=light.sun_light())), product

    def _at_time(self, shot: Shot, product: _Product) -> Asset:
        if shot.animation is None:
            return product.asset
        key = (shot.file, shot.animation, shot.time_s)
        if self._posed is None or self._posed[0] != key:
            self._posed = key, at_time(product.asset, animation=shot.animation, time_s=shot.time_s)
        return self._posed[1]

    def _product(self, path: Path, *, stamp: tuple[int, int] | None = None) -> _Product:
        """Return a product as it was read; read it where it was not, or not with this stamp."""
        known = self._products.get(path)
        if known is None or stamp not in (None, known.stamp):
            stamp = stamp or _stamp(path)
            asset, findings = read_product(path)
            box = bounds(asset)
            assert box is not None  # `read_product` refuses what draws nothing
            known = _Product(asset, drawn_points(asset), box, findings, stamp)
            self._posed = None
        self._products[path] = known
        self._products.move_to_end(path)
        while len(self._products) > _KEPT:
            self._products.popitem(last=False)
        return known


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise InputError("E_FILE_UNREADABLE", "the file cannot be read", where=path, found=error.strerror) from error
    return status.st_mtime_ns, status.st_size
