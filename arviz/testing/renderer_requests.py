"""How the renderer contract asks an engine, and what every engine answers whatever it can draw."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from arviz.core.camera import Camera
from arviz.core.errors import ArvizError
from arviz.core.frames import look_at
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.scene import Item, Layer, Lighting, Role, Scene
from arviz.render.renderer import Capabilities, Feature, Output, Renderer, RenderOptions
from arviz.testing.shapes import cube

CAMERA = Camera(k=np.array([[180.0, 0, 70.25], [0, 175.0, 49.75], [0, 0, 1]]), width_px=128, height_px=96)
POSE = look_at(np.array([0.0, 0.0, 0.5]), np.zeros(3))


def constant_light(radiance: float = 1.0) -> Lighting:
    """Return light of the same radiance from everywhere (a furnace)."""
    return Lighting(environment=Image(pixels=np.full((16, 32, 3), radiance, np.float32), space="linear"))


class RendererRequests:
    """Ask a renderer (fixture ``renderer``) for pictures, and for what it must refuse."""

    def render(
        self,
        renderer: Renderer,
        *items: Item,
        camera: Camera = CAMERA,
        depth: bool = True,
        samples: int = 4,
        lighting: Lighting | None = None,
        pose: Array = POSE,
        hidden_behind_m: Array | None = None,
        **options: Any,
    ) -> Layer:
        """Draw items under constant light, without a tone map."""
        scene = Scene(items=items, lighting=lighting or constant_light())
        wanted = RenderOptions(tone_map="none", depth=depth, samples=samples, **options)
        return renderer.render(scene, camera, world_from_camera=pose, options=wanted, hidden_behind_m=hidden_behind_m)

    def drawn(self, renderer: Renderer, needs: Feature | Output, ask: Callable[[], Layer]) -> Layer | None:
        """Return what is asked for from an engine that states `needs`; any other must refuse, and gives None."""
        able = renderer.capabilities()
        if needs in able.outputs | able.features:
            return ask()
        assert refusal(ask) == "E_ENGINE_CANNOT", f"{needs} is not stated"
        return None

    def test_states_capabilities(self, renderer: Renderer) -> None:
        """A renderer says what it can do and on what."""
        capabilities = renderer.capabilities()
        assert isinstance(capabilities, Capabilities)
        assert capabilities.max_size_px >= 1024
        assert capabilities.device

    def test_an_engine_that_is_closed_says_so(self, renderer: Renderer) -> None:
        """Closing twice is fine; drawing afterwards is an error of ours."""
        closed = type(renderer)()
        closed.close()
        closed.close()
        assert refusal(lambda: self.render(closed, Item(asset=cube()))).endswith("_CLOSED")
        assert self.render(renderer, Item(asset=cube())).colour.any()

    def test_options_that_mean_nothing_are_refused(self, renderer: Renderer) -> None:
        """Three samples, and an exposure that is no number."""
        item = Item(asset=cube())
        assert refusal(lambda: self.render(renderer, item, samples=3)) == "E_SAMPLES"
        assert refusal(lambda: self.render(renderer, item, exposure=float("nan"))) == "E_EXPOSURE"

    def test_a_camera_without_a_pose_is_refused(self, renderer: Renderer) -> None:
        """A pose without an inverse, with a NaN, or of another form; the next picture is right again."""
        item = Item(asset=cube())
        for pose in (np.zeros((4, 4)), np.full((4, 4), np.nan), np.eye(3)):
            assert refusal(partial(self.render, renderer, item, pose=pose)) == "E_CAMERA_POSE"
        assert self.render(renderer, item).colour.any()

    def test_pictures_that_are_too_large_are_refused(self, renderer: Renderer) -> None:
        """A side longer than the engine states, and more pixels than memory holds: before any room is made."""
        longest = renderer.capabilities().max_size_px
        for width, height in ((longest + 1, 1), (longest, longest + 1), (10**6, 10**6)):
            camera = Camera.from_fov(vertical_fov_rad=0.5, width_px=width, height_px=height)
            assert refusal(partial(self.render, renderer, Item(asset=cube()), camera=camera)) == "E_LIMIT_PICTURE"

    def test_a_photos_depth_has_the_pictures_size(self, renderer: Renderer) -> None:
        """Of another size it is refused, not read beyond its end."""
        for shape in ((10, 10), (128, 96)):
            hidden = np.ones(shape, np.float32)
            code = refusal(partial(self.render, renderer, Item(asset=cube()), hidden_behind_m=hidden))
            assert code == ("E_HIDDEN_SIZE" if "hidden_behind" in renderer.capabilities().features else "E_ENGINE_CANNOT")


def refusal(ask: Callable[[], Layer]) -> str:
    """Return the code of the error that asking gives, empty where there is none."""
    try:
        ask()
    except ArvizError as error:
        return error.code
    return ""


def at(asset: Any, offset_m: Any, role: Role = "visible") -> Item:
    """Return an item moved by (3,) metres."""
    pose = np.eye(4)
    pose[:3, 3] = offset_m
    return Item(asset=asset, world_from_asset=pose, role=role)


def depth_of(layer: Layer) -> Array:
    """Return the depth of a layer that was asked for it."""
    assert layer.depth_m is not None
    return layer.depth_m
