"""What nothing points to (an information: it costs bytes and shows nothing)."""

from __future__ import annotations

from arviz.formats.gltf.rules.links import Links
from arviz.formats.gltf.rules.structure import UNREAD

_COLLECTIONS = (
    "accessors", "buffers", "bufferViews", "cameras", "images", "materials", "meshes", "nodes", "samplers", "skins", "textures",
)  # fmt: skip
_IN_EXTENSIONS = {"KHR_lights_punctual": "lights", "KHR_materials_variants": "variants"}


def find_unused(links: Links) -> None:
    """Note every object without a use, and mesh weights that every node overrides."""
    for kind in _COLLECTIONS:
        for index, _, where in links.items(kind):
            if index not in links.used[kind]:
                links.issues.add("UNUSED_OBJECT", where)
    for name, key in _IN_EXTENSIONS.items():
        extension = links.document["extensions"].get(name)
        if extension is None or extension is UNREAD:
            continue
        where = f"/extensions/{name}/{key}"
        for index in range(len(extension.get(key, ()))):
            if index not in links.used[where]:
                links.issues.add("UNUSED_OBJECT", f"{where}/{index}")
    for index, mesh, where in links.items("meshes"):
        if "weights" in mesh and index in links.used["meshes"] and index not in links.used["mesh weights"]:
            links.issues.add("UNUSED_MESH_WEIGHTS", f"{where}/weights")
