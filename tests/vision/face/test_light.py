"""Light on a face whose shading is drawn from a known lamp, triangle by triangle."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.colour import linear_to_srgb
from arviz.core.face import HeadPose, face_template
from arviz.core.frames import CV_FROM_GL
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.vision.face.light import face_lighting

CAMERA = Camera(k=np.array([[600.0, 0, 159.5], [0, 600, 119.5], [0, 0, 1]]), width_px=320, height_px=240)
POSE = HeadPose(
    camera_from_head=CV_FROM_GL @ np.block([[np.eye(3), np.array([[0], [0], [-0.5]])], [np.zeros((1, 3)), np.ones((1, 1))]]),
    sigma_rotation_rad=0.0,
    sigma_depth=0.0,
    residual_px=0.0,
)


def landmarks() -> Landmarks:
    """Return the template as seen."""
    points = CAMERA.project(face_template().points_m @ POSE.camera_from_head[:3, :3].T + POSE.camera_from_head[:3, 3])
    return Landmarks(kind="face", points_px=np.concatenate([points, np.tile(points[:1], (10, 1))]), confidence=1.0, source="template")


def shaded(to_light: Array, *, ambient: float = 0.25, main: float = 0.5, albedo: Array) -> Image:
    """Return flat triangles under light from all around and a far lamp."""
    import cv2

    template = face_template()
    corners = template.points_m[template.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    light = ambient + main * np.maximum(normals @ to_light, 0)
    pixels = np.full((240, 320, 3), 60, np.uint8)
    at = landmarks().points_px
    for triangle in np.argsort(corners[:, :, 2].mean(axis=1)):
        colour = np.floor(linear_to_srgb(np.clip(albedo * light[triangle], 0, 1)) * 255 + 0.5)
        polygon = np.rint(at[template.triangles[triangle]]).astype(np.int32)
        cv2.fillConvexPoly(pixels, polygon, colour.tolist())
    return Image(pixels=pixels)


@pytest.mark.parametrize("towards", [(0.6, 0.5, 0.6), (-0.8, 0.3, 0.5), (0.0, 0.7, 0.7), (-0.3, 0.4, 0.9)])
@pytest.mark.parametrize("skin", [(0.72, 0.53, 0.44), (0.22, 0.125, 0.082)])
def test_the_lamp_is_found_on_every_skin(towards: tuple[float, ...], skin: tuple[float, ...]) -> None:
    direction = np.array(towards) / np.linalg.norm(towards)
    image = shaded(direction, albedo=np.array(skin))
    found = face_lighting(image, landmarks(), pose=POSE, camera=CAMERA, white=np.full(3, 0.6))
    assert found is not None
    assert found.to_light is not None
    angle = np.arccos(np.clip(np.dot(found.to_light, direction), -1, 1))
    assert angle < np.radians(20)
    assert angle < 3 * found.sigma_direction_rad


def test_the_white_of_the_eyes_says_how_bright_and_how_coloured_the_light_is() -> None:
    direction = np.array([0.6, 0.5, 0.6]) / np.linalg.norm([0.6, 0.5, 0.6])
    white = np.array([0.7, 0.55, 0.35])
    found = face_lighting(shaded(direction, albedo=np.array([0.5, 0.35, 0.28])), landmarks(), pose=POSE, camera=CAMERA, white=white)
    assert found is not None
    before = found.irradiance(np.array([[0.0, 0.0, 1.0]]))[0] / np.pi
    assert before == pytest.approx(white, rel=0.1)


def test_light_from_everywhere_has_no_sure_direction() -> None:
    even = face_lighting(
        shaded(np.array([0, 0, 1.0]), ambient=0.7, main=0.0, albedo=np.array([0.5, 0.35, 0.28])), landmarks(), pose=POSE, camera=CAMERA
    )
    lit = face_lighting(
        shaded(np.array([0.9, 0.3, 0.3]), main=0.6, albedo=np.array([0.5, 0.35, 0.28])), landmarks(), pose=POSE, camera=CAMERA
    )
    assert even is not None
    assert lit is not None
    assert even.sigma_direction_rad > lit.sigma_direction_rad
    assert even.directional_share < lit.directional_share


def test_a_face_beside_the_picture_says_nothing() -> None:
    face = landmarks()
    far = Landmarks(kind="face", points_px=face.points_px + 1000, confidence=1.0, source="template")
    assert face_lighting(shaded(np.array([0, 0, 1.0]), albedo=np.full(3, 0.4)), far, pose=POSE, camera=CAMERA) is None
