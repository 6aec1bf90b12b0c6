"""A film through a function, picture by picture, into a new film: one is in memory at a time."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.flows.outputs import writing
from arviz.flows.video.encoder import Encoder, Plan, encoder_for
from arviz.flows.video.film import Picture, open_film

QUALITY = 90
_UNKNOWN_S = 10.0
"""How long a film is expected to be that does not say."""


class Through(NamedTuple):
    """How many pictures a film had, and what is to be known of the new one."""

    pictures: int
    findings: tuple[Finding, ...] = ()


def through(
    source: str | PathLike[str],
    each: Callable[[Picture], Image],
    *,
    out: Path | None,
    progress: Callable[[str, float], None] = lambda step, share: None,
) -> Through:
    """Show each picture of a film to `each`, and write what it returns as a film of the same rate, without sound.

    Parameters
    ----------
    source : path
    each : callable
        Called with each picture in order; returns one of the same size.
    out : path or None
        ``.mp4``, ``.webm``, ``.webp`` or ``.gif``; None writes nothing. An MP4's sides are even: an odd last row or column is left
        out.
    progress : callable
        Told the picture's number, and its share of what the film announces, at most 1.

    Raises
    ------
    InputError, FormatError, LimitError, ImageError
        As `open_film`, `encoder_for` and `writing`.
    """
    kind = None if out is None else encoder_for(out)
    encoder: Encoder | None = None
    done = 0
    with open_film(source) as film, ExitStack() as stack:
        expected = film.count or round(film.rate * _UNKNOWN_S)
        for done, picture in enumerate(film.pictures(), 1):
            made = each(picture)
            if kind is not None and out is not None:
                made = _even(made) if kind.even else made
                if encoder is None:
                    seconds = expected / film.rate
                    plan = Plan(width_px=made.width_px, height_px=made.height_px, frames=expected, seconds=seconds, quality=QUALITY)
                    encoder = kind(stack.enter_context(writing(out)), plan)
                encoder.add(made)
            progress(f"picture {done}" if done > (film.count or 0) else f"picture {done} of {expected}", min(done / expected, 1.0))
        if encoder is not None:
            encoder.finish()
    return Through(done, () if encoder is None else encoder.findings)


def _even(image: Image) -> Image:
    return Image(pixels=image.pixels[: image.height_px & ~1, : image.width_px & ~1])
