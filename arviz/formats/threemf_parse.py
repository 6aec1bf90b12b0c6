"""The XML of a 3MF model part to arrays and records (3MF core 1.3, materials 1.2, production 1.1)."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from arviz.core.errors import FormatError
from arviz.core.frozen import Array
from arviz.core.limits import Limits
from arviz.formats.safe_xml import local, scan

NONE = -1
"""No property given for a corner."""


@dataclass(slots=True)
class Component:
    """A use of an object: `path` is the part that holds it, empty for the same; `matrix` is parent_from_object."""

    id: str
    path: str
    matrix: Array | None


@dataclass(slots=True)
class Solid:
    """One ``<object>``; `corners` are vertex numbers, `properties` index the group named by `group_of` (see `groups`)."""

    id: str
    name: str
    kind: str
    group: str
    default: int
    vertices: array[float] = field(default_factory=lambda: array("d"))
    corners: array[int] = field(default_factory=lambda: array("q"))
    properties: array[int] = field(default_factory=lambda: array("q"))
    group_of: array[int] = field(default_factory=lambda: array("q"))
    groups: list[str] = field(default_factory=list)
    components: list[Component] = field(default_factory=list)


@dataclass(slots=True)
class Group:
    """A property resource: `kind` is basematerials, colorgroup, texture2dgroup, ...; `items` are the attributes of its children."""

    kind: str
    attributes: Mapping[str, str]
    items: list[Mapping[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Model:
    """One model part."""

    unit: str = ""
    objects: dict[str, Solid] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    items: list[Component] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)


_GROUPS = {
    "basematerials": "base",
    "colorgroup": "color",
    "texture2dgroup": "tex2coord",
    "texture2d": "",
    "pbmetallicdisplayproperties": "pbmetallic",
    "compositematerials": "composite",
    "multiproperties": "multi",
}
"""Tag of a property resource -> tag of its children."""
_CHILDREN = frozenset(_GROUPS.values()) - {""}
_UNREAD = frozenset({"beamlattice", "slicestack", "displacementmesh", "booleans", "volumedata", "keystore"})


def parse_model(data: bytes, *, where: str, limits: Limits) -> Model:
    """Read one model part.

    Raises
    ------
    FormatError
        E_XML, E_XML_ENTITY, E_3MF (not a model, numbers that are none).
    LimitError
        More vertices or triangles than the limits allow.
    """
    reader = _Reader(where, limits)
    scan(data, where=where, start=reader.start)
    if not reader.is_model:
        raise _error(where, "this is no 3MF model", found=reader.root)
    return reader.model


class _Reader:
    """Called for every element; the two frequent ones come first."""

    def __init__(self, where: str, limits: Limits) -> None:
        self.where, self.limits = where, limits
        self.model = Model()
        self.root = ""
        self.is_model = False
        self._solid: Solid | None = None
        self._group: Group | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        try:
            self._start(local(name), attributes)
        except (KeyError, ValueError, OverflowError) as error:
            found = f"missing {error}" if isinstance(error, KeyError) else str(error)
            raise _error(self.where, "an element lacks an attribute or has an impossible one", found=found) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "vertex" and self._solid is not None:
            self._solid.vertices.extend((float(attributes["x"]), float(attributes["y"]), float(attributes["z"])))
            if len(self._solid.vertices) > 3 * self.limits.vertices:
                self.limits.check("vertices", len(self._solid.vertices) // 3, where=self.where)
        elif tag == "triangle" and self._solid is not None:
            self._triangle(self._solid, attributes)
        elif tag == "object":
            index = int(attributes.get("pindex", NONE))
            group = attributes.get("pid", "")
            self._solid = Solid(attributes["id"], attributes.get("name", ""), attributes.get("type", "model"), group, index)
            self.model.objects[self._solid.id] = self._solid
        elif tag == "component" and self._solid is not None:
            self._solid.components.append(self._component(attributes))
        elif tag == "item":
            self.model.items.append(self._component(attributes))
        elif tag in _GROUPS:
            self._group = Group(tag, attributes)
            self.model.groups[attributes["id"]] = self._group
            self.limits.check("materials", len(self.model.groups), where=self.where)
        elif tag in _CHILDREN and self._group is not None:
            self._group.items.append(attributes)
        elif tag in _UNREAD:
            self.model.unread.add(tag)
        elif not self.root:
            self.root, self.is_model = tag[:40], tag == "model"
            self.model.unit = attributes.get("unit", "")

    def _triangle(self, solid: Solid, attributes: dict[str, str]) -> None:
        solid.corners.extend((int(attributes["v1"]), int(attributes["v2"]), int(attributes["v3"])))
        if len(solid.corners) > self.limits.indices:
            self.limits.check("indices", len(solid.corners), where=self.where)
        first = attributes.get("p1")
        if first is None:
            solid.properties.extend((solid.default,) * 3)
            group = solid.group
        else:
            one = int(first)
            solid.properties.extend((one, int(attributes.get("p2", one)), int(attributes.get("p3", one))))
            group = attributes.get("pid", solid.group)
        if not solid.groups or solid.groups[-1] != group:
            solid.groups.append(group)
        solid.group_of.append(len(solid.groups) - 1)

    def _component(self, attributes: dict[str, str]) -> Component:
        path = next((value for name, value in attributes.items() if local(name) == "path"), "")
        return Component(attributes["objectid"], path, self._matrix(attributes.get("transform")))

    def _matrix(self, text: str | None) -> Array | None:
        """Return parent_from_object; 3MF writes the rows of a matrix that row vectors are multiplied with from the left."""
        if not text:
            return None
        values = np.array(text.split(), np.float64)
        if values.size != 12 or not np.isfinite(values).all():
            raise _error(self.where, "a transform has the wrong numbers", expected=12, found=values.size)
        out = np.eye(4)
        out[:3] = values.reshape(4, 3).T
        return None if np.array_equal(out, np.eye(4)) else out


def _error(where: str, what: str, *, expected: object = None, found: Any = None) -> FormatError:
    return FormatError("E_3MF", what, where=where, expected=expected, found=found, hint="Export the file again.")
