"""Signatures: beside the standard library's own HMAC, and against whoever changes a letter."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.service.addresses import model_endings, signed_address
from arviz.service.signing import is_signed, sign, signature

SECRET = bytes(range(32))
texts = st.text(min_size=1, max_size=60)


@given(texts)
def test_a_signature_is_the_first_half_of_an_hmac(rest):
    path = f"/r/{rest}"
    whole = hmac.digest(SECRET, path.encode(), hashlib.sha256)
    assert base64.urlsafe_b64decode(signature(path, secret=SECRET) + "==") == whole[:16]


@given(texts, texts, texts)
def test_no_other_path_text_or_secret_fits(rest, other, given_text):
    path = f"/r/{rest}"
    right = signature(path, secret=SECRET)
    assert is_signed(path, right, secret=SECRET)
    assert is_signed(f"/r/{other}", right, secret=SECRET) == (other == rest)
    assert is_signed(path, given_text, secret=SECRET) == (given_text == right)
    assert not is_signed(path, right, secret=SECRET[::-1])


def test_the_door_is_signed_as_well():
    address = sign("/r/default/x.webp", secret=SECRET)
    _, door, given_signature, rest = address.split("/", 3)
    assert (door, rest) == ("r", "default/x.webp")
    assert not is_signed("/a/default/x.webp", given_signature, secret=SECRET)


@pytest.mark.parametrize("ending", ["glb", "usdz", "web.glb", "google-merchant.glb", "web.lod1.glb", "lod2.glb", "hulls.glb"])
def test_files_of_an_asset_are_signed_by_what_they_are(ending):
    asset = "a" * 26
    path = f"/a/{asset}.{ending}"
    assert signed_address(path, secret=SECRET) == sign(path, secret=SECRET)
    (role,) = [
        role for role, end in model_endings(["glb", "usdz", ending.removesuffix(".glb"), "poster", "preview"]).items() if end == ending
    ]
    assert role in (ending, ending.removesuffix(".glb"))


@pytest.mark.parametrize("ending", ["preview.glb", "poster.webp", "webb.glb", "web.usdz", "web.lod1.lod1.glb", "glb/../x", ""])
def test_nothing_else_of_an_asset_is_signed(ending):
    with pytest.raises(InputError) as caught:
        signed_address(f"/a/{'a' * 26}.{ending}", secret=SECRET)
    assert caught.value.code == "E_ADDRESS"
