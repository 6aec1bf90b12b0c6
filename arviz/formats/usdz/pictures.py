"""Textures for USDZ: PNG and JPEG only, at most 2048 pixels a side, as small as their role allows.

What is fit is taken over byte by byte. Anything else (WebP, AVIF, KTX2 fallbacks, BMP, too large, a normal map whose
scale must be baked) is decoded once and written as PNG where alpha is needed or the picture is small, else as JPEG:
chroma-subsampled for colour, full for normals and data, where chroma is not colour but a direction or a roughness.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Literal

import numpy as np

from arviz.core.asset import Asset
from arviz.core.colour import srgb_to_linear
from arviz.core.errors import ArvizError, ImageError
from arviz.core.frozen import Array
from arviz.core.image import decode
from arviz.core.limits import Limits
from arviz.core.parts import unique
from arviz.core.report import Finding
from arviz.formats.usdz.names import identifier

MAX_SIDE_PX = 2048
"""Apple, WWDC18 session 603: one set of 2048 x 2048 textures keeps within an older phone's memory."""
_PNG_BYTES = 2**20
"""An opaque PNG above this becomes a JPEG: 2048 x 2048 photographs as PNG are 5 to 9 MB."""
_PNG_PIXELS = 512 * 512
_COLOUR_QUALITY, _DATA_QUALITY = 90, 92
_FIT_MODES = {"PNG": ("RGB", "RGBA", "L", "LA", "P"), "JPEG": ("RGB", "L")}
_EXTENSIONS = {"PNG": "png", "JPEG": "jpg"}
_GRID = 256
_WRAP = {10497: "repeat", 33071: "clamp", 33648: "mirror"}

