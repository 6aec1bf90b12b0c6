"""Parts, anchors, joints, slots and declared size out of customData, where `arviz.formats.usdz.custom` has left them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from arviz.core.parts import Anchor, Joint, Slot, anchor_from_json, joint_from_json
from arviz.core.report import Finding
from arviz.formats.usd_read.values import plain

_KEY = "arviz"


class Own:
    """What of a stage is ours; `ours` says that our writer has laid it out."""

    def __init__(self, stage: Any, findings: list[Finding]) -> None:
        self.stage = stage
        self.findings = findings
        root = stage.GetDefaultPrim()
        found = plain(root.GetCustomDataByKey(_KEY)) if root else None
        self._product: dict[str, Any] = found if isinstance(found, dict) else {}
        self.ours = "schema" in self._product
        self.root = str(root.GetPath()) if root else ""

    def of_node(self, prim: Any) -> tuple[str | None, Anchor | None]:
        """Return part id and anchor of a prim."""
        found = plain(prim.GetCustomDataByKey(_KEY))
        if not isinstance(found, dict):
            return None, None
        part, anchor = found.get("part"), found.get("anchor")
        try:
            return (part if isinstance(part, str) else None), (None if anchor is None else anchor_from_json(anchor))
        except (KeyError, TypeError, ValueError) as error:
            self._misread("anchor", str(prim.GetPath()), error)
            return None, None

    def of_product(
        self, node_at: Mapping[str, int], material_of: Callable[[str], int | None]
    ) -> tuple[tuple[Joint, ...], tuple[Slot, ...], tuple[float, ...] | None]:  # fmt: skip
        """Return joints (by the nodes that they move), slots and declared size."""
        joints = []
        for path, node in node_at.items():
            found = plain(self.stage.GetPrimAtPath(path).GetCustomDataByKey(f"{_KEY}:joint"))
            if isinstance(found, dict):
                try:
                    joints.append(joint_from_json({**found, "node": node}))
                except (KeyError, TypeError, ValueError) as error:
                    self._misread("joint", path, error)
        size = self._product.get("size_m")
        good = isinstance(size, list) and len(size) == 3 and all(isinstance(side, (int, float)) for side in size)
        return tuple(joints), self._slots(material_of), tuple(size) if good and size else None

    def _slots(self, material_of: Callable[[str], int | None]) -> tuple[Slot, ...]:
        out = []
        slots = self._product.get("slots")
        for name, found in (slots if isinstance(slots, dict) else {}).items():
            try:
                hidden = set(found.get("hidden", ()))
                numbers = {choice: None if choice in hidden else material_of(path) for choice, path in found["choices"].items()}
                choices = {choice: number for choice, number in numbers.items() if number is not None or choice in hidden}
                out.append(Slot(id=name, parts=tuple(found["parts"]), choices=choices))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self._misread("slot", name, error)
        return tuple(out)

    def _misread(self, what: str, where: str, error: Exception) -> None:
        message = f"customData arviz:{what} cannot be understood: {error}"
        self.findings.append(Finding(code="W_ARVIZ_EXTRAS", severity="warning", where=where, message=message))
