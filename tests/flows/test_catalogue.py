"""Catalogues as shops write them: every row is read or told with its line, whoever saved the file."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.core.errors import InputError
from arviz.core.resources import resource
from arviz.flows.catalogue import COLUMNS, read_catalogue
from arviz.flows.product_names import same_folder

HEADER = "sku,file,title,size,unit,price_minor,currency,tags,group,targets\n"
ROW = "S-1,a.glb,Grünes Sofa,218x102x79,cm,129900,EUR,sofa;green,living,web quick-look\n"


@pytest.fixture
def shop(tmp_path):
    """Return a function that reads a catalogue beside two files."""
    for name in ("a.glb", "b.glb"):
        (tmp_path / name).write_bytes(b"glTF")

    def read(content, *, name="shop.csv", **options):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_catalogue(path, **options)

    return read


def codes(row):
    return [finding.code for finding in row.findings]


def test_a_row_is_read_as_it_is_meant(shop, tmp_path):
    (entry,) = shop(HEADER + ROW).entries
    assert (entry.sku, entry.name, entry.file, entry.title) == ("S-1", "S-1", tmp_path / "a.glb", "Grünes Sofa")
    assert entry.size_m == pytest.approx((2.18, 0.79, 1.02))
    assert (entry.price_minor, entry.currency) == (129900, "EUR")
    assert (entry.tags, entry.group, entry.targets) == (("sofa", "green"), "living", ("web", "quick-look"))


@pytest.mark.parametrize(
    "saved",
    [
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace("\n", "\r").encode(),
        lambda text: text.replace(";", "|").replace(",", ";").encode(),
        lambda text: ("sep=;\r\n" + text.replace(";", "|").replace(",", ";")).encode(),
        lambda text: text.replace(",", "\t").encode("utf-16"),
        lambda text: text.replace("sku,file", "SKU , File").replace("price_minor", "Price Minor").encode(),
        lambda text: ("\n" + text + ",,,,,,,,,\n\n").encode(),
        lambda text: ("\n\n" + text.replace(",", "\t")).encode(),
    ],
)
def test_whoever_saved_it_it_says_the_same(shop, saved):
    plain = shop(HEADER + ROW).entries
    assert shop(saved(HEADER + ROW)).entries == plain


def test_windows_text_is_told_and_another_encoding_can_be_said(shop):
    read = shop((HEADER + ROW).encode("cp1252"))
    assert read.entries[0].title == "Grünes Sofa"
    assert [(finding.code, finding.where) for finding in read.findings] == [("W_CATALOGUE_ENCODING", "shop.csv:2")]
    chinese = (HEADER + ROW.replace("Grünes Sofa", "绿色沙发")).encode("gb18030")
    assert shop(chinese, encoding="gb18030").entries[0].title == "绿色沙发"
    with pytest.raises(InputError, match=r"shop\.csv:2"):
        shop((HEADER + ROW).encode("cp1252"), encoding="utf-8")
    with pytest.raises(InputError, match="no such encoding"):
        shop(HEADER + ROW, encoding="klingon")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (ROW.replace("129900", "1299.00"), "E_CATALOGUE_MONEY"),
        (ROW.replace("129900", "-5"), "E_CATALOGUE_MONEY"),
        (ROW.replace("EUR", ""), "E_CATALOGUE_CURRENCY"),
        (ROW.replace("EUR", "Euro"), "E_CATALOGUE_CURRENCY"),
        (ROW.replace("218x102x79", "218x102"), "E_SIZE_SYNTAX"),
        (ROW.replace(",cm,", ",,"), "E_SIZE_UNIT"),
        (ROW.replace(",cm,", ",ells,"), "E_UNIT_UNKNOWN"),
        (ROW.replace("a.glb", "nowhere.glb"), "E_FILE_MISSING"),
        (ROW.replace("a.glb", ""), "E_CATALOGUE_FILE"),
        (ROW.replace("S-1", ""), "E_CATALOGUE_SKU"),
        (ROW.replace("\n", ",more\n"), "E_CATALOGUE_FIELDS"),
        ("S-1,a.glb\n", "E_CATALOGUE_FIELDS"),
        (ROW.replace("Grünes Sofa", '"Sofa"!'), "E_CATALOGUE_QUOTES"),
        (ROW.replace("S-1", "s/1").replace("a.glb", "b.glb"), None),
        ("S-0" + ROW[3:], "E_CATALOGUE_TWICE"),
        ("s-0" + ROW[3:], "E_CATALOGUE_TWICE"),
        ("S/0" + ROW[3:], "E_CATALOGUE_TWICE"),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_costs_no_other(shop, row, code):
    good = 'S-0,b.glb,"Two\nlines",,,,,,,\n'
    last = "S-9,b.glb,,,,,,,,\n"
    read = shop(HEADER + good + row + last)
    assert [found.line for found in read.rows] == [2, 4, 5]
    assert codes(read.rows[1]) == ([code] if code else [])
    assert (read.rows[1].entry is None) == (code is not None)
    assert [entry.sku for entry in (read.entries[0], read.entries[-1])] == ["S-0", "S-9"]
    if code:
        assert read.rows[1].findings[0].where == "shop.csv:4"


def test_a_quote_that_never_closes_is_told_where_it_opens(shop):
    read = shop(HEADER + ROW + 'S-2,b.glb,"open,,,,,,,\n' + ROW)
    assert [(row.line, codes(row)) for row in read.rows] == [(2, []), (3, ["E_CATALOGUE_QUOTES"])]


def test_the_unit_is_of_what_has_none(shop):
    def entry(text):
        return shop("sku,file,size,width,height,unit,file_unit\n" + text + "\n").entries[0]

    assert (entry("1,a.glb,1x2x3,,,cm,").size_m, entry("1,a.glb,1x2x3,,,cm,").unit) == (pytest.approx((0.01, 0.03, 0.02)), None)
    assert entry("1,a.glb,1x2x3m,,,cm,").size_m == pytest.approx((1, 3, 2))
    assert entry("1,a.glb,,,,inch,").unit == "in"
    assert entry("1,a.glb,1x2x3,,,cm,mm").unit == "mm"
    assert entry("1,a.glb,,50,2m,cm,").size_m == pytest.approx((0.5, 2, None))


def test_json_lines_say_the_same_as_a_table(shop):
    said = dict(zip(HEADER.strip().split(","), ROW.strip().split(","), strict=True))
    said |= {"price_minor": 129900, "tags": ["sofa", "green"], "targets": ["web", "quick-look"]}
    rows = [json.dumps(said), "", '{"sku": 2, "file": "b.glb"}', "{", "[1]", '{"sku": "x", "file": "b.glb", "price_minor": 12.0}']
    rows += ['{"sku": "y", "file": ["b.glb"]}', '{"sku": "z", "file": "b.glb", "tags": [1]}', "[" * 5000]
    read = shop("\n".join(rows), name="shop.jsonl")
    assert read.entries[0] == shop(HEADER + ROW).entries[0]
    assert read.entries[1].sku == "2"
    assert [row.line for row in read.rows] == [1, 3, 4, 5, 6, 7, 8, 9]
    assert ["E_CATALOGUE_JSON" in codes(row) for row in read.rows[2:]] == [True, True, False, False, False, True]
    assert all(row.entry is None for row in read.rows[2:])


def test_other_columns_are_kept_and_told(shop):
    read = shop("sku,file,shelf\n1,a.glb,B 7\n")
    assert dict(read.entries[0].more) == {"shelf": "B 7"}
    assert [finding.code for finding in read.findings] == ["I_CATALOGUE_COLUMNS"]


def test_a_german_spreadsheet_says_the_same_as_a_table_in_our_words(shop):
    german = (
        "Artikelnr.;Bezeichnung;Dateiname;Breite (cm);Tiefe in mm;Höhe [m];Kategorie\r\nS-1;Sofa;a.glb;218;1020,5;0,79;Sofas\r\n;;;;;;\r\n"
    )
    ours = "sku,title,file,width,depth,height,group\nS-1,Sofa,a.glb,218cm,1020.5mm,0.79m,Sofas\n"
    read = shop(german.encode("utf-8-sig"))
    assert read.entries == shop(ours).entries
    (told,) = read.findings
    assert (told.code, told.severity) == ("I_CATALOGUE_MEANT", "info")
    assert "'Breite (cm)' is width in cm" in told.message


def test_the_unit_of_a_word_goes_before_that_of_its_heading_and_of_its_row(shop):
    (entry,) = shop('file,width_cm,height,unit\na.glb,"86""",79,mm\n').entries
    assert entry.size_m == pytest.approx((86 * 0.0254, 0.079, None))


