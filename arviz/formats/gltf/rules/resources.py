"""The data behind a document: buffers and pictures found, read through `Files`, and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import numpy as np

from arviz.core.errors import ArvizError
from arviz.core.frozen import Array
from arviz.core.report import Finding
from arviz.formats.files import Files
from arviz.formats.gltf.rules import elements
from arviz.formats.gltf.rules.issues import Issues
from arviz.formats.gltf.rules.links import Links, element_length, element_stride
from arviz.formats.gltf.rules.pictures import Header, PictureError, read_header
from arviz.formats.gltf.rules.schema_khr import IMAGE_TYPES
from arviz.formats.gltf.rules.semantics import COMPONENTS, LENGTHS
from arviz.formats.gltf.rules.structure import UNREAD, Json

_DTYPES = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_BLOCK = 3 * 2**17
"""Elements looked at together; a multiple of three, so that triangles are not torn."""


class Resources:
    """Buffers of one document as far as they can be had; the others are None."""

    def __init__(self, links: Links, files: Files, *, binary: bytes | None, in_glb: bool, image_types: list[str]) -> None:
        self.links, self.files, self.image_types = links, files, image_types
        self.buffers: dict[int, bytes] = {}
        for index, buffer, where in links.items("buffers"):
            data = self._buffer(index, buffer, where, binary if in_glb else None, in_glb)
            if data is not None:
                self.buffers[index] = data
        self._headers: dict[int, Header] = {}

    def _buffer(self, index: int, buffer: Json, where: str, binary: bytes | None, in_glb: bool) -> bytes | None:
        length = buffer.get("byteLength", -1)
        if length == -1:
            return None
        own = in_glb and index == 0 and not buffer["hasUri"]
        if own:
            data = binary
            if data is None:
                self.links.issues.add("BUFFER_MISSING_GLB_DATA", where)
        elif "data" in buffer:
            data = buffer["data"]
        else:
            data = self._file(buffer.get("file"), f"{where}/uri")
        if data is None:
            return None
        if len(data) < length:
            self.links.issues.add("BUFFER_BYTE_LENGTH_MISMATCH", where, f"{len(data)} of {length} bytes")
            return None
        if own and len(data) > (length + 3) // 4 * 4:
            self.links.issues.add("BUFFER_GLB_CHUNK_TOO_BIG", where, f"{len(data) - length} more bytes")
        return data

    def _file(self, uri: str | None, where: str) -> bytes | None:
        if uri is None:
            return None
        try:
            data = self.files.read(uri)
        except ArvizError as error:
            self.links.issues.append(
                Finding(code=error.code, severity="error", where=where, message=f"{error.what}: {error.found}", hint=error.hint or "")
            )
            return None
        except (OSError, ValueError) as error:  # a name that no file system takes
            self.links.issues.add("IO_ERROR", where, error)
            return None
        if data is None:
            self.links.issues.add("IO_ERROR", where, f"no file {uri!r} beside the model")
        return data

    def view(self, index: int) -> memoryview | None:
        """Return the bytes of a bufferView, or None if they cannot be had."""
        view = self.links.item("bufferViews", index)
        data = self.buffers.get(view.get("buffer", -1)) if view is not None else None
        if view is None or data is None:
            return None
        offset, length = view.get("byteOffset", 0), view.get("byteLength", -1)
        if offset == -1 or length == -1 or offset + length > len(data):
            return None
        return memoryview(data)[offset : offset + length]

    def check_images(self) -> None:
        """Check the headers of all pictures, and that textures show types that they may."""
        for index, image, where in self.links.items("images"):
            if not image["extensions"]:
                self._check_image(index, image, where)
        for _, texture, where in self.links.items("textures"):
            self._check_texture(texture, ("image/jpeg", "image/png"), where)
            for name, extension in texture["extensions"].items():
                if extension is not UNREAD and name in IMAGE_TYPES:
                    self._check_texture(extension, (IMAGE_TYPES[name],), f"{where}/extensions/{name}")

    def _check_image(self, index: int, image: Json, where: str) -> None:
        issues = self.links.issues
        if "file" in image or "data" in image:
            data = image["data"] if "data" in image else self._file(image["file"], f"{where}/uri")
        else:
            view = self.view(image.get("bufferView", -1))
            data = None if view is None else bytes(view)
        if data is None:
            return
        try:
            header = read_header(data)
        except PictureError as error:
            issues.add(error.code, where, error)
            return
        self._headers[index] = header
        if header.mime_type not in self.image_types:
            issues.add("IMAGE_NON_ENABLED_MIME_TYPE", where, header.mime_type)
        if image.get("mimeType", header.mime_type) != header.mime_type:
            key = "uri" if "uri" in image else "bufferView"
            issues.add("IMAGE_MIME_TYPE_INVALID", f"{where}/{key}", f"{header.mime_type}, not {image['mimeType']}")
        if any(side & (side - 1) or not side for side in (header.width_px, header.height_px)):
            issues.add("IMAGE_NPOT_DIMENSIONS", where, f"{header.width_px} x {header.height_px}")
        if header.special:
            issues.add("IMAGE_FEATURES_UNSUPPORTED", where)

    def _check_texture(self, texture: Json, allowed: tuple[str, ...], where: str) -> None:
        index = texture.get("source", -1)
        image = self.links.item("images", index)
        if image is None:
            return
        header = self._headers.get(index)
        kind = image.get("mimeType") or (header.mime_type if header is not None else None)
        if kind is not None and kind not in allowed:
            self.links.issues.add("TEXTURE_INVALID_IMAGE_MIME_TYPE", f"{where}/source", kind)

    def check_elements(self) -> None:
        """Look at the numbers of every accessor: sparse indices, finite, min and max, and what its uses ask."""
        issues = self.links.issues
        for index, accessor, where in self.links.items("accessors"):
            if not _is_whole(accessor) or not ("bufferView" in accessor or "sparse" in accessor):
                continue
            checks: list[tuple[str, elements.Check]] = []
            if accessor["componentType"] == 5126:
                checks.append((where, elements.finite))
            checks += [(f"{where}/{key}", partial(elements.bounds, which=key)) for key in ("min", "max") if key in accessor]
            checks += self.links.element_checks.get(index, [])
            self._check_sparse(accessor, f"{where}/sparse")
            blocks = self.blocks(accessor, where)
            if blocks is None:
                continue
            for place, check in checks:
                check(blocks, accessor, partial(_note, issues, place))

    def _check_sparse(self, accessor: Json, where: str) -> None:
        rows = self._sparse_rows(accessor)
        if rows is None or not rows.size:
            return
        steps = np.flatnonzero(rows[1:] <= rows[:-1])
        if steps.size:
            self.links.issues.add("ACCESSOR_SPARSE_INDICES_NON_INCREASING", where, f"{rows[steps[0] + 1]} after {rows[steps[0]]}")
        if int(rows.max()) >= accessor["count"]:
            self.links.issues.add("ACCESSOR_SPARSE_INDEX_OOB", where, f"{rows.max()} of {accessor['count']}")

    def _sparse_rows(self, accessor: Json) -> Array | None:
        sparse = accessor.get("sparse")
        kind = sparse["indices"].get("componentType", -1) if sparse is not None else -1
        return None if sparse is None or kind == -1 else self._packed(sparse["indices"], sparse["count"], np.dtype(_DTYPES[kind]), 1)

    def _packed(self, part: Json, count: int, dtype: np.dtype[np.generic], width: int) -> Array | None:
        """Return `count` x `width` values that lie tight in a bufferView, or None if they are not there or not aligned."""
        data, offset = self.view(part.get("bufferView", -1)), part.get("byteOffset", 0)
        if data is None or offset == -1 or offset % dtype.itemsize or offset + count * width * dtype.itemsize > len(data):
            return None
        return np.frombuffer(data, dtype, count * width, offset)

    def blocks(self, accessor: Json, where: str) -> elements.Blocks | None:
        """Return a function that yields the accessor's elements block by block, or None if they cannot be had."""
        if not _is_whole(accessor):
            return None
        dtype, width, count = np.dtype(_DTYPES[accessor["componentType"]]), COMPONENTS[accessor["type"]], accessor["count"]
        base: Array | None = None
        if "bufferView" in accessor:
            base = self._strided(accessor, dtype, count)
            if base is None:
                return None
        elif count > self.links.limits.indices:
            self.links.issues.add("E_LIMIT_VERTICES", where, f"{count:,}, at most {self.links.limits.indices:,}")
            return None
        rows: Array | None = None
        values: Array | None = None
        if "sparse" in accessor:
            sparse = accessor["sparse"]
            rows = self._sparse_rows(accessor)
            values = self._packed(sparse["values"], sparse["count"], dtype, width)
            if rows is None or values is None or sparse["count"] > count:
                return None
            values = values.reshape(-1, width)
            order = np.argsort(rows, kind="stable")
            rows, values = rows[order].astype(np.int64), values[order]
        return partial(_blocks, base, rows, values, count, width, dtype)

    def _strided(self, accessor: Json, dtype: np.dtype[np.generic], count: int) -> Array | None:
        view = self.links.item("bufferViews", accessor["bufferView"])
        data, offset = self.view(accessor["bufferView"]), accessor.get("byteOffset", 0)
        length, stride = element_length(accessor), element_stride(accessor, view)
        if data is None or view is None or offset == -1 or stride < length or offset + stride * (count - 1) + length > len(data):
            return None
        if offset % dtype.itemsize or (view.get("byteOffset", 0) + offset) % dtype.itemsize:
            return None
        if accessor["type"] in ("MAT2", "MAT3"):
            rows = 2 if accessor["type"] == "MAT2" else 3
            column = -(-rows * dtype.itemsize // 4) * 4
            return np.ndarray((count, rows, rows), dtype, data, offset, (stride, column, dtype.itemsize))
        return np.ndarray((count, COMPONENTS[accessor["type"]]), dtype, data, offset, (stride, dtype.itemsize))


def _is_whole(accessor: Json) -> bool:
    """Return whether an accessor says enough to be read."""
    return accessor.get("componentType", -1) in LENGTHS and accessor.get("count", -1) > 0 and accessor.get("type") in COMPONENTS


def _note(issues: Issues, place: str, code: str, detail: object, component: int | None = None) -> None:
    issues.add(code, place if component is None else f"{place}/{component}", detail)


def _blocks(
    base: Array | None, rows: Array | None, values: Array | None, count: int, width: int, dtype: np.dtype[np.generic]
) -> Iterator[tuple[int, Array]]:
    for first in range(0, count, _BLOCK):
        size = min(_BLOCK, count - first)
        block = np.zeros((size, width), dtype) if base is None else base[first : first + size].reshape(size, width)
        if rows is not None and values is not None:
            start, stop = np.searchsorted(rows, (first, first + size))
            if stop > start:
                block = block.copy()
                block[rows[start:stop] - first] = values[start:stop]
        yield first, block
