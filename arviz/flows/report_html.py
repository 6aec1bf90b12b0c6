"""``report.html``: the report of a converted product for people, one file that loads nothing.

Language and unit are switched by radio buttons and CSS: no script, so a strict content security policy holds.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from arviz.flows.report_words import amount, code_title, cure, length, name, page, text, word

_SIDES = ("width", "depth", "height")
_SEVERITIES = {"error": "errors", "warning": "warnings", "info": "infos"}
_MARKS = {"error": "\u2715", "warning": "\u25b2", "info": "\u2022", "pass": "\u2713", "fail": "\u2715", "warn": "\u25b2"}
"""A sign beside every colour: colour alone says nothing to one man in twelve."""
_LOST = ("LOST", "MISSING", "BROKEN", "DROPPED", "IGNORED")
_CHANGED = ("APPROXIMATED", "BAKED", "CONVERTED", "ADDED", "MOVED", "MENDED", "REPAIRED", "WELDED", "DEFAULT_LOOK")
_MOST_FINDINGS = 200
"""Findings shown per severity; the page says how many more report.json holds."""


def _grouped(findings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return findings that say the same once, with all their places: five fabrics lose their sheen in one way."""
    groups: dict[tuple[str, ...], dict[str, Any]] = {}
    for finding in findings:
        key = tuple(str(finding.get(part, "")) for part in ("severity", "code", "message", "hint"))
        group = groups.setdefault(key, {**finding, "where": [], "count": 0})
        group["count"] += 1
        if finding.get("where") and finding["where"] not in group["where"]:
            group["where"].append(finding["where"])
    return list(groups.values())


