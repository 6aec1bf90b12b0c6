"""Rays against the items of a scene: what is seen in a direction, what hides what, what is near (Embree).

Everything is in the world, metres, float64; sizes of arrays are (N, ...) with one row per question.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Self

import numpy as np

from arviz.core.asset import Primitive
from arviz.core.camera import Camera
from arviz.core.errors import BackendError
from arviz.core.frozen import Array
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.scene import Item, Role
from arviz.core.triangles import unit
from arviz.render.bodies import Soup, bodies, soup
from arviz.render.embree import Embree, Hits
from arviz.render.matte import base_colour, looks

TEXTURE_PX = 2048
"""Larger textures are halved until they fit: they only cut holes here."""
_SEEN: frozenset[Role] = frozenset({"visible", "occluder"})
_VISIBLE: frozenset[Role] = frozenset({"visible"})
_START = 1e-5
"""Shadow rays start this share of the scene's size away from their surface."""


class Pick(NamedTuple):
    """What a pixel shows."""

    item: int
    """Index among the items."""
    node: int
    """Index in ``asset.nodes``."""
    part: str | None
    """Id of that node."""
    primitive: Primitive
    triangle: int
    """Among the triangles of the primitive that can be drawn."""
    weights: tuple[float, float, float]
    """Barycentric, of the triangle's corners as drawn."""
    point_m: Array
    """(3,) in the world."""
    normal: Array
    """(3,) unit normal of the triangle, turned to the eye."""
    distance_m: float
    """From the eye, along the ray."""


class Nearest(NamedTuple):
    """The nearest surface of visible items to each of N points."""

    point_m: Array
    """(N, 3)."""
    distance_m: Array
    """(N,), never negative; inf where there is no surface at all."""
    item: Array
    """(N,) int64, -1 for none."""


