"""A film through a function, picture by picture, into a new film: one is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

from arviz.core.image import Image
from arviz.flows.outputs import writing
from arviz.flows.video.encoder import Plan, encoder_for
from arviz.flows.video.film import Picture, open_film

QUALITY = 90


def through(
    source: str | PathLike[str],
    each: Callable[[Picture], Image],
    *,
    out: Path | None,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> int:
    """Show each picture of a film to `each`, write what it returns as a film of the same rate, and return their number.

    Parameters
    ----------
    source : path
    each : callable
        Called with each picture in order; returns one of the same size.
    out : path or None
        ``.mp4``, ``.webm``, ``.webp`` or ``.gif``; None writes nothing. An MP4's sides are even: an odd last row or column is left
        out.

    Raises
    ------
    InputError, FormatError, LimitError, ImageError
        As `open_film`, `encoder_for` and `writing`.
    """
    with open_film(source) as film:
        rate, count = film.rate, _counted(source)
        done = 0
        if out is None:
            for done, picture in enumerate(film.pictures(), 1):
                each(picture)
                progress(f"picture {done} of {count}", done / count)
            return done
        kind = encoder_for(out)
        with writing(out) as file:
            encoder = None
            for done, picture in enumerate(film.pictures(), 1):
                made = _even(each(picture)) if out.suffix.lower() == ".mp4" else each(picture)
                if encoder is None:
                    plan = Plan(width_px=made.width_px, height_px=made.height_px, frames=count, seconds=count / rate, quality=QUALITY)
                    encoder = kind(file, plan)
                encoder.add(made)
                progress(f"picture {done} of {count}", done / count)
            assert encoder is not None  # a film without pictures was refused
            encoder.finish()
        return done


def _counted(source: str | PathLike[str]) -> int:
    """Return how many pictures come out of a film; what its header announces may be wrong."""
    with open_film(source) as film:
        return sum(1 for _ in film.pictures())


def _even(image: Image) -> Image:
    return Image(pixels=image.pixels[: image.height_px & ~1, : image.width_px & ~1])
