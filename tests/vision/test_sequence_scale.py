"""A sheet on the floor of a sequence is one thing in all photos: its size is exact, its sigma honest, its doubles are said."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.vision.photo.anchors import A4_M, parse_scale
from arviz.vision.photo.edges import Quad as Corners
from arviz.vision.sequence.cloud import CloudPlane
from arviz.vision.sequence.lying import Ground, Lying, Sighting, fit_lying, shown
from arviz.vision.sequence.result import PhotoSequence, PosedPhoto
from arviz.vision.sequence.scale import Metre, by_anchor
from tests.vision.sequence_scenes import CAMERA, Quad, photo, sheet, walk

_UNIT = 1.7
"""How long a metre is in the unit of the sequences here."""
_PLACES = np.stack(np.meshgrid(np.linspace(-2, 2, 9), np.linspace(-2.5, 0.5, 9)), axis=-1).reshape(-1, 2)
_FLOOR_POINTS = _UNIT * np.insert(_PLACES, 1, 0, axis=1)
_FLOOR = CloudPlane(np.array([0.0, 1, 0]), 0.0, np.arange(len(_FLOOR_POINTS)), 1e-3, 1e-3)


def _sequence(poses: list[Array]) -> PhotoSequence:
    """Return photos whose places are known exactly, in another unit than metres."""
    photos = []
    for index, pose in enumerate(poses):
        placed = pose.copy()
        placed[:3, 3] *= _UNIT
        photos.append(PosedPhoto(index=index, camera=CAMERA, world_from_camera=placed, sigma_rotation_rad=2e-4, sigma_position=1e-3))
    count = len(_FLOOR_POINTS)
    return PhotoSequence(
        photos=tuple(photos), points=_FLOOR_POINTS, sigma=np.full(count, 0.002), seen_by=np.full(count, 4), rms_px=0.3, engine="own"
    )


def _floor(shade: float) -> Quad:
    return Quad(np.array([-2.5, 0, -3.0]), np.array([5.0, 0, 0]), np.array([0, 0, 5.0]), np.full((20, 20), shade, np.float32))


def _thing(x_m: float, z_m: float, yaw_rad: float, *, size: float = 1.0, shade: float = 0.97, square: bool = False) -> Quad:
    """Return a sheet, or a thing of another size, shade or shape."""
    a4 = sheet(np.array([x_m, 0, z_m]), yaw_rad)
    up = a4.up_m * (297 / 210 if square else 1)
    return Quad(a4.corner_m, size * a4.along_m, size * up, np.full((60, 80), shade, np.float32))


def _metre(things: list[Quad], *, seed: int, scale: str = "a4") -> Metre:
    rng = np.random.default_rng(seed)
    poses = walk(rng, 4, step_m=0.2)
    frames = [photo([_floor(0.45), *things], pose, rng=rng) for pose in poses]
    return by_anchor(_sequence(poses), _FLOOR, frames, anchor=parse_scale(scale))


def _code(things: list[Quad], *, seed: int) -> str:
    with pytest.raises(InputError) as caught:
        _metre(things, seed=seed)
    assert "a4=" in caught.value.hint
    return caught.value.code


def test_a_sheet_beside_darker_things_of_its_shape() -> None:
    things = [_thing(-0.4, -1.2, 0.3, size=0.8, shade=0.8), _thing(0.2, -1.3, 0.7), _thing(0.5, -0.9, 1.2, size=0.7, shade=0.75)]
    metre = _metre(things, seed=1)
    assert abs(np.log(metre.metres * _UNIT)) < 4 * metre.scale.sigma
    assert metre.scale.sigma < 0.02
    assert metre.scale.source == "a4 in 4 photos"


def test_two_sheets_of_one_size_are_no_doubt() -> None:
    metre = _metre([_thing(-0.3, -1.3, 0.3), _thing(0.3, -1.2, 0.7)], seed=2)
    assert abs(np.log(metre.metres * _UNIT)) < 4 * metre.scale.sigma


def test_two_things_as_white_of_different_size_are_said() -> None:
    assert _code([_thing(-0.3, -1.3, 0.3), _thing(0.3, -1.2, 0.7, size=0.75)], seed=3) == "E_SCALE_AMBIGUOUS"


def test_a_thing_of_its_shape_that_is_not_the_lightest_is_no_sheet() -> None:
    """A sheet that is folded to a square is found by nobody; a light tile is not taken for it."""
    assert _code([_thing(-0.3, -1.3, 0.3, square=True), _thing(0.3, -1.2, 0.7, size=0.75, shade=0.75)], seed=4) == "E_SCALE_NOT_FOUND"


def test_a_thing_that_only_one_photo_shows_as_a_sheet_is_none() -> None:
    rng = np.random.default_rng(5)
    poses = walk(rng, 4, step_m=0.2)
    frames = [photo([_floor(0.45), *([_thing(0, -1.3, 0.7)] if k == 1 else [])], pose, rng=rng) for k, pose in enumerate(poses)]
    with pytest.raises(InputError) as caught:
        by_anchor(_sequence(poses), _FLOOR, frames, anchor=parse_scale("a4"))
    assert caught.value.code == "E_SCALE_NOT_FOUND"


def test_the_sheet_may_be_hidden_in_one_photo() -> None:
    rng = np.random.default_rng(6)
    poses = walk(rng, 4, step_m=0.2)
    frames = [photo([_floor(0.45), *([_thing(0, -1.3, 0.7)] if k != 1 else [])], pose, rng=rng) for k, pose in enumerate(poses)]
    metre = by_anchor(_sequence(poses), _FLOOR, frames, anchor=parse_scale("a4"))
    assert abs(np.log(metre.metres * _UNIT)) < 4 * metre.scale.sigma
    assert metre.scale.source == "a4 in 3 photos"


def _seen(rng: np.random.Generator, truth: Lying, *, noise_px: float) -> tuple[Ground, list[Sighting]]:
    """Return what photos show of a rectangle: corners off by noise."""
    found = _sequence(walk(rng, 4, step_m=0.2))
    ground = Ground.of(_FLOOR, _FLOOR_POINTS)
    return ground, [
        Sighting(p, Corners(shown(ground, p, truth, A4_M) + noise_px * rng.normal(size=(4, 2)), max(noise_px, 0.05))) for p in found.placed
    ]


def _rectangle(rng: np.random.Generator) -> Lying:
    return Lying(_UNIT * rng.uniform(-0.3, 0.3, 2), rng.uniform(0, np.pi), _UNIT)


def test_exact_corners_give_the_exact_size() -> None:
    rng = np.random.default_rng(7)
    for _ in range(5):
        truth = _rectangle(rng)
        ground, seen = _seen(rng, truth, noise_px=0.0)
        start = Lying(truth.middle + 0.02, truth.yaw_rad + 0.05, truth.unit * 1.08)
        joint = fit_lying(ground, seen, start, size_m=A4_M)
        assert joint is not None
        assert joint.lying.unit == pytest.approx(_UNIT, rel=1e-5)
        assert joint.kept.all()


def test_the_sigma_is_what_noise_makes_of_it() -> None:
    """Without the edges' common growth, which noise of corners has not: with it sigma is greater, never less."""
    rng = np.random.default_rng(8)
    z = []
    for _ in range(40):
        truth = _rectangle(rng)
        ground, seen = _seen(rng, truth, noise_px=0.3)
        joint = fit_lying(ground, seen, truth, size_m=A4_M)
        assert joint is not None
        z.append(np.log(joint.lying.unit / _UNIT) / joint.sigma)
    assert 0.3 < np.sqrt(np.mean(np.square(z))) < 1.3


def test_a_side_that_is_wrong_in_one_photo_is_left_out() -> None:
    rng = np.random.default_rng(9)
    truth = _rectangle(rng)
    ground, seen = _seen(rng, truth, noise_px=0.1)
    corners = seen[2].quad.corners_px.copy()
    corners[[0, 1]] += 0.25 * (corners[[3, 2]] - corners[[0, 1]])  # the side from 0 to 1, moved inwards
    seen[2] = seen[2]._replace(quad=Corners(corners, 0.1))
    joint = fit_lying(ground, seen, truth, size_m=A4_M)
    assert joint is not None
    assert not joint.kept[2, 0]
    assert joint.kept.sum() == 15
    assert abs(np.log(joint.lying.unit / _UNIT)) < 4 * joint.sigma
