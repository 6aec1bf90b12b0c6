"""Use a render service from Python: a product file becomes an asset, a picture and links for a page. Needs `arviz serve`."""

# arviz-test: off

import sys
from pathlib import Path

from arviz.client import Client

url, key, product = sys.argv[1:]  # http://127.0.0.1:8080 av_... sofa.obj
with Client(url, key) as client:
    job = client.run("convert", {"source": Path(product)}, {"name": Path(product).stem}, progress=print)
    asset = client.asset(job.result["asset"])
    print(asset["size_mm"])
    Path("product.glb").write_bytes(client.download(asset["links"]["glb"]))
    Path("product.webp").write_bytes(client.download(asset["links"]["phone"]))
