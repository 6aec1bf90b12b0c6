"""Methods of types whose work is done above core, or beside them in flows: named here by strings, imported on use (docs/decisions/0004)."""

from __future__ import annotations

from arviz.core.registry import Registry

ABOVE = Registry(
    "method",
    {
        "Image.save": "arviz.flows.outputs:save_picture",
        "Asset._repr_html_": "arviz.flows.notebook:product_view",
        "Room._repr_html_": "arviz.flows.notebook:room_view",
        "Placement._repr_html_": "arviz.flows.notebook:placement_view",
        "Arrangement._repr_html_": "arviz.flows.notebook:arrangement_view",
        "Placed._repr_html_": "arviz.flows.notebook:placed_view",
        "MeasuredRoom._repr_html_": "arviz.flows.notebook:measured_view",
        "TriedOn._repr_html_": "arviz.flows.notebook:tried_view",
        "Conversion._repr_html_": "arviz.flows.notebook:conversion_view",
        "Turntable._repr_html_": "arviz.flows.notebook:file_view",
        "Thumbnail._repr_html_": "arviz.flows.notebook:file_view",
    },
)
"""``Type.method`` -> a function that takes the object."""


class InNotebook:
    """What a notebook shows as more than a line of text."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        html: str = ABOVE.get(f"{type(self).__name__}._repr_html_")(self)
        return html
