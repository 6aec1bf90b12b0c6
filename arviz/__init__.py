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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from inspect import Signature

    # What `__getattr__` and the callable rooms give, told to type checkers and editors.
    __version__: str
    from arviz.core.asset import Asset as Asset
    from arviz.core.camera import Camera as Camera
    from arviz.core.camera import Frame as Frame
    from arviz.core.errors import ArvizError as ArvizError
    from arviz.core.errors import BackendError as BackendError
    from arviz.core.errors import DependencyError as DependencyError
    from arviz.core.errors import FormatError as FormatError
    from arviz.core.errors import ImageError as ImageError
    from arviz.core.errors import InputError as InputError
    from arviz.core.errors import LimitError as LimitError
    from arviz.core.errors import MeshError as MeshError
    from arviz.core.errors import UnitError as UnitError
    from arviz.core.image import Image as Image
    from arviz.core.length import Length as Length
    from arviz.core.limits import Limits as Limits
    from arviz.core.placement import Arrangement as Arrangement
    from arviz.core.placement import Clearance as Clearance
    from arviz.core.placement import Placement as Placement
    from arviz.core.placement import RuleResult as RuleResult
    from arviz.core.recipe import Recipe as Recipe
    from arviz.core.report import Finding as Finding
    from arviz.core.report import Report as Report
    from arviz.core.room import LightEstimate as LightEstimate
    from arviz.core.room import Plane as Plane
    from arviz.core.room import Room as Room
    from arviz.core.room import Scale as Scale
    from arviz.core.room import View as View
    from arviz.core.scene import Item as Item
    from arviz.core.scene import Layer as Layer
    from arviz.core.scene import Lighting as Lighting
    from arviz.core.scene import Scene as Scene
    from arviz.core.scene import Sun as Sun
    from arviz.flows.calibrate import calibrate as calibrate
    from arviz.flows.check import check as check
    from arviz.flows.convert import Conversion as Conversion
    from arviz.flows.convert import convert as convert
    from arviz.flows.diff import diff as diff
    from arviz.flows.embed import embed as embed
    from arviz.flows.inspect import inspect as inspect
    from arviz.flows.place import place as place
    from arviz.flows.render import render as render
    from arviz.flows.room import room as room
    from arviz.flows.thumbnail import thumbnail as thumbnail
    from arviz.flows.try_on import try_on as try_on
    from arviz.flows.turntable import turntable as turntable
    from arviz.formats.from_mesh import from_mesh as from_mesh
    from arviz.formats.gltf.write import write_glb as write_glb
    from arviz.formats.read import read as read
    from arviz.ops.lods import lods as lods
    from arviz.ops.simplify import simplify as simplify
    from arviz.render.gl.renderer import GlRenderer as GlRenderer
    from arviz.vision.estimate_room import estimate_room as estimate_room
else:
    import arviz.check as _check_room
    import arviz.place as _place_room
    import arviz.render as _render_room

_PUBLIC = {
    "calibrate": "arviz.flows.calibrate:calibrate",
    "check": "arviz.flows.check:check",
    "convert": "arviz.flows.convert:convert",
    "Conversion": "arviz.flows.convert:Conversion",
    "diff": "arviz.flows.diff:diff",
    "embed": "arviz.flows.embed:embed",
    "estimate_room": "arviz.vision.estimate_room:estimate_room",
    "from_mesh": "arviz.formats.from_mesh:from_mesh",
    "inspect": "arviz.flows.inspect:inspect",
    "lods": "arviz.ops.lods:lods",
    "place": "arviz.flows.place:place",
    "read": "arviz.formats.read:read",
    "render": "arviz.flows.render:render",
    "room": "arviz.flows.room:room",
    "simplify": "arviz.ops.simplify:simplify",
    "thumbnail": "arviz.flows.thumbnail:thumbnail",
    "try_on": "arviz.flows.try_on:try_on",
    "turntable": "arviz.flows.turntable:turntable",
    "write_glb": "arviz.formats.gltf.write:write_glb",
    "GlRenderer": "arviz.render.gl.renderer:GlRenderer",
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


def _target(name: str) -> Any:
    module, _, attribute = _PUBLIC[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", *(name for name in globals() if name.startswith("__") and name != "__version__")])


_CALLABLE_ROOMS = ("check", "place", "render")
"""Rooms that share their name with a public verb."""


class _CallableRoom(types.ModuleType):
    # A room whose name is also a public verb: ``arviz.render`` is the package and ``arviz.render(...)`` the flow. Importing any
    # ``arviz.render.x`` binds the package to that name, so the package itself has to be callable
    # (docs/decisions/0003-callable-room.md), and `help`, editors and notebooks are told of the verb. No docstring: it is below.

    @property
    def _verb(self) -> Any:
        return _target(self.__name__.removeprefix("arviz."))

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        from inspect import getdoc

        signature = self.__signature__
        plain = signature.replace(parameters=[each.replace(annotation=each.empty) for each in signature.parameters.values()])
        called = f"Called as {self.__name__}{plain.replace(return_annotation=signature.empty)}."
        return f"{getdoc(self._verb)}\n\n{called}\n\nThe package of the same name: {vars(self)['__doc__']}"

    @property
    def __signature__(self) -> Signature:
        from inspect import signature

        return signature(self._verb)

    def __reduce__(self) -> Any:
        return importlib.import_module, (self.__name__,)  # a pool of processes takes the verb like every other function

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._verb(*args, **kwargs)


if not TYPE_CHECKING:  # a type checker that sees `__getattr__` takes every name for one that is there

    def __getattr__(name: str) -> Any:
        if name == "__version__":
            from importlib.metadata import version

            value = version("arviz3d")
        elif name in _PUBLIC:
            value = _target(name)
        else:
            raise AttributeError(f"module 'arviz' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        globals()[name] = value
        return value

    for _room in _CALLABLE_ROOMS:
        sys.modules[f"arviz.{_room}"].__class__ = _CallableRoom
    del _room, _check_room, _place_room, _render_room
