"""Build the documentation as a website: ``make docs``, then open ``out/site/index.html``; no server is needed.

``website.py FOLDER`` builds it elsewhere.

The pages stay readable where they lie. What a generator wants beside that is derived: a page outside ``docs/`` gets a place in the
site, links follow, and the tree of pages beside the text is that of the lists in ``docs/index.md``.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
STAGED = ROOT / ".cache" / "site"
OUT = ROOT / "out" / "site"
OUTSIDE = {
    "README.md": "project/readme.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changes.md",
    "examples/README.md": "start/examples.md",
    "examples/recipes/README.md": "start/recipes.md",
    "assets/web/README.md": "project/web.md",
}
"""Pages that do not lie in docs/, and where they stand in the site."""
FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(\]\()(?!https?://|mailto:|#)([^)#\s]+)(#[^)\s]*)?(\))")
HOME = "index.md"
ITEM = re.compile(r"^- (.*)$", re.MULTILINE)

LOOK = {
    "html_theme": "furo",
    "html_title": "arviz",
    "html_theme_options": {
        "light_css_variables": {"color-brand-primary": "#7a3d1d", "color-brand-content": "#8a4520"},
        "dark_css_variables": {"color-brand-primary": "#e3a27f", "color-brand-content": "#e8b08f"},
    },
    "html_show_sourcelink": False,
    "html_show_copyright": False,
    "html_copy_source": False,
    "html_show_search_summary": False,  # reads other pages by fetch, which a page opened from disk may not
    "html_static_path": [str(Path(__file__).with_suffix(suffix)) for suffix in (".css", ".js")],
    "html_css_files": ["website.css"],
    "html_js_files": ["website.js"],
    "pygments_style": "friendly",
}


def main(out: Path = OUT) -> int:
    """Build the site anew in a folder that is its own; return 1 if anything is doubtful: a link, an anchor, a page that no list names."""
    try:
        from sphinx.application import Sphinx
        from sphinx.errors import SphinxError
    except ImportError:
        print("Sphinx is missing: scripts/setup docs, or pip install -e '.[docs]'", file=sys.stderr)
        return 5
    if out.exists() and not (out / "searchindex.js").is_file():
        print(f"{out} is no website of ours, and would be emptied", file=sys.stderr)
        return 2
    shutil.rmtree(out, ignore_errors=True)
    stage(STAGED / "pages")
    settings = {
        **LOOK,
        "project": "arviz",
        "extensions": ["myst_parser"],
        "root_doc": "index",
        "source_suffix": {".md": "markdown"},
        "myst_heading_anchors": 4,
        "nitpicky": True,
    }
    try:
        site = Sphinx(STAGED / "pages", None, out, STAGED / "trees", "html", settings, status=None, freshenv=True, warningiserror=True)
        site.build()
    except SphinxError as error:
        print(error, file=sys.stderr)
        return 1
    (out / ".buildinfo").unlink(missing_ok=True)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(f"{os.path.relpath(out)}/index.html: {len(places())} pages, {size / 1e6:.1f} MB")
    return site.statuscode


def places() -> dict[Path, str]:
    """Return the pages of the site: file -> place."""
    inside = {path: path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md"))}
    return {**inside, **{ROOT / file: place for file, place in OUTSIDE.items()}}


def stage(folder: Path) -> None:
    """Write the pages, and what they refer to, as the generator reads them."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = places()
    read = {place: linked(file.read_text("utf-8"), file, pages) for file, place in pages.items()}
    named = {place for _, links in lists(read[HOME][0]) for _, place in links}
    for place, (text, referred) in read.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if place == HOME:
            text += "".join(tree([f"{words} <{at}>" for words, at in links], caption=caption) for caption, links in lists(text))
        elif below := [at for at in dict.fromkeys(inside(text, place)) if at not in named | {HOME, place}]:
            named |= set(below)
            text += tree([f"/{at}" for at in below])
        target.write_text(text.replace("```mermaid", "```text"), "utf-8")  # drawn by forges; here it would take a script of 3 MB
        for other in filter(Path.is_file, referred):  # the generator tells what is missing
            copy = folder / "files" / other.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(other, copy)


def linked(text: str, file: Path, pages: dict[Path, str]) -> tuple[str, list[Path]]:
    """Return the text of a page with its links as they hold in the site, and the files that it refers to which are no pages."""
    here, referred = Path(pages[file]).parent, []

    def replaced(found: re.Match[str]) -> str:
        target = (file.parent / found[2]).resolve()
        place = pages.get(target)
        if place is None:
            referred.append(target)
            place = f"files/{target.relative_to(ROOT).as_posix()}"
        return f"{found[1]}{os.path.relpath(place, here)}{found[3] or ''}{found[4]}"

    parts, end = [], 0
    for fence in FENCE.finditer(text):
        parts += [LINK.sub(replaced, text[end : fence.start()]), fence[0]]
        end = fence.end()
    return "".join([*parts, LINK.sub(replaced, text[end:])]), referred


def lists(index: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the lists of pages of the first page: the heading above each, and its links' words and places."""
    out = []
    for section in re.split(r"^#{2,3} ", index, flags=re.MULTILINE)[1:]:
        heading, _, body = section.partition("\n")
        links = [link for item in ITEM.findall(body) for link in re.findall(r"\[([^\]]+)\]\(([^)#]+\.md)\)", item)]
        out += [(heading, links)] if links else []
    return out


def inside(text: str, place: str) -> list[str]:
    """Return the places of the pages that a page of the site links to."""
    targets = [found[2] for found in LINK.finditer(FENCE.sub("", text)) if found[2].endswith(".md")]
    return [os.path.normpath(Path(place).parent / target) for target in targets]


def tree(entries: list[str], *, caption: str = "") -> str:
    """Return a hidden tree of pages."""
    options = [":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n```{toctree}\n" + "\n".join([*options, "", *entries]) + "\n```\n"


if __name__ == "__main__":
    raise SystemExit(main(*map(Path, sys.argv[1:])))
