"""The validator fixture itself: it accepts what is right and finds what is wrong."""

from __future__ import annotations

import json
import struct


def glb(document: dict) -> bytes:
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    return struct.pack("<4sIII4s", b"glTF", 2, 20 + len(text), len(text), b"JSON") + text


def test_smallest_asset_is_clean(validate_glb):
    assert validate_glb(glb({"asset": {"version": "2.0"}})) == []


def test_wrong_index_is_an_error_and_the_process_lives_on(validator):
    broken = glb({"asset": {"version": "2.0"}, "scene": 3, "scenes": [{"nodes": [0]}]})
    assert any(line.startswith("UNRESOLVED_REFERENCE /scene:") for line in validator.errors(broken))
    assert validator.errors(glb({"asset": {"version": "2.0"}})) == []


def test_truncated_bytes_are_reported(validator):
    assert validator.errors(glb({"asset": {"version": "2.0"}})[:-4]) != []
