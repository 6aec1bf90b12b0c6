"""Trying recipes on in the window, offscreen: the astronaut's portrait, a film in place of a webcam, and what goes wrong."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from arviz.core.image import Image, decode
from arviz.flows.outputs import picture_bytes
from arviz.flows.try_on import try_on
from arviz.vision.models.store import ModelStore

pytest.importorskip("PySide6.QtTest", reason="the extra [desktop] is not installed")

RECIPE = Path(__file__).parents[2] / "examples" / "recipes" / "lipstick-satin.json"


@pytest.fixture
def portrait(tmp_path: Path, astronaut: Image) -> Path:
    path = tmp_path / "portrait.png"
    path.write_bytes(picture_bytes(Image(pixels=np.ascontiguousarray(astronaut.pixels[:320, 60:380])), path))
    return path


@pytest.fixture
def window(app):
    from arviz.viewer.window import Window

    window = Window()
    window.resize(800, 600)
    window.show()
    yield window
    window.close()


def shown(window) -> np.ndarray:
    """Return the picture without its borders, as large as the portrait is."""
    pixels = window.seen.image.pixels
    height, width = pixels.shape[:2]
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    return cv2.resize(pixels[top : top + side, left : left + side], (320, 320), interpolation=cv2.INTER_AREA).astype(int)


def test_a_portrait_is_made_up_changed_and_undone(window, until, portrait: Path, models: ModelStore, tmp_path: Path) -> None:
    window.do("tryon.recipe", RECIPE)
    window.do("tryon.portrait", portrait)
    until(lambda: window.tryon.tried is not None and window.tryon.tried.faces and window.tryon.resting)
    expected = try_on(portrait, RECIPE)
    bare = decode(portrait.read_bytes(), where="portrait.png").pixels.astype(int)
    made_up = expected.image.pixels.astype(int)
    lips = np.abs(made_up - bare).sum(axis=2) > 30
    assert lips.sum() > 50
    assert np.abs(shown(window)[lips] - made_up[lips]).mean() < np.abs(bare[lips] - made_up[lips]).mean() / 3
    assert window.tryon.tried.faces[0] == expected.to_json()["faces"][0]
    told = [note.text for note in window.tryon.notes()]
    assert any("ΔE00" in text and "±" in text for text in told)

    def look(name: str, value: object) -> np.ndarray:
        window.do(name, value)
        until(lambda: window.tryon.resting)
        return shown(window)

    before = shown(window)
    off = look("tryon.worn", False)
    assert np.abs(off - bare)[lips].mean() < np.abs(off - made_up)[lips].mean() / 3
    assert (look("tryon.worn", True) == before).all()
    thin = look("tryon.coverage", 30.0)
    assert np.abs(thin - off)[lips].mean() < 0.8 * np.abs(before - off)[lips].mean()
    blue = look("tryon.colour", "#2030c0")
    assert blue[lips][:, 2].mean() > before[lips][:, 2].mean()
    for _ in range(2):
        look("edit.undo", None)
    assert (shown(window) == before).all()
    window.do("tryon.colour", "no colour")
    assert window.message
    window.do("file.screenshot", tmp_path / "tried.png")
    assert (tmp_path / "tried.png").exists()


def test_a_film_is_shown_live_until_it_ends(window, until, tmp_path: Path, astronaut: Image, models: ModelStore) -> None:
    path = tmp_path / "film.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 5, (320, 320))
    for _ in range(5):
        writer.write(np.ascontiguousarray(astronaut.pixels[:320, 60:380, ::-1]))
    writer.release()
    window.do("tryon.recipe", RECIPE)
    until(lambda: window.session.state.try_on is not None)
    window.do("tryon.portrait", path)
    pictures = []
    until(lambda: window.tryon.tried is not None and not (pictures.append(id(window.tryon.tried)) or window.tryon.tried.live))
    assert len(set(pictures)) > 2
    assert window.tryon.tried.faces


def test_what_goes_wrong_is_said_in_words(window, until, portrait: Path, models: ModelStore, tmp_path: Path) -> None:
    nobody, broken = tmp_path / "nobody.png", tmp_path / "broken.json"
    nobody.write_bytes(picture_bytes(Image(pixels=np.full((64, 64, 3), 128, np.uint8)), nobody))
    broken.write_text(json.dumps({"schema": "arviz.tryon/1"}))
    window.do("tryon.recipe", broken)
    until(lambda: "broken.json" in window.message)
    window.do("file.drop", [nobody, RECIPE])
    until(lambda: window.tryon.tried is not None and window.tryon.tried.look.recipe is not None)
    assert "No face" in window.tryon.notes()[0].text
    window.do("tryon.webcam", 99)
    until(lambda: window.message)
    assert "webcam" in window.message.lower()
