"""How `arviz.formats.gltf.write.write_glb` may write a product smaller: `Encoding`, everything lossless by default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from arviz.core.frozen import set_fields
from arviz.formats.pictures.encoding import PictureEncoding

Geometry = Literal["none", "quantized", "meshopt", "draco"]
GEOMETRIES: tuple[Geometry, ...] = ("none", "quantized", "meshopt", "draco")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """What a written GLB gives up for its size.

    Parameters
    ----------
    geometry : "none", "quantized", "meshopt" or "draco"
        ``none`` keeps every array to the bit. ``quantized`` stores small integers (KHR_mesh_quantization), ``meshopt``
        compresses (EXT_meshopt_compression, with KHR_mesh_quantization for normals), ``draco`` compresses most
        (KHR_draco_mesh_compression; several viewers and marketplaces refuse it).
    position_bits : int
        Positions keep 1 / 2^bits of the product's largest side or better (4 to 16); the error in metres is told by
        `arviz.formats.gltf.encoded.quantisation_error_m`.
    normal_bits : int
        Of each of the two octahedral coordinates of normals and tangents (4 to 12).
    uv_bits : int
        Texture coordinates keep 1 / 2^bits of the picture's side or better (4 to 16), repeats by a texture
        transform counted.
    pictures : Mapping[int, PictureEncoding]
        How to encode ``Asset.images[index]`` anew; what is not named stays byte by byte.
    """

    geometry: Geometry = "none"
    position_bits: int = 14
    normal_bits: int = 8
    uv_bits: int = 12
    pictures: Mapping[int, PictureEncoding] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.geometry not in GEOMETRIES:
            raise ValueError(f"geometry is one of {', '.join(GEOMETRIES)}, found {self.geometry!r}")
        for name, most in (("position_bits", 16), ("normal_bits", 12), ("uv_bits", 16)):
            if not 4 <= getattr(self, name) <= most:
                raise ValueError(f"{name} is 4 to {most}, found {getattr(self, name)}")
        set_fields(self, pictures=dict(self.pictures))


LOSSLESS = Encoding()
"""Every array and picture as it is: the master file. Without compression in its pictures also the plain file for strict uploaders."""
