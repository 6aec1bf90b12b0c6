"""The page of a catalogue: it finds products by every filter, alone in a browser, whatever they are called."""

import json

import pytest

from arviz.core.image import Image, encode
from arviz.flows.catalogue_report import catalogue_report
from arviz.flows.report_words import texts
from tests.browser import opened
from tests.flows.test_report_html import NASTY, Page

PRODUCTS = 200


def finding(code, severity):
    return {"code": code, "severity": severity, "where": "", "message": f"about {code}", "hint": "", "count": 2}


def product(number, **more):
    state = "error" if number % 20 == 0 else "failed" if number % 20 == 1 else "passed"
    said = {
        "line": number + 2,
        "sku": f"S-{number:03d}",
        "title": f"Product {number}",
        "file": f"{number}.glb",
        "group": f"group {number % 3}",
        "tags": ["even" if number % 2 == 0 else "odd", f"with space {number % 5}"],
        "state": state,
        "findings": [finding("E_SIZE", "error")] * (state != "passed") + [finding("W_PIVOT", "warning")] * (number % 7 == 0),
    }
    if state != "error":
        outputs = [{"target": "master", "path": "", "bytes": number * 1000, "sha256": "", "triangles": 1000 - number}]
        outputs += [{**outputs[0], "target": "web"}] * (number % 4 == 0)
        said |= {"folder": f"S-{number:03d}", "outputs": outputs, "size_mm": {"width": number, "depth": 2, "height": 3}, "listed_mm": None}
    return {**said, **more}


def manifest(products):
    counts = {state: sum(product["state"] == state for product in products) for state in ("passed", "failed", "error")}
    note = {"code": "W_CATALOGUE_ENCODING", "severity": "warning", "where": "shop.csv:2", "message": "not UTF-8", "hint": ""}
    return {"catalogue": {"file": "shop.csv", "sha256": ""}, "counts": counts, "findings": [note], "products": products}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Two hundred products in a browser."""
    from base64 import b64encode

    import numpy as np

    picture = b64encode(encode(Image(pixels=np.zeros((160, 160, 3), np.uint8)), "WEBP", quality=70)).decode()
    products = [product(number) for number in range(PRODUCTS)]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_bytes(catalogue_report(manifest(products), thumbnails={p["line"]: picture for p in products}))
    with opened(path.as_uri(), ready="window.ready") as page:
        yield page


def ask(browser, *, state="", search="", **filters):
    """Set every filter; return the skus that are shown, in their order."""
    return json.loads(
        browser.evaluate(
            f"""(() => {{
              document.querySelector('input[name=state][value="{state}"]').checked = true;
              document.getElementById('search').value = {json.dumps(search)};
              const filters = {json.dumps(filters)};
              for (const select of document.querySelectorAll('select[data-filter]')) {{
                const wanted = filters[select.dataset.filter];
                const option = [...select.options].find((o) => wanted && o.textContent.startsWith(wanted + ' ('));
                select.value = option ? option.value : '';
              }}
              document.getElementById('search').dispatchEvent(new Event('input', {{bubbles: true}}));
              const rows = [...document.querySelectorAll('tbody tr')].filter((row) => row.offsetHeight > 0);
              return JSON.stringify(rows.map((row) => row.querySelector('.soft bdi').textContent));
            }})()"""
        )
    )


def skus(fits):
    return [f"S-{number:03d}" for number in range(PRODUCTS) if fits(number)]


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({}, lambda number: True),
        ({"state": "error"}, lambda number: number % 20 == 0),
        ({"state": "failed", "tags": "odd"}, lambda number: number % 20 == 1),
        ({"targets": "web"}, lambda number: number % 4 == 0 and number % 20),
        ({"codes": "W_PIVOT", "groups": "group 1"}, lambda number: number % 21 == 7),
        ({"tags": "with space 3"}, lambda number: number % 5 == 3),
        ({"search": "  PRODUCT s-11"}, lambda number: number // 10 == 11),
        ({"search": "nowhere"}, lambda number: False),
    ],
)
def test_filters_show_what_was_asked_for(browser, asked, fits):
    assert ask(browser, **asked) == skus(fits)
    assert int(browser.evaluate("document.getElementById('shown').value")) == len(skus(fits))


def test_headings_sort_both_ways_and_a_finding_is_a_filter(browser):
    click = "document.querySelector('th[data-sort={}] button').click()"
    browser.evaluate(click.format("bytes"))
    rising = ask(browser, state="passed")
    assert rising == sorted(rising, key=lambda sku: (int(sku[2:]) * (2 if int(sku[2:]) % 4 == 0 else 1), sku))
    browser.evaluate(click.format("triangles"))
    assert ask(browser, state="passed") == skus(lambda number: number % 20 > 1)[::-1]
    browser.evaluate(click.format("triangles"))
    assert ask(browser, state="passed") == skus(lambda number: number % 20 > 1)
    assert browser.evaluate("document.querySelector('th[data-sort=triangles]').getAttribute('aria-sort')") == "descending"
    ask(browser)
    browser.evaluate("[...document.querySelectorAll('button[data-code]')].find((b) => b.textContent.includes('W_PIVOT')).click()")
    assert int(browser.evaluate("document.getElementById('shown').value")) == len(skus(lambda number: number % 7 == 0))


def test_the_keyboard_reaches_everything_and_nothing_is_loaded(browser):
    reached = browser.evaluate(
        "[...document.querySelectorAll('input, select, button, a[href]')].filter((e) => e.tabIndex >= 0 && e.type !== 'hidden').length"
    )
    assert reached == browser.evaluate("document.querySelectorAll('input, select, button, a[href]').length")
    assert [address[:5] for address in browser.requested if not address.startswith("data:")] == ["file:"]


def test_both_languages_stand_in_it_and_one_is_shown(browser):
    shown = "[...document.querySelectorAll('thead .{}')].filter((e) => e.offsetWidth > 0).length"
    browser.evaluate("document.getElementById('l-zh').click()")
    assert (browser.evaluate(shown.format("en")), browser.evaluate(shown.format("zh"))) == (0, 7)
    assert texts()["zh"]["not_converted"] in browser.evaluate("document.querySelector('.states').textContent")
    browser.evaluate("document.getElementById('l-en').click()")
    assert (browser.evaluate(shown.format("en")), browser.evaluate(shown.format("zh"))) == (7, 0)


@pytest.mark.parametrize("nasty", NASTY)
def test_no_name_breaks_the_page(nasty):
    told = product(2, sku=nasty, title=nasty, file=nasty, group=nasty, tags=[nasty], folder=nasty)
    told["findings"] = [{**finding(nasty, "warning"), "message": nasty}]
    page = catalogue_report({**manifest([told]), "catalogue": {"file": nasty, "sha256": ""}}, thumbnails={4: None})
    read = Page(page)
    plain = Page(catalogue_report(manifest([product(2, findings=[finding("W_X", "warning")])]), thumbnails={4: None}))
    assert (read.wrong, read.open) == ([], [])
    assert [tag for tag, _ in read.elements if tag != "span"].count("script") == 1
    assert {tag for tag, _ in read.elements} <= {tag for tag, _ in plain.elements}


def test_what_to_do_about_an_error_stands_in_its_row():
    told = [finding("E_UNIT_NEEDED", "error") | {"hint": "Add one:\n--unit <mm>"}, finding("W_PIVOT", "warning") | {"hint": "Move it."}]
    page = catalogue_report(manifest([product(20, findings=told)]), thumbnails={}).decode()
    assert "Add one:<br>--unit &lt;mm&gt;</span>" in page
    assert "Move it." not in page
