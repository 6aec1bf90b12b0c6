# arviz-test: run
"""Turn a merchant's OBJ into an AR-ready GLB and look at the other side of it."""

import tempfile

import arviz
from arviz.core.resources import resource

with tempfile.TemporaryDirectory() as out:
    product = arviz.convert(resource("assets", "products", "glasses", "glasses.obj"), out=out, unit="mm")
    print(product.report["size_mm"])
    picture = arviz.render(product.files["master"], width=320, height=240, orbit="200deg 75deg")
    print(product.ok, picture)
