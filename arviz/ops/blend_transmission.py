"""Alpha blending in place of transmission, for devices that have no time to draw what is behind glass a second time.

Transmission (KHR_materials_transmission) costs half of a software frame. What stands for it is the opacity that
`arviz.core.glass.clearness` gives, as in USDZ.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from arviz.core.asset import Animation, Asset, Mesh, Primitive
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError
from arviz.core.extensions import used_extensions
from arviz.core.frozen import Array
from arviz.core.glass import attenuation, clearness
from arviz.core.image import Image, decode, encode
from arviz.core.limits import DEFAULT_LIMITS, Limits
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo, extension_number, extension_texture
from arviz.core.report import Finding, Report

_TRANSMISSION, _VOLUME, _DISPERSION = "KHR_materials_transmission", "KHR_materials_volume", "KHR_materials_dispersion"
_POINTER = "KHR_animation_pointer"
_GRID = 256


def blend_transmission(asset: Asset, *, limits: Limits = DEFAULT_LIMITS) -> tuple[Asset, Report]:
    """Return `asset` without transmission, and what that costs, material by material.

    Glass becomes ``BLEND`` with the opacity a (1 - 0.8 t y): t its transmission, y the luminance of its colour, a the alpha that it had.
    A transmission texture goes into the alpha of the base colour's picture; where the two lie differently on the surface, its mean
    goes into the factor. A volume tints the base colour by one crossing of its thickness, dispersion ends. Cut-out and unlit surfaces
    only lose the extensions. Materials, textures and pictures keep their indices, new ones follow; those that nobody reads any more
    stay (`arviz.ops.textures.textures` takes them away).

    Returns
    -------
    (Asset, Report)
        Findings: ``W_TRANSMISSION_BLENDED``, ``W_TRANSMISSION_LOST``, ``W_TRANSMISSION_ANIMATED``, ``W_TRANSMISSION_VERTEX_ALPHA``.
    """
    glass = {index: material for index, material in enumerate(asset.materials) if _TRANSMISSION in material.extensions}
    if not glass:
        return asset, Report()
    work = _Work(asset, limits)
    materials = tuple(work.blended(index, material) if index in glass else material for index, material in enumerate(asset.materials))
    made = {index for index in glass if materials[index].alpha_mode != asset.materials[index].alpha_mode}
    meshes = tuple(work.opaque_vertices(index, mesh, made) for index, mesh in enumerate(asset.meshes))
    moved = [
        f"/materials/{index}/extensions/{name}/" for index in glass for name in {*glass[index].extensions} - {*materials[index].extensions}
    ]
    # A colour that moves would bring its old alpha back.
    moved += [f"/materials/{index}/pbrMetallicRoughness/baseColorFactor" for index in glass if materials[index].alpha_mode == "BLEND"]
    out = replace(
        asset,
        images=tuple(work.images),
        textures=tuple(work.textures),
        materials=materials,
        meshes=meshes,
        animations=tuple(work.still(asset.animations, tuple(moved))),
    )
    idle = set(used_extensions(asset)) - set(used_extensions(out))
    required = tuple(name for name in asset.extensions_required if name not in idle)
    return replace(out, extensions_required=required), Report(findings=tuple(work.findings))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Glass:
    """How clear a surface is: `through` times the red of `texture` (where there is one)."""

    tint: tuple[float, ...]
    through: float
    texture: TextureInfo | None


class _Work:
    """What is being made of one product."""

    def __init__(self, asset: Asset, limits: Limits) -> None:
        self._asset, self._limits = asset, limits
        self.images, self.textures, self.findings = list(asset.images), list(asset.textures), list[Finding]()
        self._decoded: dict[int, Array | None] = {}
        self._made: dict[tuple[Any, ...], int] = {}

    def blended(self, index: int, material: Material) -> Material:
        """Return a material without transmission, with the opacity that stands for it."""
        where = f"materials[{index}] {material.name}".strip()
        gone = {_TRANSMISSION, _DISPERSION}
        if "KHR_materials_diffuse_transmission" not in material.extensions:  # it reads the volume too
            gone.add(_VOLUME)
        plain = replace(material, extensions={name: value for name, value in material.extensions.items() if name not in gone})
        factor = min(max(extension_number(material.extensions[_TRANSMISSION], "transmissionFactor", 0.0), 0.0), 1.0)
        if factor == 0 or "KHR_materials_unlit" in material.extensions:
            return plain  # it was not to be seen
        if material.alpha_mode == "MASK":
            self._say("W_TRANSMISSION_LOST", where, "transmission is not shown: a cut-out surface cannot be glass")
            return plain
        glass, note = self._glass(material, factor)
        at_clearest = " at the clearest" if glass.texture is not None else ""
        message = f"transmission is shown as opacity {1 - glass.through:.2f}{at_clearest}, without refraction{note}"
        self._say("W_TRANSMISSION_BLENDED", where, message)
        alpha = material.base_color_factor[3] if material.alpha_mode == "BLEND" else 1.0
        if glass.texture is None:
            alpha *= 1 - glass.through
        colour = tuple(value * tint for value, tint in zip(material.base_color_factor[:3], glass.tint, strict=True))
        return replace(
            plain,
            alpha_mode="BLEND",
            base_color_factor=(*colour, alpha),
            base_color_texture=self._base(material, glass),
        )

    def _glass(self, material: Material, factor: float) -> tuple[_Glass, str]:
        """Return how clear a material is, and what its finding says beyond."""
        base, texture = material.base_color_texture, extension_texture(material.extensions[_TRANSMISSION], "transmissionTexture")
        shares = None if texture is None else self._pixels(texture)
        together = texture is not None and (base is None or self._lie_alike(base, texture))
        tint = attenuation(material.extensions.get(_VOLUME))
        colour = np.array(material.base_color_factor[:3]) * tint
        if base is not None and (pixels := self._pixels(base)) is not None:
            weights = None if shares is None or not together else _grid(shares)[..., 0].reshape(-1).astype(np.float64)
            light = srgb_to_linear(_grid(pixels)[..., :3] / 255).reshape(-1, 3).astype(np.float64)
            colour = colour * np.average(light, axis=0, weights=weights if weights is not None and weights.any() else None)
        through = clearness(factor, tuple(colour.tolist()))
        if shares is None:
            note = "" if texture is None else "; its texture cannot be read, and is taken for white"
            return _Glass(tint=tint, through=through, texture=None), note
        constant = bool((shares[..., 0] == shares[0, 0, 0]).all())
        if together and not constant and (base is None or self._pixels(base) is not None):
            return _Glass(tint=tint, through=through, texture=texture), ""
        note = "" if constant else "; its texture lies otherwise than the base colour's, and became its mean"
        return _Glass(tint=tint, through=through * float(shares[..., 0].mean()) / 255, texture=None), note

    def _lie_alike(self, one: TextureInfo, other: TextureInfo) -> bool:
        """Say whether two textures are read at the same place of their pictures everywhere."""
        wraps = [self._sampler(info) for info in (one, other)]
        same = (wraps[0].wrap_s, wraps[0].wrap_t) == (wraps[1].wrap_s, wraps[1].wrap_t)
        return same and one.texcoord == other.texcoord and _transform(one) == _transform(other)

    def _sampler(self, info: TextureInfo) -> Sampler:
        number = self._asset.textures[info.texture].sampler
        return Sampler() if number is None else self._asset.samplers[number]

    def _base(self, material: Material, glass: _Glass) -> TextureInfo | None:
        """Return the base colour texture with the alpha that is to be seen; the old one where it has that already."""
        base, keeps_alpha = material.base_color_texture, material.alpha_mode == "BLEND"
        info = base or glass.texture
        if info is None:
            return None
        pixels = None if base is None else self._pixels(base)
        if glass.texture is None and (base is None or keeps_alpha or pixels is None or (pixels[..., 3] == 255).all()):
            return base
        of_glass = None if glass.texture is None else glass.texture.texture
        key = (None if base is None else base.texture, of_glass, keeps_alpha, glass.through if of_glass is not None else 0.0)
        if key not in self._made:
            shares = None if glass.texture is None else self._pixels(glass.texture)
            self._made[key] = self._add(info, _with_alpha(pixels, shares, glass.through, keeps_alpha=keeps_alpha))
        return replace(info, texture=self._made[key])

    def _add(self, info: TextureInfo, pixels: Array) -> int:
        """Add a picture that is read as the texture of `info` is; return its texture's number."""
        old = self._asset.textures[info.texture]
        name = next((self.images[i].name for i in old.image_candidates if self.images[i].name), "glass")
        opaque = bool((pixels[..., 3] == 255).all())
        picture = Image(pixels=pixels[..., :3] if opaque else pixels, alpha="none" if opaque else "straight")
        self.images.append(EncodedImage(data=encode(picture, "PNG"), mime_type="image/png", name=f"{name}-blended"))
        kept = {name: value for name, value in old.extensions.items() if not (isinstance(value, Mapping) and "source" in value)}
        self.textures.append(Texture(image=len(self.images) - 1, sampler=old.sampler, name=old.name, extensions=kept, extras=old.extras))
        return len(self.textures) - 1

    def _pixels(self, info: TextureInfo) -> Array | None:
        """Return (H, W, 4) uint8 of the first picture of a texture that can be read, None without one."""
        for index in self._asset.textures[info.texture].image_candidates:
            if index not in self._decoded:
                self._decoded[index] = _rgba(self._asset.images[index], self._limits)
            if self._decoded[index] is not None:
                return self._decoded[index]
        return None

    def opaque_vertices(self, index: int, mesh: Mesh, made: set[int]) -> Mesh:
        """Return a mesh in which the alpha of vertex colours stays without effect where its material was opaque."""
        primitives = tuple(self._opaque_vertices(f"meshes[{index}] {mesh.name}".strip(), each, made) for each in mesh.primitives)
        return mesh if all(a is b for a, b in zip(primitives, mesh.primitives, strict=True)) else replace(mesh, primitives=primitives)

    def _opaque_vertices(self, where: str, primitive: Primitive, made: set[int]) -> Primitive:
        worn = {primitive.material, *(mapping.material for mapping in primitive.variants)} - {None}
        colours = primitive.attributes.get("COLOR_0")
        deltas = [target["COLOR_0"] for target in primitive.targets if "COLOR_0" in target]
        if not worn & made or colours is None or colours.shape[1] < 4:
            return primitive
        if (colours[:, 3] == 1).all() and not any(delta[:, 3:].any() for delta in deltas):
            return primitive
        if any(self._asset.materials[number].alpha_mode != "OPAQUE" for number in worn if number is not None):
            message = "its glass is clearer than it should be: another of its materials reads the alpha of the vertex colours"
            self._say("W_TRANSMISSION_VERTEX_ALPHA", where, message)
            return primitive
        targets = tuple({**t, "COLOR_0": _last(t["COLOR_0"], 0)} if "COLOR_0" in t else t for t in primitive.targets)
        return replace(primitive, attributes={**primitive.attributes, "COLOR_0": _last(colours, 1)}, targets=targets)

    def still(self, animations: tuple[Animation, ...], moved: tuple[str, ...]) -> Iterator[Animation]:
        """Yield animations without the tracks whose pointers begin with one of `moved`, and without those that are left empty."""
        for index, animation in enumerate(animations):
            tracks = tuple(track for track in animation.tracks if not _pointer(track.extensions).startswith(moved))
            if len(tracks) < len(animation.tracks):
                where = f"animations[{index}] {animation.name}".strip()
                self._say("W_TRANSMISSION_ANIMATED", where, "what it changed of glass stays as it is at rest")
            if tracks or not animation.tracks:
                yield animation if len(tracks) == len(animation.tracks) else replace(animation, tracks=tracks)

    def _say(self, code: str, where: str, message: str) -> None:
        self.findings.append(Finding(code=code, severity="warning", where=where, message=message))


