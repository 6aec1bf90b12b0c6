"""What later work holds on to: part ids, anchors, joints and slots, written into ``extras.arviz``.

A part id or an anchor survives simplification; a triangle index does not: after a 10 % simplification
86-95 % of triangle indices are gone and the rest lie 30-369 mm off, part + point stays within 1.2 mm.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from arviz.core.frozen import EMPTY, freeze, set_fields, vector

SCHEMA = "1"
"""Version of everything below ``extras.arviz``."""
ANCHOR_KINDS = (
    "mount", "hotspot", "engrave", "hinge", "grip", "contact", "light", "seat",
    "bridge", "temple", "ear_hook", "ring_centre", "ring_axis", "wrist", "heel", "toe", "sole", "shoulders", "waist",
)  # fmt: skip
"""What anchors are for; those of the second line for try-on."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Anchor:
    """A named point of use. Its position is the node's translation; `normal` and `up` are in the node's frame.

    Kinds: `ANCHOR_KINDS`, others may come. `label` maps a language tag to words.
    """

    id: str
    kind: str
    normal: tuple[float, ...] = (0.0, 0.0, 1.0)
    up: tuple[float, ...] = (0.0, 1.0, 0.0)
    width_m: float | None = None
    sigma_m: float | None = None
    label: Mapping[str, str] = EMPTY

    def __post_init__(self) -> None:
        set_fields(self, normal=vector(self.normal, 3), up=vector(self.up, 3), label=freeze(self.label))

    @property
    def node_name(self) -> str:
        """The name of the empty node that carries the anchor."""
        return f"ARVIZ_{self.kind}_{self.id}"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Joint:
    """How a node moves: doors, drawers, recliners, glasses temples. Radians (revolute) or metres (prismatic).

    `axis` is in the frame of the node's parent and passes through the node's origin; `rest` is the written pose.
    """

    id: str
    node: int
    kind: Literal["revolute", "prismatic"]
    axis: tuple[float, ...]
    min: float
    max: float
    rest: float = 0.0

    def __post_init__(self) -> None:
        set_fields(self, axis=vector(self.axis, 3))
        if not self.min <= self.rest <= self.max:
            raise ValueError(f"joint {self.id!r}: expected min <= rest <= max, found {self.min}, {self.rest}, {self.max}")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Slot:
    """A choice that a customer makes: `choices` maps a name to a material index, or to None for hidden parts."""

    id: str
    parts: tuple[str, ...]
    choices: Mapping[str, int | None]

    def __post_init__(self) -> None:
        set_fields(self, parts=tuple(self.parts), choices=freeze(self.choices))


def slug(text: str) -> str:
    """Return `text` as lower-case words joined by hyphens; letters of every script are kept.

    **Convention** ``slug("Seat Cushion (left)")`` is ``"seat-cushion-left"``.
    """
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"[\W_]+", "-", text).strip("-")


def unique(names: Iterable[str], *, taken: Iterable[str] = ()) -> list[str]:
    """Return `names` with ``-2``, ``-3`` ... added where a name was there before or is in `taken`."""
    seen, out = set(taken), []
    last: dict[str, int] = {}  # where the count of a name stands, or 100,000 equal names would cost hours
    for name in names:
        candidate, count = name, last.get(name, 1)
        while candidate in seen:
            count += 1
            candidate = f"{name}-{count}"
        last[name] = count
        seen.add(candidate)
        out.append(candidate)
    return out


def anchor_to_json(anchor: Anchor) -> dict[str, Any]:
    """Return the JSON form stored in ``node.extras.arviz.anchor``."""
    optional = {"width_m": anchor.width_m, "sigma_m": anchor.sigma_m, "label": dict(anchor.label) or None}
    return {
        "id": anchor.id,
        "kind": anchor.kind,
        "normal": list(anchor.normal),
        "up": list(anchor.up),
        **{key: value for key, value in optional.items() if value is not None},
    }


def anchor_from_json(value: Mapping[str, Any]) -> Anchor:
    """Build an anchor from its JSON form; raise KeyError, TypeError or ValueError if it is none."""
    known = ("normal", "up", "width_m", "sigma_m", "label")
    return Anchor(id=str(value["id"]), kind=str(value["kind"]), **{key: value[key] for key in known if key in value})


def named_anchor(name: str) -> Anchor | None:
    """Return the anchor that a node's name says, as editors write it who know nothing of ours; None if it says none.

    **Convention** ``ARVIZ_ear_hook_left`` is the anchor ``left`` of the kind ``ear_hook``; a number that an editor puts behind
    (``.001``) is none of it.
    """
    kind = next((kind for kind in ANCHOR_KINDS if name.startswith(f"ARVIZ_{kind}_")), None)
    said = re.sub(r"\.\d+$", "", name.removeprefix(f"ARVIZ_{kind}_"))
    return Anchor(id=said, kind=kind) if kind is not None and said else None


def joint_to_json(joint: Joint) -> dict[str, Any]:
    """Return the JSON form stored in the root's ``extras.arviz.joints``."""
    return {**{key: getattr(joint, key) for key in ("id", "node", "kind", "min", "max", "rest")}, "axis": list(joint.axis)}


def joint_from_json(value: Mapping[str, Any]) -> Joint:
    """Build a joint from its JSON form; raise KeyError, TypeError or ValueError if it is none."""
    return Joint(**{key: value[key] for key in ("id", "node", "kind", "axis", "min", "max")}, rest=value.get("rest", 0.0))


def slot_to_json(slot: Slot) -> dict[str, Any]:
    """Return the JSON form stored in the root's ``extras.arviz.slots``."""
    return {"id": slot.id, "parts": list(slot.parts), "choices": dict(slot.choices)}


def slot_from_json(value: Mapping[str, Any]) -> Slot:
    """Build a slot from its JSON form; raise KeyError, TypeError or ValueError if it is none."""
    return Slot(id=str(value["id"]), parts=value["parts"], choices=value["choices"])
