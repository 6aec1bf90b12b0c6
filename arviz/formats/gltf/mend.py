"""Take out of a document what leads nowhere and is not geometry, so that the rest can be read; each cut is a finding.

Codes and pointers are those of `arviz.formats.gltf.rules`. Dead references of geometry are left alone: reading
refuses them, as nobody can say what the exporter meant.
"""

from __future__ import annotations

from typing import Any, TypeGuard

from arviz.core.report import Finding

Json = dict[str, Any]
_TEXTURE_EXTENSIONS = ("EXT_texture_webp", "KHR_texture_basisu")


def mend(document: Json) -> list[Finding]:
    """Cut dead references out of `document` in place (it is the reader's own copy); return what was cut."""
    mender = _Mender(document)
    mender.meshes()
    mender.materials()
    mender.textures()
    mender.skins()
    mender.nodes()
    mender.scenes()
    mender.animations()
    return mender.findings


class _Mender:
    def __init__(self, document: Json) -> None:
        self.document = document
        self.findings: list[Finding] = []

    def meshes(self) -> None:
        empty = set()
        variants = self._listed("KHR_materials_variants", "variants")
        for index, mesh in enumerate(self._items("meshes")):
            where = f"/meshes/{index}"
            primitives = mesh.get("primitives", [])
            if not isinstance(primitives, list):
                continue
            kept = []
            for number, primitive in enumerate(primitives):
                place = f"{where}/primitives/{number}"
                if isinstance(primitive, dict) and isinstance(primitive.get("attributes"), dict):
                    if "POSITION" not in primitive["attributes"]:
                        self._note("MESH_PRIMITIVE_NO_POSITION", f"{place}/attributes", "without POSITION it draws nothing", "warning")
                        continue
                    self._drop(primitive, "material", "materials", place)
                    self._mappings(primitive, variants, f"{place}/extensions/KHR_materials_variants")
                kept.append(primitive)
            mesh["primitives"] = kept
            if not kept:
                empty.add(index)
                if not primitives:
                    self._note("UNDEFINED_PROPERTY", where, "a mesh without primitives")
        self._remove("meshes", empty, "mesh")

    def _mappings(self, primitive: Json, variants: int, where: str) -> None:
        extension = _inner(primitive, "extensions", "KHR_materials_variants")
        mappings = extension.get("mappings")
        if not isinstance(mappings, list):
            return
        kept = []
        for number, mapping in enumerate(mappings):
            chosen = mapping.get("variants") if isinstance(mapping, dict) else None
            good = isinstance(mapping, dict) and self._exists("materials", mapping.get("material"))
            if good and isinstance(chosen, list) and chosen and all(_within(variant, variants) for variant in chosen):
                kept.append(mapping)
            else:
                self._note("UNRESOLVED_REFERENCE", f"{where}/mappings/{number}", "a variant or material that is not there")
        extension["mappings"] = kept

    def materials(self) -> None:
        for index, material in enumerate(self._items("materials")):
            stack = [(material, f"/materials/{index}")]
            while stack:
                owner, where = stack.pop()
                for key, value in list(owner.items()):
                    if not isinstance(value, dict) or key == "extras":
                        continue
                    if key.endswith("Texture") and not self._exists("textures", value.get("index")):
                        self._note("UNRESOLVED_REFERENCE", f"{where}/{key}/index", f"texture {value.get('index')!r}")
                        del owner[key]
                    else:
                        stack.append((value, f"{where}/{key}"))

    def textures(self) -> None:
        for index, texture in enumerate(self._items("textures")):
            where = f"/textures/{index}"
            self._drop(texture, "source", "images", where)
            self._drop(texture, "sampler", "samplers", where)
            extensions = _inner(texture, "extensions")
            for name in _TEXTURE_EXTENSIONS:
                extension = extensions.get(name)
                if isinstance(extension, dict) and "source" in extension and not self._exists("images", extension["source"]):
                    self._note("UNRESOLVED_REFERENCE", f"{where}/extensions/{name}/source", f"image {extension['source']!r}")
                    del extensions[name]

    def skins(self) -> None:
        useless = set()
        for index, skin in enumerate(self._items("skins")):
            where = f"/skins/{index}"
            joints = skin.get("joints")
            if not isinstance(joints, list) or not joints:
                self._note("UNDEFINED_PROPERTY", where, "a skin without joints")
                useless.add(index)
            elif not all(self._exists("nodes", joint) for joint in joints):
                self._note("UNRESOLVED_REFERENCE", f"{where}/joints", "a joint that is not there")
                useless.add(index)
            self._drop(skin, "skeleton", "nodes", where)
        self._remove("skins", useless, "skin")

    def nodes(self) -> None:
        lights = self._listed("KHR_lights_punctual", "lights")
        for index, node in enumerate(self._items("nodes")):
            where = f"/nodes/{index}"
            for key, kind in (("mesh", "meshes"), ("skin", "skins"), ("camera", "cameras")):
                self._drop(node, key, kind, where)
            self._filter(node, "children", where)
            extensions = _inner(node, "extensions")
            light = extensions.get("KHR_lights_punctual")
            if isinstance(light, dict) and not _within(light.get("light"), lights):
                self._note("UNRESOLVED_REFERENCE", f"{where}/extensions/KHR_lights_punctual/light", f"light {light.get('light')!r}")
                del extensions["KHR_lights_punctual"]

    def scenes(self) -> None:
        self._drop(self.document, "scene", "scenes", "")
        for index, scene in enumerate(self._items("scenes")):
            self._filter(scene, "nodes", f"/scenes/{index}")

    def animations(self) -> None:
        kept = []
        for index, animation in enumerate(self._items("animations")):
            where = f"/animations/{index}"
            channels, samplers = animation.get("channels"), animation.get("samplers")
            if not (isinstance(channels, list) and isinstance(samplers, list) and channels and samplers):
                self._note("UNDEFINED_PROPERTY", where, "an animation without channels or samplers")
                continue
            moving = [c for number, c in enumerate(channels) if self._moves(c, samplers, f"{where}/channels/{number}")]
            if moving:
                kept.append(animation)
            animation["channels"] = moving
        if "animations" in self.document and isinstance(self.document["animations"], list):
            self.document["animations"] = kept

    def _moves(self, channel: Any, samplers: list[Any], where: str) -> bool:
        target = channel.get("target") if isinstance(channel, dict) else None
        sampler = channel.get("sampler") if isinstance(channel, dict) else None
        if not isinstance(target, dict) or not isinstance(target.get("path"), str):
            self._note("UNDEFINED_PROPERTY", where, "a channel without a target")
            return False
        if not _within(sampler, len(samplers)) or not isinstance(samplers[sampler], dict):
            self._note("UNRESOLVED_REFERENCE", f"{where}/sampler", f"sampler {sampler!r}")
            return False
        if "node" in target and not self._exists("nodes", target["node"]):
            self._note("UNRESOLVED_REFERENCE", f"{where}/target/node", f"node {target['node']!r}")
            return False
        if not all(self._exists("accessors", samplers[sampler].get(key)) for key in ("input", "output")):
            self._note("UNRESOLVED_REFERENCE", f"{where}/sampler", "times or values that are not there")
            return False
        return True

    def _remove(self, kind: str, indices: set[int], key: str) -> None:
        """Take items out of a list, and let the nodes that point to it follow."""
        items = self.document.get(kind)
        if not indices or not isinstance(items, list):
            return
        kept = [index for index in range(len(items)) if index not in indices]
        new = {old: at for at, old in enumerate(kept)}
        self.document[kind] = [items[index] for index in kept]
        for node in self._items("nodes"):
            old = node.get(key)
            if type(old) is int and old in indices:
                del node[key]
            elif type(old) is int and old in new:
                node[key] = new[old]

    def _items(self, kind: str) -> list[Json]:
        items = self.document.get(kind)
        return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []

    def _exists(self, kind: str, index: Any) -> bool:
        items = self.document.get(kind)
        return _within(index, len(items) if isinstance(items, list) else 0)

    def _dead(self, kind: str, index: Any) -> bool:
        # What is no whole number at all is left to the reader, which refuses it.
        return type(index) is int and not self._exists(kind, index)

    def _listed(self, extension: str, key: str) -> int:
        items = _inner(self.document, "extensions", extension).get(key)
        return len(items) if isinstance(items, list) else 0

    def _drop(self, owner: Json, key: str, kind: str, where: str) -> None:
        if self._dead(kind, owner.get(key)):
            self._note("UNRESOLVED_REFERENCE", f"{where}/{key}", f"{key} {owner[key]!r}")
            del owner[key]

    def _filter(self, owner: Json, key: str, where: str) -> None:
        indices = owner.get(key)
        if not isinstance(indices, list):
            return
        for place, index in enumerate(indices):
            if self._dead("nodes", index):
                self._note("UNRESOLVED_REFERENCE", f"{where}/{key}/{place}", f"node {index!r}")
        owner[key] = [index for index in indices if not self._dead("nodes", index)]

    def _note(self, code: str, where: str, found: str, severity: Any = "error") -> None:
        message = f"left out in reading: {found[:100]}"
        self.findings.append(Finding(code=code, severity=severity, where=where, message=message, hint="Export the file again."))


def _inner(owner: Json, *keys: str) -> Json:
    """Return the object under `keys`, or an empty one where any is missing."""
    at: Any = owner
    for key in keys:
        at = at.get(key) if isinstance(at, dict) else None
    return at if isinstance(at, dict) else {}


def _within(index: Any, count: int) -> TypeGuard[int]:
    return type(index) is int and 0 <= index < count
