"""``arviz textures``: a product without what its textures carry in vain."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import one_step
from arviz.cli.terminal import file_size, printable, say, say_json, say_told
from arviz.flows.textures import FORMATS, Format, textures_file


@click.command("textures")
@one_step(
    click.option("--format", type=click.Choice(FORMATS), default="keep", show_default=True, help="What pictures become."),
    click.option("--quality", type=click.IntRange(1, 100), metavar="Q", help="Of pictures, 1 to 100. Default: 60 to 78, as they are used."),
    click.option("--longest", "longest_px", type=click.IntRange(1), metavar="PX", help="No side of a picture is longer."),
)
def command(
    file: Path,
    format: Format,
    quality: int | None,
    longest_px: int | None,
    asked: Mapping[str, Any],
    as_json: bool,
) -> int:
    """Take unused textures and UV sets out, make equal pictures one, and single colours factors.

    Without --format, --quality and --longest the look stays to the last bit.

    \b
    Examples:
      arviz textures chair.glb -o chair-lean.glb
      arviz textures chair.glb -o chair-small.glb --format webp --quality 80 --longest 1024
    """
    done = textures_file(file, format=format, quality=quality, longest_px=longest_px, **asked)
    if as_json:
        say_json(done)
        return 0
    say_told(done["findings"])
    before = f"{printable(file.name)} ({_pictures(done, '_before')}, {file_size(done['bytes_before'])})"
    say(f"{before}  ->  {_pictures(done, '')}, {file_size(done['bytes'])}: {printable(str(done['path']))}")
    return 0


def _pictures(done: Mapping[str, Any], when: str) -> str:
    count = done[f"pictures{when}"]
    memory = file_size(done[f"texture_memory_bytes{when}"])
    return f"{count} picture{'s' * (count != 1)} of {file_size(done[f'image_bytes{when}'])}, {memory} in the GPU"
