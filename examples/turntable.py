# arviz-test: run
"""Make a clip of the demo lamp that loops on a page of any colour, and the picture of its shared link."""

import tempfile
from pathlib import Path

from arviz.core.resources import resource
from arviz.flows.thumbnail import thumbnail
from arviz.flows.turntable import turntable

lamp = resource("assets", "products", "lamp", "lamp.glb")
with tempfile.TemporaryDirectory() as folder:
    clip = turntable(lamp, out=Path(folder, "lamp.webp"), frames=12, seconds=3, width=160, height=160)
    print(clip.frames, clip.codec, clip.bytes)
    shared = thumbnail(lamp, preset="social", out=Path(folder, "share.jpg"))
    print(shared.width_px, shared.height_px, shared.quality, shared.bytes)
