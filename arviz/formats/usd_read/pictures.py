"""Pictures that UsdUVTexture nodes name, as glTF textures; channels that glTF keeps in one picture are put together."""

from __future__ import annotations

import posixpath
import re
from typing import Any

import numpy as np

from arviz.core.errors import ArvizError, ImageError
from arviz.core.frozen import Array
from arviz.core.image import Image, decode, encode
from arviz.core.material import EncodedImage, Sampler, Texture
from arviz.core.report import Finding
from arviz.formats.usd_read.stage import Package

_WRAP = {"repeat": 10497, "mirror": 33648, "clamp": 33071, "black": 33071, "useMetadata": 10497}
_IN_PACKAGE = re.compile(r"\[([^\[\]]*)\]$")


class Pictures:
    """Collect textures, images and samplers; equal ones are stored once."""

    def __init__(self, files: Package, findings: list[Finding]) -> None:
        self.files = files
        self.findings = findings
        self.textures: list[Texture] = []
        self.images: list[EncodedImage] = []
        self.samplers: list[Sampler] = []
        self._image_at: dict[object, int | None] = {}
        self._texture_at: dict[tuple[int, int, int], int] = {}
        self._pixels: dict[int, Array] = {}

    def image(self, asset: Any, *, where: str) -> int | None:
        """Return the number of the picture behind an asset path, None (with a finding) where it cannot be drawn."""
        name = self._name(asset)
        if name not in self._image_at:
            self._image_at[name] = self._read(name, where)
        return self._image_at[name]

    def texture(self, image: int, wrap: tuple[str, str]) -> int:
        """Return the number of the texture that shows `image`, continued as USD's wrap modes say."""
        s, t = (_WRAP.get(mode, 10497) for mode in wrap)
        key = (image, s, t)
        if key not in self._texture_at:
            self._texture_at[key] = len(self.textures)
            self.textures.append(Texture(image=image, sampler=self._sampler(s, t)))
        return self._texture_at[key]

    def packed(self, channels: tuple[tuple[int, int] | None, ...], *, where: str) -> int:
        """Return the number of a picture whose channels are (image, channel) of others; None is white."""
        key = ("packed", channels)
        known = self._image_at.get(key)
        if known is not None:
            return known
        planes = [None if channel is None else self._plane(*channel) for channel in channels]
        height = max(plane.shape[0] for plane in planes if plane is not None)
        width = max(plane.shape[1] for plane in planes if plane is not None)
        full = [np.full((height, width), 255, np.uint8) if plane is None else _resized(plane, width, height) for plane in planes]
        picture = Image(pixels=np.dstack(full), alpha="straight" if len(full) == 4 else "none")
        names = dict.fromkeys(self.images[channel[0]].name for channel in channels if channel is not None)
        self.findings.append(
            Finding(code="I_TEXTURE_PACKED", severity="info", where=where, message=f"{'+'.join(names)}: put together as glTF has it (PNG)")
        )
        self._image_at[key] = len(self.images)
        self.images.append(EncodedImage(data=encode(picture, "PNG"), mime_type="image/png", name="+".join(names)))
        return len(self.images) - 1

    def has_alpha(self, image: int) -> bool:
        """Say whether a picture has a channel of opacity."""
        return self._all(image).shape[2] in (2, 4)

    def _plane(self, image: int, channel: int) -> Array:
        pixels = self._all(image)
        if channel == 3:
            return pixels[..., -1] if pixels.shape[2] in (2, 4) else np.full(pixels.shape[:2], 255, np.uint8)
        return pixels[..., min(channel, max(pixels.shape[2] - 1, 0)) if pixels.shape[2] >= 3 else 0]

    def _all(self, image: int) -> Array:
        if image not in self._pixels:
            data = self.images[image].data
            assert data is not None
            self._pixels[image] = decode(data, where=self.images[image].name, limits=self.files.limits).pixels
        return self._pixels[image]

    def _name(self, asset: Any) -> str:
        """Return the name by which the door finds a picture: relative to the package or to the input's folder."""
        resolved = str(getattr(asset, "resolvedPath", "") or "")
        inside = _IN_PACKAGE.search(resolved)
        if inside:
            return inside[1]
        path = self.files.path
        if resolved and path is not None:
            folder = f"{path.resolve().parent.as_posix()}/"
            if resolved.startswith(folder):
                return resolved[len(folder) :]
        return str(getattr(asset, "path", "") or "")

    def _read(self, name: str, where: str) -> int | None:
        try:
            data, mime = self._drawable(name, where)
        except ArvizError as error:
            message = f"the texture {name[:80]!r} {error.what}; the material is drawn without it"
            self.findings.append(Finding(code="W_TEXTURE_MISSING", severity="warning", where=where, message=message, hint=error.hint or ""))
            return None
        self.files.limits.check("images", len(self.images) + 1, where=self.files.name)
        self.images.append(EncodedImage(data=data, mime_type=mime, name=posixpath.basename(name)))
        return len(self.images) - 1

    def _drawable(self, name: str, where: str) -> tuple[bytes, str]:
        """Return a picture as PNG or JPEG; raise an error whose sentence goes on after the picture's name."""
        if "<UDIM>" in name:
            raise ImageError("E_IMAGE_MISSING", "is a set of tiles, which is not read", hint="Bake it into one picture.")
        data = self.files.read(name) if name else None
        if data is None:
            raise ImageError("E_IMAGE_MISSING", "is not there", hint="Pack it into the file.")
        try:
            picture = decode(data, where=name, limits=self.files.limits)
        except ArvizError as error:
            raise ImageError("E_IMAGE_BROKEN", f"cannot be drawn: {error.what}", hint="Save it again as PNG or JPEG.") from error
        if data.startswith(b"\xff\xd8\xff"):
            return data, "image/jpeg"
        if not data.startswith(b"\x89PNG"):
            data = encode(picture, "PNG")
            message = f"{name!r} was converted to PNG, as glTF holds PNG and JPEG only"
            self.findings.append(Finding(code="I_TEXTURE_CONVERTED", severity="info", where=where, message=message))
        return data, "image/png"

    def _sampler(self, s: int, t: int) -> int | None:
        if (s, t) == (10497, 10497):
            return None
        for index, sampler in enumerate(self.samplers):
            if (sampler.wrap_s, sampler.wrap_t) == (s, t):
                return index
        self.samplers.append(Sampler(wrap_s=s, wrap_t=t))
        return len(self.samplers) - 1


def _resized(plane: Array, width_px: int, height_px: int) -> Array:
    if plane.shape == (height_px, width_px):
        return plane
    from PIL import Image as PillowImage

    out: Array = np.asarray(
        PillowImage.fromarray(np.ascontiguousarray(plane)).resize((width_px, height_px), PillowImage.Resampling.BILINEAR)
    )
    return out
