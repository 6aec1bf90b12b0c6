"""Author a `Preview` as a UsdShade material: readers of texture coordinates, textures, one UsdPreviewSurface."""

from __future__ import annotations

from typing import Any

from arviz.formats.usdz.surface import Link, Output, Preview, VertexColour

_COLOURS = frozenset({"diffuseColor", "emissiveColor"})


def author_material(stage: Any, path: str, preview: Preview) -> Any:
    """Write `preview` below `path` and return the UsdShade.Material."""
    from pxr import Gf, Sdf, UsdShade

    types = Sdf.ValueTypeNames
    material = UsdShade.Material.Define(stage, path)
    surface = UsdShade.Shader.Define(stage, f"{path}/Surface")
    surface.CreateIdAttr("UsdPreviewSurface")
    material.CreateSurfaceOutput().ConnectToSource(surface.CreateOutput("surface", types.Token))
    readers = {}
    for channel in sorted({sample.channel for sample in preview.samples}):
        name = st_name(channel)
        reader = UsdShade.Shader.Define(stage, f"{path}/Read_{name}")
        reader.CreateIdAttr("UsdPrimvarReader_float2")
        reader.CreateInput("varname", types.String).Set(name)
        readers[channel] = reader.CreateOutput("result", types.Float2)
    textures = []
    for index, sample in enumerate(preview.samples):
        texture = UsdShade.Shader.Define(stage, f"{path}/Texture_{index}")
        texture.CreateIdAttr("UsdUVTexture")
        texture.CreateInput("file", types.Asset).Set(Sdf.AssetPath(f"./{sample.picture.file}"))
        texture.CreateInput("st", types.Float2).ConnectToSource(readers[sample.channel])
        texture.CreateInput("sourceColorSpace", types.Token).Set("raw" if sample.raw else "sRGB")
        for axis, mode in zip("ST", sample.picture.wrap, strict=True):
            texture.CreateInput(f"wrap{axis}", types.Token).Set(mode)
        if sample.scale != (1.0,) * 4:
            texture.CreateInput("scale", types.Float4).Set(Gf.Vec4f(*sample.scale))
        if sample.bias != (0.0,) * 4:
            texture.CreateInput("bias", types.Float4).Set(Gf.Vec4f(*sample.bias))
        textures.append(texture)

    def output(index: int, name: Output) -> Any:
        return textures[index].CreateOutput(name, types.Float3 if name == "rgb" else types.Float)

    for name, value in preview.inputs.items():
        kind = types.Color3f if name in _COLOURS else types.Normal3f if name == "normal" else types.Float
        target = surface.CreateInput(name, kind)
        if isinstance(value, Link):
            target.ConnectToSource(output(value.sample, value.output))
        elif isinstance(value, VertexColour):
            reader = UsdShade.Shader.Define(stage, f"{path}/Read_displayColor")
            reader.CreateIdAttr("UsdPrimvarReader_float3")
            reader.CreateInput("varname", types.String).Set("displayColor")
            reader.CreateInput("fallback", types.Float3).Set(Gf.Vec3f(*value.fallback))
            target.ConnectToSource(reader.CreateOutput("result", types.Float3))
        elif isinstance(value, tuple):
            target.Set(Gf.Vec3f(*value))
        else:
            target.Set(float(value))
    return material


def st_name(channel: int) -> str:
    """Return the primvar of a material's channel: its main one is ``st``, which every viewer reads."""
    return "st" if channel == 0 else f"st{channel}"
