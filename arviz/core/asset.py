"""The glTF-shaped product that flows through every journey: `Asset` and what it is made of.

Shape and names follow glTF 2.0 (Khronos, ISO/IEC 12113:2022): things refer to each other by index into
the tuples of the `Asset`, extensions that we do not interpret travel untouched as frozen JSON.

Ours rather than ``trimesh.Scene``: a GLB round trip through trimesh 5.2 loses sheen, clearcoat, second
UV sets and variant mappings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from arviz.core.above import InNotebook
from arviz.core.frozen import EMPTY, Array, FrozenDict, freeze, readonly, set_fields, vector
from arviz.core.material import EncodedImage, Material, Sampler, Texture
from arviz.core.parts import Anchor, Joint, Slot
from arviz.core.report import Finding

TRIANGLES = 4
"""glTF ``mesh.primitive.mode`` of a triangle list (5 is a strip, 6 a fan, 0 points, 1-3 lines)."""

_WIDTHS = {
    "POSITION": (3,), "NORMAL": (3,), "TANGENT": (3, 4), "TEXCOORD": (2,), "COLOR": (3, 4), "JOINTS": (4,), "WEIGHTS": (4,),
}  # fmt: skip
"""Components per element of each semantic (glTF 2.0 section 3.7.2.1; a morph target's TANGENT has three)."""
_FLOAT_SEMANTICS = ("POSITION", "NORMAL", "TANGENT", "TEXCOORD", "COLOR", "WEIGHTS")


def stored_dtype(semantic: str, array: Array) -> np.dtype[Any]:
    """Return the dtype in which an attribute is held: float32 for geometry, its own for JOINTS and custom ones."""
    return np.dtype(np.float32) if semantic.partition("_")[0] in _FLOAT_SEMANTICS else array.dtype


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class VariantMapping:
    """Use `material` when one of `variants` (indices into `Asset.variants`) is chosen (KHR_materials_variants)."""

    material: int
    variants: tuple[int, ...]
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, variants=tuple(self.variants), extensions=freeze(self.extensions), extras=freeze(self.extras))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Primitive:
    """One drawable piece of a mesh with one material.

    Parameters
    ----------
    attributes : Mapping[str, ndarray]
        glTF semantic -> (V,) or (V, k) array; ``POSITION`` (V, 3) float32 in the node's frame, metres once the
        unit is known; ``TEXCOORD_n`` (V, 2) with the origin at the upper left; ``TANGENT`` (V, 4), w = handedness.
    indices : ndarray (I,) uint32, or None
        Corners of the faces; None draws the vertices in order.
    targets : tuple of Mapping[str, ndarray]
        Morph targets, displacements per attribute.
    """

    attributes: Mapping[str, Array]
    indices: Array | None = None
    mode: int = TRIANGLES
    material: int | None = None
    targets: tuple[Mapping[str, Array], ...] = ()
    variants: tuple[VariantMapping, ...] = ()
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        attributes = {name: _attribute(name, array) for name, array in self.attributes.items()}
        if "POSITION" not in attributes:
            raise ValueError("a primitive needs the attribute POSITION")
        count = len(attributes["POSITION"])
        for name, array in attributes.items():
            if len(array) != count:
                raise ValueError(f"{name} has {len(array)} elements, POSITION has {count}")
        indices = self.indices
        if indices is not None:
            indices = readonly(np.asarray(indices).reshape(-1), np.uint32)
            if indices.size and int(indices.max()) >= count:
                raise ValueError(f"index {int(indices.max())} points past the {count} vertices")
        targets = tuple(FrozenDict({n: _attribute(n, a) for n, a in target.items()}) for target in self.targets)
        set_fields(
            self,
            attributes=FrozenDict(attributes),
            indices=indices,
            targets=targets,
            variants=tuple(self.variants),
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )

    def __repr__(self) -> str:
        held = f"{' '.join(self.attributes)}, {'no material' if self.material is None else f'material {self.material}'}"
        return f"Primitive({_count(_triangles_in(self), 'triangle')}, {len(self.positions):,} vertices: {held})"

    @property
    def positions(self) -> Array:
        """(V, 3) float32, in the node's frame."""
        return self.attributes["POSITION"]

    @property
    def triangles(self) -> Array:
        """(T, 3) uint32 corners of all triangles, strips and fans unrolled; empty for points and lines."""
        corners = self.indices if self.indices is not None else np.arange(len(self.positions), dtype=np.uint32)
        if self.mode == TRIANGLES:
            return corners[: corners.size // 3 * 3].reshape(-1, 3)
        count = max(corners.size - 2, 0)
        if self.mode == 5:  # strip: every second triangle is turned round (glTF 2.0, 3.7.2.1)
            rows = np.stack([corners[:count], corners[1 : count + 1], corners[2 : count + 2]], axis=1)
            rows[1::2] = rows[1::2][:, [0, 2, 1]]
            return rows
        if self.mode == 6:
            first = np.repeat(corners[:1], count)
            return np.stack([corners[1 : count + 1], corners[2 : count + 2], first], axis=1)
        return np.zeros((0, 3), np.uint32)

    def material_for(self, variant: int | None) -> int | None:
        """Return the index of the material to draw with when `variant` is chosen (None: the default)."""
        for mapping in self.variants:
            if variant in mapping.variants:
                return mapping.material
        return self.material


def _triangles_in(primitive: Primitive) -> int:
    """Count without unrolling anything."""
    corners = len(primitive.positions) if primitive.indices is None else primitive.indices.size
    if primitive.mode == TRIANGLES:
        return corners // 3
    return max(corners - 2, 0) if primitive.mode in (5, 6) else 0


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing if number == 1 else {'mesh': 'meshes'}.get(thing, f'{thing}s')}"


