"""A second reader of USD, for the tests only: what the stage says, as an Asset that our renderer can draw.

It follows the UsdPreviewSurface specification and knows nothing of how the writer works.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import contextmanager

import numpy as np
from PIL import Image as PillowImage

from arviz.core.asset import Asset, Mesh, Node, Primitive
from arviz.core.colour import linear_to_srgb, srgb_to_linear
from arviz.core.image import decode
from arviz.core.material import EncodedImage, Material, Sampler, Texture, TextureInfo

WRAP = {"repeat": 10497, "clamp": 33071, "mirror": 33648}


@contextmanager
def opened(data, tmp_path, *, variant=None):
    """Yield the stage of a package, with a variant of the set ``material`` selected."""
    from pxr import Usd

    path = tmp_path / "product.usdz"
    path.write_bytes(data)
    stage = Usd.Stage.Open(str(path))
    if variant is not None:
        stage.SetEditTarget(stage.GetSessionLayer())
        assert stage.GetDefaultPrim().GetVariantSets().GetVariantSet("material").SetVariantSelection(variant)
    yield stage


def meshes(stage):
    """Return the UsdGeom.Mesh of every mesh prim."""
    from pxr import UsdGeom

    return [UsdGeom.Mesh(prim) for prim in stage.Traverse() if prim.IsA(UsdGeom.Mesh)]


def bound(mesh):
    """Return the UsdShade.Material that a viewer would use."""
    from pxr import UsdShade

    material, _ = UsdShade.MaterialBindingAPI(mesh.GetPrim()).ComputeBoundMaterial()
    return material


def world_points(stage):
    """Return the points (V, 3) of every mesh in the world."""
    from pxr import UsdGeom

    cache = UsdGeom.XformCache()
    out = []
    for mesh in meshes(stage):
        matrix = np.array(cache.GetLocalToWorldTransform(mesh.GetPrim())).T
        points = np.array(mesh.GetPointsAttr().Get(), np.float64)
        out.append(points @ matrix[:3, :3].T + matrix[:3, 3])
    return out


def asset_from_stage(stage, data):
    """Return the stage as an Asset."""
    from pxr import UsdGeom

    reader = _Reader(zipfile.ZipFile(io.BytesIO(data)))
    cache = UsdGeom.XformCache()
    nodes, pieces = [], []
    for mesh in meshes(stage):
        matrix = np.array(cache.GetLocalToWorldTransform(mesh.GetPrim())).T
        pieces.append(Mesh(primitives=(reader.primitive(mesh),)))
        nodes.append(Node(name=mesh.GetPrim().GetName(), matrix=matrix, mesh=len(pieces) - 1))
    return Asset(
        nodes=tuple(nodes),
        meshes=tuple(pieces),
        materials=tuple(reader.materials),
        textures=tuple(reader.textures),
        images=tuple(reader.images.values()),
        samplers=tuple(reader.samplers),
    )


class _Reader:
    def __init__(self, files):
        self.files = files
        self.materials, self.textures, self.samplers = [], [], []
        self.images, self.known = {}, {}

    def primitive(self, mesh):
        from pxr import UsdGeom

        triangles = np.array(mesh.GetFaceVertexIndicesAttr().Get())
        points = np.array(mesh.GetPointsAttr().Get())
        normals = np.array(mesh.GetNormalsAttr().Get())
        attributes = {"POSITION": points, "NORMAL": normals}
        if mesh.GetNormalsInterpolation() == "faceVarying":
            attributes["POSITION"] = points[triangles]
        for primvar in UsdGeom.PrimvarsAPI(mesh).GetPrimvarsWithAuthoredValues():
            value, name = np.array(primvar.Get()), primvar.GetPrimvarName()
            value = value[triangles] if len(value) != len(attributes["POSITION"]) else value
            if name.startswith("st"):
                attributes[f"TEXCOORD_{name[2:] or 0}"] = np.stack([value[:, 0], 1 - value[:, 1]], axis=1)
            elif name == "displayColor":
                attributes["COLOR_0"] = value
        if mesh.GetNormalsInterpolation() == "faceVarying":
            triangles = np.arange(len(triangles))
        material, double_sided = bound(mesh), mesh.GetDoubleSidedAttr().Get()
        key = (str(material.GetPath()), double_sided)
        if key not in self.known:
            self.known[key] = len(self.materials)
            self.materials.append(self.material(material, double_sided=double_sided))
        return Primitive(attributes=attributes, indices=triangles, material=self.known[key])

    def material(self, material, *, double_sided):
        surface, _, _ = material.ComputeSurfaceSource()
        assert surface.GetShaderId() == "UsdPreviewSurface"
        colour, colour_map, added = self.value(surface, "diffuseColor", (0.18, 0.18, 0.18))
        if np.any(added):
            colour, colour_map = (1.0, 1.0, 1.0), self.baked(colour_map, colour, added)
        roughness, roughness_map, _ = self.value(surface, "roughness", 0.5)
        metallic, metallic_map, _ = self.value(surface, "metallic", 0.0)
        glow, glow_map, _ = self.value(surface, "emissiveColor", (0.0, 0.0, 0.0))
        alpha, alpha_map, clear = self.value(surface, "opacity", 1.0)
        threshold, _, _ = self.value(surface, "opacityThreshold", 0.0)
        _, normal_map, bend = self.value(surface, "normal", (0.0, 0.0, 1.0))
        shade, shade_map, bias = self.value(surface, "occlusion", 1.0)
        ior, _, _ = self.value(surface, "ior", 1.5)
        if normal_map:
            assert tuple(bend) == (-1, -1, -1)
        if shade_map:
            assert np.allclose(shade + bias, 1)
        # metallic-roughness is one texture in glTF: both links must read the same one, or one is constant.
        assert not (roughness_map and metallic_map) or roughness_map[0] == metallic_map[0]
        packed = roughness_map or metallic_map
        if alpha_map and (colour_map is None or alpha_map[0] != colour_map[0]):
            alpha, alpha_map = float(np.mean(alpha) + clear), None  # the clearest place; enough for a picture
        mode = "OPAQUE" if alpha == 1 and not alpha_map else "MASK" if threshold > 0 else "BLEND"
        return Material(
            base_color_factor=(*colour, alpha),
            base_color_texture=self.info(colour_map),
            roughness_factor=roughness,
            metallic_factor=metallic,
            metallic_roughness_texture=self.info(packed),
            normal_texture=self.info(normal_map),
            occlusion_texture=self.info(shade_map, scale=shade if shade_map else 1.0),
            emissive_factor=glow,
            emissive_texture=self.info(glow_map),
            alpha_mode=mode,
            alpha_cutoff=threshold if mode == "MASK" else 0.5,
            double_sided=double_sided,
            extensions={"KHR_materials_ior": {"ior": ior}} if ior != 1.5 else {},
        )

    def value(self, surface, name, default):
        """Return (constant or scale, (texture, UV set) or None, bias)."""
        from pxr import UsdShade

        source = surface.GetInput(name)
        if not source:
            return default, None, 0.0
        link = source.GetConnectedSource()
        if not link:
            value = source.Get()
            return (tuple(value) if hasattr(value, "__len__") else float(value)), None, 0.0
        shader = UsdShade.Shader(link[0].GetPrim())
        if shader.GetShaderId() == "UsdPrimvarReader_float3":
            return tuple(shader.GetInput("fallback").Get()), None, 0.0
        assert shader.GetShaderId() == "UsdUVTexture"
        of = {"rgb": slice(0, 3), "r": 0, "g": 1, "b": 2, "a": 3}[link[1]]
        scale = np.array(shader.GetInput("scale").Get() if shader.GetInput("scale") else (1, 1, 1, 1), float)[of]
        bias = np.array(shader.GetInput("bias").Get() if shader.GetInput("bias") else (0, 0, 0, 0), float)[of]
        space = "sRGB" if name in ("diffuseColor", "emissiveColor") or link[1] == "a" else "raw"
        assert shader.GetInput("sourceColorSpace").Get() == space
        reader = UsdShade.Shader(shader.GetInput("st").GetConnectedSource()[0].GetPrim())
        assert reader.GetShaderId() == "UsdPrimvarReader_float2"
        place = (self.texture(shader), int(reader.GetInput("varname").Get()[2:] or 0))
        return (tuple(scale) if np.ndim(scale) else float(scale)), place, bias

    def texture(self, shader):
        file = shader.GetInput("file").Get().path.removeprefix("./")
        if file not in self.images:
            self.images[file] = EncodedImage(data=self.files.read(file), name=file)
        wrap = [WRAP[shader.GetInput(f"wrap{axis}").Get()] for axis in "ST"]
        key = (list(self.images).index(file), *wrap)
        for index, (texture, sampler) in enumerate(zip(self.textures, self.samplers, strict=True)):
            if (texture.image, sampler.wrap_s, sampler.wrap_t) == key:
                return index
        self.samplers.append(Sampler(wrap_s=wrap[0], wrap_t=wrap[1]))
        self.textures.append(Texture(image=key[0], sampler=len(self.samplers) - 1))
        return len(self.textures) - 1

    def baked(self, place, scale, bias):
        """Return a texture that holds ``value * scale + bias``, which glTF cannot say."""
        texture, sampler = self.textures[place[0]], self.samplers[place[0]]
        pixels = decode(list(self.images.values())[texture.image].data).pixels[..., :3] / 255
        pixels = linear_to_srgb(np.clip(srgb_to_linear(pixels) * scale + bias, 0, 1))
        name, out = f"{len(self.images)}", io.BytesIO()
        PillowImage.fromarray(np.round(pixels * 255).astype(np.uint8)).save(out, "BMP")  # PNG would take seconds
        self.images[name] = EncodedImage(data=out.getvalue(), name=name)
        self.samplers.append(sampler)
        self.textures.append(Texture(image=len(self.images) - 1, sampler=len(self.samplers) - 1))
        return len(self.textures) - 1, place[1]

    @staticmethod
    def info(place, *, scale=1.0):
        return None if place is None else TextureInfo(texture=place[0], texcoord=place[1], scale=scale)
