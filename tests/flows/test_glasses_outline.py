"""Where landmarks and the outline of the person disagree, the report says so."""

import numpy as np

from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Matte
from arviz.core.transforms import apply
from arviz.flows.glasses import Measured, measure
from arviz.flows.models import open_estimator
from arviz.flows.try_on import frame_of
from arviz.vision.models.store import ModelStore


def _ears(measured: Measured) -> Array:
    return apply(measured.head.camera_from_head, measured.head.ear_roots_m)


def test_a_head_beside_the_persons_outline_is_told(astronaut: Image, models: ModelStore) -> None:
    frame, _ = frame_of(astronaut, None)
    with open_estimator("mediapipe", kinds=["face", "person"]) as estimator:
        face, matte = estimator.estimate(astronaut)[0], estimator.matte(astronaut)
    gone = np.array(matte.alpha)
    gone[:, : int(face.points_px[1, 0])] = 0  # half of the face is of nobody
    told = {}
    for name, person in {"none": None, "own": matte, "half": Matte(kind="person", alpha=gone, confidence=1.0, source="test")}.items():
        measured = measure(frame, face, person=person)
        assert measured is not None
        told[name] = [finding.code for finding in measured.findings]
        assert (measured.hair is None) == (person is None)
        if name == "own":  # her hair is over both ears, and not over her nose
            assert measured.hair is not None
            beside, nose = (np.floor(points + 0.5).astype(int) for points in (frame.camera.project(_ears(measured)), face.points_px[[1]]))
            assert (measured.hair.alpha[beside[:, 1], beside[:, 0]] > 0.5).all()
            assert measured.hair.alpha[nose[:, 1], nose[:, 0]] < 0.2
    assert told["own"] == told["none"]
    assert told["half"] == [*told["none"], "W_HEAD_OUTLINE"]
