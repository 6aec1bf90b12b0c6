"""The light in a room: direct light by shadow rays, and all bounces by radiosity on patches of 20 cm."""

from __future__ import annotations

import numpy as np

from arviz.core.colour import LUMINANCE
from arviz.core.frozen import Array
from arviz.core.room import LightEstimate, sh_basis
from arviz.testing.rooms.emitters import Emitter, Globe, Pane, Panel, Sun, around, sky
from arviz.testing.rooms.rays import Hit, Tracer
from arviz.testing.rooms.room import SyntheticRoom
from arviz.testing.rooms.surfaces import Surfaces

PATCH_M = 0.2
_SAMPLES_PER_M2 = 200.0
_RAYS = 64
_BOUNCES = 8
_CAP, _TO_BRIGHT, _NEAR_M = 3.0, 12, 0.6
"""Patches brighter than the first times the mean are sent this many shadow rays from farther than the last."""
_OFF_M = 1e-4
"""Rays start this far off their surface."""
_KEY, _CUBES = 2**20, 2**13


class RoomLight:
    """All that is needed to tell how bright a room is anywhere; radiance in units of 1000 cd/m2.

    Parameters
    ----------
    room : SyntheticRoom
    seed : int
        Of the sampling.
    glow : float
        Radiance that every surface sends out besides: a furnace, to test the light itself.
    """

    def __init__(self, room: SyntheticRoom, *, seed: int = 0, glow: float = 0.0) -> None:
        self.room, self.glow = room, glow
        mesh = room.mesh
        self.surfaces = Surfaces(room.finishes, room.sheets, room.bitmaps)
        paints = np.array([finish.paint for finish in room.finishes])
        self.emits = np.isin(paints, ("pane", "glow"))[mesh.finish]
        self.tracer = Tracer(mesh)
        self._blockers = Tracer(mesh, chosen=~self.emits)
        self.emitters = _emitters(room)
        self._origin = np.array([finish.origin_m for finish in room.finishes])
        self._axes = np.array([(finish.along, finish.up) for finish in room.finishes])
        self._solve(np.random.default_rng(seed))

    def direct(
        self,
        points_m: Array,
        normals: Array,
        *,
        rng: np.random.Generator,
        stratum: int = 0,
        strata: int = 1,
        dither: Array | None = None,
    ) -> Array:
        """Return the irradiance (N, 3) from all emitters, one shadow ray to each; of `strata` calls each takes its share.

        `dither` (N, 2) in 0..1 says which part of an emitter each point asks: neighbours ask different ones, so that their
        mean is a good one.
        """
        total = np.zeros((len(points_m), 3))
        start = points_m + normals * _OFF_M
        for emitter in self.emitters:
            way, power = emitter.sample(points_m, _stratified(rng, len(points_m), stratum, strata, dither))
            cosine = (way * normals).sum(axis=1) / np.maximum(np.linalg.norm(way, axis=1), 1e-12)
            lit = np.flatnonzero((cosine > 0) & (power.max(axis=1) > 0))
            lit = lit[~self._blockers.occluded(start[lit], way[lit])]
            total[lit] += power[lit] * cosine[lit, None]
        return total

    def bounced(self, points_m: Array, normals: Array, *, rng: np.random.Generator, dither: Array | None = None) -> Array:
        """Return the irradiance (N, 3) from all surfaces, without the emitters' own light; `dither` as for `direct`."""
        patches, distance = self._gathered(points_m, normals, rng, dither)
        capped = np.minimum(self._radiance, self._cap)
        out: Array = np.pi * np.where((distance > _NEAR_M)[..., None], capped[patches], self._radiance[patches]).mean(axis=1)
        return out + self._from_bright(points_m, normals, rng, dither)

    def _from_bright(self, points: Array, normals: Array, rng: np.random.Generator, dither: Array | None) -> Array:
        """Return the irradiance (N, 3) from what patches are brighter than the cap, by shadow rays to some of their points.

        A sunlit window sill is small and bright: the few rays that happen to meet it would make stains. From near it is
        large, and met by enough rays.
        """
        total = np.zeros((len(points), 3))
        if not len(self._bright_points):
            return total
        start = points + normals * _OFF_M
        for stratum in range(_TO_BRIGHT):
            chance = rng.random(len(points)) if dither is None else (dither[:, 0] + rng.random()) % 1
            chosen = np.searchsorted(self._bright_share, (stratum + chance) / _TO_BRIGHT)
            chosen = np.minimum(chosen, len(self._bright_points) - 1)
            way = self._bright_points[chosen] - points
            squared = (way**2).sum(axis=1)
            cosines = np.maximum((way * normals).sum(axis=1), 0) * np.maximum(-(way * self._bright_normals[chosen]).sum(axis=1), 0)
            form = np.where(squared > _NEAR_M**2, cosines / squared**2, 0.0)
            lit = np.flatnonzero(form > 0)
            lit = lit[~self._blockers.occluded(start[lit], way[lit] * 0.995)]
            total[lit] += self._bright_power[chosen[lit]] * form[lit, None]
        return total / _TO_BRIGHT

    def _list_bright(self, points: Array, normals: Array, group: Array, area_m2: Array) -> None:
        """Keep the sample points of patches brighter than the cap, to be chosen in proportion to what they send."""
        self._cap = _CAP * float((self._radiance[:-1].mean(axis=0)).max())
        excess = np.maximum(self._radiance[:-1] - self._cap, 0)[group]
        power = excess.sum(axis=1) * area_m2
        rows = np.flatnonzero(power > 0)
        self._bright_points, self._bright_normals = points[rows], normals[rows]
        share = power[rows] / max(power[rows].sum(), 1e-300)
        self._bright_share = np.cumsum(share)
        self._bright_power = excess[rows] * (area_m2[rows] / np.maximum(share, 1e-300))[:, None]

    def radiance(self, origins_m: Array, directions: Array) -> Array:
        """Return what is seen (N, 3) along rays, as coarse as the patches; emitters as they are."""
        hit = self.tracer.first(origins_m, directions)
        points = origins_m + directions * np.where(hit.triangle >= 0, hit.distance, 0.0)[:, None]
        out: Array = self._radiance[self._patch(hit.triangle, points)] + self.emitted(hit, directions)
        return out

    def emitted(self, hit: Hit, directions: Array) -> Array:
        """Return the radiance (N, 3) that emitters send against rays that hit them."""
        out = np.zeros((len(directions), 3))
        rows = np.flatnonzero((hit.triangle >= 0) & self.emits[hit.triangle])
        for row_finish in np.unique(self.room.mesh.finish[hit.triangle[rows]]):
            mine = rows[self.room.mesh.finish[hit.triangle[rows]] == row_finish]
            finish = self.room.finishes[row_finish]
            if finish.paint == "glow":
                out[mine] = self.room.lamps[finish.index].radiance
            else:
                out[mine] = sky(self.room.daylight, directions[mine] / np.linalg.norm(directions[mine], axis=1, keepdims=True))
        return out

    def estimate(self, point_m: Array, *, seed: int = 0, rays: int = 4096) -> LightEstimate:
        """Return the true light at a point in the air: harmonics of all light, and the strongest emitter as the main one.

        `directional_share` is the main emitter's share of the irradiance of a surface that faces it.
        """
        rng = np.random.default_rng(seed)
        point = np.asarray(point_m, np.float64)
        ball = _sphere(rays)
        soft = self.radiance_of_surfaces(np.broadcast_to(point, ball.shape), ball)
        sh = sh_basis(ball).T @ soft * (4 * np.pi / rays)
        best: tuple[float, Array, Array, float] | None = None
        many = np.broadcast_to(point, (rays // 4, 3))
        for emitter in self.emitters:
            way, power = emitter.sample(many, rng.random((len(many), 2)))
            power = power * ~self._blockers.occluded(many, way)[:, None]
            direction = way / np.linalg.norm(way, axis=1, keepdims=True)
            sh += sh_basis(direction).T @ power / len(many)
            bright = power @ LUMINANCE
            if bright.sum() > 0 and (best is None or bright.mean() > best[0]):
                axis = bright @ direction
                axis /= np.linalg.norm(axis)
                spread = np.sqrt((bright * np.arccos(np.clip(direction @ axis, -1, 1)) ** 2).sum() / bright.sum())
                best = (float(bright.mean()), axis, power.mean(axis=0), float(spread))
        if best is None:
            colour, axis, share, radius = sh[0], None, 0.0, 0.0
        else:
            facing = best[0] / max(float(_irradiance(sh, best[1]) @ LUMINANCE), 1e-12)
            # The spread of an evenly bright disc is its radius / sqrt(2).
            colour, axis, share, radius = best[2], best[1], float(np.clip(facing, 0, 1)), best[3] * np.sqrt(2)
        return LightEstimate(
            sh=sh,
            to_light=None if axis is None else tuple(axis),
            sigma_direction_rad=0.0,
            directional_share=share,
            angular_radius_rad=radius,
            colour=tuple(colour / max(float(colour @ LUMINANCE), 1e-12)),
            source="truth",
            confidence=1.0,
        )

    def radiance_of_surfaces(self, origins_m: Array, directions: Array) -> Array:
        """Return `radiance` without the emitters' own light."""
        hit = self.tracer.first(origins_m, directions)
        points = origins_m + directions * np.where(hit.triangle >= 0, hit.distance, 0.0)[:, None]
        out: Array = self._radiance[self._patch(hit.triangle, points)]
        return out

    def _gathered(self, points: Array, normals: Array, rng: np.random.Generator, dither: Array | None = None) -> tuple[Array, Array]:
        """Return the patches (N, rays) that cosine-weighted rays from points meet, and how far away."""
        rays = _RAYS
        first, second = _plastic(rays)
        shift = (rng.random((len(points), 2)) if dither is None else dither + rng.random(2))[..., None]
        a, b = (first + shift[:, 0]) % 1, (second + shift[:, 1]) % 1
        many = np.repeat(normals, rays, axis=0)
        directions = around(many, np.sqrt(1 - a.reshape(-1)), b.reshape(-1))
        starts = np.repeat(points + normals * _OFF_M, rays, axis=0)
        hit = self.tracer.first(starts, directions)
        ends = starts + directions * np.where(hit.triangle >= 0, hit.distance, 0.0)[:, None]
        return self._patch(hit.triangle, ends).reshape(len(points), rays), hit.distance.reshape(len(points), rays)

    def _solve(self, rng: np.random.Generator) -> None:
        mesh = self.room.mesh
        corners = mesh.vertices_m[mesh.triangles]
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1) / 2
        triangle = np.repeat(np.arange(len(area)), np.ceil(area * _SAMPLES_PER_M2 + rng.random(len(area))).astype(np.int64))
        a, b = np.sqrt(rng.random(len(triangle))), rng.random(len(triangle))
        weights = np.stack([1 - a, a * (1 - b), a * b], axis=1)
        points = (weights[:, :, None] * corners[triangle]).sum(axis=1)
        normals = self.tracer.normals[triangle]
        self._keys, chosen, group = np.unique(self._key(triangle, points), return_index=True, return_inverse=True)
        count = np.bincount(group)
        side = np.broadcast_to(np.eye(3)[:2] * PATCH_M / 3, (len(points), 2, 3))
        reflectance = self._mean(group, count, self.surfaces.look(mesh.finish[triangle], points, side).reflectance)
        direct = self._mean(group, count, self.direct(points, normals, rng=rng))
        self._radiance = np.zeros((len(count) + 1, 3))  # the last stands for slivers that no sample fell on
        around_it, _ = self._gathered(points[chosen], normals[chosen], rng)
        for _ in range(_BOUNCES):
            irradiance = direct + np.pi * self._radiance[around_it].mean(axis=1)
            self._radiance[:-1] = self.glow + reflectance * irradiance / np.pi
            self._radiance[-1] = self._radiance[:-1].mean(axis=0)
        per_sample = area / np.maximum(np.bincount(triangle, minlength=len(area)), 1)
        self._list_bright(points, normals, group, per_sample[triangle])

    def _mean(self, group: Array, count: Array, values: Array) -> Array:
        sums = [np.bincount(group, values[:, i], minlength=len(count)) for i in range(3)]
        return np.stack(sums, axis=1) / count[:, None]

    def _key(self, triangle: Array, points: Array) -> Array:
        """Return the name of the patch of each point: its finish and the square there, or a cube of half the size on curved things."""
        finish = self.room.mesh.finish[triangle]
        cell = np.einsum("nij,nj->ni", self._axes[finish], points - self._origin[finish]) / PATCH_M
        square = np.floor(cell + 1e-6).astype(np.int64) + _KEY // 2
        flat = (finish * _KEY + square[:, 0]) * _KEY + square[:, 1]
        cube = np.floor(points / (PATCH_M / 2)).astype(np.int64) + _CUBES // 2
        curved = ((finish * _CUBES + cube[:, 0]) * _CUBES + cube[:, 1]) * _CUBES + cube[:, 2]
        return np.where(self.room.mesh.plane[triangle] >= 0, flat, -1 - curved)

    def _patch(self, triangle: Array, points: Array) -> Array:
        key = self._key(np.maximum(triangle, 0), points)
        at = np.minimum(np.searchsorted(self._keys, key), len(self._keys) - 1)
        return np.where((self._keys[at] == key) & (triangle >= 0), at, len(self._keys))


def _emitters(room: SyntheticRoom) -> list[Emitter]:
    out: list[Emitter] = [Globe(lamp) if lamp.kind == "globe" else Panel(lamp) for lamp in room.lamps]
    for plane in room.planes:
        if plane.finish >= 0 and room.finishes[plane.finish].paint == "pane":
            corner = plane.outline_m[0]
            out.append(Pane(corner, plane.outline_m[1] - corner, plane.outline_m[3] - corner, room.daylight))
    if room.daylight.to_sun is not None:
        out.append(Sun(room.daylight))
    return out


def _stratified(rng: np.random.Generator, count: int, stratum: int, strata: int, dither: Array | None) -> Array:
    """Return (N, 2) numbers in 0..1 of which each call takes its own part of a square raster."""
    side = int(np.sqrt(strata))
    chances = rng.random((count, 2)) if dither is None else (dither + rng.random(2)) % 1
    if side * side != strata or strata == 1:
        return chances
    cell = np.array([stratum % side, stratum // side])
    out: Array = (chances + cell) / side
    return out


def _plastic(count: int) -> tuple[Array, Array]:
    """Return two sequences that fill a square evenly (R2 sequence, Roberts 2018)."""
    n = np.arange(count) + 0.5
    return (n * 0.7548776662466927) % 1, (n * 0.5698402909980532) % 1


def _sphere(count: int) -> Array:
    """Return directions (N, 3) evenly over the sphere (Fibonacci)."""
    n = np.arange(count) + 0.5
    y, turn = 1 - 2 * n / count, n * (np.sqrt(5) - 1) * np.pi
    r = np.sqrt(1 - y * y)
    return np.stack([r * np.cos(turn), y, r * np.sin(turn)], axis=1)


def _irradiance(sh: Array, normal: Array) -> Array:
    bands = np.repeat([np.pi, 2 * np.pi / 3, np.pi / 4], (1, 3, 5))
    out: Array = np.maximum((sh_basis(normal[None]) * bands) @ sh, 0)[0]
    return out
