"""What lies on the GPU: geometry, textures and lights, kept between pictures and thrown out least recently used.

Things are recognised by identity: the types are frozen, so the same object is the same content, and an asset
with one material replaced shares everything else. Each entry holds its object, so that an id cannot be reused.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from arviz.core.animation import at_time
from arviz.core.asset import Asset
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.limits import Limits
from arviz.core.material import EncodedImage
from arviz.core.scene import Lighting
from arviz.render.gl.surface import UNITS_OF_PASSES, Surface, surface
from arviz.render.gl.textures import RGB16F, mirrored, upload, write_levels
from arviz.render.material_of import material_of
from arviz.render.pieces import Piece, pieces
from arviz.render.prefilter import environment_cache, prefilter
from arviz.render.texture_pixels import decoded, image_candidates, sampler_of

_NAMES = {"POSITION": "in_position", "NORMAL": "in_normal", "TANGENT": "in_tangent", "COLOR_0": "in_colour"}

_POSES_BYTES = 4 * 2**20
"""What poses may take that the last picture did not show."""
_MOST_POSES = 64
"""How many of them may stay: those that only move nodes take no vertices, yet are not nothing."""

_T = TypeVar("_T")

SMALL_PX = 256
"""Width of an environment up to which it is known by its pixels and not kept on disk."""


class Cache:
    """Resources by key, with a budget in bytes that is enforced between pictures."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget = budget_bytes
        self._entries: OrderedDict[Any, tuple[object, Any, int, Callable[[], None]]] = OrderedDict()
        self._used: set[Any] = set()
        self.bytes = 0

    def get(self, key: Any, holder: object, make: Callable[[], tuple[_T, int, Callable[[], None]]]) -> _T:
        """Return the resource of `key`; else ``make()`` it: (resource, its bytes, how to free it)."""
        entry = self._entries.get(key)
        if entry is None:
            made, size, free = make()
            entry = self._entries[key] = (holder, made, size, free)
            self.bytes += size
        self._entries.move_to_end(key)
        self._used.add(key)
        resource: _T = entry[1]
        return resource

    def find(self, key: Any) -> Any:
        """Return the resource of `key`, used just now, or None."""
        if key not in self._entries:
            return None
        self._entries.move_to_end(key)
        self._used.add(key)
        return self._entries[key][1]

    def drop(self, key: Any) -> None:
        """Free one resource, if it is there."""
        if key in self._entries:
            self._free(key)

    def trim(self) -> None:
        """Free the least recently used until the budget holds; what was used since the last time stays.

        A product that alone takes more than the budget would else be uploaded anew for each of its pictures.
        """
        while self.bytes > self._budget and (oldest := next(iter(self._entries))) not in self._used:
            self._free(oldest)
        self._used.clear()

    def clear(self) -> None:
        """Free everything."""
        for key in list(self._entries):
            self._free(key)

    def _free(self, key: Any) -> None:
        _, _, size, free = self._entries.pop(key)
        self.bytes -= size
        free()


@dataclass(slots=True, eq=False)
class Mesh:
    """Vertex and index buffers of a piece, with a vertex array per shader program that drew it."""

    context: Any
    buffers: Mapping[str, tuple[Any, int]]
    indices: Any
    arrays: dict[int, Any] = field(default_factory=dict)

    def draw(self, program: Any) -> None:
        """Draw all triangles."""
        array = self.arrays.get(id(program))  # programs live as long as the renderer
        if array is None:
            content = [(buffer, f"{width}f4", name) for name, (buffer, width) in self.buffers.items() if name in program]
            array = self.arrays[id(program)] = self.context.vertex_array(program, content, self.indices)
        array.render()

    def free(self) -> None:
        """Release the buffers."""
        for array in self.arrays.values():
            array.release()
        for buffer, _ in self.buffers.values():
            buffer.release()
        self.indices.release()


@dataclass(slots=True, eq=False)
class Loaded:
    """An asset as the renderer draws it: its pieces, and their surfaces as they are asked for."""

    asset: Asset
    pieces: tuple[Piece, ...]
    surfaces: dict[tuple[int, int | None, int], Surface] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Light:
    """A prefiltered environment: texture and (9, 3) harmonics."""

    texture: Any
    harmonics: Array


