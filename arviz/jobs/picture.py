"""One picture, now, in a worker process: what somebody waits for is not a job."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from arviz.core.asset import Asset, Mesh, Node, Primitive, SceneRoots
from arviz.core.errors import ArvizError
from arviz.core.image import Image
from arviz.core.resources import resource
from arviz.flows.outputs import picture_bytes
from arviz.flows.render import BACKGROUND, ENVIRONMENT, load_background, picture
from arviz.flows.thumbnail import PRESETS, drawn_for
from arviz.formats.read import read
from arviz.jobs.engines import Told
from arviz.jobs.preview import casts_alike
from arviz.jobs.store import Store
from arviz.jobs.warm import Setup, beside_others, warm
from arviz.render.framing import parse_orbit


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What to draw: plain values, never a mesh."""

    store: str
    """Its address."""
    glb: str
    """The blob of an asset's GLB."""
    ending: str
    """``webp``, ``png`` or ``jpg``."""
    device: str
    """A preset of `arviz.flows.thumbnail`, empty for none."""
    options: Mapping[str, Any]
    """Keyword arguments of `arviz.flows.render.picture`, or of `drawn_for` for a device."""
    setup: Setup

    def __call__(self, told: Told) -> bytes:
        """Return it, encoded.

        Raises
        ------
        ArvizError
            What drawing raises, or the store.
        """
        del told
        held = warm(self.setup)
        asset, points, sky_shadow = held.product(Store(self.store), self.glb)
        if self.device:
            wanted = PRESETS[self.device]
            look = {**self.options, "orbit": parse_orbit(self.options["orbit"]), "background": self._behind(wanted.background)}
            return drawn_for(wanted, asset, held.renderer, **look)[0]
        usual = self.options.get("environment", ENVIRONMENT) == ENVIRONMENT and casts_alike(asset, self.options.get("variant"))
        look = {**self.options, "background": self._behind(BACKGROUND), "points": points, "sky_shadow": sky_shadow if usual else None}
        image = picture(asset, held.renderer, **look)
        return picture_bytes(image, Path(f"picture.{self.ending}"), quick=True)

    def _behind(self, usual: str) -> Image | tuple[int, int, int] | None:
        return load_background(self.options.get("background", usual))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cube:
    """A picture of 16 pixels of a cube: whether drawing works here."""

    setup: Setup

    def __call__(self, told: Told) -> bytes:
        """Return it as PNG."""
        del told
        return picture_bytes(picture(_cube(), warm(self.setup).renderer, width=16, height=16, shadow=0.0), Path("cube.png"))


def heat_renderer(setup: Setup) -> None:
    """Draw a textured product before the first picture is asked for, whose imports and shaders take .7 s; if it fails, who asks is told."""
    with suppress(ArvizError):
        asset = read(resource("assets", "products", "picture", "picture.glb"))
        picture_bytes(picture(asset, beside_others(setup).renderer, width=16, height=16), Path("heat.webp"), quick=True)


def _cube() -> Asset:
    corners = np.array(list(product((-0.5, 0.5), repeat=3)), np.float32)
    faces = np.array(
        [0, 1, 3, 0, 3, 2, 4, 6, 7, 4, 7, 5, 0, 4, 5, 0, 5, 1, 2, 3, 7, 2, 7, 6, 0, 2, 6, 0, 6, 4, 1, 5, 7, 1, 7, 3], np.uint32
    )
    mesh = Mesh(primitives=(Primitive(attributes={"POSITION": corners}, indices=faces),))
    return Asset(nodes=(Node(mesh=0),), meshes=(mesh,), scenes=(SceneRoots(nodes=(0,)),), scene=0)
