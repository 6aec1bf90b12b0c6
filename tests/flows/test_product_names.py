"""Any text gives a name that every usual system takes for a folder."""

import os

from hypothesis import example, given
from hypothesis import strategies as st

from arviz.flows.product_names import folder_name, name_fault, same_folder


@given(st.text())
@example("CON.glb")
@example("aux")
@example("..")
@example("\udc80")
@example("é" * 300)
def test_every_text_gives_a_usable_name(text):
    name = folder_name(text)
    assert name_fault(name) == ""
    assert name == name.strip()
    assert len(os.fsencode(name)) <= 140
    assert folder_name(name) == name


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=30).map(lambda text: f"sku {text}"))
def test_plain_names_stay(text):
    assert folder_name(text) == text


def test_names_that_share_a_folder_somewhere():
    assert same_folder("Straße") == same_folder("STRASSE")
    assert same_folder("Café") == same_folder("Cafe\u0301".upper())
    assert same_folder("a") != same_folder("b")
