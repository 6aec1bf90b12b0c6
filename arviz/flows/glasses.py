"""Glasses of a recipe on faces: the product is read once; each face gets its pose, its size, its head, a seat and a picture."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from arviz.core.camera import Frame
from arviz.core.face import FaceScale, HeadPose
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.core.length import Length
from arviz.core.recipe import Glasses
from arviz.core.report import Finding
from arviz.core.scene import Item
from arviz.flows.recipe import read_glasses
from arviz.ops.join import in_variant
from arviz.render.eyewear import eyewear
from arviz.render.face_rays import FaceRays
from arviz.render.onto_face import onto_face
from arviz.render.renderer import RENDERERS, Renderer
from arviz.render.variants import variant_index
from arviz.tryon.glasses.figures import FitFigures, fit_of
from arviz.tryon.glasses.model import GlassesModel, glasses_of
from arviz.tryon.glasses.seat import Seat, seat
from arviz.tryon.glasses.temples import posed
from arviz.tryon.head.fit import fit_head
from arviz.tryon.head.fitted import FittedHead
from arviz.vision.face.pose import head_pose
from arviz.vision.face.scale import face_scale


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """What a face tells about a head: where it is, how large, and its shape; `previous` of the next picture."""

    pose: HeadPose
    scale: FaceScale
    head: FittedHead = field(repr=False)

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
    frame: Frame, face: Landmarks, *, pd: Length | None = None, card: bool = False, previous: Measured | None = None
) -> Measured | None:
    """Return what a face tells about its head; None where no head before the camera looks so.

    Parameters
    ----------
    frame : Frame
    face : Landmarks
    pd : Length, optional
        Pupillary distance, where the person knows it.
    card : bool
        Look for a bank card beside the face.
    previous : Measured, optional
        Of the picture before.
    """
    pose = head_pose(face, frame.camera, previous=None if previous is None else previous.pose)
    if pose is None:
        return None
    scale = face_scale(
        frame.image,
        face,
        pose,
        frame.camera,
        pd_m=pd,
        card="find" if card else None,
        previous=None if previous is None else previous.scale,
    )
    head = fit_head(face, pose=pose, camera=frame.camera, scale=scale, previous=None if previous is None else previous.head)
    return Measured(pose=pose, scale=scale, head=head)


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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Free the renderer."""
        self._renderer.close()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was guessed about the product."""
        return self.model.findings

    def put_on(self, frame: Frame, measured: Measured) -> tuple[Image, WornGlasses]:
        """Return a picture with the glasses on one measured face, and how they fit."""
        head = measured.head
        mesh = head.asset()
        sits = seat(self.model, head)
        item = Item(asset=posed(self.model, sits.opened_rad), world_from_asset=sits.head_from_glasses)
        with FaceRays(mesh, eyewear([item], lens=self.item.lens)) as rays:
            made = onto_face(
                frame.image,
                rays,
                head=mesh,
                camera=frame.camera,
                camera_from_head=head.camera_from_head,
                renderer=self._renderer,
                ears_z_m=(float(head.ear_roots_m[0, 2]), float(head.ear_roots_m[1, 2])),
            )
        fit = fit_of(self.model, head, sits, scale=measured.scale)
        return made.image, WornGlasses(item=self.item, seat=sits, fit=fit, approximate=made.approximate)