def _changed_and_lost(findings: Iterable[Mapping[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the findings that tell what was changed, and those that tell what was lost; by their codes."""
    grouped = _grouped(findings)
    lost = [finding for finding in grouped if any(part in finding["code"] for part in _LOST)]
    changed = [finding for finding in grouped if finding not in lost and any(part in finding["code"] for part in _CHANGED)]
    return changed, lost


def report_html(report: Mapping[str, Any], *, poster: bytes | None, before: bytes | None, drawing: str) -> bytes:
    """Return the page as UTF-8 HTML.

    Parameters
    ----------
    report : Mapping
        The content of ``report.json`` (docs/reference/report.md); ``profiles`` holds the verdicts of
        `arviz.flows.check.profile_verdicts`, if there are any.
    poster, before : bytes or None
        Pictures (WebP, PNG or JPEG) of the result and of the input; shown inside the page.
    drawing : str
        SVG of `arviz.flows.dimension_drawing.dimension_drawing`; put into the page as it is.
    """
    sections = [
        _pictures(poster, before),
        _size(report, drawing),
        _platforms(report.get("profiles") or ()),
        _changes(report),
        _findings(report["findings"]),
        _outputs(report),
    ]
    return page(
        "report_page.html",
        title=text(report["name"]),
        header=_header(report),
        language_switch=word("language_switch"),
        unit_switch=word("unit_switch"),
        sections="\n".join(sections),
        made_by=word("made_by"),
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{word(title)}</h2>{body}</section>"


def _header(report: Mapping[str, Any]) -> str:
    verdicts = report.get("profiles") or ()
    doubtful = any(finding["severity"] == "warning" for finding in report["findings"]) or not all(v["ok"] for v in verdicts)
    state = "failed" if not report["ok"] else "warned" if doubtful else "passed"
    unlisted = "" if report.get("listed_mm") or report["size_mm"] is None else f" {word('not_listed')}"
    return (
        f'<p class="kicker">{word("report")}</p><h1>{name(report["name"])}</h1>'
        f"<p>{_badge(state)}</p><p>{word(f'{state}_words')}{unlisted}</p>"
        f'<p class="soft">{word("source")} {name(report["source"]["file"])}, {amount(report["source"]["bytes"])}</p>'
    )


def _badge(state: str) -> str:
    kind = {"failed": "fail", "warned": "warn", "passed": "pass"}[state]
    return f'<span class="badge {kind}">{_MARKS[kind]} {word(state)}</span>'


def _pictures(poster: bytes | None, before: bytes | None) -> str:
    pairs = [("before", before), ("after" if before is not None else "picture", poster)]
    shown = [_picture(key, data) for key, data in pairs if data is not None]
    return _section("pictures", f'<div class="pictures">{"".join(shown)}</div>' if shown else f"<p>{word('no_picture')}</p>")


def _picture(key: str, data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg" if data.startswith(b"\xff\xd8") else "webp"
    source = f"data:image/{kind};base64,{b64encode(data).decode('ascii')}"
    return f'<figure><img alt="" src="{source}"><figcaption>{word(key)}</figcaption></figure>'


def _size(report: Mapping[str, Any], drawing: str) -> str:
    size, listed = report["size_mm"], report.get("listed_mm")
    if size is None:
        return _section("size", f"<p>{word('size_unknown')}</p>")
    columns = ["measured", *(["listed", "deviation"] if listed else [])]
    head = "".join(f'<th scope="col">{word(column)}</th>' for column in columns)
    rows = "".join(_side_row(side, size[side], (listed or {}).get(side), bool(listed)) for side in _SIDES)
    unit = report["unit"]
    facts = [
        (word("unit_of_file"), f"{text(unit['unit'] or '')} ({word('unit_source_' + unit['source'])})"),
        (word("rounding"), length(size["sigma"] / 1000)) if size.get("sigma") else ("", ""),
    ]
    return _section(
        "size",
        f'<div class="views">{drawing}</div><table><thead><tr><th scope="col"></th>{head}</tr></thead><tbody>{rows}</tbody></table>'
        + ("" if listed else f'<p class="soft">{word("not_listed")}</p>')
        + _pairs(facts),
    )


def _side_row(side: str, measured_mm: float, listed_mm: float | None, compared: bool) -> str:
    cells = f"<td>{length(measured_mm / 1000)}</td>"
    if compared:
        known = listed_mm is not None and listed_mm > 0
        cells += f"<td>{length(listed_mm / 1000) if known and listed_mm is not None else ''}</td>"
        cells += f"<td>{100 * (measured_mm / listed_mm - 1):+.1f} %</td>" if known and listed_mm is not None else "<td></td>"
    return f'<tr><th scope="row">{word(side)}</th>{cells}</tr>'


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{label}</dt><dd>{value}</dd>" for label, value in pairs if label) + "</dl>"


def _platforms(verdicts: Sequence[Mapping[str, Any]]) -> str:
    if not verdicts:
        return _section("platforms", f"<p>{word('no_platforms')}</p>")
    return _section("platforms", "".join(_verdict(verdict) for verdict in verdicts))


def _verdict(verdict: Mapping[str, Any]) -> str:
    findings = verdict["findings"]
    state = "failed" if not verdict["ok"] else "warned" if any(f["severity"] == "warning" for f in findings) else "passed"
    judged = f' <span class="soft">{name(verdict["uri"])}</span>' if verdict.get("uri") else ""
    found = _list(_grouped(findings)) if findings else f'<p class="soft">{word("nothing_found")}</p>'
    sources = "".join(f"<li>{_source(source)}</li>" for source in verdict.get("sources") or ())
    more = f'<h4>{word("sources")}</h4><ul class="sources">{sources}</ul>' if sources else ""
    return (
        f'<details class="verdict"{" open" if state == "failed" else ""}><summary>{_badge(state)} '
        f"<b>{name(verdict.get('title') or verdict['name'])}</b>{judged}</summary>{found}{more}</details>"
    )


def _source(source: Mapping[str, Any]) -> str:
    url = source["url"]
    kind = f"class_{source['class']}"
    title = text(source["title"])
    link = f'<a href="{text(url)}" rel="noreferrer noopener">{title}</a>' if url.startswith(("https://", "http://")) else title
    read = f", {word('read_on')} {text(source['read'])}" if source.get("read") else ""
    return f'{link} <span class="soft">({word(kind)}{read})</span>'


def _changes(report: Mapping[str, Any]) -> str:
    rows = [_row("pass", "kept", _kept(report))]
    for mark, key, group in zip(("warn", "fail"), ("approximated", "lost"), _changed_and_lost(report["findings"]), strict=True):
        items = "".join(f"<li>{_sentence(finding)}{cure(finding)}</li>" for finding in group[:_MOST_FINDINGS])
        rows.append(_row(mark, key, f'<ul class="findings {_class(mark)}">{items}</ul>' if items else word("nothing_changed")))
    return _section("changes", f'<table class="cards"><tbody>{"".join(rows)}</tbody></table>')


def _class(mark: str) -> str:
    return {"warn": "warning", "fail": "error"}[mark]


def _row(mark: str, key: str, body: str) -> str:
    return f'<tr><th scope="row"><span class="{mark}">{_MARKS[mark]}</span> {word(key)}</th><td>{body}</td></tr>'


def _kept(report: Mapping[str, Any]) -> str:
    first = (report["outputs"] or [{}])[0]
    labels = [part["label"] or part["id"] or "" for part in report["parts"]]
    lists = [
        ("parts", labels),
        ("variants", report["variants"]),
        ("extensions", first.get("extensions", ())),
        ("anchors", [anchor["id"] for anchor in report.get("anchors", ())]),
        ("joints", [joint["id"] for joint in report.get("joints", ())]),
        ("slots", [slot["id"] for slot in report.get("slots", ())]),
    ]
    pairs = [(word(key), f"{len(items)}: {_some(items)}") for key, items in lists if items]
    for key in ("triangles", "draw_calls", "uv_sets"):
        if key in first:
            pairs.append((word(key), f"{first[key]:,}"))
    if "texture_memory_bytes" in first:
        pairs.append((word("texture_memory"), amount(first["texture_memory_bytes"])))
    return _pairs(pairs)


def _some(items: Sequence[object], most: int = 12) -> str:
    more = f" (+{len(items) - most})" if len(items) > most else ""
    return ", ".join(name(item) for item in items[:most]) + more


def _findings(findings: Sequence[Mapping[str, Any]]) -> str:
    # What was changed or lost stands in its own table; an error stands here too, so that none is overlooked.
    changed, lost = _changed_and_lost(findings)
    told = {(f["code"], f["message"]) for f in changed + lost if f["severity"] != "error"}
    rest = [finding for finding in _grouped(findings) if (finding["code"], finding["message"]) not in told]
    groups = []
    for severity, title in _SEVERITIES.items():
        group = [finding for finding in rest if finding["severity"] == severity]
        if group:
            more = f'<p class="soft">+{len(group) - _MOST_FINDINGS}: report.json</p>' if len(group) > _MOST_FINDINGS else ""
            groups.append(f"<h3>{word(title)} ({len(group):,})</h3>{_list(group[:_MOST_FINDINGS])}{more}")
    return _section("findings", "".join(groups) or f"<p>{word('no_findings')}</p>")


def _list(grouped: Iterable[Mapping[str, Any]]) -> str:
    return "".join(f'<ul class="findings {text(f["severity"])}"><li>{_finding(f)}</li></ul>' for f in grouped)


def _finding(finding: Mapping[str, Any]) -> str:
    severity = finding["severity"]
    head = f'<span class="mark">{_MARKS[severity]} {code_title(finding["code"], severity)}</span> <code>{text(finding["code"])}</code>'
    return f"{head}<p>{_sentence(finding)}</p>{cure(finding)}"


def _sentence(finding: Mapping[str, Any]) -> str:
    # The findings of a platform stand below its title already.
    places = [place for place in finding["where"] if not place.startswith("profile ")]
    where = f' <span class="soft">({word("where")}: {_some(places)})</span>' if places else ""
    times = f' <span class="soft">&times; {finding["count"]:,}</span>' if finding["count"] > max(len(places), 1) else ""
    return f'<span lang="en">{text(finding["message"])}</span>{times}{where}'


def _outputs(report: Mapping[str, Any]) -> str:
    head = "".join(f'<th scope="col">{word(key)}</th>' for key in ("file", "bytes", "sha256"))
    rows = "".join(_file(output["uri"], output["bytes"], output.get("sha256", ""), note=_use(output)) for output in report["outputs"])
    source = report["source"]
    rows += _file(source["file"], source["bytes"], source["sha256"], note=f'<span class="soft">({word("source")})</span>')
    return _section("outputs", f'<table class="cards"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>')


def _use(output: Mapping[str, Any]) -> str:
    """Return what a file is for, where its name alone does not tell."""
    if output.get("level"):
        told = f"{word('level')} {output['level']}: {word('shown_from')} {length(output['distance_m'])}"
        return f'<span class="soft">({told}; {word("triangles")}: {output["triangles"]:,})</span>'
    return f'<span class="soft">({word("hulls")}: {output["hulls"]})</span>' if "hulls" in output else ""


def _file(uri: str, size: int, digest: str, *, note: str = "") -> str:
    return f'<tr><th scope="row">{name(uri)} {note}</th><td>{size:,}</td><td><code>{text(digest)}</code></td></tr>'