class Store:
    """Everything uploaded, by identity of what it was made from."""

    def __init__(self, context: Any, *, limits: Limits, budget_bytes: int) -> None:
        self._context = context
        self._limits = limits
        self._cache = Cache(budget_bytes)
        self._poses: dict[tuple[Any, ...], tuple[Asset, Loaded]] = {}
        self._seen: set[tuple[Any, ...]] = set()
        self._most_textures = max(int(context.info.get("GL_MAX_TEXTURE_IMAGE_UNITS", 16)) - UNITS_OF_PASSES, 1)

    @property
    def bytes(self) -> int:
        """Bytes of buffers and textures held."""
        return self._cache.bytes

    def trim(self) -> None:
        """Throw out what was not used lately, poses much sooner; call between pictures.

        An animation shows each pose once: only those of the last picture stay, and a few megabytes more.
        """
        unseen = [key for key in self._poses if key not in self._seen]
        left = sum(_posed_bytes(self._poses[key][1]) for key in unseen)
        for key in unseen:
            if left <= _POSES_BYTES and len(self._poses) <= _MOST_POSES:
                break
            gone = self._poses.pop(key)[1]
            left -= _posed_bytes(gone)
            for piece in gone.pieces:
                if piece.posed:
                    self._cache.drop(("mesh", id(piece)))
        self._seen.clear()
        self._cache.trim()

    def clear(self) -> None:
        """Throw out everything."""
        self._poses.clear()
        self._cache.clear()

    def posed(self, asset: Asset, *, animation: int | str, time_s: float) -> Loaded:
        """Return the pieces of an asset at a moment of an animation; textures and what a pose leaves alone are shared."""
        key = (id(asset), animation, time_s)
        if key not in self._poses:
            moved = at_time(asset, animation=animation, time_s=time_s)
            self._poses[key] = asset, Loaded(moved, tuple(pieces(moved)))
        return self._shown(key)

    def loaded(self, asset: Asset) -> Loaded:
        """Return the pieces of an asset."""
        key = (id(asset),)
        if key in self._poses:
            return self._shown(key)
        known: Loaded | None = self._cache.find(("asset", id(asset)))
        if known is not None:
            return known
        made = Loaded(asset, tuple(pieces(asset)))
        if any(piece.posed for piece in made.pieces):
            self._poses[key] = asset, made
            return self._shown(key)
        return self._cache.get(("asset", id(asset)), asset, lambda: (made, _held_bytes(made), lambda: None))

    def _shown(self, key: tuple[Any, ...]) -> Loaded:
        self._seen.add(key)
        self._poses[key] = self._poses.pop(key)  # the last in line to be thrown out
        return self._poses[key][1]

    def mesh(self, piece: Piece) -> Mesh:
        """Return the buffers of a piece."""

        def make() -> tuple[Mesh, int, Callable[[], None]]:
            arrays = {_NAMES.get(name, name.replace("TEXCOORD_", "in_uv")): array for name, array in piece.arrays.items()}
            buffers = {name: (self._context.buffer(np.ascontiguousarray(a)), a.shape[1]) for name, a in arrays.items()}
            mesh = Mesh(self._context, buffers, self._context.buffer(np.ascontiguousarray(piece.indices, np.uint32)))
            size = sum(a.nbytes for a in arrays.values()) + piece.indices.nbytes
            return mesh, size, mesh.free

        # A posed primitive has other vertices in every pose: they belong to the piece.
        holder: object = piece if piece.posed else piece.primitive
        return self._cache.get(("mesh", id(holder)), holder, make)

    def surface(self, loaded: Loaded, piece: Piece, *, variant: int | None, cap_px: int) -> Surface:
        """Return how `piece` looks in a variant."""
        index = piece.primitive.material_for(variant)
        key = (id(piece), index, cap_px)  # which textures can be decoded may hang on how small
        if key not in loaded.surfaces:
            loaded.surfaces[key] = surface(
                material_of(loaded.asset, piece.primitive, variant),
                attributes=piece.arrays,
                mirrors=lambda texture, srgb: self._mirrors(loaded.asset, texture, srgb=srgb, cap_px=cap_px),
                most_textures=self._most_textures,
            )
        return loaded.surfaces[key]

    def texture(self, asset: Asset, index: int, *, srgb: bool, cap_px: int) -> Any:
        """Return the first candidate image of a texture that can be decoded, or None."""
        uploaded = (self._image(image, srgb=srgb, cap_px=cap_px) for image in image_candidates(asset, index))
        return next((texture for texture in uploaded if texture is not None), None)

    def blank(self) -> Any:
        """Return the texture that stands for one that cannot be shown: white, which leaves factors as they are."""

        def make() -> tuple[Any, int, Callable[[], None]]:
            texture = self._context.texture((1, 1), 4, b"\xff" * 4)
            return texture, 4, texture.release

        return self._cache.get(("blank",), None, make)

    def _mirrors(self, asset: Asset, index: int, *, srgb: bool, cap_px: int) -> tuple[bool, bool] | None:
        if self.texture(asset, index, srgb=srgb, cap_px=cap_px) is None:
            return None
        return mirrored(sampler_of(asset, index))

    def _image(self, image: EncodedImage, *, srgb: bool, cap_px: int) -> Any:
        def make() -> tuple[Any, int, Callable[[], None]]:
            pixels = decoded(image, cap_px=cap_px, limits=self._limits, srgb=srgb)
            if pixels is None:
                return None, 0, lambda: None
            texture = upload(self._context, pixels, srgb=srgb)
            return texture, pixels.nbytes * 4 // 3, texture.release

        return self._cache.get(("image", id(image), srgb, cap_px), image, make)

    def light(self, lighting: Lighting) -> Light:
        """Return the prefiltered environment."""
        environment = lighting.environment

        def make() -> tuple[Light, int, Callable[[], None]]:
            kept = environment_cache() if environment.width_px > SMALL_PX else None  # a small one may be somebody's room
            result = prefilter(environment, cache=kept)
            height, width = result.levels[0].shape[:2]
            texture = self._context.texture((width, height), 3, result.levels[0].tobytes(), dtype="f2", alignment=1)
            write_levels(self._context, texture, result.levels[1:], internal_format=RGB16F)
            return Light(texture, result.harmonics), 4 * result.levels[0].nbytes // 3, texture.release

        return self._cache.get(("light", environment_key(environment)), environment, make)


def environment_key(environment: Image) -> object:
    """Return what tells one environment from another: its pixels where they are few, since rooms make a new one each time."""
    if environment.width_px > SMALL_PX:
        return id(environment)
    return hashlib.blake2b(np.ascontiguousarray(environment.pixels).tobytes(), digest_size=16).digest()


def _posed_bytes(loaded: Loaded) -> int:
    """Return what the vertices of a pose take, here and on the GPU."""
    return 2 * sum(array.nbytes for piece in loaded.pieces if piece.posed for array in piece.arrays.values())


def _held_bytes(loaded: Loaded) -> int:
    """Return what lives as long as we hold an asset that nobody else holds any more: its vertices and encoded pictures."""
    arrays = {id(array): array.nbytes for piece in loaded.pieces for array in piece.arrays.values()}
    return sum(arrays.values()) + sum(len(image.data or b"") for image in loaded.asset.images)
