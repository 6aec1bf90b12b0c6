"""The pictures and the material of a product of one material, from what each of its texels shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from arviz.core.colour import linear_to_srgb, to_uint8
from arviz.core.frozen import Array
from arviz.core.image import Image, encode
from arviz.core.material import AlphaMode, EncodedImage, Material, Texture, TextureInfo
from arviz.ops.surface_looks import Looks
from arviz.ops.texels import Texels, spread

_EVEN = 2.5 / 255
"""A channel that varies no more is a number."""
_DULLER = 0.1
"""Less reflection is told, as a mean."""
_LIT = 0.004
"""Less light of its own than this is none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Painted:
    """A material, and the textures and pictures (PNG) that it reads."""

    material: Material
    textures: tuple[Texture, ...]
    images: tuple[EncodedImage, ...]


def painted(looks: Looks, texels: Texels | None, *, size_px: int, finer: int, glass: bool) -> Painted:
    """Return the material that shows `looks` (N,) at `texels` (N,) of a picture of `size_px` times `finer` a side.

    Means are of light, not of codes. Without texels all is one colour. Alpha is blended for `glass`, cut out where it is below a
    half anywhere, and else left out.
    """
    work = _Work(texels, size_px, finer)
    alpha = np.clip(looks.alpha, 0, 1) if glass else (looks.alpha >= 0.5) * 1.0
    mode: AlphaMode = "BLEND" if glass else "OPAQUE" if alpha.all() else "MASK"
    base, factor = work.colour(looks.colour, None if mode == "OPAQUE" else alpha)
    data, numbers = work.data(np.column_stack([looks.occlusion, looks.roughness, looks.metallic]))
    brightest = float(looks.emission.max(initial=0))
    light, light_factor = (None, (0.0, 0.0, 0.0)) if brightest < _LIT else work.light(looks.emission, brightest)
    shaded = data is not None and numbers[0] == 1.0 and bool(looks.occlusion.min(initial=1) < 1 - _EVEN)
    specular = looks.specular.mean(axis=0)
    extensions: dict[str, Any] = (
        {"KHR_materials_emissive_strength": {"emissiveStrength": brightest}} if light is not None and brightest > 1 else {}
    )
    if (specular < 1 - _DULLER).any():
        extensions["KHR_materials_specular"] = {"specularColorFactor": np.round(specular, 3).tolist()}
    material = Material(
        name="one",
        base_color_factor=factor,
        base_color_texture=base,
        metallic_factor=numbers[2],
        roughness_factor=numbers[1],
        metallic_roughness_texture=data,
        occlusion_texture=data if shaded else None,
        emissive_texture=light,
        emissive_factor=light_factor,
        alpha_mode=mode,
        extensions=extensions,
    )
    textures = tuple(Texture(image=i) for i in range(len(work.images)))
    return Painted(material=material, textures=textures, images=tuple(work.images))


class _Work:
    """Pictures that are being made of the same texels."""

    def __init__(self, texels: Texels | None, size_px: int, finer: int) -> None:
        self._texels, self._size_px, self._finer = texels, size_px, finer
        self.images: list[EncodedImage] = []

    def colour(self, colour: Array, alpha: Array | None) -> tuple[TextureInfo | None, tuple[float, ...]]:
        """Return the base colour's texture and factor."""
        values = colour if alpha is None else np.column_stack([colour, alpha])
        if self._texels is None or (np.ptp(values, axis=0) < _EVEN).all():
            mean = values.mean(axis=0).tolist()
            return None, tuple(mean if len(mean) == 4 else [*mean, 1.0])
        picture = self._mean(values)
        out = to_uint8(np.concatenate([linear_to_srgb(picture[..., :3]), picture[..., 3:]], axis=2))
        return self._add("base", out), (1.0, 1.0, 1.0, 1.0)

    def data(self, values: Array) -> tuple[TextureInfo | None, tuple[float, ...]]:
        """Return the texture of occlusion, roughness and metal, and their factors: those that are even are numbers alone."""
        even = np.ptp(values, axis=0) < _EVEN
        if self._texels is None or even.all():
            return None, tuple(values.mean(axis=0).tolist())
        factors = np.where(even, values.mean(axis=0), 1.0)
        picture = np.where(even, 1.0, self._mean(values))
        return self._add("data", to_uint8(picture)), tuple(factors.tolist())

    def light(self, emission: Array, brightest: float) -> tuple[TextureInfo | None, tuple[float, ...]]:
        """Return the texture of light, and a factor that says no more than 1."""
        if self._texels is None or (np.ptp(emission, axis=0) < _EVEN).all():
            return None, tuple(np.minimum(emission.mean(axis=0), 1.0).tolist())
        picture = linear_to_srgb(self._mean(emission / brightest))
        return self._add("light", to_uint8(picture)), (min(brightest, 1.0),) * 3

    def _mean(self, values: Array) -> Array:
        """Return (H, W, C): the mean of the values in each texel, what nothing covers taking the nearest one's."""
        texels, side = self._texels, self._size_px
        assert texels is not None
        owner = (texels.rows // self._finer) * side + texels.columns // self._finer
        count = np.bincount(owner, minlength=side * side)
        sums = np.stack([np.bincount(owner, column, side * side) for column in values.T], axis=1)
        picture = sums / np.maximum(count, 1)[:, None]
        out: Array = spread(picture.reshape(side, side, -1), (count > 0).reshape(side, side))
        return out

    def _add(self, name: str, pixels: Array) -> TextureInfo:
        alpha = pixels.shape[2] == 4
        data = encode(Image(pixels=pixels, alpha="straight" if alpha else "none"), "PNG")
        self.images.append(EncodedImage(data=data, mime_type="image/png", name=name))
        return TextureInfo(texture=len(self.images) - 1)
