"""The hierarchy: nodes, skins, scenes, loops, lights on nodes (glTF 2.0 sections 3.5 and 3.7.3); nothing recurses."""

from __future__ import annotations

from collections import defaultdict

from arviz.formats.gltf.rules import elements
from arviz.formats.gltf.rules.hierarchy import Hierarchy
from arviz.formats.gltf.rules.links import Links, format_of
from arviz.formats.gltf.rules.structure import UNREAD, Json


def link_nodes(links: Links) -> None:
    """Follow what nodes carry, and note each node's parent."""
    for index, node, where in links.items("nodes"):
        links.follow(node, "camera", "cameras", where)
        skin = links.follow(node, "skin", "skins", where)
        mesh = links.follow(node, "mesh", "meshes", where)
        if mesh is not None and "primitives" in mesh:
            _link_mesh(links, node, mesh, skin, where)
        for place, child in enumerate(node.get("children", ())):
            if child == -1:
                continue
            if links.item("nodes", child) is None:
                links.issues.add("UNRESOLVED_REFERENCE", f"{where}/children/{place}", child)
                continue
            links.used["nodes"].add(child)
            if child in links.parent:
                links.issues.add("NODE_PARENT_OVERRIDE", f"{where}/children/{place}", child)
            links.parent[child] = index
        _link_light(links, node, where)


def _link_mesh(links: Links, node: Json, mesh: Json, skin: Json | None, where: str) -> None:
    primitives, weights = mesh["primitives"], node.get("weights")
    targets = len(primitives[0].get("targets", ()))
    if weights is not None and len(weights) != targets:
        links.issues.add("NODE_WEIGHTS_INVALID", f"{where}/weights", f"{len(weights)} for {targets} targets")
    if weights is None and "weights" in mesh:
        links.used["mesh weights"].add(node["mesh"])
    skinned = [primitive["counts"]["JOINTS"] > 0 for primitive in primitives]
    if skin is not None and not any(skinned):
        links.issues.add("NODE_SKIN_WITH_NON_SKINNED_MESH", where)
    if skin is None and any(skinned):
        links.issues.add("NODE_SKINNED_MESH_WITHOUT_SKIN", where)


def _link_light(links: Links, node: Json, where: str) -> None:
    extension = node["extensions"].get("KHR_lights_punctual")
    if extension is None or extension is UNREAD:
        return
    where = f"{where}/extensions/KHR_lights_punctual"
    root = links.document["extensions"].get("KHR_lights_punctual")
    if root is None or root is UNREAD:
        links.issues.add("UNSATISFIED_DEPENDENCY", where, "/extensions/KHR_lights_punctual")
        return
    light = extension.get("light", -1)
    if light >= len(root.get("lights", ())):
        links.issues.add("UNRESOLVED_REFERENCE", f"{where}/light", light)
    elif light != -1:
        links.used["/extensions/KHR_lights_punctual/lights"].add(light)


def check_hierarchy(links: Links) -> Hierarchy | None:
    """Return the hierarchy, its loops noted, or None where it is too deep to look at."""
    tree = Hierarchy(links.parent, len(links.document["nodes"]))
    for looped in sorted(tree.loops):
        links.issues.add("NODE_LOOP", f"/nodes/{looped}")
    if tree.deepest > links.limits.node_depth:
        links.issues.add("E_LIMIT_NODE_DEPTH", "/nodes", f"{tree.deepest} levels, at most {links.limits.node_depth}")
        return None
    return tree


def link_skins(links: Links, tree: Hierarchy) -> dict[int, int]:
    """Check joints and inverse bind matrices; return skin -> the lowest node above all its joints."""
    lowest: dict[int, int] = {}
    for index, skin, where in links.items("skins"):
        common = _lowest_common(links, tree, skin, f"{where}/joints")
        if common is not None:
            lowest[index] = common
        matrices = links.follow(skin, "inverseBindMatrices", "accessors", where)
        if matrices is not None:
            _link_matrices(links, skin, matrices, f"{where}/inverseBindMatrices")
        skeleton = skin.get("skeleton", -1)
        if skeleton != -1:
            if links.item("nodes", skeleton) is None:
                links.issues.add("UNRESOLVED_REFERENCE", f"{where}/skeleton", skeleton)
            elif common is None or not tree.is_above(skeleton, common):
                links.issues.add("SKIN_SKELETON_INVALID", f"{where}/skeleton", skeleton)
    return lowest


