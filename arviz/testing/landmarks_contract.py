"""What every landmark estimator must keep.

A test module subclasses `LandmarksContract` and gives the fixtures ``estimator``, made for faces and persons and open, and
``portrait``: a photo of one person, head and shoulders, upright, facing the camera.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from arviz.core.camera import Camera, Frame
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError
from arviz.core.face import face_template
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.landmarks import Landmarks
from arviz.vision.landmarks.estimator import LandmarkEstimator

RIGHT_IRIS, LEFT_IRIS = 468, 473
SAME_SHARE = 0.02
"""Of the eyes' distance: what other rounding, noise and resampling may move points by on average."""


def eyes_px(face: Landmarks) -> float:
    """Return the distance of the irises."""
    return float(np.linalg.norm(face.points_px[LEFT_IRIS] - face.points_px[RIGHT_IRIS]))


class LandmarksContract:
    """Ask an estimator for what `LandmarkEstimator` promises."""

    def face(self, estimator: LandmarkEstimator, picture: Image | Frame) -> Landmarks:
        """Return the one face of a picture."""
        (face,) = estimator.estimate(picture)
        return face

    def test_it_says_who_it_is_and_what_it_looks_for(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """The name stands beside every result."""
        assert isinstance(estimator, LandmarkEstimator)
        assert {"face", "person"} <= estimator.kinds
        face = self.face(estimator, portrait)
        assert (face.kind, face.source, face.side) == ("face", estimator.source, None)
        assert 0.5 <= face.confidence <= 1
        assert face.depth_px is not None
        assert abs(face.depth_px.mean()) < 1e-6 * np.ptp(face.points_px)

    def test_right_is_the_persons_right(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """The person's right eye is on the left of the picture, and eyes are above the mouth; the nose is nearer than the ears."""
        face = self.face(estimator, portrait)
        right, left, chin, nose, cheek = (face.points_px[i] for i in (RIGHT_IRIS, LEFT_IRIS, 152, 1, 234))
        assert right[0] < nose[0] < left[0]
        assert max(right[1], left[1]) < nose[1] < chin[1]
        assert cheek[0] < right[0]
        assert face.depth_px is not None
        assert face.depth_px[1] < face.depth_px[234]

    def test_pixel_centres_are_integers(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Mirrored, a picture's x becomes W - 1 - x; all points together follow by less than 0.4 % of the eyes' distance."""
        straight = self.face(estimator, portrait)
        mirrored = self.face(estimator, replace(portrait, pixels=portrait.pixels[:, ::-1]))
        points = face_template().points_m
        other = np.argmin(((points[:, None] * [-1, 1, 1] - points) ** 2).sum(axis=2), axis=1)
        off = (straight.points_px[: len(other), 0] - (portrait.width_px - 1 - mirrored.points_px[other, 0])).mean() / 2
        assert abs(off) < 0.004 * eyes_px(straight), f"{off:.2f} px"

    def test_a_part_of_a_picture_has_its_own_origin(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """What is cut off on the left and above is missing in the coordinates."""
        whole = self.face(estimator, portrait)
        cut = self.face(estimator, replace(portrait, pixels=portrait.pixels[9:, 13:]))
        self.assert_same(whole, cut.points_px + np.array([13, 9]))

    def test_any_picture_goes_in(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Grey, alpha of both kinds, floats, linear light, a frame: the same face."""
        pixels = portrait.pixels
        face = self.face(estimator, portrait)
        opaque = np.full((*pixels.shape[:2], 1), 255, np.uint8)
        unit = pixels.astype(np.float32) / 255
        forms = {
            "straight alpha": Image(pixels=np.concatenate([pixels, opaque], axis=2), alpha="straight"),
            "premultiplied": Image(pixels=np.concatenate([pixels, opaque], axis=2), alpha="premultiplied"),
            "float": Image(pixels=unit),
            "linear": Image(pixels=srgb_to_linear(unit), space="linear"),
        }
        for form in forms.values():
            np.testing.assert_allclose(self.face(estimator, form).points_px, face.points_px, atol=0.2)
        camera = Camera.from_fov(vertical_fov_rad=1.0, width_px=portrait.width_px, height_px=portrait.height_px)
        self.assert_same(face, self.face(estimator, Frame(image=portrait, camera=camera)).points_px)
        grey = Image(pixels=np.round(pixels @ [0.299, 0.587, 0.114]).astype(np.uint8)[..., None])
        self.assert_same(face, self.face(estimator, grey).points_px, times=2)  # colour helps it a little

    def test_any_size_goes_in(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Points follow (x + .5) s - .5; pictures that are too small for anything give nothing."""
        face = self.face(estimator, portrait)
        doubled = replace(portrait, pixels=portrait.pixels.repeat(2, axis=0).repeat(2, axis=1))
        self.assert_same(face, (self.face(estimator, doubled).points_px + 0.5) / 2 - 0.5)
        blocks = portrait.pixels[: portrait.height_px // 4 * 4, : portrait.width_px // 4 * 4].astype(np.float64)
        small = blocks.reshape(blocks.shape[0] // 4, 4, -1, 4, 3).mean(axis=(1, 3))
        shrunk = self.face(estimator, Image(pixels=np.round(small).astype(np.uint8)))
        self.assert_same(face, (shrunk.points_px + 0.5) * 4 - 0.5, times=4)
        for shape in ((1, 1), (3, 500), (15, 15)):
            assert estimator.estimate(Image(pixels=np.full((*shape, 3), 120, np.uint8))) == ()

    def test_a_huge_picture(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Six times as large: the face is found where it is, and a face that is small in it as exactly as in its own picture."""
        face = self.face(estimator, portrait)
        high, wide = portrait.pixels.shape[:2]
        canvas = np.full((3 * high, 5 * wide, 3), 128, np.uint8)
        canvas[high : 2 * high, wide : 2 * wide] = portrait.pixels
        found = estimator.estimate(Image(pixels=canvas))
        for one in found:  # a network may miss it; what it finds, lies right
            self.assert_same(face, one.points_px - np.array([wide, high]), times=2)

    @pytest.mark.parametrize("value", [0, 128, 255])
    def test_nothing_is_nothing(self, estimator: LandmarkEstimator, value: int) -> None:
        """An even picture holds no face and hardly a person; that is no error."""
        picture = Image(pixels=np.full((240, 321, 3), value, np.uint8))
        assert estimator.estimate(picture) == ()
        assert estimator.matte(picture).alpha.shape == (240, 321)

    def test_noise_is_nothing(self, estimator: LandmarkEstimator) -> None:
        """Nor does noise hold a face."""
        noise = np.random.default_rng(7).integers(0, 256, (300, 400, 3)).astype(np.uint8)
        assert estimator.estimate(Image(pixels=noise)) == ()

    def test_several_persons_the_largest_first(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Two persons side by side, one smaller; with `previous` they keep the order that they had."""
        both = self.two(portrait)
        faces = estimator.estimate(both)
        assert len(faces) == 2
        assert eyes_px(faces[0]) > eyes_px(faces[1])
        assert faces[0].points_px[:, 0].mean() < portrait.width_px < faces[1].points_px[:, 0].mean()
        again = estimator.estimate(both, previous=faces[::-1])
        assert len(again) == 2
        self.assert_same(faces[1], again[0].points_px)
        self.assert_same(faces[0], again[1].points_px)

    def test_there_is_no_memory_but_what_is_given(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """The same picture gives the same points, whatever was seen before it."""
        first = self.face(estimator, portrait)
        estimator.estimate(self.two(portrait))
        np.testing.assert_array_equal(self.face(estimator, portrait).points_px, first.points_px)

    @pytest.mark.parametrize("width", [61, 62, 63, 64, 200])
    def test_the_matte_has_the_size_of_the_picture(self, estimator: LandmarkEstimator, portrait: Image, width: int) -> None:
        """Any width; the middle of a portrait is the person, its upper corners are not."""
        part = np.ascontiguousarray(portrait.pixels[:: portrait.height_px // 60, :: portrait.width_px // 60])
        matte = estimator.matte(Image(pixels=np.resize(part, (part.shape[0], width, 3))))
        assert matte.alpha.shape == (part.shape[0], width)
        assert (matte.kind, matte.source) == ("person", estimator.source)

    def test_the_matte_covers_the_face(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Skin is a person's."""
        matte, face = estimator.matte(portrait), self.face(estimator, portrait)
        x, y = np.round(face.points_px).astype(int).T
        assert matte.alpha[y, x].mean() > 0.95
        assert matte.confidence > 0.9

    def test_a_closed_estimator_says_so(self, estimator: LandmarkEstimator, portrait: Image) -> None:
        """Closing frees the weights; closing twice is fine; estimating afterwards is a clear error."""
        estimator.close()
        estimator.close()
        with pytest.raises(ArvizError):
            estimator.estimate(portrait)
        with pytest.raises(ArvizError):
            estimator.matte(portrait)

    @staticmethod
    def two(portrait: Image) -> Image:
        """Return the portrait with itself at three quarters beside it."""
        high, wide = portrait.pixels.shape[:2]
        rows, columns = (np.arange(side * 3 // 4) * 4 // 3 for side in (high, wide))
        out = np.full((high, wide + len(columns), 3), 128, np.uint8)
        out[:, :wide] = portrait.pixels
        out[high - len(rows) :, wide:] = portrait.pixels[rows][:, columns]
        return Image(pixels=out)

    @staticmethod
    def assert_same(face: Landmarks, points_px: Array, *, times: float = 1) -> None:
        """Compare all points with those of a face, on average."""
        error = np.linalg.norm(points_px - face.points_px, axis=1).mean() / eyes_px(face)
        assert error < times * SAME_SHARE, f"points lie {error:.1%} of the eyes' distance away"
