"""A head before a camera, as triangles with light on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from arviz.core.frozen import Array
from arviz.core.recipe import Makeup
from arviz.core.transforms import apply
from arviz.testing.heads import eyes
from arviz.testing.heads.head import SyntheticHead
from arviz.testing.heads.lighting import Gloss, irradiance, lamp_share, mirrored, openness
from arviz.testing.heads.mesh import head_mesh
from arviz.testing.heads.rays import Solids, normals
from arviz.testing.heads.shot import Shot
from arviz.testing.heads.skin import ground, lashes, shell, skin

BODY = ("skin", "upper_teeth", "lower_teeth", "tongue")
EYES = ("right_eye", "left_eye")
TEETH, TONGUE = np.array([0.72, 0.68, 0.58], np.float32), np.array([0.42, 0.13, 0.12], np.float32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WornMesh:
    """Something solid or clear on the head, for example glasses.

    Parameters
    ----------
    points_m : ndarray (N, 3)
        In the head's frame.
    triangles : ndarray (T, 3)
    albedo : ndarray (T, 3)
        Linear.
    transmittance : ndarray (T, 3)
        Share of light that a clear triangle lets pass; 0 for solid ones.
    mask : str
        Which of `MASKS` it counts as.
    """

    points_m: Array = field(repr=False)
    triangles: Array = field(repr=False)
    albedo: Array = field(repr=False)
    transmittance: Array = field(repr=False)
    mask: str = "glasses"


@dataclass(frozen=True, eq=False)
class Seen:
    """Of the M rays, numbered `at`, that hit something: colours (M, 3), shares (M,) of each mask, depth."""

    at: Array
    diffuse: Array
    specular: Array
    albedo: Array
    irradiance: Array
    masks: Mapping[str, Array]
    depth_m: Array


@cache
def _triangles() -> dict[str, Array]:
    """Return the triangles (T, 3) of each part of the body."""
    return {part: head_mesh().fine_triangles(part)[0] for part in BODY}


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
        self.solids = (
            Solids(meshes | {f"worn{i}": (apply(pose, w.points_m), w.triangles) for i, w in enumerate(self.worn)}) if worn else self.bare
        )
        self._light_body()
        self.lashes = Solids({"lashes": (apply(pose, head.points_m), head_mesh().fine_triangles("lashes")[0])})

    def _light_at(self, points: Array, normal: Array) -> Array:
        """Return (N, 1 + lamps): openness to the sky, and how much of each lamp is seen."""
        lamps = [
            lamp_share(self.bare, points, normal, towards=lamp.towards, radius_rad=lamp.radius_rad, rays=12)
            for lamp in self.shot.light.lamps
        ]
        return np.stack([openness(self.bare, points, normal, rays=32), *lamps], axis=1).astype(np.float32)

    def _light_body(self) -> None:
        mesh = head_mesh()
        coarse = len(mesh.points_m)  # the first fine points are the coarse ones
        towards = -(self.points[:coarse] * self.normals[:coarse]).sum(1) / np.linalg.norm(self.points[:coarse], axis=1)
        solid = (self.normals[:coarse] ** 2).sum(1) > 0.5  # not the eyes and lashes, which are drawn otherwise
        facing = np.flatnonzero(solid & (towards > -0.35))
        light = np.zeros((coarse, 1 + len(self.shot.light.lamps)), np.float32)
        light[facing] = self._light_at(self.points[facing], self.normals[facing].astype(np.float64))
        base = ground()
        levels = [base.lips, base.inner, base.ears, base.hair, base.clothes]
        fine_light = np.clip(mesh.finer @ light, 0, 1)
        self.attributes = np.concatenate([self.normals, base.places_m, np.stack(levels, 1), fine_light], axis=1).astype(np.float32)

    def box_px(self) -> tuple[int, int, int, int]:
        """Return left, top, right, bottom of what the head and what it wears may cover, right and bottom excluded."""
        camera = self.shot.camera
        points = np.concatenate([points for points, _ in self.solids.meshes.values()])
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

    def places(self, directions: Array, *, facing: float) -> Array:
        """Return where rays (N, 3) from the camera meet the skin, as places (N, 3) of the mean head.

        NaN where they meet something else, or skin whose normal is turned from them by more than the cosine `facing`.
        """
        hits = self.bare.seen(np.zeros(3), directions)
        out = np.full((len(directions), 3), np.nan)
        own = np.flatnonzero(hits.kind == list(self.bare.meshes).index("skin"))
        corners = _triangles()["skin"][hits.triangle[own]]
        values = np.einsum("nkc,nk->nc", self.attributes[corners], hits.weights[own])
        cosine = -(values[:, :3] * directions[own]).sum(1) / np.linalg.norm(directions[own], axis=1) / np.linalg.norm(values[:, :3], axis=1)
        out[own] = np.where(cosine[:, None] > facing, values[:, 3:6], np.nan)
        return out

    def shade(self, directions: Array, *, makeup: Sequence[Makeup]) -> Seen:
        """Return what rays from the camera see, (N, 3) with z = 1."""
        hits = self.solids.seen(np.zeros(3), directions)
        at = np.flatnonzero(hits.kind >= 0)
        kind, triangle, weights = hits.kind[at], hits.triangle[at], hits.weights[at].astype(np.float32)
        depth = hits.distance[at]
        places = directions[at] * depth[:, None]
        views = (-directions[at] / np.linalg.norm(directions[at], axis=1, keepdims=True)).astype(np.float32)
        count, names = len(at), list(self.solids.meshes)
        albedo, normal = np.zeros((count, 3), np.float32), np.zeros((count, 3), np.float32)
        light = np.ones((count, 1 + len(self.shot.light.lamps)), np.float32)
        strength, roughness = np.zeros(count, np.float32), np.ones(count, np.float32)
        softness = np.zeros((count, 3), np.float32)
        masks = {name: np.zeros(count, np.float32) for name in _MASKS}
        for number, name in enumerate(names):
            own = np.flatnonzero(kind == number)
            if not len(own):
                continue
            if name in BODY:
                corners = _triangles()[name][triangle[own]]
                values = np.einsum("nkc,nk->nc", self.attributes[corners], weights[own])
                normal[own], light[own] = values[:, :3], values[:, 11:]
                if name == "skin":
                    levels = dict(zip(("lips", "inner", "ears", "hair", "clothes"), values[:, 6:11].T, strict=True))
                    material = skin(self.head, places_m=values[:, 3:6], levels=levels, makeup=makeup)
                    albedo[own], softness[own] = material.albedo, material.softness
                    strength[own], roughness[own] = material.gloss.strength, material.gloss.roughness
                    for region, share in material.regions.items():
                        masks[region][own] = share
                else:
                    albedo[own] = TONGUE if name == "tongue" else TEETH
                    strength[own], roughness[own] = 0.04, 0.25
                    masks["mouth"][own] = 1
                masks["head"][own] = 1
            elif name in EYES:
                side = EYES.index(name)
                # At each ray: the lids are too near for light at the mesh's points.
                light[own] = self._light_at(places[own], (places[own] - self.eyes[side]) / self.head.eye_radius_m)
                white, _, normal[own] = eyes.eyeball(
                    self.head, hits=places[own], rays=-views[own].astype(np.float64), centre=self.eyes[side], gaze=self.gaze[side]
                )
                albedo[own] = white
                strength[own], roughness[own] = 0.035, 0.06
                masks["eyes"][own] = masks["head"][own] = 1
            else:
                item = self.worn[int(name.removeprefix("worn"))]
                points, faces = self.solids.meshes[name]
                a, b, c = (points[faces[triangle[own], i]] for i in range(3))
                flat = np.cross(b - a, c - a)
                flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
                normal[own] = flat * np.sign((flat * views[own]).sum(1, keepdims=True))
                albedo[own] = item.albedo[triangle[own]]
                strength[own], roughness[own] = 0.04, 0.3
                masks[item.mask][own] = 1
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-6)
        masks["any"][:] = 1
        covered = self._lashes(directions[at], depth)
        albedo += covered[:, None] * (np.float32(0.012) - albedo)
        strength *= 1 - covered
        shares, open_sky = light[:, 1:], light[:, 0]
        lit = irradiance(self.shot.light, normal, shares=shares, open_sky=open_sky, softness=softness)
        gloss = mirrored(self.shot.light, normal, views, Gloss(strength, roughness), shares=shares, open_sky=open_sky)
        return Seen(at, albedo * lit, gloss, albedo, lit, masks, (depth * masks["head"]).astype(np.float32))

    def _lashes(self, directions: Array, depth: Array) -> Array:
        """Return how much of each ray, (N,), lashes cover before it reaches what it hits."""
        hits = self.lashes.seen(np.zeros(3), directions)
        out = np.zeros(len(directions), np.float32)
        own = np.flatnonzero(hits.distance < depth)
        if len(own):
            corners = self.lashes.meshes["lashes"][1][hits.triangle[own]]
            out[own] = lashes(np.einsum("nkc,nk->nc", ground().places_m[corners], hits.weights[own]))
        return out


_MASKS = ("head", "skin", "lips", "eyelids", "cheeks", "eyes", "mouth", "brows", "hair", "clothes", "card", "glasses", "hand", "any")
