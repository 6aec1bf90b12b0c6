"""Rules on the bytes of a glTF or GLB file, with the Khronos validator's codes. In: bytes. Out: `Report`.

`check_bytes` never raises for what a file holds: every fault is a finding. It opens nothing but through `Files`.
"""

from __future__ import annotations

from arviz.core.report import Report
from arviz.formats.files import Files
from arviz.formats.gltf.rules.animations import link_animations
from arviz.formats.gltf.rules.influences import check_influences
from arviz.formats.gltf.rules.issues import Issues
from arviz.formats.gltf.rules.links import Links, link_accessors, link_buffer_views, link_images, link_materials, link_textures
from arviz.formats.gltf.rules.meshes import link_meshes
from arviz.formats.gltf.rules.nodes import check_hierarchy, check_skinned, link_nodes, link_scenes, link_skins
from arviz.formats.gltf.rules.resources import Resources
from arviz.formats.gltf.rules.semantics import RULES
from arviz.formats.gltf.rules.shell import is_glb, parse_json, split_glb
from arviz.formats.gltf.rules.structure import Structure
from arviz.formats.gltf.rules.unused import find_unused


def check_bytes(data: bytes, files: Files) -> Report:
    """Check a glTF or GLB file against the glTF 2.0 specification and its extensions.

    Parameters
    ----------
    data : bytes
        The file's content.
    files : Files
        Its name, its limits, and the door to what lies beside it.

    Returns
    -------
    Report
        Findings with codes and severities of the Khronos validator; `where` is a JSON pointer (``/meshes/0``), or
        ``@offset`` in bytes for a fault of the GLB container. Empty is good.
    """
    issues = Issues()
    in_glb = is_glb(data, files.name)
    text: bytes | None = data
    binary: bytes | None = None
    if in_glb:
        text, binary = split_glb(data, issues)
    document = None if text is None else parse_json(text, files.limits, issues)
    if document is None:
        return issues.report()
    nodes = document.get("nodes")
    if isinstance(nodes, list) and len(nodes) > files.limits.nodes:
        issues.add("E_LIMIT_NODES", "/nodes", f"{len(nodes):,}, at most {files.limits.nodes:,}")
        return issues.report()
    structure = Structure(issues, in_glb, RULES)
    clean = structure.walk(document)
    if clean is None:
        return issues.report()
    links = Links(clean, issues, files.limits, structure.used)
    _link(links, structure)
    resources = Resources(links, files, binary=binary, in_glb=in_glb, image_types=structure.image_types)
    resources.check_images()
    resources.check_elements()
    check_influences(links, resources)
    return issues.report()


def _link(links: Links, structure: Structure) -> None:
    link_buffer_views(links)
    link_accessors(links)
    link_images(links)
    link_textures(links)
    link_materials(links, structure.texture_infos)
    link_meshes(links)
    link_nodes(links)
    tree = check_hierarchy(links)
    lowest = link_skins(links, tree) if tree is not None else {}
    link_animations(links)
    listed = link_scenes(links)
    if tree is not None:
        check_skinned(links, tree, lowest, listed)
    find_unused(links)