def _attribute(name: str, array: Any) -> Array:
    array = np.asarray(array)
    widths = _WIDTHS.get(name.partition("_")[0])
    if widths is not None and (array.ndim != 2 or array.shape[1] not in widths):
        raise ValueError(f"{name} has {' or '.join(map(str, widths))} components, found an array of shape {array.shape}")
    return readonly(array, stored_dtype(name, array))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Mesh:
    """Primitives that are drawn together; `weights` are the default morph weights."""

    primitives: tuple[Primitive, ...]
    name: str = ""
    weights: tuple[float, ...] = ()
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __repr__(self) -> str:
        triangles = sum(map(_triangles_in, self.primitives))
        return f"Mesh({self.name[:60]!r}, {_count(len(self.primitives), 'primitive')}, {_count(triangles, 'triangle')})"

    def __post_init__(self) -> None:
        set_fields(
            self,
            primitives=tuple(self.primitives),
            weights=tuple(float(w) for w in self.weights),
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Node:
    """A place in the hierarchy, posed by `matrix` or by translation, rotation and scale.

    `part` is the stable id of a mesh node (slug of its path, frozen at first import); `anchor` makes the
    node a named point of use. Both are written into ``extras.arviz``.
    `rotation` is a unit quaternion (x, y, z, w); `matrix`, if given, is (4, 4) float64, row by row.
    """

    name: str = ""
    children: tuple[int, ...] = ()
    translation: tuple[float, ...] = (0.0, 0.0, 0.0)
    rotation: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0)
    scale: tuple[float, ...] = (1.0, 1.0, 1.0)
    matrix: Array | None = None
    mesh: int | None = None
    skin: int | None = None
    camera: int | None = None
    light: int | None = None
    weights: tuple[float, ...] = ()
    part: str | None = None
    anchor: Anchor | None = None
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        matrix = self.matrix
        if matrix is not None:
            matrix = readonly(matrix, np.float64)
            if matrix.shape != (4, 4):
                raise ValueError(f"a node matrix is (4, 4), found {matrix.shape}")
        set_fields(
            self,
            children=tuple(self.children),
            translation=vector(self.translation, 3),
            rotation=vector(self.rotation, 4),
            scale=vector(self.scale, 3),
            matrix=matrix,
            weights=tuple(float(w) for w in self.weights),
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class SceneRoots:
    """One glTF scene: the indices of its root nodes."""

    nodes: tuple[int, ...]
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, nodes=tuple(self.nodes), extensions=freeze(self.extensions), extras=freeze(self.extras))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Skin:
    """Joint nodes and their inverse bind matrices, (J, 4, 4) float32 row by row, or None for identities."""

    joints: tuple[int, ...]
    inverse_bind_matrices: Array | None = None
    skeleton: int | None = None
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        matrices = None if self.inverse_bind_matrices is None else readonly(self.inverse_bind_matrices, np.float32)
        set_fields(
            self,
            joints=tuple(self.joints),
            inverse_bind_matrices=matrices,
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Track:
    """One animated property: `path` of `node` over `times` (K,) seconds, `values` (K or 3K, ...) float32."""

    node: int | None
    path: str
    times: Array
    values: Array
    interpolation: Literal["LINEAR", "STEP", "CUBICSPLINE"] = "LINEAR"
    extensions: Mapping[str, Any] = EMPTY

    def __post_init__(self) -> None:
        set_fields(
            self,
            times=readonly(self.times, np.float32),
            values=readonly(self.values, np.float32),
            extensions=freeze(self.extensions),
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Animation:
    """Tracks that play together."""

    tracks: tuple[Track, ...]
    name: str = ""
    extensions: Mapping[str, Any] = EMPTY
    extras: Any = None

    def __post_init__(self) -> None:
        set_fields(self, tracks=tuple(self.tracks), extensions=freeze(self.extensions), extras=freeze(self.extras))


UnitSource = Literal["format", "file", "user", "listing", "unknown"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Source:
    """Where an Asset came from and how its unit is known.

    `unit_source`: ``format`` (the format fixes it, as glTF does), ``file`` (written in the file), ``user``,
    ``listing`` (inferred from the listed size) or ``unknown``: then lengths are in file units and no
    millimetre may be claimed. `findings` say what reading had to leave out or mend. `bytes` and `sha256` are those of
    the input file itself, `beside` those of the files that it named: uri -> sha256, empty where there was none.
    """

    name: str
    format: str
    unit: str | None
    unit_source: UnitSource
    up: str = "+Y"
    front: str = "+Z"
    findings: tuple[Finding, ...] = ()
    bytes: int = 0
    sha256: str = ""
    beside: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Asset(InNotebook):
    """A product: hierarchy, geometry, materials, variants, and our parts, anchors, joints and slots.

    Right-handed, +Y up, front +Z, metres (unless ``source.unit_source`` is ``unknown``).
    `cameras` and `lights` are frozen glTF JSON.
    """

    nodes: tuple[Node, ...]
    meshes: tuple[Mesh, ...]
    materials: tuple[Material, ...] = ()
    textures: tuple[Texture, ...] = ()
    images: tuple[EncodedImage, ...] = ()
    samplers: tuple[Sampler, ...] = ()
    scenes: tuple[SceneRoots, ...] = ()
    scene: int | None = 0
    variants: tuple[str, ...] = ()
    variant_extras: tuple[Any, ...] = ()
    lights: tuple[Mapping[str, Any], ...] = ()
    cameras: tuple[Mapping[str, Any], ...] = ()
    skins: tuple[Skin, ...] = ()
    animations: tuple[Animation, ...] = ()
    joints: tuple[Joint, ...] = ()
    slots: tuple[Slot, ...] = ()
    declared_size_m: tuple[float, ...] | None = None
    asset_info: Mapping[str, Any] = EMPTY
    extensions: Mapping[str, Any] = EMPTY
    extensions_required: tuple[str, ...] = ()
    extras: Any = None
    source: Source | None = field(default=None)

    def __post_init__(self) -> None:
        size = self.declared_size_m
        if not self.scenes:
            # Without a scene no viewer draws anything: all parentless nodes make one.
            children = {child for node in self.nodes for child in node.children}
            roots = tuple(i for i in range(len(self.nodes)) if i not in children)
            set_fields(self, scenes=(SceneRoots(nodes=roots),) if roots else (), scene=0 if roots else None)
        set_fields(
            self,
            **{name: tuple(getattr(self, name)) for name in _TUPLES},
            lights=freeze(self.lights),
            cameras=freeze(self.cameras),
            variant_extras=freeze(self.variant_extras),
            declared_size_m=None if size is None else vector(size, 3),
            asset_info=freeze(self.asset_info),
            extensions=freeze(self.extensions),
            extras=freeze(self.extras),
        )

    def __repr__(self) -> str:
        # Never its content: megabytes of arrays, and pictures that must not end up in a log.
        triangles = sum(_triangles_in(primitive) for mesh in self.meshes for primitive in mesh.primitives)
        name = "" if self.source is None else f"{self.source.name[:60]!r}, "
        unit = "" if self.unit_known else ", unit unknown"
        counts = ((len(self.nodes), "node"), (len(self.meshes), "mesh"), (triangles, "triangle"), (len(self.images), "picture"))
        return f"Asset({name}{', '.join(_count(*pair) for pair in counts)}{unit})"

    @property
    def size_m(self) -> tuple[float, float, float] | None:
        """Extent (x, y, z) of what is drawn: width, height, depth; None if the unit is unknown or nothing is drawn."""
        from arviz.core.graph import size  # which imports this module

        return size(self) if self.unit_known else None

    def to_arrays(self) -> tuple[Array, Array]:
        """Return all triangles in the asset's frame: vertices (V, 3) float64, corners (T, 3) int64."""
        from arviz.core.graph import triangles

        return triangles(self)

    @property
    def roots(self) -> tuple[int, ...]:
        """Root nodes of the default scene (the first, where the file names none)."""
        return self.scenes[self.scene or 0].nodes if self.scenes else ()

    @property
    def unit_known(self) -> bool:
        """True if lengths are metres; False if they are in unknown file units."""
        return self.source is None or self.source.unit_source != "unknown"


_TUPLES = (
    "nodes", "meshes", "materials", "textures", "images", "samplers", "scenes", "variants", "skins", "animations",
    "joints", "slots", "extensions_required",
)  # fmt: skip
