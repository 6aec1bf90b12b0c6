"""`Open3dRenderer`: what lies exactly at each pixel's centre, by rays; colour is a matte sketch of the product.

It is what the other engines are measured against: no rasteriser, no projection matrix, any K and lens as they are.
"""

from __future__ import annotations

import math
from typing import NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import BackendError
from arviz.core.frozen import Array
from arviz.core.scene import Item, Layer, Scene, light_from_world_axes
from arviz.core.triangles import unit
from arviz.render.embree import Hits, load
from arviz.render.layer_planes import empty_planes
from arviz.render.matte import base_colour, emission
from arviz.render.photo_depth import SOFT_M, TOLERANCE_M
from arviz.render.prefilter import environment_cache, irradiance, prefilter
from arviz.render.punctual_lights import arriving, punctual_lights
from arviz.render.rays import RayScene
from arviz.render.renderer import Capabilities, RenderOptions
from arviz.render.request_checks import checked_request
from arviz.render.texture_pixels import texture_cap_px
from arviz.render.tone_map import tone_map

MOST_SIDE_PX = 8192
_CHUNK = 2**18
"""Rays at once: some hundred bytes each."""
_MOST_LAYERS = 64
"""Blended surfaces behind each other that are looked through."""


class _View(NamedTuple):
    """Who looks, and what of a photo hides things."""

    camera: Camera
    world_from_camera: Array
    behind_m: Array | None
    """(H, W) float32."""