def test_a_columns_own_name_goes_before_another_that_means_it(shop):
    (entry,) = shop("file,name,title\na.glb,internal,Sofa\n").entries
    assert (entry.title, dict(entry.more)) == ("Sofa", {"name": "internal"})


def test_a_merchant_may_say_which_column_is_meant(shop):
    table = "Datei;Dateiname;B (cm)\nx;a.glb;218\n"
    with pytest.raises(InputError, match="the column file stands twice: Datei, Dateiname") as caught:
        shop(table)
    assert "--column file=" in caught.value.hint
    (entry,) = shop(table, columns={"file": "dateiname", "width": "B (cm)"}).entries
    assert (entry.file.name, entry.size_m, dict(entry.more)) == ("a.glb", pytest.approx((2.18, None, None)), {"datei": "x"})
    for columns in ({"file": "Modell"}, {"breite": "B (cm)"}):
        with pytest.raises(InputError, match="no such"):
            shop(table, columns=columns)


def test_a_heading_that_nobody_knows_is_shown_as_it_stands_there(shop):
    with pytest.raises(InputError, match="found 3D Modell, Shelf No") as caught:
        shop("3D Modell;Shelf No\na.glb;7\n")
    assert all(column in caught.value.hint for column in COLUMNS)


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "shop.csv", "no product"),
        (HEADER, "shop.csv", "no product"),
        ("a,b\n1,2\n", "shop.csv", "name the columns"),
        ("file,file\n1,2\n", "shop.csv", "stands twice"),
        ("file\na.glb\n", "shop.xlsx", ".csv or .jsonl"),
        (b"\x89PNG\r\n\x1a\n\x81\x8d", "shop.csv", "encoding"),
        (b"\x00" * 100, "shop.csv", "name the columns"),
    ],
)
def test_what_is_no_catalogue_is_refused(shop, content, name, says):
    with pytest.raises(InputError, match=says):
        shop(content, name=name)


