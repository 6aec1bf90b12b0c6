"""AR-ready 3D products: true-size GLB from any mesh file, pictures, and honest reports.

>>> import arviz
>>> product = arviz.convert("sofa.obj", out="ready", size="218x102x79cm")   # doctest: +SKIP
>>> arviz.render(product.files["master"], out="sofa.png")                    # doctest: +SKIP

Names are imported on first use, so that ``import arviz`` costs nothing.
"""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

import arviz.check as _check_room
import arviz.place as _place_room
import arviz.render as _render_room

_PUBLIC = {
    "calibrate": "arviz.flows.calibrate:calibrate",
    "check": "arviz.flows.check:check",
    "convert": "arviz.flows.convert:convert",
    "Conversion": "arviz.flows.convert:Conversion",
    "embed": "arviz.flows.embed:embed",
    "estimate_room": "arviz.vision.estimate_room:estimate_room",
    "inspect": "arviz.flows.inspect:inspect",
    "lods": "arviz.ops.lods:lods",
    "place": "arviz.flows.place:place",
    "read": "arviz.formats.read:read",
    "render": "arviz.flows.render:render",
    "simplify": "arviz.ops.simplify:simplify",
    "thumbnail": "arviz.flows.thumbnail:thumbnail",
    "try_on": "arviz.flows.try_on:try_on",
    "turntable": "arviz.flows.turntable:turntable",
    "write_glb": "arviz.formats.gltf.write:write_glb",
    "Asset": "arviz.core.asset:Asset",
    "Camera": "arviz.core.camera:Camera",
    "Frame": "arviz.core.camera:Frame",
    "Image": "arviz.core.image:Image",
    "Item": "arviz.core.scene:Item",
    "Layer": "arviz.core.scene:Layer",
    "Lighting": "arviz.core.scene:Lighting",
    "Scene": "arviz.core.scene:Scene",
    "Sun": "arviz.core.scene:Sun",
    "Arrangement": "arviz.core.placement:Arrangement",
    "Clearance": "arviz.core.placement:Clearance",
    "Placement": "arviz.core.placement:Placement",
    "RuleResult": "arviz.core.placement:RuleResult",
    "Recipe": "arviz.core.recipe:Recipe",
    "Length": "arviz.core.length:Length",
    "LightEstimate": "arviz.core.room:LightEstimate",
    "Plane": "arviz.core.room:Plane",
    "Room": "arviz.core.room:Room",
    "Scale": "arviz.core.room:Scale",
    "View": "arviz.core.room:View",
    "Finding": "arviz.core.report:Finding",
    "Report": "arviz.core.report:Report",
    "Limits": "arviz.core.limits:Limits",
    "ArvizError": "arviz.core.errors:ArvizError",
    "InputError": "arviz.core.errors:InputError",
    "FormatError": "arviz.core.errors:FormatError",
    "MeshError": "arviz.core.errors:MeshError",
    "ImageError": "arviz.core.errors:ImageError",
    "UnitError": "arviz.core.errors:UnitError",
    "LimitError": "arviz.core.errors:LimitError",
    "DependencyError": "arviz.core.errors:DependencyError",
    "BackendError": "arviz.core.errors:BackendError",
}
__all__ = list(_PUBLIC)


def __getattr__(name: str) -> Any:
    target = _PUBLIC.get(name)
    if target is None:
        raise AttributeError(f"module 'arviz' has no attribute {name!r}")
    module, _, attribute = target.partition(":")
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])


_CALLABLE_ROOMS = ("check", "place", "render")
"""Rooms that share their name with a public verb."""


class _CallableRoom(types.ModuleType):
    """A room whose name is also a public verb: ``arviz.render`` is the package and ``arviz.render(...)`` the flow.

    Importing any ``arviz.render.x`` binds the package to that name, so the package itself has to be callable
    (docs/decisions/0003-callable-room.md).
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        module, _, attribute = _PUBLIC[self.__name__.removeprefix("arviz.")].partition(":")
        return getattr(importlib.import_module(module), attribute)(*args, **kwargs)


for _room in _CALLABLE_ROOMS:
    sys.modules[f"arviz.{_room}"].__class__ = _CallableRoom
del _room, _check_room, _place_room, _render_room
