"""The window never waits for the process that draws, and holds no more the more it has shown; the bars are in tests/bench/bench_view.py."""

import json
import os
import shutil
import signal
import struct
import time
from pathlib import Path

import numpy as np
import pytest

qt = pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

from PySide6.QtCore import QPoint, Qt  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from arviz.viewer.live import preview  # noqa: E402
from arviz.viewer.remote import Remote  # noqa: E402
from arviz.viewer.window import Window  # noqa: E402

PRODUCTS = Path(__file__).parents[2] / "assets" / "products"
PAUSE_S = 0.05
"""How long a window may not listen; counted in processor time, as a busy machine stops whom it likes."""


class Watchdog:
    """The most that the window worked at one go."""

    def __init__(self) -> None:
        self.worst_s = 0.0

    def step(self, action=lambda: None) -> None:
        start = time.thread_time()
        action()
        QApplication.processEvents()
        self.worst_s = max(self.worst_s, time.thread_time() - start)

    def until(self, true) -> None:
        end = time.monotonic() + 200
        while not true():
            assert time.monotonic() < end, "it did not happen"
            self.step()
            time.sleep(0.001)


def visit(window, watchdog: Watchdog) -> None:
    """Turn, zoom, measure, light."""
    canvas = window.canvas
    watchdog.step(lambda: qt.QTest.mousePress(canvas, Qt.MouseButton.LeftButton, pos=QPoint(100, 100)))
    for count in range(20):
        watchdog.step(lambda count=count: qt.QTest.mouseMove(canvas, QPoint(100 + 5 * count, 100 + count)))
    watchdog.step(lambda: qt.QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 120)))
    for name, value in (
        ("camera.nearer", None),
        ("camera.back", None),
        ("light.sun", True),
        ("measure.dimensions", True),
        ("measure.ruler", True),
        ("edit.undo", None),
        ("edit.redo", None),
    ):
        watchdog.step(lambda name=name, value=value: window.do(name, value))
    watchdog.step(lambda: qt.QTest.mouseClick(canvas, Qt.MouseButton.LeftButton, pos=QPoint(300, 250)))
    watchdog.step(lambda: window.resize(window.width() + 20, window.height()))


def test_the_window_does_everything_while_the_process_that_draws_stands_still(window, until):
    """Whatever waited for it would wait for ever."""
    os.kill(window.drawing.pid, signal.SIGSTOP)
    try:
        visit(window, Watchdog())
        window.do("file.open", [PRODUCTS / "rug" / "rug.glb"])
        eye = window.session.state.shot.eye
        until(lambda: not window._busy.isHidden())  # somebody who waits sees that they do
        assert not window.drawing.resting
    finally:
        os.kill(window.drawing.pid, signal.SIGCONT)
    until(lambda: window.drawing.resting)
    assert len(window.session.state.files) == 2
    assert window.session.state.shot.eye == eye
    assert (window.seen.camera.width_px, window.seen.camera.height_px) == window.canvas.pixels
    assert window._busy.isHidden()


def test_the_window_closes_while_the_process_that_draws_stands_still(app, until):
    window = Window([PRODUCTS / "rug" / "rug.glb"], remote=Remote(preview))  # of its own, as it is to end
    window.show()
    until(lambda: window.drawing.resting)
    pid = window.drawing.pid
    os.kill(pid, signal.SIGSTOP)
    window.close()
    assert not Path(f"/proc/{pid}").exists()


def test_the_window_works_little_at_a_time(window):
    watchdog = Watchdog()
    for _ in range(2):
        visit(window, watchdog)
        watchdog.until(lambda: window.drawing.resting)
    assert watchdog.worst_s < PAUSE_S


def large(path: Path, columns: int, rows: int) -> None:
    """Write a hilly sheet of columns x rows squares with one incompressible texture."""
    from PIL import Image

    x, z = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    points = np.stack([x, 0.05 * np.sin(20 * x) * np.cos(20 * z), z], -1).reshape(-1, 3).astype("<f4")
    uv = np.stack([x, z], -1).reshape(-1, 2).astype("<f4")
    corner = (np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)).ravel()
    a, b, c, d = corner, corner + 1, corner + columns + 1, corner + columns + 2
    indices = np.stack([a, c, b, b, c, d], 1).astype("<u4")
    picture = path.with_suffix(".png")
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (3072, 2048, 3), np.uint8)).save(picture, compress_level=0)
    parts = [points.tobytes(), uv.tobytes(), indices.tobytes(), picture.read_bytes()]
    parts = [part + bytes(-len(part) % 4) for part in parts]
    starts = np.cumsum([0, *map(len, parts)]).tolist()
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "sheet"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {
                "bufferView": 0, "componentType": 5126, "count": len(points), "type": "VEC3",
                "min": points.min(0).tolist(), "max": points.max(0).tolist(),
            },
            {"bufferView": 1, "componentType": 5126, "count": len(uv), "type": "VEC2"},
            {"bufferView": 2, "componentType": 5125, "count": indices.size, "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteOffset": start, "byteLength": len(part)} for start, part in zip(starts, parts, strict=False)],
        "buffers": [{"byteLength": starts[-1]}],
    }  # fmt: skip
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", starts[-1], b"BIN\0") + b"".join(parts)
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)


@pytest.mark.slow
def test_a_million_triangles_in_40_megabytes_are_read_while_the_window_works(window, until, tmp_path):
    path = tmp_path / "lamp of 40 MB.glb"
    large(path, 1000, 500)
    assert path.stat().st_size > 40e6
    watchdog, said = Watchdog(), set()
    window.do("file.open", [path])

    def there() -> bool:
        if not window._doing.isHidden():
            said.add(window._doing.text())
        return path in window.session.state.files

    watchdog.until(there)
    assert window.session.given.opened.triangles == 1_000_000 or window.session.state.shot.file != path
    while window.session.state.shot.file != path:
        window.do("file.next")
    watchdog.until(lambda: window.drawing.resting)
    visit(window, watchdog)
    watchdog.until(lambda: window.drawing.resting)
    assert "Reading lamp of 40 MB.glb ..." in said
    assert watchdog.worst_s < PAUSE_S
    assert not window.message


@pytest.mark.slow
def test_a_hundred_products_opened_hold_no_more_than_forty(window, until, tmp_path):
    sources = sorted(PRODUCTS.glob("*/*.glb"))
    held: dict[int, list[float]] = {}
    for count in range(1, 101):
        path = tmp_path / f"{count}.glb"
        shutil.copyfile(sources[count % len(sources)], path)
        window.do("file.open", [path])
        until(lambda path=path: path in window.session.state.files)
        while window.session.state.shot.file != path:
            window.do("file.next")
        until(lambda: window.drawing.resting)
        if count in (40, 100):  # 40 fill the renderer's budgets
            held[count] = [memory_mb(pid) for pid in (os.getpid(), window.drawing.pid)]
    assert held[100] == pytest.approx(held[40], rel=0.1)


def memory_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
