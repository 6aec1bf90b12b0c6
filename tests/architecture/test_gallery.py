"""The gallery shows what its commands and lines make."""

from __future__ import annotations

import importlib
import io
import sys

import numpy as np
import pytest
from PIL import Image

from tests.architecture.checkout import ROOT

sys.path.append(str(ROOT / "scripts"))  # scripts import each other by name
gallery = importlib.import_module("gallery")
SHOWN = {name: one for chapter in gallery.CHAPTERS.values() for name, one in chapter.items()}
SOME_LEVELS = 6.0
"""Mean difference in grey levels that fonts, drivers and WebP may make; another picture is 20 and more off."""


def test_the_page_is_fresh():
    assert gallery.PAGE.read_text("utf-8") == gallery.page(), "run `make docs` and commit docs/gallery.md"


def test_every_name_stands_once():
    assert sum(len(chapter) for chapter in gallery.CHAPTERS.values()) == len(SHOWN)
    assert {path.stem for path in (gallery.IMAGES / "gallery").iterdir()} == set(SHOWN)


@pytest.fixture(scope="module")
def photos():
    if not gallery.PHOTOS.is_dir():
        gallery.write_photos(gallery.PHOTOS)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHOWN)
def test_commands_and_lines_make_the_picture(name, tmp_path, photos, monkeypatch, request):
    if name in {"glasses", "makeup", "shades", "landmarks"}:
        request.getfixturevalue("models")
    try:
        made = gallery.made(SHOWN[name], tmp_path)
    except gallery.NoBrowserError as error:
        pytest.skip(str(error))
    now, then = (np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), float) for data in (made, kept(name)))
    assert now.shape == then.shape
    assert np.abs(now - then).mean() < SOME_LEVELS


def kept(name: str) -> bytes:
    return (gallery.IMAGES / "gallery" / f"{name}.webp").read_bytes()
