"""Damage to the JSON of glTF: bytes changed blindly hardly get past the chunks."""

from __future__ import annotations

import json
import random
from typing import Any

from arviz.core.errors import ArvizError
from arviz.formats.files import Files
from arviz.formats.gltf.container import join, split

_ODD = (
    None,
    True,
    -1,
    0,
    1,
    255,
    2**31,
    2**63,
    -0.5,
    1e-320,
    1e308,
    "",
    "x" * 2000,
    "\ud800",
    "../../etc/passwd",
    "data:,",
    [],
    [[]],
    {},
    {"a": 1},
)


def damaged(data: bytes, seed: int) -> bytes:
    """Return a GLB with one to four values of its JSON replaced, taken out, doubled or moved; other bytes as they are."""
    try:
        document, binary = split(data, Files(None, name="seed.glb"))
    except ArvizError:
        return data
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        _hurt(document, chance)
    try:
        return join(document, bytes(binary or b"")) if data[:4] == b"glTF" else json.dumps(document).encode()
    except (ValueError, RecursionError):
        return data


def _hurt(document: dict[str, Any], chance: random.Random) -> None:
    places = list(_places(document))
    if not places:
        return
    owner, key = chance.choice(places)
    match chance.randrange(4):
        case 0:
            owner[key] = chance.choice(_ODD)
        case 1:
            del owner[key]
        case 2:
            other, at = chance.choice(places)
            owner[key] = json.loads(json.dumps(other[at]))
        case 3 if isinstance(owner[key], int | float) and not isinstance(owner[key], bool):
            owner[key] += chance.choice((-1, 1, 4, 1000))
        case 3 if isinstance(owner, list):
            owner.append(json.loads(json.dumps(owner[key])))


def _places(value: Any) -> Any:
    for key, child in list(value.items() if isinstance(value, dict) else enumerate(value)):
        yield value, key
        if isinstance(child, dict | list):
            yield from _places(child)
