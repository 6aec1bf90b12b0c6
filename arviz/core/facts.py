"""What a file is, as opposed to the product in it: `FileFacts`, which marketplace rules ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from arviz.core.frozen import set_fields

Usage = Literal["colour", "normal", "data", "unused"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextureFacts:
    """One picture as written: `width_px` and `height_px` are 0 where its header cannot be read.

    `usage` is ``normal`` if any material uses it as a normal map, else ``colour`` for sRGB slots, else ``data``.
    """

    name: str
    mime: str
    width_px: int
    height_px: int
    bytes: int
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFacts:
    """Counts and sizes of a written file. None means not known, and a rule about it is then reported as not checked.

    Parameters
    ----------
    bytes : int
        The file, and for a ``.gltf`` also the files that it names.
    container : str
        ``glb``, ``gltf``, ``usdz``, or the extension of another format.
    triangles, vertices, draw_calls : int or None
        What the default scene draws, instances counted each time.
    size_m : (x, y, z) or None
        Extent of what is drawn; None if the unit is unknown or nothing is drawn.
    base_y_m, pivot_offset_m : float or None
        Height of the lowest point; horizontal distance of the box's centre from the origin.
    size_deviation_percent : float or None
        Largest deviation from the listed size; None without a listed size.
    base_colour_min, base_colour_max : int or None
        Least and greatest HSV value (largest of R, G, B, 0..255 sRGB) of all base colour pictures.
    zip_stored, zip_aligned : bool or None
        USDZ: no entry is compressed; each entry's data starts at a multiple of 64 bytes.
    usd_layers : int or None
        USDZ: number of USD files inside.
    root_layer : str or None
        USDZ: extension of the first entry.
    """

    bytes: int
    container: str
    textures: tuple[TextureFacts, ...] = ()
    triangles: int | None = None
    vertices: int | None = None
    draw_calls: int | None = None
    materials: int | None = None
    nodes: int | None = None
    meshes: int | None = None
    primitives: int | None = None
    extensions_used: tuple[str, ...] = ()
    extensions_required: tuple[str, ...] = ()
    animation_s: float | None = None
    uv_sets: int | None = None
    variants: int | None = None
    lights: int | None = None
    cameras: int | None = None
    size_m: tuple[float, float, float] | None = None
    base_y_m: float | None = None
    pivot_offset_m: float | None = None
    root_transform_clean: bool | None = None
    size_deviation_percent: float | None = None
    base_colour_min: int | None = None
    base_colour_max: int | None = None
    uv_min: float | None = None
    uv_max: float | None = None
    uv_inverted: int | None = None
    open_or_shared_edges: int | None = None
    zip_stored: bool | None = None
    zip_aligned: bool | None = None
    usd_layers: int | None = None
    root_layer: str | None = None

    def __post_init__(self) -> None:
        set_fields(
            self,
            textures=tuple(self.textures),
            extensions_used=tuple(self.extensions_used),
            extensions_required=tuple(self.extensions_required),
        )

    @property
    def kilobytes(self) -> float:
        """Size in units of 1024 bytes."""
        return self.bytes / 1024

    @property
    def texture_max_px(self) -> int | None:
        """Longest side of any picture, None if the file holds none."""
        return max((max(t.width_px, t.height_px) for t in self.textures), default=None)

    @property
    def texture_min_px(self) -> int | None:
        """Shortest side of any picture, None if the file holds none."""
        return min((min(t.width_px, t.height_px) for t in self.textures), default=None)

    @property
    def texture_width_max_px(self) -> int | None:
        """Widest picture."""
        return max((t.width_px for t in self.textures), default=None)

    @property
    def texture_width_min_px(self) -> int | None:
        """Narrowest picture."""
        return min((t.width_px for t in self.textures), default=None)

    @property
    def texture_height_max_px(self) -> int | None:
        """Tallest picture."""
        return max((t.height_px for t in self.textures), default=None)

    @property
    def texture_height_min_px(self) -> int | None:
        """Lowest picture."""
        return min((t.height_px for t in self.textures), default=None)

    @property
    def textures_square(self) -> bool:
        """True if every picture is as wide as tall."""
        return all(t.width_px == t.height_px for t in self.textures)

    @property
    def texture_mime(self) -> tuple[str, ...]:
        """MIME types of the pictures, each once."""
        return tuple(sorted({t.mime for t in self.textures}))

    @property
    def width_m(self) -> float | None:
        """Extent along x."""
        return None if self.size_m is None else self.size_m[0]

    @property
    def height_m(self) -> float | None:
        """Extent along y."""
        return None if self.size_m is None else self.size_m[1]

    @property
    def depth_m(self) -> float | None:
        """Extent along z."""
        return None if self.size_m is None else self.size_m[2]
