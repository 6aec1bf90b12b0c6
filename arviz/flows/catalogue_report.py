"""``report.html`` of a catalogue: every product with its picture, found by state, target, finding, tag or words.

One file that loads nothing. Without its script it is a table of everything; the policy in its head allows that script alone.
"""

from __future__ import annotations

from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from arviz.flows.report_words import amount, code_title, cure, name, page, text, word

_STATES = {"passed": "pass", "failed": "fail", "error": "fail"}
_WORDS = {"passed": "passed", "failed": "failed", "error": "not_converted"}
_MARKS = {"pass": "\u2713", "fail": "\u2715", "error": "\u2715", "warning": "\u25b2", "info": "\u2022"}
_TOLD = ("error", "warning")
"""What a row shows of its findings; notes stand in the product's own page."""
_COLUMNS = (
    ("picture", None, ""),
    ("product", "name", "text"),
    ("state", "rank", "number"),
    ("size", None, ""),
    ("triangles", "triangles", "number"),
    ("outputs", "bytes", "number"),
    ("findings", "findings", "number"),
)


def catalogue_report(manifest: Mapping[str, Any], *, thumbnails: Mapping[int, str | None]) -> bytes:
    """Return the page as UTF-8 HTML.

    Parameters
    ----------
    manifest : Mapping
        The content of ``manifest.json`` (docs/reference/manifest.md).
    thumbnails : Mapping
        Line of the catalogue -> WebP in base 64, None where there is no picture.
    """
    products = manifest["products"]
    found = {
        "targets": _Index(target for product in products for target in _targets(product)),
        "codes": _Index(code for product in products for code in _codes(product)),
        "tags": _Index(tag for product in products for tag in product.get("tags", ())),
        "groups": _Index(product["group"] for product in products if product.get("group")),
    }
    script = (Path(__file__).parent / "catalogue_page.js").read_text("utf-8")
    digest = b64encode(sha256(script.encode()).digest()).decode("ascii")
    return page(
        "catalogue_page.html",
        script_policy=f"script-src 'sha256-{digest}'; ",
        title=text(manifest["catalogue"]["file"]),
        kicker=word("catalogue_report"),
        heading=name(manifest["catalogue"]["file"]),
        notes=_notes(manifest["findings"]),
        language_switch=word("language_switch"),
        controls=_controls(manifest["counts"], found),
        count=len(products),
        products_word=word("products"),
        head="".join(_heading(*column) for column in _COLUMNS),
        rows="\n".join(_row(product, thumbnails.get(product["line"]), found) for product in products),
        made_by=word("made_by"),
        script=script,
    )


class _Index:
    """Words as numbers: whatever they hold, a number is safe in an attribute and never two words."""

    def __init__(self, words: Iterable[str]) -> None:
        self.counts = Counter(words)
        self._numbers = {word: number for number, word in enumerate(sorted(self.counts))}

    def numbers(self, words: Iterable[str]) -> str:
        return " ".join(str(self._numbers[word]) for word in dict.fromkeys(words))

    def items(self) -> Iterable[tuple[str, int, int]]:
        return ((word, number, self.counts[word]) for word, number in self._numbers.items())


def _targets(product: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys(output["target"] for output in product.get("outputs", ())))  # levels have their target's name