class Open3dRenderer:
    """Draw by ray casting with Embree; needs neither OpenGL nor a GPU.

    Depth, normals and ids are exact at pixel centres for any K and lens distortion. Colour: base colour with its
    textures and emission under the environment's diffuse light, a hard-edged sun and the products' punctual
    lights; no reflections, and glass is only see-through. The triangles of the last items are kept, so another camera costs only the rays.

    Raises
    ------
    DependencyError, BackendError
        Open3D is missing, or does not work on this machine.
    """

    def __init__(self) -> None:
        version = getattr(load(), "__version__", "")
        self._capabilities = Capabilities(
            max_size_px=MOST_SIDE_PX,
            device=f"CPU, Embree by Open3D {version}",
            outputs=frozenset({"colour", "depth", "normals", "ids"}),
            features=frozenset({"distortion", "skew", "hidden_behind", "sun", "alpha_test", "one_sided", "punctual_lights"}),
        )
        self._closed = False
        self._items: tuple[Item, ...] = ()
        self._rays: RayScene | None = None
        self._texture_px = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        return self._capabilities

    def close(self) -> None:
        """Free the triangles; closing twice is fine."""
        self._closed = True
        if self._rays is not None:
            self._rays.close()
        self._rays, self._items = None, ()

    def render(
        self,
        scene: Scene,
        camera: Camera,
        *,
        world_from_camera: Array,
        options: RenderOptions | None = None,
        hidden_behind_m: Array | None = None,
    ) -> Layer:
        """Draw `scene`; see `arviz.render.renderer.Renderer`.

        Raises
        ------
        InputError
            ``E_ENGINE_CANNOT``: shadow catchers or ambient occlusion are asked for.
        """
        options = options or RenderOptions()
        if self._closed:
            raise BackendError("E_ENGINE_CLOSED", "the renderer is closed", hint="Use it inside its `with` block.")
        request = checked_request(
            "open3d",
            self._capabilities,
            scene,
            camera,
            world_from_camera=world_from_camera,
            options=options,
            hidden_behind_m=hidden_behind_m,
        )
        seen = _View(camera, *request)
        rays = self._ray_scene(scene.items, texture_px=texture_cap_px(camera.width_px, camera.height_px))
        light = _Light(scene)
        height, width = camera.height_px, camera.width_px
        colour = np.zeros((height, width, 4), np.float32)
        planes = empty_planes(width, height, options)
        side = math.isqrt(options.samples)
        shifts = (np.arange(side) + 0.5) / side - 0.5
        for top in range(0, height, rows := max(_CHUNK // width, 1)):
            band = slice(top, top + rows)
            y, x = np.mgrid[top : min(top + rows, height), :width].astype(np.float64)
            pixels = np.stack([x.reshape(-1), y.reshape(-1)], axis=1)
            for dx, dy in ((dx, dy) for dy in shifts for dx in shifts):
                shown = _colours(rays, light, seen, pixels, shift=(dx, dy), options=options)
                colour[band] += shown.reshape(*x.shape, 4) / options.samples
            if planes:
                for name, values in _planes(rays, seen, pixels).items():
                    if name in planes:
                        planes[name][band] = values.reshape(*x.shape, *values.shape[1:])
        return Layer(colour=colour, **planes)

    def _ray_scene(self, items: tuple[Item, ...], *, texture_px: int) -> RayScene:
        same = len(items) == len(self._items) and all(a is b for a, b in zip(items, self._items, strict=True))
        if self._rays is None or not same or texture_px != self._texture_px:
            if self._rays is not None:
                self._rays.close()
            self._rays = RayScene(items, texture_px=texture_px)
            self._items, self._texture_px = items, texture_px
        return self._rays


class _Light:
    """The environment as nine harmonics, the sun, and the punctual lights, which throw no shadows as in gl."""

    def __init__(self, scene: Scene) -> None:
        lighting = scene.lighting
        self._harmonics = prefilter(lighting.environment, cache=environment_cache()).harmonics * lighting.intensity
        self._light_from_world = light_from_world_axes(lighting.rotation_rad)
        self._sun = lighting.sun
        self._punctual = punctual_lights(scene)

    def on(self, rays: RayScene, points: Array, normals: Array, faces: Array) -> Array:
        """Return (N, 3): irradiance over pi on surfaces with `normals`; `faces` are those of their triangles, to the eye."""
        out = irradiance(self._harmonics, normals @ self._light_from_world.T)
        for light in self._punctual:
            towards, power = arriving(light, points)
            out = out + np.maximum((normals * towards).sum(axis=1), 0)[:, None] * power / np.pi
        if self._sun is not None:
            to_light = np.asarray(self._sun.to_light)
            cosine = np.where(faces @ to_light > 0, np.maximum(normals @ to_light, 0), 0)
            lit = np.flatnonzero(cosine)
            start = points[lit] + faces[lit] * rays.start_m
            cosine[lit] *= ~rays.occluded(start, np.broadcast_to(to_light, start.shape))
            out = out + cosine[:, None] * (np.asarray(self._sun.irradiance) / np.pi)
        return out


def _directions(seen: _View, pixels: Array) -> tuple[Array, Array]:
    """Return the indices of the pixels that see anything, and their (N, 3) directions in the world, 1 long along z."""
    directions = seen.camera.rays(pixels)
    known = np.flatnonzero(np.isfinite(directions).all(axis=1))
    return known, directions[known] @ seen.world_from_camera[:3, :3].T


def _eye(seen: _View, count: int) -> Array:
    return np.broadcast_to(seen.world_from_camera[:3, 3], (count, 3))


def _visible_share(seen: _View, pixels: Array, depth: Array) -> Array:
    """Return (N,): how much of a surface at `depth` a photo leaves to see, as ``gl/shaders/hidden.glsl`` does."""
    if seen.behind_m is None:
        return np.ones(len(depth))
    column, row = pixels.astype(int).T
    t = ((depth - seen.behind_m[row, column] - TOLERANCE_M) / SOFT_M).clip(0, 1)
    out: Array = 1 - t * t * (3 - 2 * t)
    return out


def _planes(rays: RayScene, seen: _View, pixels: Array) -> dict[str, Array]:
    """Return depth (N,), normals (N, 3) and ids (N,) at pixel centres."""
    known, directions = _directions(seen, pixels)
    hits = rays.first(_eye(seen, len(known)), directions)
    body = rays.soup.body_of(hits.triangle)
    occluder = np.array([b.role == "occluder" for b in rays.bodies], bool)
    shown = np.flatnonzero(~occluder[body] & (_visible_share(seen, pixels[known[hits.ray]], hits.distance) >= 0.5))
    hits, body = hits.pick(shown), body[shown]
    at = known[hits.ray]
    depth, normals, ids = np.full(len(pixels), np.inf), np.zeros((len(pixels), 3)), np.zeros(len(pixels), np.int64)
    depth[at] = hits.distance
    normals[at] = _normals(rays, hits, directions)[0]
    ids[at] = np.array([b.item + 1 for b in rays.bodies], np.int64)[body]
    return {"depth_m": depth, "normals": normals, "ids": ids}


def _normals(rays: RayScene, hits: Hits, directions: Array) -> tuple[Array, Array]:
    """Return (N, 3) unit normals of the smooth surface and of the triangles, both turned to the eye's side."""
    faces = rays.soup.face_normals(hits.triangle)
    side = np.where(rays.facing(hits, directions), 1.0, -1.0)[:, None]
    smooth = np.einsum("nk,nkc->nc", hits.weights, rays.soup.normals[rays.soup.triangles[hits.triangle]].astype(np.float64))
    length = np.linalg.norm(smooth, axis=1, keepdims=True)
    smooth = np.where(length > 0, unit(smooth), faces)
    return smooth * side, faces * side


def _colours(rays: RayScene, light: _Light, seen: _View, pixels: Array, *, shift: tuple[float, float], options: RenderOptions) -> Array:
    """Return (N, 4) premultiplied colour of one ray per pixel, surfaces blended from near to far."""
    known, directions = _directions(seen, pixels + shift)
    out = np.zeros((len(pixels), 4), np.float32)
    hits = rays.embree.first(_eye(seen, len(known)) - rays.soup.centre, directions)
    behind = ~_ends(rays, hits, directions)
    again = hits.ray[behind]
    if len(again):
        every = rays.embree.all(_eye(seen, len(again)) - rays.soup.centre, directions[again])
        hits = Hits(*(np.concatenate(pair) for pair in zip(hits.pick(~behind), every._replace(ray=again[every.ray]), strict=True)))
        hits = hits.pick(np.lexsort((hits.distance, hits.ray)))
    colour, coverage = _shaded(rays, light, hits, directions, options=options)
    share = _visible_share(seen, pixels[known[hits.ray]], hits.distance)
    occluder = np.array([b.role == "occluder" for b in rays.bodies], bool)[rays.soup.body_of(hits.triangle)]
    weight = np.where(occluder, 0.0, coverage * share)
    _, first, count = np.unique(hits.ray, return_index=True, return_counts=True)
    passing = np.ones(len(known))
    for rank in range(min(int(count.max(initial=0)), _MOST_LAYERS)):
        rows = first[count > rank] + rank
        ray = hits.ray[rows]
        seen_share = (passing[ray] * weight[rows])[:, None]
        out[known[ray]] += seen_share * np.concatenate([colour[rows], np.ones((len(rows), 1))], axis=1)
        passing[ray] *= 1 - coverage[rows]
    return out


def _ends(rays: RayScene, hits: Hits, directions: Array) -> Array:
    """Tell (N,) where nothing behind a meeting can be seen and it is no back that is not drawn."""
    closed = np.array([b.role == "occluder" or (b.cutoff is None and b.transmission == 0) for b in rays.bodies], bool)
    two_sided = np.array([b.two_sided for b in rays.bodies], bool)
    body = rays.soup.body_of(hits.triangle)
    return closed[body] & (two_sided[body] | rays.facing(hits, directions))


def _shaded(rays: RayScene, light: _Light, hits: Hits, directions: Array, *, options: RenderOptions) -> tuple[Array, Array]:
    """Return (N, 3) display-referred colour and (N,) how much of what lies behind it hides; 0 where nothing is drawn."""
    normals, faces = _normals(rays, hits, directions)
    points = rays.soup.positions(hits.triangle, hits.weights)
    around = light.on(rays, points, normals, faces)
    front = rays.facing(hits, directions)
    body = rays.soup.body_of(hits.triangle)
    colour, coverage = np.zeros((len(body), 3), np.float32), np.zeros(len(body))
    for index in np.unique(body):
        rows = np.flatnonzero((body == index) & (front | rays.bodies[index].two_sided))
        if rays.bodies[index].role == "occluder":
            coverage[rows] = 1
            continue
        corners = rays.corners(hits.triangle[rows], index)
        base = base_colour(rays.looks[index], corners, hits.weights[rows])
        material = rays.bodies[index].material
        alpha = {"OPAQUE": np.ones(len(rows)), "MASK": (base[:, 3] >= material.alpha_cutoff) * 1.0, "BLEND": base[:, 3]}[
            material.alpha_mode
        ]
        if "KHR_materials_unlit" in material.extensions:
            colour[rows] = base[:, :3]
        else:
            sent = emission(rays.looks[index], corners, hits.weights[rows])
            colour[rows] = tone_map(base[:, :3] * around[rows] + sent, how=options.tone_map, exposure=options.exposure)
        # What a tinted pane lets through it dims by its brightest channel, as in gl; the 0.96 is one surface's reflection.
        coverage[rows] = alpha * (1 - rays.bodies[index].transmission * 0.96 * base[:, :3].max(axis=1, initial=0))
    return colour, coverage
