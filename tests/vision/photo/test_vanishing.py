"""Directions of a room from exact and noisy edges, and the focal length that they imply."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arviz.core.camera import Camera
from arviz.vision.photo.focal import focal_from_vanishing, refined_camera, with_stated_sigma
from arviz.vision.photo.gravity import gravity_prior
from arviz.vision.photo.segments import segments
from arviz.vision.photo.vanishing import manhattan
from tests.seeds import drawn_seed
from tests.vision.photo.edges_of_boxes import edges
from tests.vision.photo.scenes import shot

PRIOR_SIGMA = np.radians(0.5)


def angle(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b)))


@settings(max_examples=25)
@given(pitch=st.floats(-15, 38), roll=st.floats(-12, 12), turn=st.floats(10, 80), seed=st.integers(0, 2**31), gravity=st.booleans())
def test_exact_edges_give_the_axes_exactly(pitch: float, roll: float, turn: float, seed: int, gravity: bool):
    view = shot(pitch_deg=pitch, roll_deg=roll)
    known = gravity_prior(view.down, sigma_rad=PRIOR_SIGMA) if gravity else None
    triad = manhattan(edges(view, rng=np.random.default_rng(seed), turn_deg=turn), camera=view.camera, gravity=known)
    assert triad is not None
    assert angle(triad.up, view.up) < 1e-3
    axes = triad.axes_camera
    assert np.allclose(axes @ axes.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(axes) > 0
    assert axes[2, 2] < 0  # the third points to the camera
    assert sum(triad.share) > 0.99
    assert np.isfinite(triad.sigma_rad).all()


def test_the_lens_is_taken_into_account():
    distortion = (-0.25, 0.08, 0.001, -0.001, 0.0)
    view = shot(distortion=distortion)
    seen = edges(view, rng=np.random.default_rng(3))
    right = manhattan(seen, camera=view.camera)
    straight = manhattan(segments(seen.ends_px, camera=replace(view.camera, distortion=())), camera=replace(view.camera, distortion=()))
    assert right is not None
    assert angle(right.up, view.up) < 0.01
    assert straight is None or angle(straight.up, view.up) > 0.1


def test_the_truth_is_inside_the_stated_sigma_and_a_fifth_of_stray_edges_does_no_harm():
    rng = np.random.default_rng(drawn_seed())
    offs = []
    for _ in range(40):
        view = shot(pitch_deg=rng.uniform(0, 35), roll_deg=rng.normal(0, 3), focal_px=rng.uniform(600, 900))
        triad = manhattan(edges(view, rng=rng, noise_px=0.7, stray=8, turn_deg=rng.uniform(10, 80)), camera=view.camera)
        assert triad is not None
        offs.append((angle(triad.up, view.up), np.degrees(triad.sigma_rad[1])))
    off, sigma = np.array(offs).T
    assert np.median(off) < 0.4
    # 95 % within 2.45 sigma in two dimensions; the bar leaves room for chance.
    assert np.mean(off < 2.45 * sigma) > 0.8
    assert np.mean(off < 0.2 * sigma) < 0.3


def test_gravity_is_weighed_against_the_edges():
    rng = np.random.default_rng(7)
    view = shot()
    seen = edges(view, rng=rng, noise_px=0.5)
    wrong = view.down + np.array([np.radians(3.0), 0, 0])
    loose = manhattan(seen, camera=view.camera, gravity=gravity_prior(wrong / np.linalg.norm(wrong), sigma_rad=np.radians(5)))
    tight = manhattan(seen, camera=view.camera, gravity=gravity_prior(view.down, sigma_rad=np.radians(0.01)))
    free = manhattan(seen, camera=view.camera)
    assert loose is not None
    assert tight is not None
    assert free is not None
    assert angle(loose.up, view.up) < 0.3
    assert angle(tight.up, view.up) < 0.02
    assert tight.sigma_rad[1] < free.sigma_rad[1]


def test_a_camera_on_its_side_needs_gravity():
    view = shot(roll_deg=90, pitch_deg=10)
    seen = edges(view, rng=np.random.default_rng(5))
    triad = manhattan(seen, camera=view.camera, gravity=gravity_prior(view.down, sigma_rad=PRIOR_SIGMA))
    assert triad is not None
    assert angle(triad.up, view.up) < 1e-3


def test_edges_without_order_are_no_room():
    rng = np.random.default_rng(drawn_seed())
    view = shot()
    sure = []
    for _ in range(20):
        triad = manhattan(edges(view, rng=rng, count=0, stray=60), camera=view.camera)
        sure.append(0.0 if triad is None else triad.confidence)
    assert np.mean(np.array(sure) < 0.35) > 0.8


def test_too_few_edges_or_one_direction_are_no_room():
    view = shot()
    assert manhattan(edges(view, rng=np.random.default_rng(0), count=5), camera=view.camera) is None
    lines = np.array([[[x, 100.0], [x, 600.0]] for x in range(100, 900, 40)])
    assert manhattan(segments(lines, camera=view.camera), camera=view.camera) is None
    assert manhattan(segments(np.empty((0, 2, 2)), camera=view.camera), camera=view.camera) is None


@pytest.mark.parametrize("factor", [0.85, 0.95, 1.0, 1.05, 1.2])
def test_right_angles_give_the_focal_length(factor: float):
    view = shot(yaw_deg=0, pitch_deg=20)
    k = view.camera.k.copy()
    k[:2, :2] *= factor
    handed = replace(view.camera, k=k, source="assumed")
    seen = edges(view, rng=np.random.default_rng(11), count=60, turn_deg=35, noise_px=0.2, handed=handed)
    triad = manhattan(seen, camera=handed)
    assert triad is not None
    focal = focal_from_vanishing(seen, triad, camera=handed)
    assert focal is not None
    assert abs(focal.focal_px - 750) < 3 * focal.sigma_px
    assert focal.sigma_px < 0.03 * 750
    mended = refined_camera(handed, focal)
    assert abs(mended.k[0, 0] - 750) < 0.04 * 750
    assert mended.sigma_f_px is not None
    assert mended.sigma_f_px < focal.sigma_px


def test_a_frontal_view_hardly_tells_the_focal_length_and_says_so():
    view = shot(pitch_deg=0.0)
    seen = edges(view, rng=np.random.default_rng(2), turn_deg=0.0, noise_px=0.3)
    triad = manhattan(seen, camera=view.camera)
    assert triad is not None
    focal = focal_from_vanishing(seen, triad, camera=view.camera)
    assert focal is None or focal.sigma_px > 0.03 * focal.focal_px


def test_calibrated_cameras_keep_their_focal_length_and_guesses_state_a_sigma():
    view = shot()
    assert refined_camera(view.camera, None) is view.camera
    guess: Camera = replace(view.camera, source="exif")
    assert with_stated_sigma(guess).sigma_f_px == pytest.approx(0.05 * 750)
    assert with_stated_sigma(replace(guess, sigma_f_px=3.0)).sigma_f_px == 3.0
