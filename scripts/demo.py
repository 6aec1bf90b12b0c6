"""Convert the demo products from what merchants have (OBJ without a unit, a listed size), furnish a room, try glasses on.

``assets/products/catalog.csv`` holds what a shop's listing says: file, size (width x depth x height) and unit.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from demo_room import furnish
from demo_tryon import try_on

import arviz
from arviz.core.resources import resource
from arviz.flows.catalogue import read_catalogue

ROOT = Path(__file__).resolve().parent.parent
OUT = Path("out") / "demo"


def main() -> int:
    """Convert every listed product; return 1 if one is not as large as listed."""
    products = ROOT / "assets" / "products"
    rows, files, all_fine = [("product", "before", "after (mm, w x d x h)", "listed", "triangles", "GLB", "for the web", "time")], [], True
    for entry in read_catalogue(products / "catalog.csv").entries:
        source = entry.file
        start = time.perf_counter()
        before = arviz.inspect(source)
        done = arviz.convert(source, out=OUT, size=entry.size_m, targets=("web", "quick-look"), force=True)
        seconds = time.perf_counter() - start
        after = arviz.inspect(done.files["master"])
        all_fine &= done.ok
        found = sides(before["size_file_units"], "{:.4g}")
        rows.append((
            source.name, f"{found}, unit unknown", sides(after["size_mm"], "{:,.0f}"), sides(done.report["listed_mm"], "{:,.0f}"),
            f"{after['triangles']:,}", megabytes(done.files["master"]), megabytes(done.files["web"]), f"{seconds:.1f} s",
        ))  # fmt: skip
        files += [*done.files.values()]
        for finding in done.report["findings"]:
            if finding["severity"] != "info":
                print(f"{source.name}: {finding['code']} {finding['message']}", file=sys.stderr)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    told, pictures = furnish(OUT / "sofa" / "sofa.glb", OUT / "room")
    print("\n" + "\n".join(told))
    files += pictures
    told, pictures = tried_on(resource("assets", "products", "glasses", "glasses.glb"), OUT / "try-on")
    print("\n" + "\n".join(told))
    files += pictures
    print("\nLook at:")
    for path in files:
        print(f"  {path}")
    return 0 if all_fine else 1


def tried_on(product: Path, out: Path) -> tuple[list[str], list[Path]]:
    """Try the glasses and a lipstick on, where the networks that find faces are on this machine."""
    try:
        return try_on(product, out)
    except arviz.DependencyError as error:
        return [f"Glasses and lipstick are left out: {error}", f"  hint: {error.hint}"], []


def sides(size: dict[str, Any], number: str) -> str:
    """Return width x depth x height."""
    return " x ".join(number.format(size[name]) for name in ("width", "depth", "height"))


def megabytes(path: Path) -> str:
    """Return how large a file is."""
    return f"{path.stat().st_size / 1e6:.1f} MB"


if __name__ == "__main__":
    raise SystemExit(main())
