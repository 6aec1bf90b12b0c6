"""Write results safely: nothing is overwritten unasked, nothing is ever half-written."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO

from arviz.core.errors import InputError
from arviz.core.image import Image, encode

PICTURES = {".png": "PNG", ".webp": "WEBP", ".jpg": "JPEG", ".jpeg": "JPEG"}
"""Suffix -> format of pictures that are written."""
_QUALITY = 92


def picture_bytes(image: Image, path: Path, *, quick: bool = False) -> bytes:
    """Return a picture encoded as the suffix of `path` asks; without loss as PNG. `quick` is that of `encode`."""
    kind = PICTURES[path.suffix.lower()]
    return encode(image, kind, quality=None if kind == "PNG" else _QUALITY, quick=quick)


def save_picture(image: Image, path: str | PathLike[str], *, force: bool = False) -> Path:
    """Write a picture into a file as its suffix asks; return where (`Image.save`)."""
    out = Path(fspath(path))
    refuse_other_formats(out, tuple(PICTURES))
    refuse_existing([out], force=force)
    write_files({out: picture_bytes(image, out)})
    return out


def refuse_existing(paths: Iterable[Path], *, force: bool, source: Path | None = None) -> None:
    """Raise InputError if one of `paths` exists and `force` is not given; call it before the work starts.

    A path that is `source` itself, or no file, is refused even with `force`, and so is a folder that cannot be written.
    """
    paths = list(paths)
    for path in paths:
        if path.exists() and (not path.is_file() or (source is not None and source.exists() and path.samefile(source))):
            raise InputError(
                "E_OUTPUT_IS_INPUT" if path.is_file() else "E_OUTPUT_UNWRITABLE",
                "the output would replace the input" if path.is_file() else "the output is a folder",
                where=path,
                hint="Choose another folder with -o, or another --name.",
            )
    taken = [path for path in paths if path.exists()]
    if taken and not force:
        raise InputError(
            "E_OUTPUT_EXISTS",
            "the output exists already",
            where=", ".join(str(path) for path in taken[:3]),
            hint="Choose another name or folder, or add --force to replace it.",
        )
    for folder in dict.fromkeys(path.parent for path in paths):
        _check_writable(folder)


def refuse_twice(files: Mapping[str, Path]) -> None:
    """Raise InputError if two results, by what they are called, would go into one file."""
    if len({path.resolve() for path in files.values()}) < len(files):
        told = ", ".join(f"{name} {path}" for name, path in files.items())
        raise InputError("E_OUTPUT_TWICE", "two results would go into one file", found=told, hint="Give each a name of its own.")


def refuse_other_formats(path: Path, suffixes: Sequence[str]) -> None:
    """Raise InputError ``E_OUTPUT_FORMAT`` unless a result's name ends in one of `suffixes`, which are of lower case."""
    if path.suffix.lower() not in suffixes:
        raise InputError(
            "E_OUTPUT_FORMAT",
            "this is not written in this format",
            where=path.name,
            expected=", ".join(suffixes),
            found=path.suffix or "no extension",
            hint=f"Call it {path.stem}{suffixes[0]}.",
        )


def _check_writable(folder: Path) -> None:
    """Refuse a folder that exists and cannot be written, or that cannot be made, before the work is done."""
    at = folder
    while not os.path.lexists(at) and at != at.parent:
        at = at.parent
    if not at.is_dir():
        raise unwritable(folder, os.strerror(errno.ENOTDIR))
    if not os.access(at, os.W_OK | os.X_OK):
        raise unwritable(folder, os.strerror(errno.EACCES))


def unwritable(where: Path, found: str) -> InputError:
    """Return what a place that takes no results is told as; `found` is what the system says."""
    return InputError(
        "E_OUTPUT_UNWRITABLE",
        "the output cannot be written",
        where=where,
        found=found,
        hint="Choose a folder that you may write to, with -o, and check the free space.",
    )


def write_files(contents: Mapping[Path, bytes], *, remove: Iterable[Path] = ()) -> None:
    """Write all files, each beside its place first and renamed only when every one is complete.

    Each file changes at once or not at all; files in `remove` are deleted after that.

    Raises
    ------
    InputError
        ``E_OUTPUT_UNWRITABLE``: the folder cannot be made or written, or the disk is full. Nothing half-written is
        left behind then.
    """
    waiting: dict[Path, Path] = {}
    target = Path()
    try:
        for path, content in contents.items():
            target = path
            path.parent.mkdir(parents=True, exist_ok=True)
            waiting[path] = _write_beside(path, content)
        for path in list(waiting):
            target = path
            os.replace(waiting[path], path)
            del waiting[path]
        for path in remove:
            target = path
            path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(target, error.strerror or str(error)) from error  # not the hidden part beside it
    finally:
        for path in waiting.values():
            path.unlink(missing_ok=True)


@contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that grows piece by piece and takes its name only when the block ends without an exception.

    Raises
    ------
    InputError
        ``E_OUTPUT_UNWRITABLE``, as `write_files`. Nothing half-written is left behind.
    """
    beside = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(beside, "x+b") as file:
            yield file
        os.replace(beside, path)
    except OSError as error:
        raise unwritable(path, error.strerror or str(error)) from error
    finally:
        beside.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}.part")


def _write_beside(path: Path, content: bytes) -> Path:
    beside = _beside(path)
    try:
        with open(beside, "xb") as file:
            file.write(content)
    except BaseException:  # also Ctrl-C: no part may stay
        beside.unlink(missing_ok=True)
        raise
    return beside
