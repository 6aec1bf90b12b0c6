"""Make the furniture of the kitchen, dining and living-room examples again: python assets/make/furniture.py [NAME...]."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from arviz.core.graph import triangle_count
from arviz.formats.gltf.write import write_glb

FOLDER = Path(__file__).resolve().parent.parent / "products"
LISTED = (
    ("fridge", "AV-FRIDGE-60", "Fridge-freezer with doors hinged right", "60x67x186"),
    ("island", "AV-ISLAND-120", "Kitchen island with six drawers and an oak worktop", "120x90x90"),
    ("dining-table", "AV-TABLE-160", "Oak dining table", "160x90x75"),
    ("coffee-table", "AV-COFFEE-110", "Oak coffee table with a shelf", "110x60x38"),
    ("dining-chair", "AV-CHAIR-46", "Oak dining chair with an upholstered seat", "46x52x82"),
    ("recliner", "AV-RECLINER-82", "Leather recliner", "82x92x104"),
    ("rug", "AV-RUG-200", "Flat-woven wool rug", "200x140x1"),
    ("picture", "AV-PICTURE-70", "Framed print with a mat", "70x2.5x50"),
    ("table-lamp", "AV-LAMP-02", "Table lamp with linen shade", "28x28x45"),
)
"""Name, sku, title, size in centimetres: width x depth x height."""
MODULES = {"picture": "framed_print"}
LIST = "furniture.csv"
"""Not in ``catalog.csv``: that one is what a merchant sends (OBJ without a unit), and the demo converts every row of it."""


def main(names: list[str]) -> None:
    """Write the named products, or all of them, and the list."""
    for name, *_ in LISTED:
        if names and name not in names:
            continue
        made = import_module(MODULES.get(name, name.replace("-", "_"))).build()
        path = FOLDER / name / f"{name}.glb"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write_glb(made))
        print(f"{name}: {triangle_count(made)} triangles, {path.stat().st_size / 1e3:.0f} kB")
    rows = [",".join((sku, f"{name}/{name}.glb", title, size, "cm")) for name, sku, title, size in LISTED]
    (FOLDER / LIST).write_text("\n".join(["sku,file,title,size,unit", *rows]) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
