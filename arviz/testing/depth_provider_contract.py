"""What every provider of depth must keep; a test module subclasses it and gives the fixture ``provider``, open."""

from __future__ import annotations

import numpy as np
import pytest

from arviz.core.camera import Camera
from arviz.core.errors import ArvizError
from arviz.core.image import Image
from arviz.vision.depth.provider import DepthProvider, check_kind


class DepthProviderContract:
    """Ask a provider for what `DepthProvider` promises."""

    def test_it_says_who_it_is_and_what_its_numbers_mean(self, provider: DepthProvider) -> None:
        """Name and kind stand beside every number that comes of it."""
        assert isinstance(provider, DepthProvider)
        assert provider.name
        assert check_kind(provider.kind) == provider.kind

    @pytest.mark.parametrize("shape", [(48, 64, 3), (65, 31, 3), (40, 40, 1), (33, 50, 4)])
    def test_the_answer_has_the_size_of_the_picture(self, provider: DepthProvider, shape: tuple[int, int, int]) -> None:
        """Any size and number of channels; finite float32 everywhere; the camera is only a hint."""
        pixels = np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8)
        image = Image(pixels=pixels, alpha="straight" if shape[2] == 4 else "none")
        camera = Camera.from_fov(vertical_fov_rad=1.0, width_px=shape[1], height_px=shape[0])
        answer = provider.predict(image, camera=camera)
        assert answer.shape == shape[:2]
        assert answer.dtype == np.float32
        assert np.isfinite(answer).all()

    def test_the_same_picture_gives_the_same_answer(self, provider: DepthProvider) -> None:
        """No hidden memory."""
        image, other = (Image(pixels=np.full((40, 40, 3), value, np.uint8)) for value in (90, 200))
        first = provider.predict(image)
        provider.predict(other)
        assert np.array_equal(provider.predict(image), first)

    def test_a_closed_provider_says_so(self, provider: DepthProvider) -> None:
        """Closing frees the weights; closing twice is fine; predicting afterwards is a clear error."""
        provider.close()
        provider.close()
        with pytest.raises(ArvizError):
            provider.predict(Image(pixels=np.zeros((40, 40, 3), np.uint8)))
