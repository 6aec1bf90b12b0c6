"""Damaged files end as an asset that can be written or as an `ArvizError`; `tests.fuzz.readers` looks for those that do not."""

import random
from pathlib import Path

import pytest

from tests.fuzz.damage import damaged
from tests.fuzz.ends import ends_well
from tests.fuzz.seeds import SEEDS
from tests.seeds import drawn_seed

FOUND = sorted((Path(__file__).parent / "found").glob("*/*"))
"""Files that broke a reader once."""


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_broke_a_reader_once_ends_well(path):
    ends_well(path.read_bytes(), path.parent.name)


@pytest.mark.parametrize("kind", SEEDS)
def test_bytes_changed_cut_and_doubled_end_well(kind):
    chance = random.Random(drawn_seed(f"damaged {kind}"))
    for seed in SEEDS[kind]():
        for _ in range(40):
            data = bytearray(seed)
            for _ in range(chance.randint(1, 8)):
                at = chance.randrange(len(data))
                data[at : at + chance.choice((0, 1, 4))] = chance.randbytes(chance.choice((0, 1, 4)))
            ends_well(bytes(data[: chance.choice((len(data), chance.randrange(len(data))))]), kind)


@pytest.mark.parametrize("kind", ["glb", "gltf"])
def test_documents_changed_end_well(kind):
    chance = random.Random(drawn_seed(f"damaged documents {kind}"))
    for seed in SEEDS[kind]():
        for _ in range(150):
            ends_well(damaged(seed, chance.getrandbits(32)), kind)
