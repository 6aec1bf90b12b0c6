"""Convert the demo products from what merchants have (OBJ without a unit, a listed size) and say what came out.

``assets/products/listing.json`` holds what a shop's listing says: ``[{"file": "sofa/sofa.obj", "size": "218x102x79cm"}, ...]``.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import arviz

ROOT = Path(__file__).resolve().parent.parent
OUT = Path("out") / "demo"


def main() -> int:
    """Convert every listed product; return 1 if one is not as large as listed."""
    products = ROOT / "assets" / "products"
    rows, files, all_fine = [("product", "before", "after (mm, w x d x h)", "listed", "triangles", "GLB", "time")], [], True
    for entry in json.loads((products / "listing.json").read_text("utf-8")):
        source = products / entry["file"]
        start = time.perf_counter()
        before = arviz.inspect(source)
        done = arviz.convert(source, out=OUT, size=entry["size"], force=True)
        seconds = time.perf_counter() - start
        after = arviz.inspect(done.files["master"])
        all_fine &= done.ok
        size = sides(before["size_file_units"], "{:.4g}")
        rows.append((
            source.name, f"{size}, unit unknown", sides(after["size_mm"], "{:,.0f}"), entry["size"],
            f"{after['triangles']:,}", f"{done.files['master'].stat().st_size / 1e6:.1f} MB", f"{seconds:.1f} s",
        ))  # fmt: skip
        files += [*done.files.values()]
        for finding in done.report["findings"]:
            if finding["severity"] != "info":
                print(f"{source.name}: {finding['code']} {finding['message']}", file=sys.stderr)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    print()
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print("\nLook at:")
    for path in files:
        print(f"  {path}")
    return 0 if all_fine else 1


def sides(size: dict[str, Any], number: str) -> str:
    """Return width x depth x height."""
    return " x ".join(number.format(size[name]) for name in ("width", "depth", "height"))


if __name__ == "__main__":
    raise SystemExit(main())