def test_a_number_that_a_spreadsheet_has_rounded_is_told(shop):
    (row,) = shop('sku;file\n"4,71E+12";a.glb\n').rows
    assert codes(row) == ["W_CATALOGUE_SKU"]
    assert row.entry is not None


def test_a_folder_is_a_catalogue_of_the_models_in_it(tmp_path):
    shop = tmp_path / "Möbel"
    for place in ("a.glb", "A B.STL", "Küche/stuhl.glb", "Küche/椅子.obj", "Stühle/stuhl.glb", "twice.obj", "twice.stl", "c.zip"):
        (shop / place).parent.mkdir(parents=True, exist_ok=True)
        (shop / place).write_bytes(b"x")
    for place in ("a.mtl", "wood.png", ".hidden.glb", ".cache/b.glb", "ready/.batch/lock", "ready/S-1/S-1.glb", "list.csv"):
        (shop / place).parent.mkdir(parents=True, exist_ok=True)
        (shop / place).write_bytes(b"x")
    read = read_catalogue(shop)
    found = {entry.name: entry.file.relative_to(shop).as_posix() for entry in read.entries}
    assert found == {
        "a": "a.glb", "A B": "A B.STL", "Küche-stuhl": "Küche/stuhl.glb", "Küche-椅子": "Küche/椅子.obj",
        "Stühle-stuhl": "Stühle/stuhl.glb", "twice.obj": "twice.obj", "twice.stl": "twice.stl", "c": "c.zip",
    }  # fmt: skip
    assert len(read.rows) == len(read.entries)
    assert [finding.code for finding in read.findings] == ["I_CATALOGUE_FOLDER"]
    assert read_catalogue(shop).sha256 == read.sha256
    with pytest.raises(InputError, match="holds no product"):
        read_catalogue(shop / "ready")


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), max_size=12)


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, WORDS)), min_size=1, max_size=4), st.sampled_from(",;\t|"))
def test_whatever_stands_in_it_every_row_is_read_or_told(tmp_path_factory, rows, separator):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    (path.parent / "a.glb").write_bytes(b"glTF")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, delimiter=separator)
    writer.writeheader()
    rows.append({"sku": "the last", "file": "a.glb"})
    for row in rows:
        writer.writerow({**row, "file": row.get("file") and "a.glb"})
    path.write_bytes(text.getvalue().encode())
    read = read_catalogue(path)
    assert len(read.rows) == sum(any(value.strip() for value in row.values()) for row in rows)
    for row in read.rows:
        assert (row.entry is None) == any(finding.severity == "error" for finding in row.findings)
    assert len({same_folder(entry.name) for entry in read.entries}) == len(read.entries)


def test_our_own_products_are_listed_so():
    for name in ("catalog.csv", "furniture.csv"):
        read = read_catalogue(resource("assets", "products", name))
        assert len(read.entries) == len(read.rows) > 2
        assert read.findings == ()
