"""What lies beneath a product's look: triangles, coordinates, normals, surfaces behind one another, texels; one ray for each pixel."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ImageError
from arviz.core.frozen import Array
from arviz.core.image import Image, measure
from arviz.core.texture_transform import uv_matrix
from arviz.core.triangles import face_vectors, unit
from arviz.render.embree import Hits
from arviz.render.rays import RayScene
from arviz.render.texture_pixels import image_candidates

Mode = Literal["wireframe", "uv", "normals", "overdraw", "texel_density"]
BARE = (150, 150, 150)
"""A surface that has nothing of what is looked at: no coordinates, no texture."""
LINE = (22, 54, 110)
UV_FIELDS = 16
"""Fields of the checker along one unit of a coordinate."""
MOST_SURFACES = 8
"""So many on a ray and more have one colour."""
_UV_BLUE, _UV_DARK = 64, 0.7
_FAINT = 0.6
"""Share of white over what wires are drawn on: they are seen on black as well."""
_WIRE_PX = 0.4
"""A line's width inside of each of its triangles, beyond the pixel's half."""
_FINE_PX, _FINEST = 6.0, 0.35
"""Triangles lower than this get fainter lines, down to that share: a dense mesh does not turn into a blot."""
HEAT = ((255, 245, 200), (253, 187, 100), (240, 100, 60), (180, 20, 60), (70, 0, 60))
_VIRIDIS = ((68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37))
"""Of matplotlib (Smith and van der Walt 2015): as light grows so does the amount, for eyes of all kinds."""


class Scale(NamedTuple):
    """What the colours mean, and what was measured."""

    kind: Literal["overdraw", "texel_density", "difference"]
    colours: tuple[tuple[int, int, int], ...]
    """Evenly from `low` to `high`; for a density evenly in its logarithm."""
    low: float
    high: float
    least: float
    median: float
    most: float
    """Of the pixels that show the product (surfaces), or of the whole product's area (texels per metre)."""


class Inspection(NamedTuple):
    """A picture of one mode."""

    image: Image
    scale: Scale | None
    bare: bool
    """Whether something that is seen has nothing of what is looked at."""


class Densities(NamedTuple):
    """Texels of the base colour's texture per metre."""

    per_triangle: Array
    """(T,) float64, as `RayScene.soup` counts triangles; NaN without a texture."""
    area: Array
    """(T,) float64, m2."""


def inspect(
    rays: RayScene, camera: Camera, *, world_from_camera: Array, mode: Mode, behind: Image, scale: Scale | None = None
) -> Inspection:
    """Draw what a mode shows; what is transparent counts as a surface, holes cut by alpha do not.

    Parameters
    ----------
    rays : RayScene
        Of the product.
    world_from_camera : ndarray (4, 4)
    mode : str
        ``wireframe``: edges of triangles over `behind`; ``uv``: a checker of a sixteenth of the base colour's coordinates, u red and v
        green; ``normals``: of the vertices, in the axes of the eye (x right red, y up green, z to the eye blue); ``overdraw``:
        how many triangles lie on the ray, from either side; ``texel_density``: see `texel_densities`.
    behind : Image
        (H, W, 3) uint8, what is shown where the product is not, and under the wires.
    scale : Scale, optional
        Of another product beside it: texel densities are coloured by that one, and not by one of their own.
    """
    pose = np.asarray(world_from_camera, np.float64)
    pixels = _pixels(rays, camera, pose)
    place = (pixels @ (1, camera.width_px)).astype(np.int64)
    directions = camera.rays(pixels) @ pose[:3, :3].T
    out = behind.pixels[..., :3].reshape(-1, 3).copy()
    if mode == "overdraw":
        origins = np.broadcast_to(pose[:3, 3] - rays.soup.centre, directions.shape)
        count = rays.embree.count(origins, directions)
        hit = np.flatnonzero(count)
        surfaces = _surfaces(count[hit])
        out[place[hit]] = colours_of(surfaces, count[hit])
        return Inspection(_picture(out, camera), surfaces, False)
    hits = rays.first(np.broadcast_to(pose[:3, 3], directions.shape), directions, clear=True)
    place = place[hits.ray]
    found, bare = None, False
    if mode == "wireframe":
        faint = 255 * _FAINT + (1 - _FAINT) * out[place]
        out[place] = np.round(faint + _wires(rays, camera, pose, hits, pixels[hits.ray])[:, None] * (LINE - faint))
    elif mode == "normals":
        out[place] = _normal_colours(rays, pose, hits, directions)
    elif mode == "uv":
        out[place], bare = _uv_colours(rays, hits)
    else:
        densities = texel_densities(rays)
        shown = densities.per_triangle[hits.triangle]
        known, found = np.isfinite(shown), _density_scale(densities)
        out[place] = BARE
        if found is not None:
            out[place[known]] = colours_of(scale or found, shown[known])
        bare = not known.all()
    return Inspection(_picture(out, camera), found, bare)


