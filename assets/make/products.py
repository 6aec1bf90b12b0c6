"""Make all demo products again: python assets/make/products.py [NAME...]."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from write import catalogue, write

from arviz.core.graph import triangle_count

FOLDER = Path(__file__).resolve().parent.parent / "products"
CATALOGUE = (
    {"name": "sofa", "sku": "AV-SOFA-3S", "title": "Three-seat sofa with piped cushions", "size": "218x102x79", "unit": "cm"},
    {"name": "glasses", "sku": "AV-GLASSES-01", "title": "Havana acetate glasses", "size": "145x150x48", "unit": "mm"},
    {"name": "lamp", "sku": "AV-LAMP-01", "title": "Floor lamp with linen shade", "size": "0.40x0.40x1.55", "unit": "m"},
)
"""Sizes are width x depth x height in the unit of the OBJ."""


def main(names: list[str]) -> None:
    """Write the named products, or all of them and the catalogue."""
    for row in CATALOGUE:
        if names and row["name"] not in names:
            continue
        made = import_module(row["name"]).build()
        write(made, FOLDER / row["name"], name=row["name"], unit=row["unit"])
        files = sorted((FOLDER / row["name"]).iterdir())
        print(f"{row['name']}: {triangle_count(made)} triangles, {sum(f.stat().st_size for f in files) / 1e6:.2f} MB in {len(files)} files")
    rows = [{**row, "file": f"{row['name']}/{row['name']}.obj"} for row in CATALOGUE]
    (FOLDER / "catalog.csv").write_text(catalogue(rows), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
