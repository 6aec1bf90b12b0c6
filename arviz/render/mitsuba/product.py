"""A Mitsuba texture that is the product of others: a picture times the colours of the vertices, cut off after interpolation."""

from __future__ import annotations

from typing import Any

NAME = "arviz_product"
_FACTORS = ("first", "second")


def register(mi: Any) -> None:
    """Make the texture known under `NAME`; call once per variant."""
    import drjit as dr

    class Product(mi.Texture):  # type: ignore[misc]
        """Textures ``first`` and ``second``; with ``cutoff``, 1 where the product reaches it and 0 elsewhere."""

        def __init__(self, props: Any) -> None:
            mi.Texture.__init__(self, props)
            self.factors = [props.get_texture(name) for name in _FACTORS if name in props]
            self.cutoff = float(props["cutoff"]) if "cutoff" in props else None

        def eval(self, si: Any, active: Any = True) -> Any:
            out = mi.Color3f(1)
            for factor in self.factors:
                out = out * factor.eval(si, active)
            return self._cut(out)

        def eval_3(self, si: Any, active: Any = True) -> Any:
            return self.eval(si, active)

        def eval_1(self, si: Any, active: Any = True) -> Any:
            out = mi.Float(1)
            for factor in self.factors:
                out = out * factor.eval_1(si, active)
            return self._cut(out)

        def _cut(self, value: Any) -> Any:
            return value if self.cutoff is None else dr.select(value >= self.cutoff, type(value)(1), type(value)(0))

        def mean(self) -> Any:
            return mi.Float(0.5)

        def is_spatially_varying(self) -> bool:
            return True

        def traverse(self, callback: Any) -> None:
            for name, texture in zip(_FACTORS, self.factors, strict=False):
                callback.put(name, texture, mi.ParamFlags.Differentiable)

        def to_string(self) -> str:
            return f"Product[{len(self.factors)}]"

    mi.register_texture(NAME, Product)
