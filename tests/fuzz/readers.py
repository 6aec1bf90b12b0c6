"""Feed damaged files to a reader until one ends otherwise than as an asset that can be written, or as an `ArvizError`.

    python -m tests.fuzz.readers FORMAT [SECONDS]

atheris (``pip install atheris``: coverage-guided, libFuzzer) chooses the damage; half of a GLB's hits its JSON, as bytes alone
hardly get past the chunks. What was reached is kept in ``.cache/fuzz/FORMAT``; a file that broke something is printed, and belongs into
``tests/fuzz/found/FORMAT``, where a test reads it for ever. One that takes more than 30 s or 3 GB is a find too.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[2]
FOUND = Path(__file__).parent / "found"

with atheris.instrument_imports(include=["arviz"]):
    from tests.fuzz.damage import damaged
    from tests.fuzz.ends import ends_well
    from tests.fuzz.seeds import SEEDS

    for kind, seeds in SEEDS.items():  # what is imported late is to be seen too
        for seed in seeds():
            ends_well(seed, kind)


def main() -> None:
    """Fuzz one format for a time."""
    kind, seconds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1200
    corpus = ROOT / ".cache" / "fuzz" / kind
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[kind]()):
        (corpus / f"seed-{number}").write_bytes(seed)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return damaged(data, seed)[:most] if seed % 2 else atheris.Mutate(data, most)

    known = [str(folder) for folder in (FOUND / kind,) if folder.is_dir()]
    limits = [
        f"-max_total_time={seconds}",
        "-timeout=30",
        "-rss_limit_mb=3000",
        "-max_len=20000",
        f"-artifact_prefix={corpus.parent}/{kind}-",
    ]
    atheris.Setup(
        [sys.argv[0], *limits, str(corpus), *known],
        lambda data: ends_well(data, kind),
        custom_mutator=mutate if kind in ("glb", "gltf") else None,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
