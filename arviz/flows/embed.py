"""Journey: a product file becomes what a page needs to show it: model files, pictures, the element ``<ar-view>``, and a snippet.

The record (``arviz.embed/1``) is what `ar-view.js` reads: name, size in millimetres with its sigma, variants, hotspots, and links that
are relative to the record. The service makes the same of its assets.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike, fspath
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote, urljoin

from arviz.check.size import Listed
from arviz.core.report import Finding
from arviz.core.resources import resource
from arviz.flows.convert import convert
from arviz.flows.embed_words import size_words
from arviz.flows.optimise.settings import Effort
from arviz.flows.outputs import refuse_existing, write_files
from arviz.flows.render import ORBIT, picture
from arviz.flows.targets import QUICK_LOOK
from arviz.flows.thumbnail import PRESETS, best, thumbnail
from arviz.formats.read import read
from arviz.render.renderer import RENDERERS

SCHEMA = "arviz.embed/1"
SCRIPT = "ar-view.js"
PAGE = "index.html"
FIRST_FRAMES = ("phone", "desktop")
"""Devices whose picture is the first frame of the viewer, framed as it frames: nothing jumps when the one replaces the other."""
SIZES = "(max-width: 600px) 100vw, 512px"
"""How wide the picture stands in most pages; `ar-view.js` knows how wide it is in this one."""
WEB_FILES = {
    SCRIPT: ("assets", "web", SCRIPT),
    "meshopt.js": ("assets", "web", "meshopt.js"),
    "model-viewer.min.js": ("assets", "web", "model-viewer.min.js"),
    "studio.hdr": ("assets", "environments", "studio.hdr"),
}
"""What stands beside a page's record: name -> where it ships."""
MODELS = {"glb": "master", "web": "web", "usdz": "quick-look"}
"""Model files of a page by their links -> what `convert` calls them: for Scene Viewer and old browsers, for the 3D view, for iOS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A folder that can be put on any web server as it is."""

    folder: Path
    name: str
    record: Mapping[str, Any]
    snippet: str
    """What goes into a page that lies beside the folder."""
    files: tuple[Path, ...]
    model_bytes: Mapping[str, int]
    """Of the model files that there are, by their links: ``glb``, ``web``, ``usdz``."""
    ok: bool
    """False: the product fails a check of `arviz.convert`, such as the listed size; the folder is written all the same."""
    findings: tuple[Finding, ...]


def embed(
    source: str | PathLike[str],
    *,
    out: str | PathLike[str],
    unit: str | None = None,
    size: str | Listed | None = None,
    up: str | None = None,
    front: str | None = None,
    name: str | None = None,
    title: str | None = None,
    lang: str = "en",
    effort: Effort = "normal",
    force: bool = False,
) -> Embedded:
    """Convert a product and put everything that a page needs into the folder `out`.

    Parameters
    ----------
    source : path
        As of `arviz.convert`.
    unit, size, up, front, name
        As `arviz.convert`.
    title : str, optional
        What shoppers read; default: the name.
    lang : str
        One of `arviz.flows.embed_words.LANGUAGES`: that of the page in the folder, and of what is shown where no script runs.
    effort : "fast", "normal" or "max"
        How long the smallest file for the 3D view is looked for.

    Raises
    ------
    InputError
        As `arviz.convert`; ``E_OUTPUT_EXISTS`` without `force`; ``E_ARCHIVE_PRODUCTS``: the archive holds none, or several.
    """
    folder = Path(fspath(out))
    refuse_existing([folder / PAGE], force=force)
    with TemporaryDirectory(prefix="arviz-embed-") as temporary:
        scratch = Path(temporary)
        made = convert(
            source,
            out=scratch / "made",
            unit=unit,
            size=size,
            up=up,
            front=front,
            name=name,
            targets=("web", QUICK_LOOK),
            effort=effort,
        )
        models = {link: made.files[kind] for link, kind in MODELS.items() if kind in made.files}
        named = {link: f"{made.name}.{'web.glb' if link == 'web' else link}" for link in models}
        named |= {device: f"{made.name}.{device}{preset.suffixes[0]}" for device, preset in PRESETS.items()}
        variants = {variant: f"{made.name}.{number}.webp" for number, variant in enumerate(made.report["variants"])}
        links, posters = ({key: quote(file) for key, file in names.items()} for names in (named, variants))
        record = embed_record(made.report, name=title or made.name, links=links, posters=posters)
        files = {folder / name: resource(*place).read_bytes() for name, place in WEB_FILES.items()}
        files |= {folder / named[link]: path.read_bytes() for link, path in models.items()}
        files |= _pictures(made.files["master"], folder, named=named, variants=variants, scratch=scratch / "pictures")
    file = f"{made.name}.json"
    files[folder / file] = json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True).encode()
    files[folder / PAGE] = embed_page(record, embed_snippet(record, asset=quote(file), script=SCRIPT, lang=lang), lang=lang).encode()
    beside = quote(folder.resolve().name)
    snippet = embed_snippet(record, asset=f"{beside}/{quote(file)}", script=f"{beside}/{SCRIPT}", lang=lang)
    refuse_existing(files, force=force)
    write_files(files)
    findings = tuple(Finding(**finding) for finding in made.report["findings"])
    weights = {link: len(files[folder / named[link]]) for link in models}
    return Embedded(
        folder=folder,
        name=made.name,
        record=record,
        snippet=snippet,
        files=tuple(files),
        model_bytes=weights,
        ok=made.ok,
        findings=findings,
    )


