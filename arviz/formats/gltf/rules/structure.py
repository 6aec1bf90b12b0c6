"""Walk a document along the schema: types, required properties, ranges, enumerations, extensions.

The walk returns a clean copy in which every value has the type that the table promises, so that the rules after it
need no guards: what is wrong is left out (numbers out of range become nan, whole numbers and indices in lists -1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isinf, nan
from typing import Any

from arviz.formats.gltf.rules.issues import Issues
from arviz.formats.gltf.rules.schema import ROOT_LISTS, Field
from arviz.formats.gltf.rules.schema_khr import (
    DECODED_ELSEWHERE,
    EXTENSIONS,
    IMAGE_TYPES,
    MUST_BE_REQUIRED,
    STAND_ALONE,
    TYPES,
)

Json = dict[str, Any]
UNREAD: Json = {}
"""Stands for the content of an extension that is not looked into."""
TEXTURE_INFOS = ("textureInfo", "normalTextureInfo", "occlusionTextureInfo")
_NAME_OF_EXTENSION = re.compile(r"([A-Z0-9]+)_[A-Za-z0-9_]+")
_ABSENT = object()


def pointer(parent: str, key: object) -> str:
    """Return the JSON pointer of `key` inside `parent` (RFC 6901)."""
    token = str(key)
    if "~" in token or "/" in token:
        token = token.replace("~", "~0").replace("/", "~1")
    return f"{parent}/{token}"


def is_whole(value: object) -> bool:
    """Return whether `value` is a whole number as JSON means it: 3.0 is one, true is not."""
    if isinstance(value, float):
        return not isinf(value) and value == value // 1
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Return whether `value` is a JSON number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


@dataclass
class Structure:
    """One walk: the issues it finds, the rules of types, the extensions in force, the texture uses it passes by."""

    issues: Issues
    in_glb: bool
    rules: Mapping[str, Callable[[Structure, Mapping[str, Any], Json, str], None]]
    """Type -> what its table cannot say: given the walk, an object as it stands, its clean copy, and where it is."""
    used: tuple[str, ...] = ()
    image_types: list[str] = field(default_factory=lambda: ["image/jpeg", "image/png"])
    texture_infos: list[tuple[str, str, Json]] = field(default_factory=list)
    """(pointer, type, clean object) of every texture info, in the order met."""

    def walk(self, document: Mapping[str, Any]) -> Json | None:
        """Return the clean document, or None where it is not glTF 2 and looking further makes no sense."""
        self._unexpected(document, {*ROOT_LISTS, "extensionsUsed", "extensionsRequired", "asset", "scene"}, "")
        if "extensionsRequired" in document and "extensionsUsed" not in document:
            self.issues.add("UNSATISFIED_DEPENDENCY", "/extensionsRequired", "extensionsUsed")
        self._declare(self._words(document, "extensionsUsed"), self._words(document, "extensionsRequired"))
        asset = self.child(document, "asset", "", of="asset", required=True)
        if asset is None or not self._version_2(asset):
            return None
        clean: Json = {"asset": asset}
        for key, kind in ROOT_LISTS.items():
            clean[key] = self._root_list(document, key, kind)
        index = self.value(document, "scene", "", Field(kind="index"))
        if index is not _ABSENT:
            clean["scene"] = index
        clean["extensions"] = self._extensions(document, "", "root")
        self._extras(document, "")
        return clean

    def _version_2(self, asset: Json) -> bool:
        version = asset.get("version")
        if version is None:
            return False
        major, minor = version.split(".")
        if major.lstrip("0") != "2":
            self.issues.add("UNKNOWN_ASSET_MAJOR_VERSION", "/asset/version", version)
            return False
        if minor.strip("0"):
            self.issues.add("UNKNOWN_ASSET_MINOR_VERSION", "/asset/version", version)
        return True

    def _declare(self, used: list[str], required: list[str]) -> None:
        for index, name in enumerate(used):
            where = f"/extensionsUsed/{index}"
            if not _NAME_OF_EXTENSION.fullmatch(name):
                self.issues.add("INVALID_EXTENSION_NAME_FORMAT", where, name)
            if name not in EXTENSIONS:
                if name not in DECODED_ELSEWHERE:
                    self.issues.add("UNSUPPORTED_EXTENSION", where, name)
                continue
            if name in MUST_BE_REQUIRED and name not in required:
                self.issues.add("NON_REQUIRED_EXTENSION", where, name)
            if name in IMAGE_TYPES:
                self.image_types.append(IMAGE_TYPES[name])
        known = set(used)
        for index, name in enumerate(required):
            if name not in known:
                self.issues.add("UNUSED_EXTENSION_REQUIRED", f"/extensionsRequired/{index}", name)
        self.used = tuple(used)

    def _root_list(self, document: Mapping[str, Any], key: str, kind: str) -> list[Json | None]:
        items = document.get(key, _ABSENT)
        if items is _ABSENT:
            return []
        if not isinstance(items, list):
            self.issues.add("TYPE_MISMATCH", f"/{key}", "an array is needed")
            return []
        if not items:
            self.issues.add("EMPTY_ENTITY", f"/{key}")
        out: list[Json | None] = []
        for index, item in enumerate(items):
            where = f"/{key}/{index}"
            if isinstance(item, dict):
                out.append(self.object(item, kind, where))
            else:
                self.issues.add("TYPE_MISMATCH", where, "an object is needed")
                out.append(None)
        return out

    def object(self, raw: Mapping[str, Any], kind: str, where: str) -> Json:
        """Return the clean copy of one object of type `kind`, its own rule applied."""
        properties = TYPES[kind]
        self._unexpected(raw, properties, where)
        clean: Json = {}
        for key, wanted in properties.items():
            value = self.value(raw, key, where, self._adapted(kind, key, wanted))
            if value is not _ABSENT:
                clean[key] = value
        rule = self.rules.get(kind)
        if rule is not None:
            rule(self, raw, clean, where)
        clean["extensions"] = self._extensions(raw, where, kind)
        if raw.get("extras") is not None:
            clean["extras"] = True
            self._extras(raw, where)
        if kind in TEXTURE_INFOS:
            self.texture_infos.append((where, kind, clean))
        return clean

    def _adapted(self, kind: str, key: str, wanted: Field) -> Field:
        if kind == "image" and key == "mimeType":
            return replace(wanted, choices=tuple(self.image_types))
        if kind == "target" and key == "path" and "KHR_animation_pointer" in self.used:
            return replace(wanted, choices=(*wanted.choices, "pointer"))
        return wanted

    def child(self, raw: Mapping[str, Any], key: str, where: str, *, of: str, required: bool = False) -> Json | None:
        """Return the clean copy of the object under `key`, or None if there is none."""
        value = self.value(raw, key, where, Field(kind="object", of=of, required=required))
        return None if value is _ABSENT else value

    def value(self, raw: Mapping[str, Any], key: str, where: str, wanted: Field) -> Any:
        """Return the clean value under `key`, or a mark that there is none."""
        if wanted.kind == "by_rule":
            return _ABSENT
        value = raw.get(key)
        if value is None:
            if key in raw:
                self.issues.add("TYPE_MISMATCH", pointer(where, key), "null")
            if wanted.required:
                self.issues.add("UNDEFINED_PROPERTY", where or "/", key)
            return _ABSENT
        kind, taken = _TAKE[wanted.kind]
        if not (kind(value) if callable(kind) and not isinstance(kind, type) else isinstance(value, kind)):
            self.issues.add("TYPE_MISMATCH", pointer(where, key), repr(value)[:60])
            return _ABSENT if wanted.kind not in ("whole", "number") else (-1 if wanted.kind == "whole" else nan)
        return taken(self, value, pointer(where, key), wanted)

    def _index(self, value: Any, where: str, wanted: Field) -> Any:
        if value < 0:
            self.issues.add("INVALID_INDEX", where, value)
            return _ABSENT
        return int(value)

    def _whole(self, value: Any, where: str, wanted: Field) -> int:
        if wanted.choices:
            if value not in wanted.choices:
                self.issues.add("VALUE_NOT_IN_LIST", where, value)
                return -1
        elif not wanted.low <= value <= wanted.high:
            self.issues.add("VALUE_NOT_IN_RANGE", where, value)
            return -1
        return int(value)

    def _number(self, value: Any, where: str, wanted: Field) -> float:
        if value != wanted.alone and not (wanted.low <= value <= wanted.high and wanted.above < _as_float(value) < wanted.below):
            self.issues.add("VALUE_NOT_IN_RANGE", where, value)
            return nan
        return _as_float(value)

    def _numbers(self, value: list[Any], where: str, wanted: Field) -> Any:
        if not value:
            self.issues.add("EMPTY_ENTITY", where)
            return _ABSENT
        if wanted.length is not None and len(value) != wanted.length:
            self.issues.add("ARRAY_LENGTH_NOT_IN_LIST", where, f"{len(value)} instead of {wanted.length}")
            return _ABSENT
        right = True
        for index, item in enumerate(value):
            if not is_number(item):
                self.issues.add("ARRAY_TYPE_MISMATCH", where, repr(item)[:60])
            elif isinf(_as_float(item)) or not wanted.low <= item <= wanted.high:
                self.issues.add("VALUE_NOT_IN_RANGE", f"{where}/{index}", item)
            else:
                continue
            right = False
        return [float(item) for item in value] if right else _ABSENT

    def _word(self, value: str, where: str, wanted: Field) -> Any:
        if wanted.choices and value not in wanted.choices:
            self.issues.add("VALUE_NOT_IN_LIST", where, value)
        if wanted.pattern and not re.match(wanted.pattern, value):
            self.issues.add("PATTERN_MISMATCH", where, value)
            return _ABSENT
        return value

    def _flag(self, value: bool, where: str, wanted: Field) -> bool:
        return value

    def _object(self, value: Json, where: str, wanted: Field) -> Json:
        return self.object(value, wanted.of, where)

    def _objects(self, value: list[Any], where: str, wanted: Field) -> Any:
        if not value:
            self.issues.add("EMPTY_ENTITY", where)
            return _ABSENT
        strange = [item for item in value if not isinstance(item, dict)]
        for item in strange:
            self.issues.add("ARRAY_TYPE_MISMATCH", where, repr(item)[:60])
        return _ABSENT if strange else [self.object(item, wanted.of, f"{where}/{index}") for index, item in enumerate(value)]

    def _indices(self, value: list[Any], where: str, wanted: Field) -> Any:
        if not value:
            self.issues.add("EMPTY_ENTITY", where)
            return _ABSENT
        out, seen = [], set()
        for index, item in enumerate(value):
            good = is_whole(item) and item >= 0
            if not good:
                self.issues.add("INVALID_INDEX", f"{where}/{index}", repr(item)[:60])
            elif item in seen:
                self.issues.add("DUPLICATE_ELEMENTS", f"{where}/{index}", item)
            else:
                seen.add(item)
            out.append(int(item) if good else -1)
        return out

    def _attributes(self, value: Json, where: str, wanted: Field) -> Any:
        if not value:
            self.issues.add("EMPTY_ENTITY", where)
            return _ABSENT
        out = {}
        for key, item in value.items():
            good = is_whole(item) and item >= 0
            if not good:
                self.issues.add("INVALID_INDEX", pointer(where, key), repr(item)[:60])
            out[key] = int(item) if good else -1
        return out

    def _targets(self, value: list[Any], where: str, wanted: Field) -> Any:
        if not value:
            self.issues.add("EMPTY_ENTITY", where)
            return _ABSENT
        out, right = [], True
        for index, item in enumerate(value):
            if isinstance(item, dict):
                target = self._attributes(item, f"{where}/{index}", wanted)
                right = right and target is not _ABSENT
                out.append(target)
            else:
                self.issues.add("ARRAY_TYPE_MISMATCH", where, repr(item)[:60])
                right = False
        return out if right else _ABSENT

    def _words(self, document: Mapping[str, Any], key: str) -> list[str]:
        value = document.get(key, _ABSENT)
        if value is _ABSENT:
            return []
        if not isinstance(value, list):
            self.issues.add("TYPE_MISMATCH", f"/{key}", repr(value)[:60])
            return []
        if not value:
            self.issues.add("EMPTY_ENTITY", f"/{key}")
        seen: set[str] = set()
        right = True
        for index, item in enumerate(value):
            if not isinstance(item, str):
                self.issues.add("ARRAY_TYPE_MISMATCH", f"/{key}/{index}", repr(item)[:60])
                right = False
            elif item in seen:
                self.issues.add("DUPLICATE_ELEMENTS", f"/{key}/{index}", item)
            else:
                seen.add(item)
        return value if right else []

    def _extensions(self, raw: Mapping[str, Any], where: str, owner: str) -> Json:
        value = raw.get("extensions", _ABSENT)
        if value is _ABSENT:
            return {}
        where = f"{where}/extensions"
        if not isinstance(value, dict):
            self.issues.add("TYPE_MISMATCH", where, repr(value)[:60])
            return {}
        out: Json = {}
        for name, content in value.items():
            place = pointer(where, name)
            if not isinstance(content, dict):
                self.issues.add("TYPE_MISMATCH", place, repr(content)[:60])
                content = {}
            if name not in self.used:
                self.issues.add("UNDECLARED_EXTENSION", place, name)
                out[name] = UNREAD
            elif name not in EXTENSIONS:
                out[name] = UNREAD
            elif owner not in EXTENSIONS[name]:
                self.issues.add("UNEXPECTED_EXTENSION_OBJECT", place, name)
            else:
                if len(value) > 1 and name in STAND_ALONE:
                    self.issues.add("MULTIPLE_EXTENSIONS", place, name)
                out[name] = self.object(content, f"{owner}.{name}", place)
        return out

    def _extras(self, raw: Mapping[str, Any], where: str) -> None:
        extras = raw.get("extras")
        if extras is not None and not isinstance(extras, dict):
            self.issues.add("NON_OBJECT_EXTRAS", f"{where}/extras")

    def _unexpected(self, raw: Mapping[str, Any], known: Iterable[str], where: str) -> None:
        for key in raw:
            if key not in known and key not in ("extensions", "extras"):
                self.issues.add("UNEXPECTED_PROPERTY", pointer(where, key), key)


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number of more than 308 digits
        return inf


_TAKE: dict[str, tuple[Any, Callable[..., Any]]] = {
    "index": (is_whole, Structure._index),
    "whole": (is_whole, Structure._whole),
    "number": (is_number, Structure._number),
    "numbers": (list, Structure._numbers),
    "word": (str, Structure._word),
    "text": (str, Structure._word),
    "flag": (bool, Structure._flag),
    "object": (dict, Structure._object),
    "objects": (list, Structure._objects),
    "indices": (list, Structure._indices),
    "attributes": (dict, Structure._attributes),
    "targets": (list, Structure._targets),
}
