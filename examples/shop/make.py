# arviz-test: run
"""Build a small shop: three demo products in a page, for any web server.

python examples/shop/make.py && python -m http.server -d shop
"""

import shutil
from pathlib import Path

import arviz
from arviz.core.resources import resource

PRODUCTS = {"dining-chair": "Chair Lund", "coffee-table": "Table Skane", "lamp": "Lamp Fyr"}

shop = Path("shop")
for name, title in PRODUCTS.items():
    # Fast, as this is a demo: without it the 3D view's files get smaller still.
    arviz.embed(resource("assets", "products", name, f"{name}.glb"), out=shop / name, title=title, effort="fast", force=True)
shutil.copy(Path(__file__).with_name("index.html"), shop / "index.html")
print(f"{shop / 'index.html'}: look at it with `python -m http.server -d {shop}`")