def _lowest_common(links: Links, tree: Hierarchy, skin: Json, where: str) -> int | None:
    if "joints" not in skin:
        return None
    common: int | None = None
    for place, joint in enumerate(skin["joints"]):
        if joint == -1:
            continue
        if links.item("nodes", joint) is None:
            links.issues.add("UNRESOLVED_REFERENCE", f"{where}/{place}", joint)
            continue
        links.used["nodes"].add(joint)
        links.used["joints"].add(joint)
        above = (node for node in tree.upwards(common) if tree.is_above(node, joint)) if common is not None else iter((joint,))
        common = next(above, None)
    if common is None:
        links.issues.add("SKIN_NO_COMMON_ROOT", where)
    return common


def _link_matrices(links: Links, skin: Json, accessor: Json, where: str) -> None:
    index = skin["inverseBindMatrices"]
    view = links.use_accessor(index, "IBM", "IBM", where)
    if view is not None and view.get("byteStride", -1) != -1:
        links.issues.add("SKIN_IBM_ACCESSOR_WITH_BYTESTRIDE", where)
    if format_of(accessor) == ("MAT4", 5126, False):
        links.element_checks[index].append((where, elements.bind_matrices))
    else:
        links.issues.add("SKIN_IBM_INVALID_FORMAT", where, format_of(accessor))
    joints = len(skin.get("joints", ()))
    if accessor.get("count", -1) < joints:
        links.issues.add("INVALID_IBM_ACCESSOR_COUNT", where, f"{accessor.get('count', -1)} for {joints} joints")


def link_scenes(links: Links) -> dict[int, set[int]]:
    """Check that scenes list roots; return node -> scenes that list it."""
    listed: dict[int, set[int]] = defaultdict(set)
    scene = links.document.get("scene", -1)
    if scene != -1 and links.item("scenes", scene) is None:
        links.issues.add("UNRESOLVED_REFERENCE", "/scene", scene)
    for index, item, where in links.items("scenes"):
        for place, root in enumerate(item.get("nodes", ())):
            if root == -1:
                continue
            if links.item("nodes", root) is None:
                links.issues.add("UNRESOLVED_REFERENCE", f"{where}/nodes/{place}", root)
                continue
            links.used["nodes"].add(root)
            listed[root].add(index)
            if root in links.parent:
                links.issues.add("SCENE_NON_ROOT_NODE", f"{where}/nodes/{place}", root)
    return listed


def check_skinned(links: Links, tree: Hierarchy, lowest: dict[int, int], listed: dict[int, set[int]]) -> None:
    """Check nodes with a skin against their place in the hierarchy, and find empty nodes."""
    for index, node, where in links.items("nodes"):
        if not _carries(links, index, node):
            links.issues.add("NODE_EMPTY", where)
        skin = links.item("skins", node.get("skin", -1))
        if skin is None:
            continue
        if _moves(node):
            links.issues.add("NODE_SKINNED_MESH_LOCAL_TRANSFORMS", where)
        ancestors = list(tree.upwards(index))[1:]
        if ancestors:
            if any(_moves(links.document["nodes"][a]) for a in ancestors):
                links.issues.add("NODE_SKINNED_MESH_PARENT_TRANSFORMS", where)
            links.issues.add("NODE_SKINNED_MESH_NON_ROOT", where)
        top = [*tree.upwards(lowest[node["skin"]])][-1:] if node["skin"] in lowest else []
        if top and not _scenes(tree, index, listed) <= _scenes(tree, top[0], listed):
            links.issues.add("NODE_SKIN_NO_SCENE", where)


def _carries(links: Links, index: int, node: Json) -> bool:
    if index in links.used["joints"] or node["extensions"] or "children" in node or "extras" in node:
        return True
    return any(links.item(kind, node.get(key, -1)) is not None for key, kind in (("mesh", "meshes"), ("camera", "cameras")))


_REST = {"translation": [0, 0, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]}


def _moves(node: Json) -> bool:
    return any(key in node and node[key] != rest for key, rest in _REST.items())


def _scenes(tree: Hierarchy, node: int, listed: dict[int, set[int]]) -> set[int]:
    return set().union(*(listed.get(at, set()) for at in tree.upwards(node)))
