"""JSON Schema (draft 2020-12) of what `arviz.core.json_fields` reads, for editors and for programs in other languages."""

from __future__ import annotations

import sys
from typing import Any

from arviz.core.json_fields import REQUIRED, Anything, Flag, Items, Number, Object, OneOf, Text

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(fields: Object, *, schema: str, title: str) -> dict[str, Any]:
    """Return the JSON Schema of a file that holds `fields` and states `schema`.

    Parameters
    ----------
    fields : Object
    schema : str
        Name and version, such as ``arviz.tryon/1``.
    title : str
    """
    whole = _object(fields)
    whole["properties"] = {"schema": {"const": schema}, **whole["properties"]}
    whole["required"] = ["schema", *whole.get("required", [])]
    return {"$schema": DRAFT, "title": title, **whole}


def _value(field: Anything) -> dict[str, Any]:
    out: dict[str, Any] = {}
    match field:
        case Text():
            out = {"enum": list(field.choices)} if field.choices else {"type": "string", "minLength": 0 if field.default == "" else 1}
            if field.pattern:
                out["pattern"] = f"^(?:{field.pattern})$"
        case Number():
            out = {"type": "integer" if field.whole else "number"}
            if field.low > -sys.float_info.max:
                out["minimum"] = field.low
            if field.high < sys.float_info.max:
                out["maximum"] = field.high
        case Flag():
            out = {"type": "boolean"}
        case Items():
            out = {"type": "array", "items": _value(field.of), "minItems": field.least, "maxItems": field.most}
        case Object():
            out = _object(field)
        case OneOf():
            out = {"oneOf": [_form(field, name) for name in field.forms]}
    return {"anyOf": [out, {"type": "null"}]} if field.default is None else out


def _object(fields: Object) -> dict[str, Any]:
    out: dict[str, Any] = {
        "type": "object",
        "properties": {key: _value(field) for key, field in fields.fields.items()},
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }
    required = [key for key, field in fields.fields.items() if field.default is REQUIRED]
    if required:
        out["required"] = required
    return out


def _form(one_of: OneOf, name: str) -> dict[str, Any]:
    out = _object(one_of.forms[name])
    out["properties"] = {one_of.by: {"const": name}, **out["properties"]}
    out["required"] = [one_of.by, *out.get("required", [])]
    return out
