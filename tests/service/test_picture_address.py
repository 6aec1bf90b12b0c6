"""Addresses of pictures: what is written is read again, and nothing else is."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import InputError, LimitError
from arviz.flows.thumbnail import PRESETS
from arviz.service.picture_address import ENDINGS, MOST_PX, OPTIONS, PictureRequest, parse

ASSET = "abcdefghijklmnopqrstuvwxyz"

requests = st.builds(
    PictureRequest,
    asset=st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=26, max_size=26),
    ending=st.sampled_from(list(ENDINGS)),
    width_px=st.integers(1, MOST_PX),
    height_px=st.integers(1, MOST_PX),
    orbit=st.tuples(st.integers(-360, 360).map(float), st.integers(0, 180).map(float)),
    background=st.from_regex(r"[0-9a-f]{6}|", fullmatch=True),
    variant=st.text(st.characters(exclude_categories=["Cs"]), max_size=120),
    environment=st.sampled_from(["studio", "room"]),
    shadow=st.sampled_from([0.0, 0.25, 1.0]),
    device=st.sampled_from(["", *PRESETS]),
    until=st.integers(0, 10**11),
)


@given(requests)
def test_what_is_written_is_read_again(wanted):
    path = wanted.path()
    assert path.isascii()
    assert " " not in path
    _, door, options, name = path.split("/")
    assert door == "r"
    assert parse(options, name) == wanted


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_any_text_is_a_request_or_an_error_of_ours(text):
    with suppress(InputError, LimitError):
        assert parse(text, f"{ASSET}.webp").asset == ASSET


@pytest.mark.parametrize(
    "options", ["w=512,w=256", "w=", "w=-1", "w=1e3", "w=９", "orbit=1_2_3", "orbit=nan_1", "shadow=2", "bg=FFFFFF", "x=1", "", "w"]
)
def test_what_is_not_understood_is_refused(options):
    with pytest.raises(InputError) as caught:
        parse(options, f"{ASSET}.webp")
    assert caught.value.code == "E_PICTURE_ADDRESS"
    assert caught.value.hint


@pytest.mark.parametrize("name", [f"{ASSET}.exe", f"{ASSET}", f"../{ASSET}.webp", f"{ASSET.upper()}.webp", f"{ASSET}.webp.png"])
def test_names_are_assets_with_an_ending(name):
    with pytest.raises(InputError):
        parse("default", name)


def test_larger_pictures_are_jobs():
    with pytest.raises(LimitError) as caught:
        parse(f"w={MOST_PX + 1}", f"{ASSET}.webp")
    assert "job" in caught.value.hint


def test_every_option_has_a_field():
    assert {field for field, _, _ in OPTIONS.values()} == {name for name in PictureRequest.__slots__ if name not in ("asset", "ending")}
