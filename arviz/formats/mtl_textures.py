"""The textures of an MTL file: found beside the product, checked, packed the way glTF wants them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from arviz.core.errors import ArvizError, LimitError
from arviz.core.frozen import EMPTY, Array
from arviz.core.image import Image, decode, encode
from arviz.core.material import AlphaMode, EncodedImage, Sampler, Texture, TextureInfo
from arviz.core.report import Finding
from arviz.formats.files import Files

_ARGUMENTS = {
    "-blendu": 1, "-blendv": 1, "-cc": 1, "-clamp": 1, "-mm": 2, "-texres": 1, "-bm": 1, "-boost": 1, "-imfchan": 1, "-type": 1,
}  # fmt: skip
_VECTORS = ("-o", "-s", "-t")
_CLAMP_TO_EDGE = 33071
_BINARY_ALPHA = 0.05
"""Share of half-transparent pixels up to which an alpha map is a stencil: those are its smoothed edges."""


class MapLine(NamedTuple):
    """A texture statement: file name and the options that glTF can express."""

    name: str
    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    clamp: bool = False
    multiplier: float = 1.0


def parse_map(text: str) -> MapLine:
    """Read ``-s 2 2 1 -bm 0.5 my wood.jpg``: options first, the rest is one name, spaces and all."""
    rest = text.strip()
    options: dict[str, list[str]] = {}
    while rest.startswith("-"):
        option, _, after = rest.partition(" ")
        option = option.lower()
        if option not in _ARGUMENTS and option not in _VECTORS:
            break
        values: list[str] = []
        most = _ARGUMENTS.get(option, 3)
        after = after.lstrip()
        while after and len(values) < most and (option in _ARGUMENTS or _is_number(after.split(None, 1)[0])):
            word, *remaining = after.split(None, 1)
            values.append(word)
            after = remaining[0] if remaining else ""
        options[option] = values
        rest = after
    u, v = _pair(options.get("-o"), 0.0)
    su, sv = _pair(options.get("-s"), 1.0)
    strength = options.get("-bm", ["1"])
    return MapLine(
        name=rest.strip().strip('"'),
        offset=(u, v),
        scale=(su, sv),
        clamp=options.get("-clamp") == ["on"],
        multiplier=float(strength[0]) if strength and _is_number(strength[0]) else 1.0,
    )


def _is_number(word: str) -> bool:
    try:
        return math.isfinite(float(word))
    except ValueError:
        return False


def _pair(values: list[str] | None, default: float) -> tuple[float, float]:
    numbers = [float(value) for value in values or []]
    return (numbers[0] if numbers else default, numbers[1] if len(numbers) > 1 else default)


def read_nearby(name: str, files: Files) -> bytes | None:
    """Return the file called `name`, or one with its last name in the input's folder; None if there is neither.

    Exporters write the absolute paths of the machine they ran on, and Windows ignores case. A name that leads
    elsewhere is therefore not an attack; it is never followed.
    """
    last = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    stem, dot, suffix = last.rpartition(".")
    candidates = [name]
    if last not in ("", ".", ".."):
        candidates += [last, last.lower(), f"{stem}{dot}{suffix.lower()}", f"{stem}{dot}{suffix.upper()}"]
    for candidate in dict.fromkeys(candidates):
        try:
            data = files.read(candidate)
        except LimitError as error:
            if error.code != "E_EXTERNAL_URI":
                raise
            continue
        except OSError:  # a name too long for the file system
            continue
        if data is not None:
            return data
    return None


class TextureSet:
    """Collect textures, images and samplers; the same file with the same options is stored once."""

    def __init__(self, files: Files, findings: list[Finding]) -> None:
        self.files = files
        self.findings = findings
        self.textures: list[Texture] = []
        self.images: list[EncodedImage] = []
        self.samplers: list[Sampler] = []
        self._files: dict[str, tuple[bytes, Image] | None] = {}
        self._textures: dict[tuple[object, ...], int] = {}

    def use(self, text: str | None, *, where: str, multiplier: bool = False) -> TextureInfo | None:
        """Return the use of the texture that a map statement names, None if there is none that can be drawn."""
        if text is None:
            return None
        line = parse_map(text)
        found = self._read(line.name, where)
        if found is None:
            return None
        return self._info(line, ("file", line.name), found[0], line.name, scale=line.multiplier if multiplier else 1.0)

    def file(self, name: str, *, where: str) -> TextureInfo | None:
        """Return the use of the file called `name` as it is, None if it cannot be drawn."""
        found = self._read(name, where)
        return None if found is None else self._info(MapLine(name), ("file", name), found[0], name)

    def base(self, colour: str | None, alpha: str | None, *, where: str) -> tuple[TextureInfo | None, AlphaMode]:
        """Return the base colour texture with `alpha` (``map_d``) in its fourth channel, and how to blend."""
        if alpha is None:
            return self.use(colour, where=where), "OPAQUE"
        alpha_line = parse_map(alpha)
        opacity = self._read(alpha_line.name, where)
        if opacity is None:
            return self.use(colour, where=where), "OPAQUE"
        channel = _alpha_channel(opacity[1])
        mode = _alpha_mode(channel)
        if colour is None:
            rgb, line = np.full((*channel.shape, 3), 255, np.uint8), alpha_line
        else:
            line = parse_map(colour)
            if line.name == alpha_line.name and opacity[1].alpha != "none":
                return self.use(colour, where=where), mode
            picture = self._read(line.name, where)
            if mode == "OPAQUE" or picture is None:
                return self.use(colour, where=where), "OPAQUE"
            rgb = _three_channels(picture[1])
            channel = _resized(channel, rgb.shape[1], rgb.shape[0])
        data = encode(Image(pixels=np.dstack([rgb, channel]), alpha="straight"), "PNG")
        name = f"{line.name}+{alpha_line.name}" if colour is not None else alpha_line.name
        self._packed(name, where, "the opacity map became the alpha channel of the base colour")
        return self._info(line, ("base", line.name, alpha_line.name), data, _png_name(name)), mode

    def metal_rough(self, metal: str | None, rough: str | None, *, where: str) -> tuple[TextureInfo | None, bool, bool]:
        """Return the packed texture (roughness in green, metal in blue) and which of the two maps it holds."""
        lines = [parse_map(text) if text is not None else None for text in (metal, rough)]
        pictures = [self._read(line.name, where) if line is not None else None for line in lines]
        if pictures[0] is None and pictures[1] is None:
            return None, False, False
        drawn = [entry if picture is not None else None for entry, picture in zip(lines, pictures, strict=True)]
        line = next(entry for entry in drawn if entry is not None)
        names = tuple(entry.name if entry is not None else "" for entry in drawn)
        channels = [None if picture is None else _grey(picture[1]) for picture in pictures]
        height = max(channel.shape[0] for channel in channels if channel is not None)
        width = max(channel.shape[1] for channel in channels if channel is not None)
        blue, green = (
            np.full((height, width), 255, np.uint8) if channel is None else _resized(channel, width, height) for channel in channels
        )
        packed = np.dstack([np.full_like(green, 255), green, blue])
        name = "+".join(filter(None, names))
        self._packed(name, where, "roughness and metal maps were packed into one texture")
        info = self._info(line, ("metal_rough", *names), encode(Image(pixels=packed), "PNG"), _png_name(name))
        return info, pictures[0] is not None, pictures[1] is not None

    def looks_like_normals(self, text: str, *, where: str) -> bool:
        """Say whether a bump statement names a normal map: its mean colour is near (128, 128, 255). Else note it as a height map."""
        line = parse_map(text)
        found = self._read(line.name, where)
        if found is None:
            return False
        pixels = found[1].pixels
        if pixels.shape[2] >= 3:
            step = max(1, int(math.sqrt(pixels.shape[0] * pixels.shape[1] / 65536)))
            red, green, blue = pixels[::step, ::step, :3].reshape(-1, 3).mean(axis=0)
            if abs(red - 128) < 32 and abs(green - 128) < 32 and blue > 190:
                return True
        message = f"{line.name!r} is a height map, which glTF does not know; it was left out"
        hint = "Bake it into a normal map and name that in a norm line."
        self.findings.append(Finding(code="W_BUMP_IGNORED", severity="warning", where=where, message=message, hint=hint))
        return False

    def _packed(self, name: str, where: str, message: str) -> None:
        self.findings.append(Finding(code="I_TEXTURE_PACKED", severity="info", where=where, message=f"{name}: {message} (PNG)"))

    def _read(self, name: str, where: str) -> tuple[bytes, Image] | None:
        """Return the bytes that go into the glTF and their pixels, or None after a finding."""
        if name not in self._files:
            self._files[name] = self._open(name, where)
        return self._files[name]

    def _open(self, name: str, where: str) -> tuple[bytes, Image] | None:
        try:
            data = read_nearby(name, self.files) if name else None
        except ArvizError as error:
            self._warn("W_TEXTURE_MISSING", name, where, f"cannot be read: {error}", "Check the file and its size.")
            return None
        if data is None:
            hint = "Put the picture into the folder of the product, with the name that the product uses."
            self._warn("W_TEXTURE_MISSING", name, where, "is not in the product's folder", hint)
            return None
        try:
            image = decode(data, where=name, limits=self.files.limits)
        except ArvizError as error:
            self._warn("W_TEXTURE_BROKEN", name, where, f"cannot be drawn: {error.what}", error.hint or "Save it again as PNG or JPEG.")
            return None
        if not data.startswith((b"\x89PNG", b"\xff\xd8\xff")):
            data = encode(image, "PNG")
            message = f"{name!r} was converted to PNG, as glTF holds PNG and JPEG only"
            self.findings.append(Finding(code="I_TEXTURE_CONVERTED", severity="info", where=where, message=message))
        return data, image

    def _warn(self, code: str, name: str, where: str, message: str, hint: str) -> None:
        message = f"the texture {name!r} {message}; the material is drawn without it"
        self.findings.append(Finding(code=code, severity="warning", where=where, message=message, hint=hint))

    def _info(self, line: MapLine, content: tuple[str, ...], data: bytes, name: str, *, scale: float = 1.0) -> TextureInfo:
        key = (content, line.clamp)
        if key not in self._textures:
            self.files.limits.check("images", len(self.images) + 1, where=self.files.name)
            mime = "image/jpeg" if data.startswith(b"\xff\xd8\xff") else "image/png"
            self._textures[key] = len(self.textures)
            self.textures.append(Texture(image=self._image(content, data, mime, name), sampler=self._sampler(line.clamp)))
        transform = {}
        if line.offset != (0.0, 0.0) or line.scale != (1.0, 1.0):
            # MTL moves (u, v) with the origin at the lower left; with v_gltf = 1 - v the offset becomes 1 - s - o.
            offset = [line.offset[0], 1 - line.scale[1] - line.offset[1]]
            transform = {"KHR_texture_transform": {"offset": offset, "scale": list(line.scale)}}
        return TextureInfo(texture=self._textures[key], scale=scale, extensions=transform or EMPTY)

    def _image(self, content: tuple[str, ...], data: bytes, mime: str, name: str) -> int:
        for clamp in (True, False):
            texture = self._textures.get((content, clamp))
            if texture is not None and texture < len(self.textures):
                image = self.textures[texture].image
                assert image is not None
                return image
        stem = name.replace("\\", "/").rpartition("/")[2]
        self.images.append(EncodedImage(data=data, mime_type=mime, name=stem))
        return len(self.images) - 1

    def _sampler(self, clamp: bool) -> int | None:
        if not clamp:
            return None
        if not self.samplers:
            self.samplers.append(Sampler(wrap_s=_CLAMP_TO_EDGE, wrap_t=_CLAMP_TO_EDGE))
        return 0


def _png_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0] or name


def _three_channels(image: Image) -> Array:
    pixels = image.pixels
    return pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels, 3, axis=2)


def _grey(image: Image) -> Array:
    """Return (H, W) uint8: the mean of the colour channels, which for a grey picture is the picture."""
    colour = image.pixels[..., :3] if image.pixels.shape[2] >= 3 else image.pixels
    out: Array = np.round(colour.mean(axis=2)).astype(np.uint8)
    return out


def _alpha_channel(image: Image) -> Array:
    """Return (H, W) uint8: the alpha of a picture that has any transparency, else its brightness (MTL ``-imfchan``)."""
    if image.alpha != "none" and image.pixels[..., 3].min() < 255:
        return image.pixels[..., 3]
    return _grey(image)


def _alpha_mode(alpha: Array) -> AlphaMode:
    if alpha.min(initial=255) == 255:
        return "OPAQUE"
    between = np.count_nonzero((alpha > 8) & (alpha < 247)) / alpha.size
    return "MASK" if between <= _BINARY_ALPHA else "BLEND"


def _resized(channel: Array, width_px: int, height_px: int) -> Array:
    if channel.shape == (height_px, width_px):
        return channel
    from PIL import Image as PillowImage

    picture = PillowImage.fromarray(np.ascontiguousarray(channel))
    out: Array = np.asarray(picture.resize((width_px, height_px), PillowImage.Resampling.BILINEAR))
    return out