class RayScene:
    """Items as triangles that rays can be sent to; they are copied once, so it is made again when something moves.

    A surface is where `Layer.depth_m` has one: at least half opaque, not mostly transparent, holes cut by alpha.

    Parameters
    ----------
    items : iterable of Item
        Occluders hide what is behind them; shadow catchers are nowhere.
    texture_px : int
        Largest side of a texture that cuts holes.

    Raises
    ------
    DependencyError, BackendError
        Open3D is missing or does not work here.
    """

    def __init__(self, items: Iterable[Item], *, texture_px: int = TEXTURE_PX, limits: Limits = DEFAULT_LIMITS) -> None:
        self.bodies = [body for body in bodies(items) if body.role in _SEEN]
        self.soup: Soup = soup(self.bodies)
        self.looks = looks(self.bodies, cap_px=texture_px, limits=limits)
        self._embree: Embree | None = Embree(self.soup.vertices, self.soup.triangles)
        self._two_sided = np.array([body.two_sided for body in self.bodies], bool)
        self._clear = np.array([body.role == "visible" and body.transmission > 0.5 for body in self.bodies], bool)
        self._occludes = np.array([body.role == "occluder" for body in self.bodies], bool)
        self._cutoff = np.array([-1.0 if body.cutoff is None else body.cutoff for body in self.bodies])
        spread = self.soup.vertices[self.soup.triangles.reshape(-1)] if len(self.soup.triangles) else np.zeros((1, 3))
        self.start_m = float(np.abs(spread).max()) * _START
        """How far shadow rays start from the surface that they leave."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free Embree's memory; closing twice is fine."""
        if self._embree is not None:
            self._embree.close()
        self._embree = None

    @property
    def embree(self) -> Embree:
        """All triangles, occluders too, relative to ``soup.centre``."""
        if self._embree is None:
            raise BackendError("E_RAYS_CLOSED", "the ray scene is closed", hint="Use it inside its `with` block.")
        return self._embree

    def first(self, origins_m: Array, directions: Array, *, clear: bool = False) -> Hits:
        """Return the first surface on each ray, seen from its front (or from behind where both sides count).

        Parameters
        ----------
        origins_m, directions : ndarray (N, 3)
        clear : bool
            Whether what lets most light through is a surface here.

        Returns
        -------
        Hits
            At most one row per ray, of an occluder too (``self.bodies[...].role``); `Hits.distance` counts in lengths of
            the direction.
        """
        origins = np.asarray(origins_m, np.float64) - self.soup.centre
        directions = np.asarray(directions, np.float64)
        found = self.embree.first(origins, directions)
        good = self.counts(found, directions, culled=True, clear=clear)
        again = found.ray[~good]
        if not len(again):
            return found
        every = self.embree.all(origins[again], directions[again])
        every = every.pick(self.counts(every, directions[again], culled=True, clear=clear))
        rays, where = np.unique(every.ray, return_index=True)  # sorted by distance within a ray
        later = every.pick(where)._replace(ray=again[rays])
        return Hits(*(np.concatenate(pair) for pair in zip(found.pick(good), later, strict=True)))

    def counts(self, hits: Hits, directions: Array, *, culled: bool, occluders: bool = True, clear: bool = False) -> Array:
        """Tell (N,) which meetings are a surface; `culled` leaves out backs of what has one side."""
        body = self.soup.body_of(hits.triangle)
        good = (clear | ~self._clear[body]) & (occluders | ~self._occludes[body])
        if culled:
            one_sided = np.flatnonzero(good & ~self._two_sided[body])
            good[one_sided] = self.facing(hits.pick(one_sided), directions)
        for index in np.unique(body[good & (self._cutoff[body] >= 0)]):
            rows = np.flatnonzero(good & (body == index))
            alpha = base_colour(self.looks[index], self.corners(hits.triangle[rows], index), hits.weights[rows])[:, 3]
            good[rows] = alpha >= self._cutoff[index]
        return good

    def facing(self, hits: Hits, directions: Array) -> Array:
        """Tell (N,) where a ray meets the front of a triangle."""
        out: Array = np.einsum("nc,nc->n", self.soup.face_normals(hits.triangle), directions[hits.ray]) < 0
        return out

    def corners(self, triangle: Array, body: int) -> Array:
        """Return (N, 3): the vertices of triangles of one body, counted within the body."""
        out: Array = self.soup.triangles[triangle].astype(np.int64) - self.soup.first_vertex[body]
        return out

    def pick(self, camera: Camera, pixel: tuple[float, float], *, world_from_camera: Array) -> Pick | None:
        """Return what is seen at `pixel` (x, y), None where nothing or an occluder is; the lens counts."""
        pose = np.asarray(world_from_camera, np.float64)
        direction = camera.rays(np.array([pixel])) @ pose[:3, :3].T
        if not np.isfinite(direction).all():
            return None
        hits = self.first(pose[None, :3, 3], direction)
        if not len(hits.ray) or self.bodies[int(self.soup.body_of(hits.triangle)[0])].role == "occluder":
            return None
        index = int(self.soup.body_of(hits.triangle)[0])
        body = self.bodies[index]
        normal = self.soup.face_normals(hits.triangle)[0]
        weights = hits.weights[0, ::-1] if body.mirrored else hits.weights[0]  # the corners were turned
        return Pick(
            item=body.item,
            node=body.piece.node,
            part=body.asset.nodes[body.piece.node].part,
            primitive=body.piece.primitive,
            triangle=int(hits.triangle[0] - self.soup.first_triangle[index]),
            weights=(float(weights[0]), float(weights[1]), float(weights[2])),
            point_m=self.soup.positions(hits.triangle, hits.weights)[0],
            normal=-normal if normal @ direction[0] > 0 else normal,
            distance_m=float(hits.distance[0] * np.linalg.norm(direction)),
        )

    def occluded(self, points_m: Array, directions: Array, *, max_m: float = np.inf) -> Array:
        """Tell (N,) whether a surface of a visible item lies within `max_m` of each point in its direction, seen from any side.

        Points on a surface: move them off it first, by `start_m` along the normal.
        """
        origins = np.asarray(points_m, np.float64) - self.soup.centre
        directions = unit(np.asarray(directions, np.float64))
        hidden = self.embree.occluded(origins, directions, most=max_m)
        if not (self._occludes | self._clear | (self._cutoff >= 0)).any():
            return hidden
        asked = np.flatnonzero(hidden)
        every = self.embree.all(origins[asked], directions[asked])
        every = every.pick(every.distance <= max_m)
        solid = self.counts(every, directions[asked], culled=False, occluders=False)
        hidden = np.zeros(len(origins), bool)
        hidden[asked[every.ray[solid]]] = True
        return hidden

    def nearest(self, points_m: Array) -> Nearest:
        """Return the nearest point on visible items to each of (N, 3) points; holes that alpha cuts count as surface."""
        points = np.asarray(points_m, np.float64)
        items = sorted({body.item for body in self.bodies if body.role == "visible"})
        shown = np.concatenate([np.zeros(0, np.int64), *(self.triangles_of(item) for item in items)])
        if not len(shown) or not len(points):
            none = np.full(len(points), np.inf)
            return Nearest(np.full((len(points), 3), np.inf), none, np.full(len(points), -1))
        embree = self.embree if len(shown) == len(self.soup.triangles) else Embree(self.soup.vertices, self.soup.triangles[shown])
        found, triangle = embree.closest(points - self.soup.centre)
        owner = np.array([body.item for body in self.bodies])
        found = found + self.soup.centre
        triangle = triangle if embree is self.embree else shown[triangle]
        return Nearest(found, np.linalg.norm(found - points, axis=1), owner[self.soup.body_of(triangle)])

    def triangles_of(self, item: int) -> Array:
        """Return the indices in ``soup.triangles`` of one item."""
        ranges = [
            np.arange(self.soup.first_triangle[index], self.soup.first_triangle[index + 1])
            for index, body in enumerate(self.bodies)
            if body.item == item
        ]
        return np.concatenate(ranges) if ranges else np.zeros(0, np.int64)
