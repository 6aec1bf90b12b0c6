"""`traced`: a room's picture by Mitsuba's path tracer, with products really in it: the truth that composites are compared with.

It shares with `photo` the geometry, the paints and the strength of every light, and nothing of how light is computed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.limits import DEFAULT_LIMITS
from arviz.core.room import View
from arviz.core.scene import Item
from arviz.testing.rooms import mitsuba_lights
from arviz.testing.rooms.atlas import atlas
from arviz.testing.rooms.emitters import sky
from arviz.testing.rooms.rays import pixel_grid
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.truth import Lamp

_BOUNCES = 32
_SEED = 7
_RAYS_AT_ONCE = 2_000_000
_TEXTURE_PX = 1024
_COAT_F90, _COAT_IOR, _COAT_ROUGHNESS = 0.5, 1.925, 0.19
"""Of glossy paints as `photo` has them: reflectance at grazing angles; an index of refraction whose reflectance is above that of
all coats; GGX roughness whose half vectors spread half as far as the reflections there (0.07 rad)."""
_LEAST_SHARE = 0.05
"""Of the shadow rays, for every light that burns."""


def traced(
    room: SyntheticRoom,
    view: View,
    *,
    items: Sequence[Item] = (),
    samples: int = 64,
    size: tuple[int, int] | None = None,
    denoise: bool = True,
) -> Image:
    """Return what a perfect camera would measure of a room with products in it: linear radiance as `photo` gives.

    All light is taken into account: shadows, light from the walls on the product and back, reflections on glossy floors. Glowing
    products send out as many units (1000 cd/m2) as their material says.

    Parameters
    ----------
    items : sequence of Item
        Visible ones, in the room's world.
    samples : int
        Paths per pixel. The same ones with and without products: noise is alike in both.
    size : (width, height), optional
        Of the picture in pixels, another than that of the view's camera.
    denoise : bool
        By Open Image Denoise.

    Raises
    ------
    DependencyError
        The extra ``photoreal`` or LLVM is missing.
    """
    if size is not None:
        view = replace(view, camera=view.camera.resized(width_px=size[0], height_px=size[1]))
    mi = _mitsuba()
    scene = mi.load_dict({"type": "scene", **_room_shapes(mi, room, view), **_product_shapes(mi, items)})
    radiance, albedo, normals = _trace(mi, scene, view, samples)
    if denoise:
        import mitsuba_oidn

        radiance = np.maximum(np.asarray(mitsuba_oidn.denoise(radiance, albedo, normals, hdr=True)), 0)
    return Image(pixels=radiance, space="linear")


@cache
def _mitsuba() -> Any:
    from arviz.render.mitsuba.library import load

    mi = load()
    mitsuba_lights.register(mi)
    return mi


def _room_shapes(mi: Any, room: SyntheticRoom, view: View) -> dict[str, Any]:
    mesh = room.mesh
    paint = np.array([finish.paint for finish in room.finishes])[mesh.finish]
    coated = np.array([finish.gloss > 0 for finish in room.finishes])[mesh.finish]
    painted = atlas(room, view, np.flatnonzero(~np.isin(paint, ("pane", "glow"))))
    coated = coated[~np.isin(paint, ("pane", "glow"))]
    colour = _texture(mi, painted.reflectance)
    coat = {
        "type": "arviz_gltf",
        "base_color": colour,
        "metallic": _number(0.0),
        "roughness": _number(_COAT_ROUGHNESS),
        "ior": _COAT_IOR,
        "specular": _texture(mi, (painted.gloss > 0)[..., None] * np.float32(_COAT_F90)),
        "specular_color": _texture(mi, (painted.gloss / _COAT_F90 / _normal_reflectance(_COAT_IOR))[..., None].repeat(3, axis=2)),
    }
    matte = {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": colour}}
    out = {"matte": _mesh(mi, painted.corners_m[~coated], matte, uv=painted.uv[~coated])}
    if coated.any():
        out["coated"] = _mesh(mi, painted.corners_m[coated], coat, uv=painted.uv[coated])
    return out | _lights(mi, room, paint == "pane")


def _lights(mi: Any, room: SyntheticRoom, pane: Array) -> dict[str, Any]:
    mesh, day = room.mesh, room.daylight
    panes = [p.outline_m for p in room.planes if p.finish >= 0 and room.finishes[p.finish].paint == "pane"]
    glass = {p: room.finishes[p.finish].colour for p in room.planes if p.part == "window"}
    area = sum(float(np.linalg.norm(np.cross(p[1] - p[0], p[3] - p[0]))) for p in panes)
    level = np.stack([np.zeros(8), np.full(8, 0.3), np.ones(8)], axis=1)
    power = {f"lamp{i}": _lamp_area(lamp) * np.pi * _bright(lamp.radiance) for i, lamp in enumerate(room.lamps)}
    power["panes"] = np.pi * area * float(np.mean(sky(day, level / np.linalg.norm(level, axis=1, keepdims=True)) @ LUMINANCE))
    power["sun"] = 0.5 * area * _bright(day.sun_irradiance)
    total = max(sum(power.values()), 1e-9)
    share = {name: max(value / total, _LEAST_SHARE) if value > 0 else 0.0 for name, value in power.items()}
    out = {f"lamp{i}": _lamp(mi, room, i, share[f"lamp{i}"]) for i in range(len(room.lamps))}
    if panes:
        table = mi.TensorXf(mitsuba_lights.sky_table(day))
        emitter = {"type": mitsuba_lights.PANE, "table": table, "sampling_weight": share["panes"]}
        bsdf = {"type": "diffuse", "reflectance": _rgb(next(iter(glass.values())))}
        out["panes"] = _mesh(mi, mesh.vertices_m[mesh.triangles[pane]], bsdf, emitter=emitter)
    if panes and share["sun"] > 0:
        numbers = mi.TensorXf(mitsuba_lights.sun_numbers(day, panes).astype(np.float32))
        out["sun"] = {"type": mitsuba_lights.SUN, "numbers": numbers, "sampling_weight": share["sun"]}
    return out


def _lamp(mi: Any, room: SyntheticRoom, index: int, share: float) -> dict[str, Any]:
    lamp = room.lamps[index]
    paint = next((f.colour for f in room.finishes if f.paint == "glow" and f.index == index), (0.0, 0.0, 0.0))
    at, place = list(lamp.position_m), mi.ScalarTransform4f()
    out: dict[str, Any] = {"bsdf": {"type": "twosided", "bsdf": {"type": "diffuse", "reflectance": _rgb(paint)}}}
    if share > 0:
        out["emitter"] = {"type": "area", "radiance": _rgb(lamp.radiance), "sampling_weight": share}
    if lamp.kind == "globe":
        return out | {"type": "sphere", "center": at, "radius": lamp.radius_m}
    below = [at[0], at[1] - 1, at[2]]
    return out | {"type": "disk", "to_world": place.look_at(at, below, [0, 0, 1]) @ place.scale(lamp.radius_m)}


def _lamp_area(lamp: Lamp) -> float:
    return float(np.pi * lamp.radius_m**2 * (4 if lamp.kind == "globe" else 1))


def _bright(colour: Iterable[float]) -> float:
    return float(np.asarray(tuple(colour)) @ LUMINANCE)


def _normal_reflectance(ior: float) -> float:
    return ((ior - 1) / (ior + 1)) ** 2


def _product_shapes(mi: Any, items: Sequence[Item]) -> dict[str, Any]:
    from arviz.render.mitsuba.world import item_shapes

    return {
        f"item{index}_{part}": shape
        for index, item in enumerate(items)
        for part, (shape, _) in enumerate(item_shapes(mi, item, cap_px=_TEXTURE_PX, limits=DEFAULT_LIMITS))
    }


def _trace(mi: Any, scene: Any, view: View, samples: int) -> tuple[Array, Array, Array]:
    """Return the radiance (H, W, 3) float32, and for the denoiser the reflectance and the normals of what is seen."""
    import drjit as dr

    camera, pose = view.camera, view.world_from_camera
    height, width = camera.height_px, camera.width_px
    turn = pose[:3, :3].T
    middle = camera.rays(pixel_grid(camera)) @ turn
    grid = middle.reshape(height, width, 3)
    lens = [mi.Float(a.astype(np.float32).ravel()) for a in (middle, np.gradient(grid, axis=1), np.gradient(grid, axis=0))]
    eye = mi.Point3f(*(dr.opaque(mi.Float, float(value)) for value in pose[:3, 3]))
    integrator = mi.load_dict({"type": "path", "max_depth": _BOUNCES})
    samples = mi.load_dict({"type": "multijitter", "sample_count": samples}).sample_count()  # some numbers fill no raster
    count = height * width
    sums = np.zeros((count, 9))
    block = max(_RAYS_AT_ONCE // samples, 1)
    for first in range(0, count, block):
        pixels = min(block, count - first)
        index = dr.arange(mi.UInt32, pixels * samples) // samples
        place = index + dr.opaque(mi.UInt32, first)
        sampler = mi.load_dict({"type": "multijitter", "sample_count": samples})
        sampler.set_samples_per_wavefront(samples)
        sampler.seed(_SEED + first, pixels * samples)
        offset = sampler.next_2d() - 0.5
        ahead, right, down = (mi.Vector3f(*(dr.gather(mi.Float, a, place * 3 + i) for i in range(3))) for a in lens)
        ray = mi.RayDifferential3f(mi.Ray3f(o=eye, d=dr.normalize(ahead + right * offset.x + down * offset.y)))
        radiance, _, _ = integrator.sample(scene, sampler, ray, None, True)
        met = scene.ray_intersect(mi.Ray3f(ray))
        albedo = met.bsdf(ray).eval_diffuse_reflectance(met, met.is_valid())
        normal = dr.select(dr.dot(met.sh_frame.n, ray.d) > 0, -met.sh_frame.n, met.sh_frame.n)
        totals = [dr.zeros(mi.Float, pixels) for _ in range(9)]
        for total, value in zip(totals, (*radiance, *albedo, *normal), strict=True):
            dr.scatter_reduce(dr.ReduceOp.Add, total, dr.select(dr.isfinite(value), value, 0), index)
        dr.eval(totals)  # together: one at a time, every path would be traced again for each
        sums[first : first + pixels] = np.stack([np.array(total) for total in totals], axis=1)
    planes = (sums / samples).astype(np.float32).reshape(height, width, 9)
    return np.ascontiguousarray(planes[..., :3]), np.ascontiguousarray(planes[..., 3:6]), np.ascontiguousarray(planes[..., 6:])


def _mesh(mi: Any, corners: Array, bsdf: dict[str, Any], *, uv: Array | None = None, emitter: dict[str, Any] | None = None) -> Any:
    """Return a mesh of flat triangles (T, 3, 3)."""
    properties = mi.Properties()
    properties["bsdf"] = mi.load_dict(bsdf)
    if emitter is not None:
        properties["emitter"] = mi.load_dict(emitter)
    mesh = mi.Mesh("room", 3 * len(corners), len(corners), has_vertex_texcoords=uv is not None, props=properties)
    values = mi.traverse(mesh)
    values["vertex_positions"] = corners.astype(np.float32).ravel()
    values["faces"] = np.arange(3 * len(corners), dtype=np.uint32)
    if uv is not None:
        values["vertex_texcoords"] = uv.astype(np.float32).ravel()
    values.update()
    return mesh


def _texture(mi: Any, pixels: Array) -> dict[str, Any]:
    return {"type": "bitmap", "bitmap": mi.Bitmap(np.ascontiguousarray(pixels, np.float32)), "raw": True, "wrap_mode": "clamp"}


def _number(value: float) -> dict[str, Any]:
    return {"type": "rgb", "value": [value] * 3}


def _rgb(colour: Iterable[float]) -> dict[str, Any]:
    return {"type": "rgb", "value": [float(value) for value in colour]}
