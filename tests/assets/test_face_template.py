"""The canonical face: what the script reads is what is committed, and it is a face."""

import json
import zipfile

import numpy as np

from arviz.core.face import face_template
from arviz.core.resources import resource

CHIN, FOREHEAD, NOSE_TIP = 152, 10, 1
RIGHT_EYE, LEFT_EYE = (33, 133), (263, 362)
"""Outer and inner corner."""
LIPS_AND_LIDS = {0, 13, 14, 17, 61, 291, 78, 308, 33, 133, 263, 362, 159, 145, 386, 374}


def mirrored():
    """Return for each point the number of the one on the other side."""
    points = face_template().points_m
    return np.argmin(((points[:, None] * [-1, 1, 1] - points) ** 2).sum(axis=2), axis=1)


def test_it_is_what_the_bundle_holds(make, models):
    script = make("face_template")
    with zipfile.ZipFile(models.find("face_landmarker")) as bundle:
        vertices, triangles = script.mesh(bundle.read(script.MEMBER))
    template = face_template()
    assert vertices.shape == (468, 5)
    np.testing.assert_allclose(template.points_m, vertices[:, :3] / 100, atol=1e-8)
    np.testing.assert_array_equal(template.triangles, triangles)
    assert len(triangles) == 898


def test_it_says_where_it_comes_from():
    document = json.loads(resource("calibration", "face", "template.json").read_text("utf-8"))
    assert "Apache-2.0" in document["licence"]
    assert "face_landmarker.task" in document["source"]
    assert document["made_by"] == "assets/make/face_template.py"


def test_it_stands_upright_and_looks_along_z():
    points = face_template().points_m
    assert points[FOREHEAD, 1] > points[NOSE_TIP, 1] > points[CHIN, 1]
    assert points[:, 2].argmax() in (NOSE_TIP, 4)
    assert points[RIGHT_EYE, 0].max() < 0 < points[LEFT_EYE, 0].min()
    corners = [np.linalg.norm(points[a] - points[b]) for a, b in zip(RIGHT_EYE, LEFT_EYE, strict=True)]
    np.testing.assert_allclose(np.mean(corners), 0.063, atol=0.001)  # the mean distance of adults' pupils


def test_it_is_as_its_mirror_image():
    template, other = face_template(), mirrored()
    np.testing.assert_allclose(template.points_m[other] * [-1, 1, 1], template.points_m, atol=1e-7)
    assert set(other[template.rigid].tolist()) == set(template.rigid.tolist())


def test_triangles_face_outwards():
    points, triangles = face_template().points_m, face_template().triangles
    a, b, c = (points[triangles[:, i]] for i in range(3))
    normals = np.cross(b - a, c - a)
    assert (normals[:, 2] > 0).mean() > 0.98
    assert (np.linalg.norm(normals, axis=1) > 0).all()


def test_texture_coordinates_count_from_the_upper_left():
    uv = face_template().uv
    assert ((uv >= 0) & (uv <= 1)).all()
    assert uv[FOREHEAD, 1] < uv[NOSE_TIP, 1] < uv[CHIN, 1]
    assert uv[RIGHT_EYE, 0].max() < uv[LEFT_EYE, 0].min()  # as the face is seen: the person's right is on the left


def test_points_for_the_pose_are_neither_on_lids_nor_on_lips():
    rigid = set(face_template().rigid.tolist())
    assert len(rigid) >= 12
    assert not rigid & LIPS_AND_LIDS