def _with_alpha(base: Array | None, shares: Array | None, through: float, *, keeps_alpha: bool) -> Array:
    """Return (H, W, 4) uint8: `base` (None: white), its alpha where it counts, times 1 - `through` times the red of `shares`.

    As large as the larger of the two.
    """
    from PIL import Image as PillowImage

    sides = [picture.shape[:2] for picture in (base, shares) if picture is not None]
    height, width = (max(side[axis] for side in sides) for axis in (0, 1))
    out = np.full((height, width, 4), 255, np.uint8)
    if base is not None:
        rows, columns = (np.arange(side) * old // side for side, old in zip((height, width), base.shape[:2], strict=True))
        out[:] = base[rows[:, None], columns]
    if not keeps_alpha:
        out[..., 3] = 255
    if shares is not None:
        red = PillowImage.fromarray(np.ascontiguousarray(shares[..., 0])).resize((width, height), PillowImage.Resampling.BILINEAR)
        out[..., 3] = np.round(out[..., 3] * (1 - through * np.asarray(red, np.float64) / 255)).astype(np.uint8)
    return out


def _rgba(image: EncodedImage, limits: Limits) -> Array | None:
    try:
        pixels = None if image.data is None else decode(image.data, limits=limits).pixels
    except ArvizError:
        return None
    if pixels is None or pixels.shape[2] == 4:
        return pixels
    out = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    out[..., :3] = pixels
    return out


def _grid(pixels: Array) -> Array:
    """Return (256, 256, 4), nearest pixels: plenty for a mean."""
    rows, columns = (((np.arange(_GRID) + 0.5) * side / _GRID).astype(int) for side in pixels.shape[:2])
    out: Array = pixels[rows[:, None], columns]
    return out


def _transform(info: TextureInfo) -> Any:
    return info.extensions.get("KHR_texture_transform")


def _last(colours: Array, value: float) -> Array:
    out = colours.copy()
    out[:, 3] = value
    return out


def _pointer(extensions: Mapping[str, Any]) -> str:
    extension = extensions.get(_POINTER)
    pointer = extension.get("pointer") if isinstance(extension, Mapping) else None
    return pointer if isinstance(pointer, str) else ""
