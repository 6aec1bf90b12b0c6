"""Make the furniture of the kitchen, dining and living-room examples again: python assets/make/furniture.py [NAME...]."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from arviz.core.graph import triangle_count
from arviz.formats.gltf.write import write_glb

FOLDER = Path(__file__).resolve().parent.parent / "products"
LISTED = (("fridge", "AV-FRIDGE-60", "Fridge-freezer, doors hinged right", "60x67x186"),)
"""Name, sku, title, size in centimetres: width x depth x height."""
LIST = "furniture.csv"
"""Not in ``catalog.csv``: that one is what a merchant sends (OBJ without a unit), and the demo converts every row of it."""


def main(names: list[str]) -> None:
    """Write the named products, or all of them, and the list."""
    for name, *_ in LISTED:
        if names and name not in names:
            continue
        made = import_module(name.replace("-", "_")).build()
        path = FOLDER / name / f"{name}.glb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_glb(made))
        print(f"{name}: {triangle_count(made)} triangles, {path.stat().st_size / 1e3:.0f} kB")
    rows = [",".join((sku, f"{name}/{name}.glb", title.replace(",", " -"), size, "cm")) for name, sku, title, size in LISTED]
    (FOLDER / LIST).write_text("\n".join(["sku,file,title,size,unit", *rows]) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
