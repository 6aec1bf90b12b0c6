"""``arviz embed``: a product for a page, without a server of ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from arviz.cli.options import INPUT, json_output, stated
from arviz.cli.progress import work_in_sight
from arviz.cli.terminal import file_size, printable, say, say_findings, say_json
from arviz.flows.embed_words import LANGUAGES
from arviz.flows.optimise.settings import EFFORTS, Effort


@click.command("embed")
@click.argument("file", type=INPUT)
@click.option("-o", "--out", required=True, metavar="FOLDER", type=click.Path(path_type=Path), help="Folder for the web server.")
@stated
@click.option("--name", metavar="NAME", help="Name of the files. Default: that of FILE.")
@click.option("--title", metavar="TEXT", help="What shoppers read. Default: the name.")
@click.option(
    "--lang",
    type=click.Choice(tuple(LANGUAGES)),
    default="en",
    show_default=True,
    help="Language of the page, and of what needs no script.",
)
@click.option(
    "--effort", type=click.Choice(EFFORTS), default="normal", show_default=True, help="For the 3D view's file: fast, or smallest."
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_output
def command(
    file: Path,
    out: Path,
    stated: Mapping[str, Any],
    name: str | None,
    title: str | None,
    lang: str,
    effort: Effort,
    force: bool,
    as_json: bool,
) -> int:
    """Make a folder that shows a product in a page: GLBs, USDZ, pictures, and the element <ar-view>. Any web server will do.

    FILE is a product as convert takes it, or an archive (.zip) with one product and its textures.

    The picture, its size in words and the AR links of phones need one script of 5 kB; the 3D view is loaded when somebody asks for it, of
    a file that is as small as its quality in pictures allows. Nothing is loaded from elsewhere. The exit code is 1 if the product is not
    as large as listed; the files are written all the same.

    \b
    Examples:
      arviz embed sofa.glb -o shop/sofa
      arviz embed sofa.zip --size 218x102x79cm --title "Sofa Oslo" -o shop/sofa
    """
    from arviz.flows.embed import embed

    with work_in_sight() as work:
        work.begin(file.name)
        work.doing("looking for the smallest file, half a minute as a rule" if effort != "fast" else "making files and pictures")
        made = embed(file, out=out, name=name, title=title, lang=lang, effort=effort, force=force, **stated)
    if as_json:
        files = {path.name: path.stat().st_size for path in made.files}
        findings = [finding.to_json() for finding in made.findings]
        told = {"ok": made.ok, "findings": findings, "folder": str(made.folder), "files": files, "snippet": made.snippet}
        say_json({**made.record, "schema": "arviz.embedded/1", **told})
    else:
        say_findings(made.findings)
        before, total = file_size(file.stat().st_size), file_size(sum(path.stat().st_size for path in made.files))
        page = printable(str(made.folder / "index.html"))
        say(f"{printable(file.name)} ({before})  ->  {page} ({len(made.files)} files, {total})", err=True)
        if "web" in made.model_bytes:
            web, whole = (file_size(made.model_bytes[link]) for link in ("web", "glb"))
            say(f"The 3D view loads {web}; where that cannot be read, and in Scene Viewer, {whole}.", err=True)
        beside = printable(made.folder.resolve().name)
        say(f"This goes into a page beside the folder; into one elsewhere with another path in place of each `{beside}/`:", err=True)
        say(made.snippet.rstrip())
    return 0 if made.ok else 1
