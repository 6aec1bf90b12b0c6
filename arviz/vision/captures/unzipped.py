"""Captures as they leave the phone: zip archives, unpacked for the time of reading into a private folder that is then deleted.

Videos can only be decoded from a file, so entries cannot stay in memory as `arviz.formats.archive` keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from arviz.core.unzip import unzip

MOST_ENTRIES = 50_000
"""A quarter of an hour of pictures, depth and confidence at 20 a second."""
MOST_BYTES = 8 * 2**30
"""Unpacked; ten minutes of a phone's video, depth and confidence are 2 to 4 GB."""


@contextmanager
def unzipped(archive: Path) -> Iterator[Path]:
    """Unpack an archive, yield the folder or JSON file that the capture is, and delete it afterwards.

    A single folder at the archive's root, as phones pack them, is entered; a single JSON file is the capture itself.

    Raises
    ------
    FormatError, LimitError
        As `arviz.core.unzip.unzip`.
    """
    with TemporaryDirectory(prefix="arviz-capture-") as folder:
        # Called like the archive, so that messages name what the user knows.
        root = Path(folder) / (archive.stem or "capture")
        unzip(archive, root, most_entries=MOST_ENTRIES, most_bytes=MOST_BYTES)
        yield _entered(root)


def _entered(root: Path) -> Path:
    while True:
        inside = list(root.iterdir())
        if len(inside) != 1:
            return root
        if inside[0].is_file():
            return inside[0] if inside[0].suffix.lower() == ".json" else root
        if inside[0].name in ("keyframes", "depth", "lowres_wide"):  # folders of a capture, not the capture
            return root
        root = inside[0]
