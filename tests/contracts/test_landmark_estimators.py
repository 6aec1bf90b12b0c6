"""Every registered landmark estimator keeps the contract, and both see the same."""

import numpy as np
import pytest

from arviz.flows.models import open_estimator
from arviz.testing.landmarks_contract import LandmarksContract
from arviz.vision.landmarks.estimator import LANDMARK_ESTIMATORS


@pytest.fixture
def portrait(astronaut):
    return astronaut


def opened(name, models, kinds=("face", "person")):
    if name == "litert":
        pytest.importorskip("ai_edge_litert", reason="the extra [litert] is not installed")
    return open_estimator(name, kinds=kinds, store=models)


def contract(name):
    class Contract(LandmarksContract):
        @pytest.fixture(scope="class")
        @classmethod
        def estimator(cls, models):
            with opened(name, models) as estimator:
                yield estimator

    Contract.__name__ = Contract.__qualname__ = f"Test{name.title()}"
    return Contract


for _name in LANDMARK_ESTIMATORS:
    globals()[f"Test{_name.title()}"] = contract(_name)


def test_both_estimators_see_the_same_face(models, astronaut):
    faces, mattes = [], []
    for name in ("mediapipe", "litert"):
        with opened(name, models) as estimator:
            faces += estimator.estimate(astronaut)
            mattes.append(estimator.matte(astronaut).alpha)
    assert len(faces) == 2
    assert np.linalg.norm(faces[0].points_px - faces[1].points_px, axis=1).mean() <= 0.1
    assert np.abs(faces[0].depth_px - faces[1].depth_px).max() < 0.5
    assert np.abs(mattes[0] - mattes[1]).mean() < 0.01
