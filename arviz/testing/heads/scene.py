"""A head before a camera, as triangles with light on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from arviz.core.frozen import Array
from arviz.core.head_model import head_model
from arviz.core.recipe import Makeup
from arviz.core.transforms import apply
from arviz.testing.heads import eyes
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.lighting import LIFT_M, Gloss, irradiance, lamp_share, mirrored, openness
from arviz.testing.heads.rays import Solids, cone, hemisphere, normals
from arviz.testing.heads.shot import Shot
from arviz.testing.heads.skin import ground, lashes, shell, skin
from arviz.testing.heads.worn import WornMesh

MASKS = (
    *("head", "skin", "lips", "eyelids", "cheeks", "eyes", "mouth", "brows", "hair", "beard", "clothes"),
    *("card", "glasses", "lenses", "hand", "foreground"),
)
_LEVELS = ("lips", "inner", "ears", "hair", "beard", "clothes")
"""Fields of `Ground` that the skin is made by, beside places."""
BODY = ("skin", "upper_teeth", "lower_teeth", "tongue")
EYES = ("right_eye", "left_eye")
TEETH, TONGUE = np.array([0.72, 0.68, 0.58], np.float32), np.array([0.42, 0.13, 0.12], np.float32)


@dataclass(frozen=True, eq=False)
class Seen:
    """Of the M rays, numbered `at`, that meet something: light (M, 3), shares (M,) of each mask, depth.

    `beyond` (M, 3) is how much of what is behind the head they still see: 0, or a lens's transmittance.
    """

    at: Array
    diffuse: Array
    specular: Array
    albedo: Array
    irradiance: Array
    beyond: Array
    masks: Mapping[str, Array]
    depth_m: Array


@dataclass(eq=False)
class _Surface:
    """What is filled in, mesh by mesh, of the surfaces that M rays meet."""

    albedo: Array
    normal: Array
    light: Array
    reflectance: Array
    roughness: Array
    softness: Array
    masks: dict[str, Array]

    @staticmethod
    def empty(count: int, *, lamps: int) -> _Surface:
        colours = [np.zeros((count, 3), np.float32) for _ in range(4)]
        masks = {name: np.zeros(count, np.float32) for name in MASKS}
        return _Surface(
            albedo=colours[0],
            normal=colours[1],
            light=np.ones((count, 1 + lamps), np.float32),
            reflectance=colours[2],
            roughness=np.ones(count, np.float32),
            softness=colours[3],
            masks=masks,
        )


@cache
def _triangles() -> dict[str, Array]:
    """Return the triangles (T, 3) of each part of the body."""
    return {part: head_model().fine_triangles(part) for part in BODY}


def _between(values: Array, corners: Array, weights: Array) -> Array:
    """Return values (V, C) of points between the corners (N, 3) of triangles."""
    out: Array = values[corners[:, 0]] * weights[:, :1]
    for k in (1, 2):
        out += values[corners[:, k]] * weights[:, k : k + 1]
    return out


class HeadScene:
    """Everything in camera axes, with light at the points of the mesh."""

    def __init__(self, head: SyntheticHead, shot: Shot, *, worn: Sequence[WornMesh]) -> None:
        pose = shot.camera_from_head
        self.head, self.shot, self.worn = head, shot, tuple(worn)
        triangles = _triangles()
        every = np.concatenate(list(triangles.values()))
        stands_off = shell(head, normals(head.points_m, every))
        self.points = apply(pose, stands_off)
        self.normals = normals(self.points, every).astype(np.float32)
        camera_in_head = -pose[:3, :3].T @ pose[:3, 3]
        gaze = eyes.gazes(head, target_m=camera_in_head if shot.gaze == "camera" else None)
        self.eyes = apply(pose, head.eyes_m)
        self.gaze = gaze @ pose[:3, :3].T
        self.pupils_m = apply(pose, eyes.iris_centres(head, gaze))
        self.landmarks_m = apply(pose, head.landmarks_m)
        balls = [eyes.sphere(centre, head.eye_radius_m) for centre in head.eyes_m]
        self.balls = {name: (apply(pose, points), faces) for name, (points, faces) in zip(EYES, balls, strict=True)}
        meshes = {part: (self.points, faces) for part, faces in triangles.items()} | self.balls
        self.bare = Solids(meshes)
        self.solid = {f"worn{i}": (apply(pose, w.points_m), w.triangles[~w.clear]) for i, w in enumerate(self.worn) if not w.clear.all()}
        self.clear = {f"worn{i}": (apply(pose, w.points_m), w.triangles[w.clear]) for i, w in enumerate(self.worn) if w.clear.any()}
        self.solids = Solids(meshes | self.solid) if self.solid else self.bare
        self._light_body()
        self.lashes = Solids({"lashes": (apply(pose, head.points_m), head_model().fine_triangles("lashes"))})

    def _light_at(self, solids: Solids, points: Array, normal: Array) -> Array:
        """Return (N, 1 + lamps): openness to the sky, and how much of each lamp is seen."""
        lamps = [
            lamp_share(solids, points, normal, towards=lamp.towards, radius_rad=lamp.radius_rad, rays=12) for lamp in self.shot.light.lamps
        ]
        return np.stack([openness(solids, points, normal, rays=32), *lamps], axis=1).astype(np.float32)

    def _light_body(self) -> None:
        model = head_model()
        coarse = len(model.points_m)  # the first fine points are the coarse ones
        towards = -(self.points[:coarse] * self.normals[:coarse]).sum(1) / np.linalg.norm(self.points[:coarse], axis=1)
        solid = (self.normals[:coarse] ** 2).sum(1) > 0.5  # not the eyes and lashes, which are drawn otherwise
        facing = np.flatnonzero(solid & (towards > -0.35))
        light = np.zeros((coarse, 1 + len(self.shot.light.lamps)), np.float32)
        light[facing] = self._light_at(self.bare, self.points[facing], self.normals[facing].astype(np.float64))
        base = ground()
        levels = np.stack([getattr(base, name) for name in _LEVELS], axis=1)
        fine_light = np.clip(model.finer(light), 0, 1)
        self.attributes = np.concatenate([self.normals, base.places_m, levels, fine_light], axis=1).astype(np.float32)

    def box_px(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of what the head and what it wears may cover, right and bottom excluded."""
        camera = self.shot.camera
        points = np.concatenate([points for points, _ in (*self.solids.meshes.values(), *self.clear.values())])
        if (points[:, 2] < 0.02).any():
            return 0, 0, camera.width_px, camera.height_px
        px = camera.project(points)
        low, high = np.floor(px.min(0)).astype(int), np.ceil(px.max(0)).astype(int) + 1
        left, top = np.clip(low, 0, [camera.width_px, camera.height_px])
        right, bottom = np.clip(high, 0, [camera.width_px, camera.height_px])
        return int(left), int(top), int(right), int(bottom)

    def landmarks_seen(self) -> Array:
        """Return whether nothing but the skin about it lies before each landmark."""
        found = self.solids.seen(np.zeros(3), self.landmarks_m).distance
        out: Array = found * np.linalg.norm(self.landmarks_m, axis=1) > np.linalg.norm(self.landmarks_m, axis=1) - 0.004
        return out

    def places(self, directions: Array) -> tuple[Array, Array]:
        """Return where rays (N, 3) from the camera meet the skin, as places (N, 3) of the mean head, and how straight on (N,).

        The second is the cosine between ray and normal. NaN where rays meet something else.
        """
        hits = self.bare.seen(np.zeros(3), directions)
        out, cosine = np.full((len(directions), 3), np.nan), np.full(len(directions), np.nan)
        own = np.flatnonzero(hits.kind == list(self.bare.meshes).index("skin"))
        values = np.einsum("nkc,nk->nc", self.attributes[_triangles()["skin"][hits.triangle[own]]], hits.weights[own])
        lengths = np.linalg.norm(directions[own], axis=1) * np.linalg.norm(values[:, :3], axis=1)
        out[own], cosine[own] = values[:, 3:6], -(values[:, :3] * directions[own]).sum(1) / lengths
        return out, cosine

    def shade(self, directions: Array, *, phase: Array, phases: int, makeup: Sequence[Makeup]) -> Seen:
        """Return what rays from the camera see.

        Parameters
        ----------
        directions : ndarray (N, 3)
            With z = 1.
        phase : ndarray (N,)
            Which of the `phases` rays of its pixel each is.
        """
        hits = self.solids.seen(np.zeros(3), directions)
        film, glare, distance = self._lenses(directions, hits.distance)
        at = np.flatnonzero((hits.kind >= 0) | np.isfinite(distance))
        kind, triangle, weights = hits.kind[at], hits.triangle[at], hits.weights[at].astype(np.float32)
        solid = kind >= 0
        depth = np.where(solid, hits.distance[at], 1.0)
        places = directions[at] * depth[:, None]
        views = (-directions[at] / np.linalg.norm(directions[at], axis=1, keepdims=True)).astype(np.float32)
        s = _Surface.empty(len(at), lamps=len(self.shot.light.lamps))
        for number, name in enumerate(self.solids.meshes):
            own = np.flatnonzero(kind == number)
            if not len(own):
                continue
            if name in BODY:
                self._body(s, name, own, triangle[own], weights[own], makeup=makeup)
            elif name in EYES:
                self._eye(s, EYES.index(name), own, places[own], views[own])
            else:
                self._thing(s, name, own, triangle[own], weights[own], places[own], views[own])
        s.normal /= np.maximum(np.linalg.norm(s.normal, axis=1, keepdims=True), 1e-6)
        covered = self._lashes(directions[at], depth)
        s.albedo += covered[:, None] * (np.float32(0.012) - s.albedo)
        s.reflectance *= 1 - covered[:, None]
        if self.worn:
            on_head = np.flatnonzero(solid & (kind < len(self.bare.meshes)))
            s.light[on_head] *= self._shadows(places[on_head] + LIFT_M * s.normal[on_head], phase[at[on_head]], phases)
        shares, open_sky = s.light[:, 1:], s.light[:, 0]
        lit = irradiance(self.shot.light, s.normal, shares=shares, open_sky=open_sky, softness=s.softness)
        gloss = mirrored(self.shot.light, s.normal, views, Gloss(s.reflectance, s.roughness), shares=shares, open_sky=open_sky)
        through = film[at]
        lit *= np.where(solid[:, None], through, 0)
        gloss = gloss * np.where(solid[:, None], through, 0) + glare[at]
        s.masks["foreground"][:] = solid
        s.masks["lenses"][:] = np.isfinite(distance[at])
        beyond = np.where(solid[:, None], np.float32(0), through)
        return Seen(at, s.albedo * lit, gloss, s.albedo, lit, beyond, s.masks, (depth * s.masks["head"]).astype(np.float32))

    def _body(self, s: _Surface, name: str, own: Array, triangle: Array, weights: Array, *, makeup: Sequence[Makeup]) -> None:
        values = _between(self.attributes, _triangles()[name][triangle], weights)
        s.normal[own], s.light[own], s.masks["head"][own] = values[:, :3], values[:, 6 + len(_LEVELS) :], 1
        if name != "skin":
            s.albedo[own] = TONGUE if name == "tongue" else TEETH
            s.reflectance[own], s.roughness[own], s.masks["mouth"][own] = 0.04, 0.25, 1
            return
        levels = dict(zip(_LEVELS, values[:, 6 : 6 + len(_LEVELS)].T, strict=True))
        material = skin(self.head, places_m=values[:, 3:6], levels=levels, makeup=makeup)
        s.albedo[own], s.softness[own] = material.albedo, material.softness
        s.reflectance[own], s.roughness[own] = material.gloss.strength[:, None], material.gloss.roughness
        for region, share in material.regions.items():
            s.masks[region][own] = share

    def _eye(self, s: _Surface, side: int, own: Array, places: Array, views: Array) -> None:
        # Light at each ray: the lids are too near for light at the mesh's points.
        s.light[own] = self._light_at(self.bare, places, (places - self.eyes[side]) / self.head.eye_radius_m)
        s.albedo[own], s.normal[own] = eyes.eyeball(
            self.head, hits=places, rays=-views.astype(np.float64), centre=self.eyes[side], gaze=self.gaze[side]
        )
        s.reflectance[own], s.roughness[own] = 0.035, 0.06
        s.masks["eyes"][own] = s.masks["head"][own] = 1

    def _thing(self, s: _Surface, name: str, own: Array, triangle: Array, weights: Array, places: Array, views: Array) -> None:
        item = self.worn[int(name.removeprefix("worn"))]
        points, faces = self.solid[name]
        at_points = normals(points, faces)
        smooth = np.einsum("nkc,nk->nc", at_points[faces[triangle]], weights)
        smooth *= np.sign((smooth * views).sum(1, keepdims=True))
        s.normal[own] = smooth / np.maximum(np.linalg.norm(smooth, axis=1, keepdims=True), 1e-6)
        if item.dense:
            used, corners = np.unique(faces[triangle], return_inverse=True)
            # Hair is shaded by the head alone: light passes between its strands.
            light = self._light_at(self.bare if item.mask == "hair" else self.solids, points[used], at_points[used])
            s.light[own] = _between(light, corners.reshape(-1, 3), weights)
        else:
            s.light[own] = self._light_at(self.solids, places, s.normal[own].astype(np.float64))
        number = np.flatnonzero(~item.clear)[triangle]
        s.albedo[own], s.reflectance[own], s.roughness[own] = item.albedo[number], item.reflectance[number], item.roughness[number]
        s.softness[own] = item.softness
        s.masks[item.mask][own] = 1
        if item.mask == "hair":
            s.masks["head"][own] = 1

    def _lenses(self, directions: Array, depth: Array) -> tuple[Array, Array, Array]:
        """Return what clear things do to rays that end at `depth` (N,): share that passes (N, 3), glare (N, 3), distance (N,)."""
        film, glare = np.ones((len(directions), 3), np.float32), np.zeros((len(directions), 3), np.float32)
        first = np.full(len(directions), np.inf)
        if not self.clear:
            return film, glare, first
        scene, names = Solids(self.clear), list(self.clear)
        left, travelled = np.arange(len(directions)), np.zeros(len(directions))
        for _ in range(_SURFACES):
            hits = scene.seen(travelled[left, None] * directions[left], directions[left])
            ahead = travelled[left] + hits.distance < depth[left]
            left, kind, triangle, weights = left[ahead], hits.kind[ahead], hits.triangle[ahead], hits.weights[ahead]
            if not len(left):
                break
            reach = travelled[left] + hits.distance[ahead]
            first[left] = np.minimum(first[left], reach)
            views = (-directions[left] / np.linalg.norm(directions[left], axis=1, keepdims=True)).astype(np.float32)
            for number, name in enumerate(names):
                own = kind == number
                if not own.any():
                    continue
                item = self.worn[int(name.removeprefix("worn"))]
                points, faces = self.clear[name]
                smooth = np.einsum("nkc,nk->nc", normals(points, faces)[faces[triangle[own]]], weights[own])
                smooth = (smooth * np.sign((smooth * views[own]).sum(1, keepdims=True))).astype(np.float32)
                which = np.flatnonzero(item.clear)[triangle[own]]
                sheen = Gloss(item.reflectance[which], np.maximum(item.roughness[which], 0.05))
                open_sky = np.ones(int(own.sum()), np.float32)
                seen_lamps = np.ones((len(open_sky), len(self.shot.light.lamps)), np.float32)
                rays = left[own]
                glare[rays] += film[rays] * mirrored(self.shot.light, smooth, views[own], sheen, shares=seen_lamps, open_sky=open_sky)
                film[rays] *= item.transmittance[which] * (1 - item.reflectance[which])
            travelled[left] = reach + 1e-5
        return film, glare, first

    def _shadows(self, points: Array, phase: Array, phases: int) -> Array:
        """Return the share (N, 1 + lamps) of sky and lamps that things worn leave to points (N, 3) of the head.

        The rays of a pixel look to different parts of a lamp: together they see all of it.
        """
        each = max(4, 16 // phases)
        fan = each * phases
        out = np.ones((len(points), 1 + len(self.shot.light.lamps)), np.float32)
        things = np.concatenate([p for p, _ in (*self.solid.values(), *self.clear.values())])
        middle = (things.min(0) + things.max(0)) / 2
        radius = float(np.linalg.norm(things - middle, axis=1).max())
        solid, clear = Solids(self.solid) if self.solid else None, Solids(self.clear) if self.clear else None
        tint = float(np.mean([np.median(w.transmittance[w.clear]) ** 2 for w in self.worn if w.clear.any()] or [1.0]))
        sky = [-np.array([0.0, 1.0, 0.0]) + 0.7 * d for d in hemisphere(fan)]
        targets = [np.array([d / np.linalg.norm(d) for d in sky])]
        targets += [cone(np.array(lamp.towards), radius_rad=lamp.radius_rad, count=fan) for lamp in self.shot.light.lamps]
        for column, directions in enumerate(targets):
            axis = directions.mean(0) / np.linalg.norm(directions.mean(0))
            away = middle - points
            along = away @ axis
            reach = radius + np.tan(np.arccos(np.clip((directions @ axis).min(), 0.05, 1))) * np.maximum(along, 0)
            near = np.flatnonzero((along > -radius) & (np.linalg.norm(away - along[:, None] * axis, axis=1) < reach))
            kept = np.zeros(len(near), np.float32)
            for step in range(each):
                rays = directions[phase[near] + step * phases]
                free = np.ones(len(near), np.float32)
                if clear is not None:
                    free = np.where(clear.hidden(points[near], rays), tint, free).astype(np.float32)
                if solid is not None:
                    free = np.where(solid.hidden(points[near], rays), 0, free).astype(np.float32)
                kept += free / each
            out[near, column] = kept
        return out

    def _lashes(self, directions: Array, depth: Array) -> Array:
        """Return how much of each ray, (N,), lashes cover before it reaches what it hits."""
        hits = self.lashes.seen(np.zeros(3), directions)
        out = np.zeros(len(directions), np.float32)
        own = np.flatnonzero(hits.distance < depth)
        if len(own):
            corners = self.lashes.meshes["lashes"][1][hits.triangle[own]]
            out[own] = lashes(np.einsum("nkc,nk->nc", ground().places_m[corners], hits.weights[own]))
        return out


_SURFACES = 8
"""Of clear things that a ray is followed through: four lenses behind each other."""
