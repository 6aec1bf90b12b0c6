"""The plugin kind ``renderer``: what every engine promises, and where the engines are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, Self, runtime_checkable

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.registry import Registry
from arviz.core.scene import Layer, Scene

ToneMap = Literal["neutral", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOptions:
    """How to draw: `samples` per pixel (1 or 4), tone map, exposure as a factor, depth wanted or not."""

    samples: int = 4
    tone_map: ToneMap = "neutral"
    exposure: float = 1.0
    depth: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What an engine can do, so that callers can choose and the contract suite knows what to ask."""

    max_size_px: int
    device: str


@runtime_checkable
class Renderer(Protocol):
    """An engine that owns a context: make it explicitly, use it in one thread, close it by ``with``."""

    def capabilities(self) -> Capabilities:
        """Say what this engine on this machine can do."""
        ...

    def render(self, scene: Scene, camera: Camera, *, world_from_camera: Array, options: RenderOptions) -> Layer:
        """Draw `scene` as seen from `world_from_camera` (4, 4), OpenCV axes."""
        ...

    def close(self) -> None:
        """Free the context; the renderer cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


RENDERERS = Registry("renderer", {"gl": "arviz.render.gl.renderer:GlRenderer"})
