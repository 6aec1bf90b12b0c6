"""XML from strangers: parsed by expat with every way out closed.

A document type declaration is refused before it is read (E_XML_ENTITY): without one there are no entities to expand
and nothing outside to fetch. Depth and number of elements are limited while parsing. Expat is part of Python; lxml
would need its options right and brings libxml2, defusedxml wraps the same expat and returns whole trees, which for
a 3MF mesh means a dictionary for each vertex.
"""

from __future__ import annotations

import xml.parsers.expat
from collections.abc import Callable
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder

from arviz.core.errors import FormatError, LimitError

MOST_ELEMENTS = 60_000_000
"""As many as the limits allow corners: 3MF spends one element on each vertex and on each triangle."""
MOST_IN_TREE = 2_000_000
"""Elements of a document that is kept as a tree, some 0.5 kB each."""
DEPTH = 300
"""More than the limit of nodes that may stand in each other."""


def scan(
    data: bytes,
    *,
    where: str,
    start: Callable[[str, dict[str, str]], object],
    end: Callable[[str], object] | None = None,
    text: Callable[[str], object] | None = None,
    most_elements: int = MOST_ELEMENTS,
) -> None:
    """Call `start`, `end` and `text` for what `data` holds; names read ``namespace}name`` where there is a namespace.

    Raises
    ------
    FormatError
        E_XML: not well-formed. E_XML_ENTITY: a document type or entity declaration.
    LimitError
        E_LIMIT_XML: too deep, or too many elements.
    """
    parser = xml.parsers.expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = count = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > DEPTH or count > most_elements:
            found = f"more than {DEPTH} levels" if depth > DEPTH else f"more than {most_elements:,} elements"
            raise LimitError("E_LIMIT_XML", "the XML is too deep or too long", where=where, found=found)
        start(name, attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end is not None:
            end(name)

    def declared(*_: object) -> NoReturn:
        raise FormatError(
            "E_XML_ENTITY",
            "the XML declares a document type or entities, which model files never need",
            where=where,
            found=f"line {parser.CurrentLineNumber}",
            hint="Export the file again, or remove the DOCTYPE.",
        )

    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    if text is not None:
        parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = declared
    parser.EntityDeclHandler = declared
    parser.ExternalEntityRefHandler = declared
    try:
        parser.Parse(data, True)
    except (xml.parsers.expat.ExpatError, LookupError, ValueError) as error:  # LookupError: an encoding nobody knows
        raise FormatError("E_XML", "the XML cannot be parsed", where=where, found=str(error), hint="Export the file again.") from error


def tree(data: bytes, *, where: str) -> Element:
    """Return the root element; namespaces are left out of the names."""
    builder = TreeBuilder()
    scan(
        data,
        where=where,
        start=lambda name, attributes: builder.start(local(name), attributes),
        end=lambda name: builder.end(local(name)),
        text=builder.data,
        most_elements=MOST_IN_TREE,
    )
    return builder.close()


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition("}")[2]