def _pixels(rays: RayScene, camera: Camera, pose: Array) -> Array:
    """Return (N, 2) the pixels of the rectangle in which the product is seen: all, where its box reaches behind the eye."""
    low, high = np.zeros(2), np.array([camera.width_px, camera.height_px])
    if len(rays.soup.vertices):
        ends = np.stack([rays.soup.vertices.min(axis=0), rays.soup.vertices.max(axis=0)]).astype(np.float64) + rays.soup.centre
        corners = np.stack(np.meshgrid(*ends.T), axis=-1).reshape(-1, 3)
        local = (corners - pose[:3, 3]) @ pose[:3, :3]
        if (local[:, 2] > 0).all() and not camera.distortion:
            seen = camera.project(local)
            low, high = np.clip([np.floor(seen.min(axis=0)), np.ceil(seen.max(axis=0)) + 1], 0, high)
    x, y = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    out: Array = np.stack([x.ravel(), y.ravel()], axis=1)
    return out


def texel_densities(rays: RayScene) -> Densities:
    """Return for each triangle how many texels of its base colour's texture lie along a metre: the root of texels over area.

    The texture counts with all pixels that it has in the file, its transform with it.
    """
    out, areas = [np.zeros(0)], [np.zeros(0)]
    sizes: dict[tuple[int, int], tuple[int, int] | None] = {}
    for index, body in enumerate(rays.bodies):
        rows = slice(rays.soup.first_triangle[index], rays.soup.first_triangle[index + 1])
        corners = rays.soup.triangles[rows]
        area = np.linalg.norm(face_vectors(rays.soup.vertices, corners), axis=1) / 2
        areas.append(area)
        base, info = rays.looks[index].base, body.material.base_color_texture
        if base is None or info is None:
            out.append(np.full(len(area), np.nan))
            continue
        key = (id(body.asset.images), info.texture)
        if key not in sizes:
            sizes[key] = _size(rays, index, info.texture)
        width, height = sizes[key] or base.pixels.shape[1::-1]
        a, b, c = np.moveaxis(base.uv[corners.astype(np.int64) - rays.soup.first_vertex[index]] * (width, height), 1, 0)
        (ux, uy), (vx, vy) = (b - a).T, (c - a).T
        texels = np.abs(ux * vy - uy * vx) / 2
        out.append(np.sqrt(np.divide(texels, area, out=np.full(len(area), np.nan), where=area > 0)))
    return Densities(np.concatenate(out), np.concatenate(areas))


def colours_of(scale: Scale, amounts: Array) -> Array:
    """Return (N, 3) uint8 colours of (N,) amounts on a scale, its ends' beyond them."""
    low, high = scale.low, scale.high
    amounts = np.asarray(amounts, np.float64)
    if scale.kind == "texel_density":
        low, high, amounts = np.log(low), np.log(high), np.log(np.maximum(amounts, 1e-300))
    at = (amounts - low) / (high - low) * (len(scale.colours) - 1)
    stops = np.arange(len(scale.colours))
    channels = [np.interp(at, stops, channel) for channel in np.asarray(scale.colours, np.float64).T]
    out: Array = np.round(np.stack(channels, axis=1)).astype(np.uint8)
    return out


def _surfaces(count: Array) -> Scale:
    least, median, most = (float(value) for value in np.percentile(count, (0, 50, 100))) if len(count) else (0.0, 0.0, 0.0)
    return Scale("overdraw", HEAT, 1.0, float(MOST_SURFACES), least, median, most)


