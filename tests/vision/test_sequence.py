"""Photos of a walk: all placed, to millimetres, with honest sigmas; and what cannot be placed is said."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.errors import DependencyError, InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.vision.photo.anchors import parse_scale
from arviz.vision.sequence import PhotoSequence, photo_sequence, sequence_room
from arviz.vision.sequence.bundle import Bundle, Observations, adjust, residuals, spread
from arviz.vision.sequence.choose import spread_and_sharp
from tests.seeds import drawn_seed
from tests.vision.sequence_scenes import CAMERA, aligned, papered_room, photo, sheet, walk


class Walk(NamedTuple):
    """Photos, where they were taken, and what was found."""

    frames: list[Frame]
    poses: list[Array]
    found: PhotoSequence


@pytest.fixture(scope="module")
def walked() -> Walk:
    rng = np.random.default_rng(drawn_seed())
    quads, poses = papered_room(rng), walk(rng, 6, step_m=0.18)
    frames = [photo(quads, pose, rng=rng) for pose in poses]
    return Walk(frames, poses, photo_sequence(frames))


def test_all_photos_are_placed_to_a_few_millimetres(walked: Walk) -> None:
    found = walked.found
    assert len(found.placed) == 6
    truth = np.array([pose[:3, 3] for pose in walked.poses])
    places = np.array([p.world_from_camera[:3, 3] for p in found.placed])
    scale, turn, shift = aligned(places, truth)
    off = scale * places @ turn.T + shift - truth
    assert np.sqrt((off**2).sum(axis=1).mean()) < 0.005
    # From photo to photo: places on a line leave the turn about it open.
    first, began = walked.poses[0][:3, :3], found.placed[0].world_from_camera[:3, :3]
    for pose, placed in zip(walked.poses, found.placed, strict=True):
        apart = (first.T @ pose[:3, :3]).T @ began.T @ placed.world_from_camera[:3, :3]
        assert np.degrees(np.arccos(np.clip((np.trace(apart) - 1) / 2, -1, 1))) < 0.3
    assert found.rms_px < 1
    assert not found.findings


def test_the_convention_of_the_result(walked: Walk) -> None:
    found = walked.found
    assert np.allclose(found.placed[0].world_from_camera, np.eye(4), atol=1e-9)
    places = np.array([p.world_from_camera[:3, 3] for p in found.placed])
    assert np.linalg.norm(places[:, None] - places, axis=2).max() == pytest.approx(1)
    assert len(found.points) == len(found.sigma) == len(found.seen_by) > 300
    assert found.seen_by.min() >= 2
    assert np.isfinite(found.points).all()
    assert np.isfinite(found.sigma).all()
    assert (found.sigma > 0).all()


def test_points_lie_on_the_room_within_their_sigma(walked: Walk) -> None:
    """Distances of points to the nearest plane of the true room, in units of the stated sigma of one axis."""
    found = walked.found
    truth = np.array([pose[:3, 3] for pose in walked.poses])
    scale, turn, shift = aligned(np.array([p.world_from_camera[:3, 3] for p in found.placed]), truth)
    points, sigma = scale * found.points @ turn.T + shift, scale * found.sigma
    back = np.abs(points[:, 2] + 2.5)
    near = back < 0.15  # the far wall; boxes stand at least 5 cm before it in most rooms
    # The error lies along the line of sight, which is the wall's normal: sqrt(3) of the mean axis.
    ratio = back[near] / (np.sqrt(3) * sigma[near])
    assert near.sum() > 50
    assert np.median(ratio) < 1.5


def test_the_same_photos_give_the_same_answer(walked: Walk) -> None:
    again = photo_sequence(walked.frames[:3])
    once_more = photo_sequence(walked.frames[:3])
    assert np.array_equal(again.points, once_more.points)
    assert np.array_equal(again.placed[-1].world_from_camera, once_more.placed[-1].world_from_camera)


def test_a_wrong_focal_length_with_a_sigma_is_corrected(walked: Walk) -> None:
    k = CAMERA.k.copy()
    k[[0, 1], [0, 1]] *= 1.03
    guessed = Camera(k=k, width_px=640, height_px=480, source="exif", sigma_f_px=0.03 * k[0, 0])
    found = photo_sequence([replace(frame, camera=guessed) for frame in walked.frames])
    camera = found.placed[0].camera
    assert abs(camera.k[0, 0] / CAMERA.k[0, 0] - 1) < 0.012
    assert camera.sigma_f_px is not None
    assert abs(camera.k[0, 0] - CAMERA.k[0, 0]) < 4 * camera.sigma_f_px


def test_photos_of_something_else_are_left_out_and_named(walked: Walk) -> None:
    rng = np.random.default_rng(7)
    bare = Frame(image=Image(pixels=np.full((480, 640, 3), 180, np.uint8)), camera=CAMERA)
    elsewhere = photo(papered_room(rng), walk(rng, 1)[0], rng=rng)
    found = photo_sequence([walked.frames[0], bare, walked.frames[1], elsewhere, walked.frames[2]])
    assert [p.index for p in found.placed] == [0, 2, 4]
    assert "stands out" in found.photos[1].reason
    assert "overlap" in found.photos[3].reason
    assert [f.code for f in found.findings] == ["W_SEQUENCE_PARTIAL"]


def test_more_photos_than_allowed_are_thinned_out_to_the_sharp_ones() -> None:
    import cv2

    sharp = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    frames = [Frame(image=Image(pixels=sharp if i % 3 == 1 else cv2.GaussianBlur(sharp, (0, 0), 2)), camera=CAMERA) for i in range(30)]
    chosen = spread_and_sharp(frames, most=10)
    assert chosen == tuple(range(1, 30, 3))


def test_the_cap_is_said(walked: Walk) -> None:
    found = photo_sequence(walked.frames[:4], max_frames=3)
    assert len(found.photos) == 4
    assert len(found.placed) == 3
    assert [f.code for f in found.findings] == ["I_SEQUENCE_CAPPED"]


def _error(frames: list[Frame]) -> str:
    with pytest.raises(InputError) as caught:
        photo_sequence(frames)
    assert caught.value.hint
    return caught.value.code


def test_what_is_no_sequence(walked: Walk) -> None:
    rng = np.random.default_rng(1)
    bare = Frame(image=Image(pixels=np.full((480, 640, 3), 180, np.uint8)), camera=CAMERA)
    first = walked.frames[0]
    assert _error([]) == "E_SEQUENCE_FEW"
    assert _error([first]) == "E_SEQUENCE_FEW"
    assert _error([bare, bare]) == "E_SEQUENCE_TEXTURE"
    assert [_error([f, f]) for f in walked.frames[:3]] == ["E_SEQUENCE_PARALLAX"] * 3
    assert _error([first, photo(papered_room(rng), walk(rng, 1)[0], rng=rng)]) == "E_SEQUENCE_OVERLAP"
    small = replace(first, image=Image(pixels=first.image.pixels[::2, ::2]))
    assert _error([first, small]) == "E_CAMERA_SIZE"


def test_turning_on_the_spot_is_said(walked: Walk) -> None:
    rng = np.random.default_rng(3)
    quads = papered_room(rng)
    pose = walk(rng, 1)[0]
    frames = []
    for degrees in (-5, 5):
        c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
        turned = pose.copy()
        turned[:3, :3] = pose[:3, :3] @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        frames.append(photo(quads, turned, rng=rng))
    assert _error(frames) == "E_SEQUENCE_PARALLAX"


def test_without_pycolmap_its_engine_says_how_to_go_on(walked: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pycolmap", None)
    with pytest.raises(DependencyError) as caught:
        photo_sequence(walked.frames[:2], engine="pycolmap")
    assert caught.value.code == "E_DEPENDENCY_MISSING"


@pytest.mark.slow
def test_pycolmap_agrees(walked: Walk) -> None:
    pytest.importorskip("pycolmap")
    theirs = photo_sequence(walked.frames, engine="pycolmap")
    assert len(theirs.placed) == 6
    ours = np.array([p.world_from_camera[:3, 3] for p in walked.found.placed])
    places = np.array([p.world_from_camera[:3, 3] for p in theirs.placed])
    scale, turn, shift = aligned(places, ours)
    assert np.linalg.norm(scale * places @ turn.T + shift - ours, axis=1).max() < 0.01  # of the walk's length


def test_a_room_from_a_walk_by_the_distance_of_two_photos(walked: Walk) -> None:
    apart = float(np.linalg.norm(walked.poses[0][:3, 3] - walked.poses[-1][:3, 3]))
    room = sequence_room(walked.frames, between=(0, 5), distance_m=apart)
    assert room.scale is not None
    assert room.scale.source == "distance"
    assert room.floor is room.planes[0]
    assert np.allclose(room.floor.normal, (0, 1, 0), atol=1e-9)
    assert abs(room.floor.offset_m) < 1e-9
    height, truth = room.views[0].world_from_camera[1, 3], walked.poses[0][1, 3]
    assert abs(height - truth) < 4 * np.hypot(room.scale.sigma * truth, room.floor.sigma_offset_m)
    assert np.allclose(room.views[0].world_from_camera[[0, 2], 3], 0)
    facing = room.views[0].world_from_camera[:3, 2]
    assert facing[2] < 0
    assert abs(facing[0]) < 1e-6
    walls = room.of_kind("wall")
    assert walls
    for plane in room.planes:
        assert plane.distance_m(room.views[2].world_from_camera[None, :3, 3])[0] > 0
        assert np.abs(plane.distance_m(plane.outline_m)).max() < 1e-6
        assert plane.area_m2 > 0
        assert np.cross(*(np.diff(plane.outline_m[:3], axis=0))) @ plane.normal > 0


def test_a_room_without_scale_claims_no_metres(walked: Walk) -> None:
    room = sequence_room(walked.frames[:3], gravity=walked.poses[0][:3, :3].T @ (0, -9.81, 0))
    assert room.scale is None
    assert room.views[0].world_from_camera[1, 3] == pytest.approx(1)
    assert "W_SCALE_UNKNOWN" in [finding.code for finding in room.findings]


def _sheet_height(rng: np.random.Generator) -> tuple[float, float, float] | None:
    """Return true and measured height of the camera over a patterned floor with a sheet on it, and sigma; None if it is not found."""
    quads = [*papered_room(rng, boxes=0), sheet(np.array([rng.uniform(-0.3, 0.3), 0, rng.uniform(-1.6, -1.3)]), rng.uniform(0, 6))]
    poses = walk(rng, 4, step_m=0.2)
    try:
        room = sequence_room([photo(quads, pose, rng=rng) for pose in poses], scale=parse_scale("a4"))
    except InputError as error:
        if error.code not in ("E_SCALE_NOT_FOUND", "E_SCALE_AMBIGUOUS"):
            raise
        return None
    assert room.scale is not None
    assert room.scale.source.startswith("a4")
    return poses[0][1, 3], room.views[0].world_from_camera[1, 3], room.scale.sigma


def test_a_sheet_of_paper_on_the_floor_gives_the_scale() -> None:
    """The answer is right; one room in thirty says that it has none."""
    rng = np.random.default_rng(drawn_seed())
    drawn = (_sheet_height(rng) for _ in range(4))  # no more than needed
    found = next((one for one in drawn if one is not None), None)
    assert found is not None
    truth, measured, sigma = found
    assert sigma < 0.04
    assert abs(measured / truth - 1) < 5 * sigma


def test_a_distance_between_photos_that_are_not_there(walked: Walk) -> None:
    with pytest.raises(InputError) as caught:
        sequence_room(walked.frames[:2], between=(0, 7), distance_m=1.0)
    assert caught.value.code == "E_SEQUENCE_DISTANCE"


def _scene(rng: np.random.Generator, noise_px: float) -> tuple[Bundle, Bundle, Observations]:
    """Return true and started bundles of 5 cameras and 120 points, and noisy observations."""
    points = rng.uniform((-1, -1, 3), (1, 1, 5), (120, 3))
    places = np.stack([np.linspace(-0.5, 0.5, 5), np.zeros(5), np.zeros(5)], axis=1)
    truth = Bundle(np.repeat(np.eye(3)[None], 5, axis=0), -places, 0.0, points)
    camera, point = (g.reshape(-1) for g in np.meshgrid(np.arange(5), np.arange(120), indexing="ij"))
    pixel = np.full(600, 1 / 500)
    exact = Observations(camera, point, np.zeros((600, 2)), pixel)
    seen = exact._replace(flat=(residuals(truth, exact) + noise_px * rng.normal(size=(600, 2))) / 500)
    start = truth._replace(points=points + rng.normal(0, 0.05, points.shape), translations=-places + rng.normal(0, 0.02, places.shape))
    return truth, start, seen


def test_exact_observations_are_met_exactly() -> None:
    truth, start, seen = _scene(np.random.default_rng(0), 0.0)
    fixed = np.arange(5) == 0
    start = start._replace(translations=np.where(fixed[:, None], truth.translations, start.translations))
    assert np.abs(residuals(adjust(start, seen, fixed=fixed, steps=100), seen)).max() < 1e-3


def test_the_spread_of_a_bundle_is_what_noise_makes_of_it() -> None:
    """The scatter of 12 solutions, each aligned to the truth, beside the sigma that one of them states."""
    errors, stated = [], []
    for seed in range(12):
        truth, start, seen = _scene(np.random.default_rng(5), 0.0)
        noise = np.random.default_rng(seed).normal(size=(600, 2)) / 500
        seen = seen._replace(flat=seen.flat + noise)
        found = adjust(start, seen, fixed=np.arange(5) == 0)
        scale, turn, shift = aligned(found.points, truth.points)
        errors.append(scale * found.points @ turn.T + shift - truth.points)
        stated.append(spread(found, seen, focal_sigma=0.0).point)
    measured = np.sqrt(np.mean(np.square(errors)))
    assert measured == pytest.approx(np.sqrt(np.mean(np.square(stated))), rel=0.2)
