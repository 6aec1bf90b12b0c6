"""Live object: a product is drawn again and again, from wherever somebody looks; it owns the renderer and what it has read."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import Self

import numpy as np

from arviz.core.animation import duration_s
from arviz.core.asset import Asset
from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.graph import triangle_count
from arviz.core.image import Image
from arviz.core.scene import Item, Scene
from arviz.flows.preview_compare import COLUMN_PX, compared, framed
from arviz.flows.preview_levels import levels_beside
from arviz.flows.preview_products import Products, stamp_of
from arviz.flows.preview_shot import Eye, Fault, Light, Opened, Plane, Seen, Shot, Touched, Versus
from arviz.flows.render import check_pixels, check_variant
from arviz.flows.stage import SHADOW_MARGIN, stage
from arviz.render.framing import FIELD_OF_VIEW_RAD, RADIUS_SHARE, orbit_camera
from arviz.render.highlight import highlight
from arviz.render.inspection import Scale, inspect
from arviz.render.picture import picture as finished
from arviz.render.renderer import RENDERERS, Renderer, RenderOptions

__all__ = ["Eye", "Fault", "Light", "Opened", "Plane", "Preview", "Seen", "Shot", "Touched", "Versus"]


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
        self._products = Products()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the renderer and the products."""
        self._products.close()
        self._stack.close()

    def open(self, file: str | PathLike[str], *, anew: bool = False) -> Opened:
        """Read a product, again where its file has changed (`anew`: in any case), and say what is in it.

        A file that cannot be read any more leaves what was read of it before: pictures go on showing that.

        Raises
        ------
        InputError
            The file cannot be read or holds nothing to draw.
        LimitError
            It is too large.
        """
        path = Path(fspath(file))
        product = self._products.read(path, stamp=stamp_of(path), anew=anew)
        asset, size = product.asset, product.box[1] - product.box[0]
        return Opened(
            file=path,
            size_m=(float(size[0]), float(size[1]), float(size[2])) if asset.unit_known else None,
            variants=tuple(asset.variants),
            animations=tuple((one.name or str(index), duration_s(one)) for index, one in enumerate(asset.animations)),
            parts=tuple(node.part or node.name or "" for node in asset.nodes if node.mesh is not None),
            triangles=triangle_count(asset),
            findings=product.findings,
            unit="m" if asset.source is None else asset.source.unit or "m",
            lamps=sum(node.light is not None for node in asset.nodes),
            levels=levels_beside(path),
            own_variant=_own_variant(asset),
            bytes=0 if asset.source is None else asset.source.bytes,
        )

    def picture(self, shot: Shot, *, width: int, height: int, samples: int = 4) -> Seen:
        """Draw a product; at the eye's usual distance pixel by pixel what `arviz.flows.render.render` draws.

        With one sample a cut that is new has no shadow on the floor, which would take as long as all else: its plane is being moved.

        Raises
        ------
        InputError
            A file cannot be read, has no such variant or animation; the size cannot be drawn.
        """
        check_pixels(width, height)
        camera, pose = self.camera(shot, width=width, height=height)
        if samples == 1 and shot.section is not None and not self._products.is_known(shot):
            shot = replace(shot, light=replace(shot.light, shadow=0.0))

        def draw(one: Shot, pose: Array, clear: bool, scale: Scale | None) -> Seen:
            return self._drawn(one, camera, pose, samples=samples, clear=clear, scale=scale)

        if shot.versus is None:
            return draw(shot, pose, False, None)
        return compared(shot, shot.versus, self._products, draw, pose, width_px=width)

    def _drawn(self, shot: Shot, camera: Camera, pose: Array, *, samples: int, clear: bool, scale: Scale | None) -> Seen:
        """Draw one product; `clear`: with nothing behind it, as RGBA; `scale` as `inspect` takes it."""
        product = self._products.read(shot.file)
        cut = self._products.shown(shot).cut
        if shot.inspect in ("shaded", "wireframe"):
            image = self._shaded(shot, camera, pose, samples, clear=clear)
        else:
            image = Image(pixels=np.full((camera.height_px, camera.width_px, 3), shot.background, np.uint8))
        whole = shot.level is None and shot.section is None
        rays = self._products.rays(shot) if shot.inspect != "shaded" or (shot.faults and whole) else None
        seen = Seen(image, camera, pose, product.box, cut=cut)
        if rays is None:
            return seen
        if shot.inspect != "shaded":
            found = inspect(rays, camera, world_from_camera=pose, mode=shot.inspect, behind=image, scale=scale)
            seen = seen._replace(image=found.image, scale=found.scale, bare=found.bare)
        if not (shot.faults and whole):
            return seen
        faulty = [(body.piece.node, body.piece.primitive.material) in shot.faults for body in rays.bodies]
        return seen._replace(image=highlight(rays, camera, world_from_camera=pose, chosen=faulty, behind=seen.image))

    def camera(self, shot: Shot, *, width: int, height: int) -> tuple[Camera, Array]:
        """Return the camera of a picture, or of each of two beside each other, and its pose ``world_from_camera`` (4, 4)."""
        eye = shot.eye
        if shot.versus is not None and shot.versus.way == "beside":
            width = max(1, (width - COLUMN_PX) // 2)
        camera, pose = orbit_camera(
            framed(shot, self._products),
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

    def aim(self, shot: Shot) -> None:
        """Make what `touch` needs: the first time it takes seconds, most of them to load the rays' library.

        Raises
        ------
        DependencyError, BackendError
            Rays cannot be cast here.
        """
        self._products.rays(shot)

    def touch(self, shot: Shot, *, width: int, height: int, pixel: tuple[float, float]) -> Touched | None:
        """Return what a pixel of a picture shows, None where nothing of the product is, or what it is compared with.

        Raises
        ------
        DependencyError, BackendError
            Rays cannot be cast here.
        """
        rays, asset = self._products.rays(shot), self._products.shown(shot).asset
        camera, pose = self.camera(shot, width=width, height=height)
        aside = pixel[0] > camera.width_px - 0.5
        pick = None if rays is None or aside else rays.pick(camera, pixel, world_from_camera=pose)
        if pick is None or asset is None:
            return None
        material = None if pick.primitive.material is None else asset.materials[pick.primitive.material].name
        x, y, z = pick.point_m.tolist()
        depth_m = float((pick.point_m - pose[:3, 3]) @ pose[:3, 2])
        return Touched((x, y, z), depth_m / float(camera.k[0, 0]), pick.part or asset.nodes[pick.node].name, material)

    def _shaded(self, shot: Shot, camera: Camera, pose: Array, samples: int, *, clear: bool) -> Image:
        options = RenderOptions(
            samples=samples,
            exposure=shot.light.exposure,
            tone_map=shot.light.tone_map,
            depth=False,
            shadow=shot.light.shadow,
            shadow_margin=SHADOW_MARGIN,
        )
        behind = None if clear else shot.background
        return finished(self._renderer, self._scene(shot), camera, world_from_camera=pose, options=options, background=behind)

    def _scene(self, shot: Shot) -> Scene:
        asset, light = self._products.shown(shot).asset, shot.light
        items: tuple[Item, ...] = ()
        if asset is not None:
            check_variant(asset, shot.variant)
            items = (Item(asset=asset, variant=shot.variant),)
        beside = self._products.beside(shot) if shot.inspect == "shaded" else None  # rays are sent to the product alone
        if beside is not None:
            items += (beside,)
        points = self._products.framed(shot)
        scene = stage(items, product=points, environment=light.environment, rotation_rad=light.rotation_rad, shadow=light.shadow)
        return replace(scene, lighting=replace(scene.lighting, sun=light.sun_light()))


def _own_variant(asset: Asset) -> str | None:
    pieces = [primitive for mesh in asset.meshes for primitive in mesh.primitives]
    for index, name in enumerate(asset.variants):
        if all(piece.material_for(index) == piece.material_for(None) for piece in pieces):
            return name
    return None
