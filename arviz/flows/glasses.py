"""Glasses of a recipe on faces: the product is read once; each face gets its pose, its size, its head, a seat and a picture."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from arviz.core.camera import Camera, Frame
from arviz.core.face import FaceScale, HeadPose
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks, Matte
from arviz.core.length import Length
from arviz.core.recipe import Glasses
from arviz.core.report import Finding
from arviz.core.room import LightEstimate
from arviz.core.scene import Item
from arviz.core.transforms import apply
from arviz.core.variants import variant_index
from arviz.flows.recipe import read_glasses
from arviz.ops.join import in_variant
from arviz.render.eyewear import Eyewear, eyewear
from arviz.render.face_light import unknown_light
from arviz.render.face_rays import FaceRays
from arviz.render.live_glasses import LiveGlasses
from arviz.render.onto_face import onto_face
from arviz.render.renderer import RENDERERS, Renderer
from arviz.tryon.glasses.figures import FitFigures, fit_of
from arviz.tryon.glasses.model import GlassesModel, glasses_of
from arviz.tryon.glasses.seat import Seat, seat
from arviz.tryon.glasses.temples import posed
from arviz.tryon.head.fit import fit_head
from arviz.tryon.head.fitted import FittedHead
from arviz.tryon.head.hair import hair_over_ears
from arviz.tryon.head.outline import share_outside
from arviz.vision.face.follow import FollowedPose, follow_pose, motion, moved
from arviz.vision.face.light import face_lighting
from arviz.vision.face.scale import MeasuredScale, face_scale
from arviz.vision.face.skin import skin_matte

_ANOTHER_SIZE = 0.02
_KNOWN_AFTER = 20
"""Pictures of a film, after which a head's size and shape are taken as known."""
_MOST_OUTSIDE = 0.1
"""Of a head; heads of synthetic people with their true landmarks lie outside by less than a third of it."""
_SKIN = 0.2
"""Linear light of mean skin in a well exposed picture."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """What a face tells about a head: where it is, how large, and its shape; `previous` of the next picture."""

    followed: FollowedPose = field(repr=False)
    scale: MeasuredScale
    head: FittedHead = field(repr=False)
    light: LightEstimate | None = None
    hair: Matte | None = field(default=None, repr=False)
    """Over the ears, as far as a photo's colours tell."""
    findings: tuple[Finding, ...] = ()
    pictures: int = 1
    """How many pictures say so."""

    @property
    def pose(self) -> HeadPose:
        """Where a head of the template's size is."""
        return self.followed.pose

    def to_json(self) -> dict[str, Any]:
        """Return the part of ``arviz.tryon.report/1`` that tells of the head."""
        return {
            "scale": {"ratio": round(self.scale.ratio, 4), "sigma": round(self.scale.sigma, 4), "source": self.scale.source},
            "pd": self.scale.pd.to_json(),
            "yaw_deg": round(float(self.pose.yaw_rad * 57.29577951), 2),
            "pitch_deg": round(float(self.pose.pitch_rad * 57.29577951), 2),
            "sigma_rotation_deg": round(float(self.pose.sigma_rotation_rad * 57.29577951), 2),
        }


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WornGlasses:
    """Glasses on one face: how they sit, how they fit, and what of the picture is approximate."""

    item: Glasses
    seat: Seat
    fit: FitFigures
    approximate: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the part of ``arviz.tryon.report/1`` that tells of one pair of glasses."""
        return {"name": self.item.name or self.item.uri, "fit": self.fit.to_json(), "approximate": list(self.approximate)}


def measure(
    frame: Frame,
    face: Landmarks,
    *,
    found: Landmarks | None = None,
    white: Array | None = None,
    pd: Length | None = None,
    card: bool = False,
    person: Matte | None = None,
    previous: Measured | None = None,
) -> Measured | None:
    """Return what a face tells about its head; None where no head before the camera looks so.

    Parameters
    ----------
    frame : Frame
    face : Landmarks
    found : Landmarks, optional
        The same as the network found them, where `face` was made steady: how much they tremble says how far the pose is believed.
    white : ndarray (3,), optional
        What a white matte surface beside the eyes would show, linear Rec.709.
    pd : Length, optional
        Pupillary distance, where the person knows it.
    card : bool
        Look for a bank card beside the face.
    person : Matte, optional
        Which pixels are people: the outline of cheeks and jaw. Where the landmarks' head is not of them, a finding says so.
    previous : Measured, optional
        Of the picture before.
    """
    followed = follow_pose(face if found is None else found, frame.camera, frame.time_s, None if previous is None else previous.followed)
    if followed is None:
        return None
    pose = followed.pose
    if previous is not None and previous.pictures >= _KNOWN_AFTER:
        # A head keeps its shape and size: from now on only where it is has to be found.
        head = replace(previous.head, camera_from_head=_carried(previous, pose, previous.scale))
        return replace(previous, followed=followed, head=head)
    known = None if previous is None else previous.scale
    scale = face_scale(frame.image, face, pose, frame.camera, pd_m=pd, card="find" if card else None, previous=known)
    skin = None if person is None else skin_matte(frame.image, face, person)
    head, findings = _head(face, pose, frame.camera, scale, person, skin, previous)
    pictures = 1 if previous is None else previous.pictures + 1
    if previous is not None:
        # How it lies on the template is the mean of what each picture says: by itself a fit trembles.
        before = _carried(previous, pose, scale)
        head = replace(head, camera_from_head=moved(before, motion(before, head.camera_from_head) / pictures))
    light = None if previous is None else previous.light
    return Measured(
        followed=followed,
        scale=scale,
        head=head,
        hair=None if person is None or skin is None else hair_over_ears(_shown(head, frame.camera), face, person=person, skin=skin),
        light=light or face_lighting(frame.image, face, pose=pose, camera=frame.camera, white=white, points_m=head.landmarks_m),
        findings=(*scale.findings, *findings),
        pictures=pictures,
    )


def _head(
    face: Landmarks, pose: HeadPose, camera: Camera, scale: FaceScale, person: Matte | None, skin: Matte | None, previous: Measured | None
) -> tuple[FittedHead, tuple[Finding, ...]]:
    """Return the head, and what is to be said of it where landmarks and outline do not agree: then landmarks alone count."""
    known = None if previous is None else previous.head
    head = fit_head(face, pose=pose, camera=camera, scale=scale, person=person, skin=skin, previous=known)
    if person is None:
        return head, ()
    apart = share_outside(_shown(head, camera), person.alpha)
    if apart <= _MOST_OUTSIDE:
        return head, ()
    finding = Finding(
        code="W_HEAD_OUTLINE",
        severity="warning",
        message=f"{apart:.0%} of the head that the landmarks tell of lies outside of the person's outline: ears and temples are not sure",
        hint="Take the photo against a plain background, with nothing before the face.",
    )
    return fit_head(face, pose=pose, camera=camera, scale=scale, previous=known), (finding,)


def _shown(head: FittedHead, camera: Camera) -> Array:
    """Return where a picture shows the points of a head (N, 2)."""
    return camera.project_distorted(apply(head.camera_from_head, head.points_m))


def _carried(previous: Measured, pose: HeadPose, scale: FaceScale) -> Array:
    """Return where the head of the picture before is (4, 4) at a pose of the template and its scale."""
    out: Array = _placed(pose, scale) @ np.linalg.inv(_placed(previous.pose, previous.scale)) @ previous.head.camera_from_head
    return out


def _placed(pose: HeadPose, scale: FaceScale) -> Array:
    """Return where the template is (4, 4) once it is as large as the head."""
    out = pose.camera_from_head.copy()
    out[:3, 3] *= scale.ratio
    return out


class _Followed(NamedTuple):
    """Glasses on one face of a film, as they sat when its head had this size."""

    live: LiveGlasses
    seat: Seat
    ratio: float


class GlassesFitting:
    """One pair of glasses of a recipe; owns a renderer, closed by ``with``.

    Raises
    ------
    InputError
        The product cannot be read, is no pair of glasses, or has no such variant.
    """

    def __init__(self, item: Glasses, *, folder: Path, engine: str = "gl") -> None:
        asset = read_glasses(item, folder)
        asset = in_variant(asset, variant_index(asset, item.variant))
        self.item = item
        self.model: GlassesModel = glasses_of(asset, item)
        self._renderer: Renderer = RENDERERS.get(engine)()
        self._followed: dict[int, _Followed] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the renderer and what follows faces."""
        for index in list(self._followed):
            self.forget(index)
        self._renderer.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was guessed about the product."""
        return self.model.findings

    def seat(self, measured: Measured) -> Seat:
        """Return how the glasses sit on one measured face."""
        return seat(self.model, measured.head)

    def put_on(self, frame: Frame, measured: Measured, sits: Seat) -> tuple[Image, WornGlasses]:
        """Return a picture with the glasses on one measured face, as they sit there, and how they fit."""
        head = measured.head
        with FaceRays(head.asset(), self._on(sits)) as rays:
            made = onto_face(
                frame.image,
                rays,
                camera=frame.camera,
                camera_from_head=head.camera_from_head,
                renderer=self._renderer,
                light=measured.light,
                hair=measured.hair,
                ears_z_m=(float(head.ear_roots_m[0, 2]), float(head.ear_roots_m[1, 2])),
            )
        fit = fit_of(self.model, head, sits, scale=measured.scale)
        return made.image, WornGlasses(item=self.item, seat=sits, fit=fit, approximate=made.approximate)

    def follow(self, frame: Frame, measured: Measured, *, index: int) -> tuple[Image, WornGlasses]:
        """Return a picture of a film with the glasses on its face number `index`, faster: they stay as they sat on that face before.

        They are seated anew where the head turns out to be of another size.
        """
        kept = self._followed.get(index)
        if kept is None or abs(measured.scale.ratio / kept.ratio - 1) > _ANOTHER_SIZE:
            self.forget(index)
            sits = seat(self.model, measured.head)
            light = measured.light or unknown_light(np.full((1, 3), _SKIN, np.float32))
            live = LiveGlasses(measured.head.asset(), self._on(sits), light=light, renderer=self._renderer)
            kept = self._followed[index] = _Followed(live, sits, measured.scale.ratio)
        image = kept.live.put_on(frame.image, camera=frame.camera, camera_from_head=measured.head.camera_from_head)
        fit = fit_of(self.model, measured.head, kept.seat, scale=measured.scale)
        return image, WornGlasses(item=self.item, seat=kept.seat, fit=fit, approximate=("hair", "reflections"))

    def forget(self, index: int) -> None:
        """Forget the face number `index` of a film, which is gone."""
        kept = self._followed.pop(index, None)
        if kept is not None:
            kept.live.close()

    def _on(self, sits: Seat) -> Eyewear:
        item = Item(asset=posed(self.model, sits.opened_rad), world_from_asset=sits.head_from_glasses)
        return eyewear([item], lens=self.item.lens)
