"""Depth from one photo by a network of the user's own: what such a provider promises. arviz ships and fetches no weights."""

from __future__ import annotations

from typing import Literal, Protocol, Self, get_args, runtime_checkable

from arviz.core.camera import Camera
from arviz.core.errors import InputError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.registry import Registry

DepthKind = Literal["metric", "relative", "inverse"]
"""What a network's numbers mean: ``metric``: metres along z, up to a factor near 1; ``relative``: a z + b with unknown a and b;
``inverse``: a / z + b, as most networks give it that learned from stereo pictures."""

DEPTH_PROVIDERS = Registry("depth provider", {"onnx": "arviz.vision.depth.onnx:OnnxDepth"})
"""Classes by name, each a `DepthProvider`."""


@runtime_checkable
class DepthProvider(Protocol):
    """The plugin kind ``depth provider``: owns weights, is made explicitly and closed by ``with``.

    Attributes
    ----------
    name : str
        What stands as the source beside numbers that come of it.
    kind : str
        What its numbers mean, see `DepthKind`; `arviz.vision.depth.align` makes metres of them.
    """

    name: str
    kind: DepthKind

    def predict(self, image: Image, *, camera: Camera | None = None) -> Array:
        """Return (H, W) float32 of the picture's size, finite everywhere."""
        ...

    def close(self) -> None:
        """Free the weights; the provider cannot be used afterwards."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc: object) -> None: ...


def check_kind(kind: str) -> DepthKind:
    """Return the kind, or raise InputError ``E_DEPTH_KIND``."""
    for known in get_args(DepthKind):
        if kind == known:
            return known  # type: ignore[no-any-return]
    raise InputError("E_DEPTH_KIND", "not a kind of depth", expected=", ".join(get_args(DepthKind)), found=repr(kind))