def _density_scale(densities: Densities) -> Scale | None:
    """Return a scale for all of the product, so that colours stay when it is turned: full octaves around what it has."""
    good = np.isfinite(densities.per_triangle) & (densities.per_triangle > 0) & (densities.area > 0)
    if not good.any():
        return None
    values, area = densities.per_triangle[good], densities.area[good]
    order = np.argsort(values)
    share = np.cumsum(area[order]) / area.sum()
    # A hundredth of the area at each end: slivers have any density.
    low, median, high = (float(values[order][min(int(np.searchsorted(share, at)), len(order) - 1)]) for at in (0.01, 0.5, 0.99))
    bottom, top = 2.0 ** np.floor(np.log2(low)), 2.0 ** np.ceil(np.log2(high))
    if top <= 2 * bottom:
        bottom, top = bottom / 2, max(top, 2 * bottom) * 2
    return Scale("texel_density", _VIRIDIS, float(bottom), float(top), low, median, high)


def _size(rays: RayScene, body: int, texture: int) -> tuple[int, int] | None:
    """Return the pixels of a texture as its file says them."""
    for image in image_candidates(rays.bodies[body].asset, texture):
        if image.data is not None:
            try:
                return measure(image.data, where=image.name)
            except ImageError:
                continue
    return None


def _wires(rays: RayScene, camera: Camera, pose: Array, hits: Hits, pixels: Array) -> Array:
    """Return (N,) how much of each pixel a line covers, by its distance to the edges of its triangle as the picture shows them.

    The plane through an edge and the eye cuts the picture in that edge's line: no corner has to lie before the eye.
    """
    unique, which = np.unique(hits.triangle, return_inverse=True)
    corners = rays.soup.vertices[rays.soup.triangles[unique]].astype(np.float64) + rays.soup.centre
    local = (corners - pose[:3, 3]) @ pose[:3, :3]
    lines = np.cross(local, np.roll(local, -1, axis=1)) @ np.linalg.inv(camera.k)
    length = np.hypot(lines[..., 0], lines[..., 1])[..., None]
    lines = np.divide(lines, length, out=np.full_like(lines, np.inf), where=length > 0)
    at = lines[which.reshape(-1)]
    distances = np.nan_to_num(np.abs(np.einsum("nec,nc->ne", at[..., :2], pixels) + at[..., 2]), nan=np.inf)
    # Of any point in a triangle the distances to its sides sum up to about a height of it (Viviani).
    faint = np.clip(distances.sum(axis=1) / _FINE_PX, _FINEST, 1)
    out: Array = np.clip(_WIRE_PX + 0.5 - distances.min(axis=1), 0, 1) * faint
    return out


def _normal_colours(rays: RayScene, pose: Array, hits: Hits, directions: Array) -> Array:
    corners = rays.soup.normals[rays.soup.triangles[hits.triangle]].astype(np.float64)
    smooth = unit(np.einsum("nk,nkc->nc", hits.weights, corners))
    flat = rays.soup.face_normals(hits.triangle)
    normals = np.where(smooth.any(axis=1, keepdims=True), smooth, flat)
    behind = np.einsum("nc,nc->n", flat, directions[hits.ray]) > 0
    normals[behind] *= -1
    eye = normals @ pose[:3, :3] * (1, -1, -1)  # OpenCV looks along z, y down
    out: Array = np.round((eye * 0.5 + 0.5) * 255).astype(np.uint8)
    return out


def _uv_colours(rays: RayScene, hits: Hits) -> tuple[Array, bool]:
    """Return (N, 3) colours, and whether something has no coordinates."""
    out = np.broadcast_to(np.array(BARE, np.uint8), (len(hits.ray), 3)).copy()
    body = rays.soup.body_of(hits.triangle)
    bare = False
    for index in np.unique(body):
        info = rays.bodies[index].material.base_color_texture
        uv = rays.bodies[index].piece.arrays.get(f"TEXCOORD_{0 if info is None else uv_matrix(info)[0]}")
        if uv is None:
            bare = True
            continue
        rows = np.flatnonzero(body == index)
        at = np.einsum("nk,nkc->nc", hits.weights[rows], uv[rays.corners(hits.triangle[rows], index)].astype(np.float64))
        field = np.floor(at * UV_FIELDS)
        dark = np.where(field.sum(axis=1) % 2 == 1, _UV_DARK, 1.0)[:, None]
        share = at - np.floor(at)
        out[rows] = np.round(np.c_[255 * share, np.full(len(rows), _UV_BLUE)] * dark)
    return out, bare


def _picture(pixels: Array, camera: Camera) -> Image:
    return Image(pixels=pixels.reshape(camera.height_px, camera.width_px, 3))