def embed_record(report: Mapping[str, Any], *, name: str, links: Mapping[str, str], posters: Mapping[str, str]) -> dict[str, Any]:
    """Return what `ar-view.js` reads, made of the report of `arviz.convert`.

    Parameters
    ----------
    links : Mapping[str, str]
        ``glb``, ``web`` and ``usdz`` where there are such files, and a picture for each device of `arviz.flows.thumbnail.PRESETS`.
    posters : Mapping[str, str]
        Variant -> its picture.
    """
    hotspots = [
        {
            "id": anchor["id"],
            "part": anchor.get("part"),
            "position": anchor["point_m"],
            "normal": anchor["normal"],
            "label": anchor["label"],
        }
        for anchor in report["anchors"]
        if anchor.get("label")
    ]
    return {
        "schema": SCHEMA,
        "name": name,
        "size_mm": report["size_mm"],
        "variants": list(report["variants"]),
        "hotspots": hotspots,
        "links": dict(links),
        "posters": dict(posters),
        "orbit": f"{ORBIT} auto",
    }


def embed_snippet(record: Mapping[str, Any], *, asset: str, script: str, lang: str = "en") -> str:
    """Return the HTML that goes into a page: one script, one element, and within it what is shown where no script runs.

    Parameters
    ----------
    asset, script : str
        Where the page finds the record and ``ar-view.js``.
    lang : str
        One of `arviz.flows.embed_words.LANGUAGES`.
    """
    links, name, size = record["links"], html.escape(record["name"]), record["size_mm"]
    words = "" if size is None else size_words((size["width"], size["depth"], size["height"]), lang=lang)
    phone, desktop = (_address(links[device], asset) for device in FIRST_FRAMES)
    picture = (
        f'<img src="{desktop}" srcset="{phone} 512w, {desktop} 1024w" sizes="{SIZES}" alt="{name}" width="1024" height="1024" '
        'style="max-width: 100%; height: auto">'
    )
    if "usdz" in links:
        picture = f'<a rel="ar" href="{_address(links["usdz"], asset)}#allowsContentScaling=0">{picture}</a>'
    return (
        f'<script type="module" src="{html.escape(script)}" integrity="{integrity()}" crossorigin></script>\n'
        f'<ar-view asset="{html.escape(asset)}">\n'
        f'  <figure style="margin: 0">{picture}<figcaption>{words}</figcaption></figure>\n'
        "</ar-view>\n"
    )


def embed_page(record: Mapping[str, Any], snippet: str, *, lang: str = "en") -> str:
    """Return a whole page around a snippet."""
    name = html.escape(record["name"])
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{name}</title>\n<link rel="icon" href="data:,">\n<meta property="og:title" content="{name}">\n'
        f'<meta property="og:image" content="{html.escape(record["links"]["social"])}">\n'
        "<style>body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 32em; padding: 0 1em }</style>\n"
        f"<h1>{name}</h1>\n{snippet}</html>\n"
    )


def integrity() -> str:
    """Return the ``integrity`` of the script (Subresource Integrity, W3C): a page runs this file or none."""
    digest = hashlib.sha384(resource(*WEB_FILES[SCRIPT]).read_bytes()).digest()
    return f"sha384-{base64.b64encode(digest).decode()}"


def _pictures(master: Path, folder: Path, *, named: Mapping[str, str], variants: Mapping[str, str], scratch: Path) -> dict[Path, bytes]:
    """Draw what the viewer shows first, for each device and variant, and the picture of a shared link."""
    scratch.mkdir()
    asset = read(master)
    wanted: list[tuple[str, str, str | None]] = [(device, named[device], None) for device in FIRST_FRAMES]
    wanted += [("desktop", file, variant) for variant, file in variants.items()]
    made = {}
    with RENDERERS.get("gl")() as renderer:
        for device, file, variant in wanted:
            preset = PRESETS[device]
            image = picture(asset, renderer, width=preset.width_px, height=preset.height_px, variant=variant)
            made[folder / file] = best(image, preset)[0]
        social = thumbnail(asset, preset="social", out=scratch / named["social"], renderer=renderer)
    return {**made, folder / named["social"]: social.file.read_bytes()}


def _address(link: str, asset: str) -> str:
    """Return a link of a record as the page writes that names the record `asset`."""
    return html.escape(urljoin(asset, link))
