"""Boards on paper: read back from the page's own operators, and drawn by a browser."""

from __future__ import annotations

import base64
import io
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from arviz.core.errors import InputError
from arviz.core.image import Image
from arviz.vision.calibration.boards import parse_board
from arviz.vision.calibration.detect import detect
from arviz.vision.calibration.print import PAPERS_MM, board_pdf, rectangles

BOARDS = [("charuco:7x10:26mm", "a4"), ("chessboard:9x6:25mm", "a4"), ("aprilgrid:6x6:24mm:0.3", "letter"), ("charuco:8x11:35mm", "a3")]
_NUMBER = r"(-?[\d.]+)"


def page_mm(data: bytes) -> tuple[float, float]:
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", data)
    assert box is not None
    return float(box[1]) * 25.4 / 72, float(box[2]) * 25.4 / 72


def operators(data: bytes) -> str:
    """Return what the page draws, after the one scaling of it, which must be to millimetres."""
    text = data.decode("latin-1").split("stream", 1)[1].split("endstream")[0]
    scalings = re.findall(rf"{_NUMBER} 0 0 {_NUMBER} 0 0 cm", text)
    scales = [float(x) for x, _ in scalings if x != "1"]
    assert [round(scale, 5) for scale in scales] == [round(72 / 25.4, 5)]
    return text


@pytest.mark.parametrize(("text", "paper"), BOARDS)
def test_the_page_is_the_pattern(text: str, paper: str) -> None:
    board = parse_board(text)
    data = board_pdf(board, paper=paper)
    size = page_mm(data)
    assert np.allclose(sorted(size), sorted(PAPERS_MM[paper]), atol=0.01)
    drawn = np.array([[float(n) for n in found] for found in re.findall(rf"{_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER} re", operators(data))])
    left, top = drawn[:, 0].min(), (drawn[:, 1] + drawn[:, 3]).max()
    width, height = (side * 1000 for side in board.size_m)
    assert left == pytest.approx((size[0] - width) / 2, abs=0.001)
    assert (drawn[:, 0] + drawn[:, 2]).max() - left == pytest.approx(width, abs=0.001)
    assert top - drawn[:, 1].min() == pytest.approx(height, abs=0.001)
    assert top < size[1] - 5
    rng = np.random.default_rng(5)
    points = rng.uniform((0, 0), (width, height), (4000, 2))
    x, y = points[:, :1] + left, top - points[:, 1:]
    inside = (x > drawn[:, 0]) & (x < drawn[:, 0] + drawn[:, 2]) & (y > drawn[:, 1]) & (y < drawn[:, 1] + drawn[:, 3])
    assert inside.sum(axis=1).max() == 1  # each spot is inked once
    assert (inside.any(axis=1) == board.pattern().at(points / 1000)).all()


def test_the_bar_is_100_mm() -> None:
    text = operators(board_pdf(parse_board("chessboard:9x6:25mm")))
    lines = np.array([[float(n) for n in found] for found in re.findall(rf"{_NUMBER} {_NUMBER} m {_NUMBER} {_NUMBER} l", text)])
    lengths = np.abs(lines[:, 2:] - lines[:, :2])
    assert lengths[lengths[:, 1] == 0].tolist() == [[100.0, 0.0]]
    assert np.allclose(np.diff(np.sort(lines[lengths[:, 0] == 0][:, 0])), 10)


def test_the_page_names_the_board_and_stays_the_same() -> None:
    board = parse_board("charuco:7x10:26mm:4x4_50")
    data = board_pdf(board)
    assert data == board_pdf(board)
    assert f"--board {board.text}" in operators(data)
    assert b"/PrintScaling /None" in data


def test_rectangles_are_few() -> None:
    pattern = parse_board("chessboard:3x3:10mm").pattern()
    assert len(rectangles(pattern)) == 8


@pytest.mark.parametrize(("text", "paper", "side"), [("chessboard:9x6:40mm", "a4", 25.4), ("charuco:7x10:36mm", "a4", 26.5)])
def test_a_board_that_does_not_fit(text: str, paper: str, side: float) -> None:
    with pytest.raises(InputError, match=f"at most {side} mm") as caught:
        board_pdf(parse_board(text), paper=paper)
    assert caught.value.code == "E_BOARD_PAPER"
    named = re.search(r"--board (\S+),", str(caught.value.hint))
    assert named is not None
    assert board_pdf(parse_board(named[1]), paper=paper)


def test_unknown_paper() -> None:
    with pytest.raises(InputError) as caught:
        board_pdf(parse_board("chessboard:9x6:25mm"), paper="a5")
    assert caught.value.code == "E_PAPER_UNKNOWN"


@pytest.mark.slow
@pytest.mark.parametrize(("text", "paper"), BOARDS[:3])
def test_a_browser_draws_it(tmp_path: Path, text: str, paper: str) -> None:
    """Chromium's PDFium knows nothing of us: what it draws is detected, and lies where it should, in millimetres."""
    devtools = pytest.importorskip("tests.bench.peers.devtools")
    board = parse_board(text)
    data = board_pdf(board, paper=paper)
    (tmp_path / "board.pdf").write_bytes(data)
    page = "<style>*{margin:0}</style><embed src='board.pdf#toolbar=0&navpanes=0&view=Fit' type='application/pdf' width=1400 height=1400>"
    (tmp_path / "page.html").write_text(f"<!doctype html>{page}<script>window.ready = true</script>")
    picture = None
    try:
        with devtools.Browser((tmp_path / "page.html").as_uri(), width_px=1400, height_px=1400) as browser:
            for _ in range(60):
                time.sleep(0.5)
                shot = base64.b64decode(browser.call("Page.captureScreenshot", format="png")["data"])
                picture = np.asarray(PillowImage.open(io.BytesIO(shot)).convert("RGB"))
                if detect(Image(pixels=picture), board) is not None:
                    break
    except devtools.BrowserError as error:
        pytest.skip(str(error))
    assert picture is not None
    found = detect(Image(pixels=picture), board)
    assert found is not None
    assert len(found) == len(board.object_points()[0])
    # The page is white on the viewer's dark ground: its sides give the scale.
    bright = picture.min(axis=2) > 200
    rows, columns = (np.flatnonzero(bright.mean(axis=axis) > 0.05) for axis in (1, 0))
    size = page_mm(data)
    px_per_mm = np.array([columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1]) / size
    assert abs(px_per_mm[0] / px_per_mm[1] - 1) < 0.004
    expected = board.object_points()[1][:, :2] * 1000
    offset = (found.points_px - expected * px_per_mm).mean(axis=0)
    assert np.abs(found.points_px - expected * px_per_mm - offset).max() < 0.004 * 1400
    scale = np.polyfit(expected[:, 0], found.points_px[:, 0], 1)[0]
    assert scale == pytest.approx(px_per_mm[0], rel=0.004)