def _told(product: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return sorted((f for f in product["findings"] if f["severity"] in _TOLD), key=lambda finding: _TOLD.index(finding["severity"]))


def _codes(product: Mapping[str, Any]) -> list[str]:
    return [finding["code"] for finding in _told(product)]


def _notes(findings: Sequence[Mapping[str, Any]]) -> str:
    items = "".join(
        f'<li><span class="{text(f["severity"])}">{_MARKS[f["severity"]]} {code_title(f["code"], f["severity"])}</span>'
        f' <span lang="en">{text(f["message"])}</span> <span class="soft">{text(f["where"])}</span></li>'
        for f in findings
    )
    return f'<ul class="notes">{items}</ul>' if items else ""


def _controls(counts: Mapping[str, int], found: Mapping[str, _Index]) -> str:
    rows = [("", f"{word('all')} <b>{sum(counts.values()):,}</b>", True)]
    rows += [
        (state, f'<span class="{kind}">{_MARKS[kind]} {word(_WORDS[state])}</span> <b>{counts[state]:,}</b>', False)
        for state, kind in _STATES.items()
    ]
    states = "".join(
        f'<label><input type="radio" name="state" value="{state}"{" checked" if checked else ""}>{label}</label>'
        for state, label, checked in rows
    )
    choices = "".join(_choice(key, label, found[key]) for key, label in _FILTERS.items())
    searched = f'<label>{word("search")}<input type="search" id="search" autocomplete="off" spellcheck="false"></label>'
    return f'<fieldset class="states">{states}</fieldset>{choices}{searched}'


_FILTERS = {"targets": "target", "codes": "finding", "tags": "tag", "groups": "group"}


def _choice(key: str, label: str, index: _Index) -> str:
    """Return a filter; an option holds plain words alone, so the one for everything is a dash in every language."""
    options = "".join(f'<option value="{number}">{text(item)} ({count:,})</option>' for item, number, count in index.items())
    hidden = "" if options else " hidden"
    return f'<label{hidden}>{word(label)}<select data-filter="{key}"><option value="">\u2014</option>{options}</select></label>'


def _heading(key: str, sort: str | None, kind: str) -> str:
    if sort is None:
        return f'<th scope="col">{word(key)}</th>'
    return f'<th scope="col" data-sort="{sort}" data-kind="{kind}"><button type="button">{word(key)}</button></th>'


def _row(product: Mapping[str, Any], thumbnail: str | None, found: Mapping[str, _Index]) -> str:
    outputs, told = product.get("outputs", ()), _told(product)
    keys = {
        "line": product["line"],
        "state": product["state"],
        "rank": list(_STATES).index(product["state"]),
        "name": product["title"] or product["sku"],
        "triangles": outputs[0]["triangles"] if outputs else -1,
        "bytes": sum(output["bytes"] for output in outputs),
        "findings": len(told),
        "targets": found["targets"].numbers(_targets(product)),
        "codes": found["codes"].numbers(_codes(product)),
        "tags": found["tags"].numbers(product.get("tags", ())),
        "groups": found["groups"].numbers([product["group"]] if product.get("group") else []),
    }
    attributes = " ".join(f'data-{key}="{text(value)}"' for key, value in keys.items())
    cells = [
        ("picture", _picture(thumbnail)),
        ("names", _names(product)),
        ("", _badge(product["state"])),
        ("number", _size(product)),
        ("number", _triangles(outputs[0]["triangles"]) if outputs else ""),
        ("number", "<br>".join(f"{text(output['target'])}&nbsp;{amount(output['bytes'])}" for output in outputs)),
        ("", _findings(told, found["codes"])),
    ]
    return f"<tr {attributes}>" + "".join(f'<td class="{kind}">{cell}</td>' for kind, cell in cells) + "</tr>"


def _picture(thumbnail: str | None) -> str:
    if thumbnail is None:
        return '<span class="none"></span>'
    return f'<img alt="" loading="lazy" decoding="async" src="data:image/webp;base64,{text(thumbnail)}">'


def _names(product: Mapping[str, Any]) -> str:
    title = f"<b>{name(product['title'] or product['sku'] or product['file'])}</b>"
    if "folder" in product:
        title = f'<a href="{text(quote(product["folder"], errors="replace"))}/report.html">{title}</a>'
    small = " &middot; ".join(name(part) for part in (product["sku"], product["file"], product.get("group")) if part)
    tags = "".join(f'<span class="tag">{name(tag)}</span>' for tag in product.get("tags", ()))
    return f'{title}<br><span class="soft">{small}</span><br>{tags}'


def _badge(state: str) -> str:
    kind = _STATES[state]
    return f'<span class="badge {kind}">{_MARKS[kind]} {word(_WORDS[state])}</span>'


def _size(product: Mapping[str, Any]) -> str:
    size = product.get("size_mm")
    if size is None:
        return ""
    sides = [f"{word(side)} {_millimetres(size[side])}" for side in ("width", "depth", "height")]
    return "<br>".join([*sides, *([] if product["listed_mm"] else [f'<span class="soft">{word("size_not_checked")}</span>'])])


def _triangles(count: int) -> str:
    return f'<span class="narrow">{word("triangles")} </span>{count:,}'


def _millimetres(value: float) -> str:
    return f"{value:,.0f}&nbsp;mm" if value >= 100 else f"{value:,.1f}&nbsp;mm"


def _findings(told: Sequence[Mapping[str, Any]], codes: _Index) -> str:
    items = "".join(
        f'<li class="{text(f["severity"])}"><button type="button" data-code="{codes.numbers([f["code"]])}">'
        f"{_MARKS[f['severity']]} {code_title(f['code'], f['severity'])} <code>{text(f['code'])}</code>{_times(f['count'])}</button>"
        f'<p lang="en">{text(f["message"])}</p>{cure(f) if f["severity"] == "error" else ""}</li>'
        for f in told
    )
    return f'<ul class="found">{items}</ul>' if items else ""


def _times(count: int) -> str:
    return f" &times;&nbsp;{count:,}" if count > 1 else ""
