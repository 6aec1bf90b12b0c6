"""USD as text, and readers of it in this process: what the tests of `arviz.formats.usd_read` share."""

from __future__ import annotations

import numpy as np

from arviz.core.image import Image, decode, encode
from arviz.formats.files import Files
from arviz.formats.usd_read.read import read_in_place
from arviz.formats.usdz.package import pack

SQUARE = """def Mesh "board" {
  int[] faceVertexCounts = [4]
  int[] faceVertexIndices = [0, 1, 2, 3]
  point3f[] points = [(0, 0, 0), (2, 0, 0), (2, 1, 0), (0, 1, 0)]
  uniform token subdivisionScheme = "none"
%s}
"""


def load(data, **options):
    """Read in this process; the child has tests of its own."""
    return read_in_place(data, Files(None, name="product", **options))


def usda(body, *, head='metersPerUnit = 1\n upAxis = "Y"', root=""):
    return f'#usda 1.0\n(\n defaultPrim = "R"\n {head}\n)\ndef Xform "R" {root}{{\n{body}\n}}\n'.encode()


def square(more="", **options):
    return load(usda(SQUARE % more, **options))


def codes(asset):
    return {finding.code for finding in asset.source.findings}


SURFACE = """def Material "M" {
  token outputs:surface.connect = </R/M/S.outputs:surface>
  def Shader "S" {
   uniform token info:id = "UsdPreviewSurface"
%s
   token outputs:surface
  }
%s }
"""
TEXTURE = """def Shader "T" {
   uniform token info:id = "UsdUVTexture"
   asset inputs:file = @%s@
   float2 inputs:st.connect = </R/M/X.outputs:result>
   float3 outputs:rgb
   float outputs:r
   float outputs:g
   float outputs:b
   float outputs:a
  }
  def Shader "X" {
   uniform token info:id = "UsdTransform2d"
   float2 inputs:in.connect = </R/M/P.outputs:result>
   float2 inputs:scale = (2, 3)
   float inputs:rotation = 30
   float2 inputs:translation = (0.25, -0.5)
   float2 outputs:result
  }
  def Shader "P" {
   uniform token info:id = "UsdPrimvarReader_float2"
   string inputs:varname = "map1"
   float2 outputs:result
  }
"""
BOUND = """  rel material:binding = </R/M>
  texCoord2f[] primvars:map1 = [(0, 0), (1, 0), (1, 1), (0, 1)] (interpolation = "vertex")
"""


def pixels(*, channels=3, seed=1):
    return np.random.default_rng(seed).integers(0, 255, (8, 8, channels), np.uint8)


def dressed(inputs, *, picture=None, texture=True):
    body = SURFACE % (inputs, TEXTURE % "./tex/a.png" if texture else "") + SQUARE % BOUND
    files = {"model.usda": usda(body)}
    if picture is not None:
        files["tex/a.png"] = encode(Image(pixels=picture, alpha="straight" if picture.shape[2] == 4 else "none"), "PNG")
    return load(pack(files))


def shown(asset, info):
    return decode(asset.images[asset.textures[info.texture].image].data, where="x").pixels