Role = Literal["colour", "data", "normal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A file of the package and how it is sampled."""

    file: str
    has_alpha: bool
    wrap: tuple[str, str]


class Pictures:
    """Collect the files of one package; equal bytes are stored once."""

    def __init__(self, asset: Asset, *, limits: Limits) -> None:
        self.files: dict[str, bytes] = {}
        self.findings: list[Finding] = []
        self._asset = asset
        self._limits = limits
        self._made: dict[tuple[int, Role, bool, float], tuple[str, bool] | None] = {}
        self._known: dict[bytes, str] = {}
        self._grids: dict[int, Array] = {}

    def take(self, texture: int, *, role: Role, alpha: bool = False, normal_scale: float = 1.0) -> Picture | None:
        """Return the picture of glTF texture `texture`, or None if it cannot be shown (a finding says so)."""
        if not 0 <= texture < len(self._asset.textures):
            return None
        entry = self._asset.textures[texture]
        image = self._choose(entry.image_candidates)
        if image is None:
            return None
        made = self._make(image, role, alpha, normal_scale)
        if made is None:
            return None
        samplers = self._asset.samplers
        sampler = samplers[entry.sampler] if entry.sampler is not None and entry.sampler < len(samplers) else None
        wrap = ("repeat", "repeat") if sampler is None else (_WRAP.get(sampler.wrap_s, "repeat"), _WRAP.get(sampler.wrap_t, "repeat"))
        return Picture(file=made[0], has_alpha=made[1], wrap=wrap)

    def mean(self, texture: int, *, srgb: bool, weight: int | None = None) -> tuple[float, ...]:
        """Return the mean RGBA (0..1, linear light where `srgb`) of a texture, ones if it cannot be read.

        With `weight`, the red of another texture says how much each place counts: the glass of an atlas, say.
        """
        values = self._grid(texture)
        if values is None:
            return (1.0,) * 4
        if srgb:
            values = np.concatenate([srgb_to_linear(values[..., :3]), values[..., 3:]], axis=2)
        shares = None if weight is None else self._grid(weight)
        if shares is None or shares[..., 0].sum() == 0:
            return tuple(values.mean(axis=(0, 1)).tolist())
        return tuple(np.average(values.reshape(-1, 4), axis=0, weights=shares[..., 0].reshape(-1)).tolist())

    def _grid(self, texture: int) -> Array | None:
        """Return a texture as RGBA (256, 256, 4) 0..1, nearest pixels: plenty for a mean."""
        image = self._choose(self._asset.textures[texture].image_candidates) if 0 <= texture < len(self._asset.textures) else None
        if image is None:
            return None
        if image not in self._grids:
            pixels = self._pixels(image)
            if pixels is None:
                return None
            rows, columns = (((np.arange(_GRID) + 0.5) * side / _GRID).astype(int) for side in pixels.shape[:2])
            values = pixels[rows[:, None], columns].astype(np.float64) / 255
            colour = np.broadcast_to(values[..., :3], (_GRID, _GRID, 3))
            alpha = values[..., 3:] if values.shape[2] == 4 else np.ones((_GRID, _GRID, 1))
            self._grids[image] = np.concatenate([colour, alpha], axis=2)
        return self._grids[image]

    def _choose(self, candidates: tuple[int, ...]) -> int | None:
        """Prefer a picture that is PNG or JPEG already: it needs no second loss."""
        usable = [i for i in candidates if 0 <= i < len(self._asset.images) and self._asset.images[i].data]
        plain = [i for i in usable if (self._asset.images[i].data or b"").startswith((b"\x89PNG", b"\xff\xd8\xff"))]
        return next(iter(plain or usable), None)

    def _make(self, image: int, role: Role, alpha: bool, normal_scale: float) -> tuple[str, bool] | None:
        key = (image, role, alpha, normal_scale)
        if key not in self._made:
            self._made[key] = self._fit(image, alpha) if normal_scale == 1 else None
            if self._made[key] is None:
                self._made[key] = self._converted(image, role, alpha, normal_scale)
        return self._made[key]

    def _fit(self, index: int, alpha: bool) -> tuple[str, bool] | None:
        """Take the bytes as they are, if they can stay."""
        from PIL import Image as PillowImage

        data = self._asset.images[index].data
        assert data is not None
        try:
            with PillowImage.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
                kind, mode, has_alpha = picture.format or "", picture.mode, "A" in picture.getbands() or "transparency" in picture.info
                fit = max(picture.size) <= MAX_SIDE_PX and mode in _FIT_MODES[kind]
                heavy = kind == "PNG" and len(data) > _PNG_BYTES and not (alpha and has_alpha)
                if not fit or heavy:
                    return None
                picture.verify()
        except (OSError, ValueError, SyntaxError, PillowImage.DecompressionBombError):
            return None
        return self._store(index, data, _EXTENSIONS[kind]), has_alpha

    def _converted(self, index: int, role: Role, alpha: bool, normal_scale: float) -> tuple[str, bool] | None:
        from PIL import Image as PillowImage

        pixels = self._pixels(index)
        if pixels is None:
            return None
        has_alpha = alpha and pixels.shape[2] == 4 and bool((pixels[..., 3] < 255).any())
        pixels = pixels if has_alpha else pixels[..., :3] if pixels.shape[2] >= 3 else np.repeat(pixels[..., :1], 3, axis=2)
        picture = PillowImage.fromarray(np.ascontiguousarray(pixels))
        before = picture.size
        factor = MAX_SIDE_PX / max(before)
        if factor < 1:
            size = (max(1, round(before[0] * factor)), max(1, round(before[1] * factor)))
            picture = picture.resize(size, PillowImage.Resampling.LANCZOS)
        if role == "normal":
            picture = PillowImage.fromarray(_scaled_normals(np.asarray(picture), normal_scale))
        kind = "PNG" if has_alpha or picture.width * picture.height <= _PNG_PIXELS else "JPEG"
        out = io.BytesIO()
        if kind == "PNG":
            picture.save(out, "PNG")
        elif role == "colour":
            picture.save(out, "JPEG", quality=_COLOUR_QUALITY)
        else:
            picture.save(out, "JPEG", quality=_DATA_QUALITY, subsampling=0)
        self._report(index, before, picture.size, kind, normal_scale)
        return self._store(index, out.getvalue(), _EXTENSIONS[kind]), has_alpha

    def _pixels(self, index: int) -> Array | None:
        image = self._asset.images[index]
        where = f"images[{index}]"
        try:
            if image.data is None:
                raise ImageError("E_IMAGE_MISSING", "the picture is missing", where=where)
            return decode(image.data, where=where, limits=self._limits).pixels
        except ArvizError as error:
            finding = Finding(
                code="W_USD_TEXTURE_LOST",
                severity="warning",
                where=where,
                message=f"the texture is left out of the USDZ: {error}",
                hint="Give a PNG or JPEG.",
            )
            if finding not in self.findings:
                self.findings.append(finding)
            return None

    def _report(self, index: int, before: tuple[int, int], after: tuple[int, int], kind: str, normal_scale: float) -> None:
        steps = [f"made {after[0]} x {after[1]} (was {before[0]} x {before[1]})"] if before != after else []
        steps += [f"its normal scale {normal_scale:g} baked in"] if normal_scale != 1 else []
        message = f"the texture was encoded again as {kind}" + "".join(f", {step}" for step in steps)
        self.findings.append(Finding(code="I_USD_TEXTURE_CONVERTED", severity="info", where=f"images[{index}]", message=message))

    def _store(self, index: int, data: bytes, extension: str) -> str:
        digest = blake2b(data, digest_size=16).digest()
        if digest not in self._known:
            image = self._asset.images[index]
            stem = identifier(PurePosixPath(image.name or image.uri.split("?")[0]).stem or "texture")
            taken = [PurePosixPath(name).stem.lower() for name in self.files]
            (stem,) = unique([stem.lower()], taken=taken)
            self._known[digest] = f"textures/{stem}.{extension}"
            self.files[self._known[digest]] = data
        return self._known[digest]


def _scaled_normals(pixels: Array, scale: float) -> Array:
    """Return a normal map (H, W, 3) uint8 with x and y times `scale`, unit length (glTF 2.0, normalTextureInfo.scale)."""
    normals = pixels.astype(np.float32) / np.float32(127.5) - 1
    normals[..., :2] *= np.float32(scale)
    normals /= np.maximum(np.linalg.norm(normals, axis=2, keepdims=True), np.float32(1e-6))
    out: Array = np.clip(np.round((normals + 1) * 127.5), 0, 255).astype(np.uint8)
    return out
