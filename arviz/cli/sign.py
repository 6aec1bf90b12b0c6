"""``arviz sign``: addresses of pictures and files for a page."""

from __future__ import annotations

from pathlib import Path

import click

from arviz.cli.options import service_folder
from arviz.cli.terminal import say


@click.command("sign")
@click.argument("path")
@click.option("--for", "seconds", type=click.IntRange(1), metavar="SECONDS", help="How long a picture's address holds; default: for ever.")
@service_folder
def command(path: str, seconds: int | None, folder: Path | None) -> None:
    """Sign PATH, so that the service answers it: /r/OPTIONS/ASSET.webp for a picture, /a/ASSET.glb for a file.

    OPTIONS are key=value pairs with commas between them, or `default`: w, h (pixels), orbit (AZIMUTH_POLAR in degrees), bg (rrggbb),
    variant, environment, shadow, for (phone, desktop, social).

    \b
    Examples:
      arviz sign /r/w=512,h=512,orbit=30_75/kb4gznq5n2vkzq7m2t5w6d3r4e.webp
      arviz sign /a/kb4gznq5n2vkzq7m2t5w6d3r4e.usdz
    """
    from arviz.service.addresses import signed_address
    from arviz.service.settings import default_folder, known_secret

    say(signed_address(path, secret=known_secret(folder or default_folder()), seconds=seconds))
