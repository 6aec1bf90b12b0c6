"""Make bundles that MediaPipe's tasks open out of the bare networks, byte for byte the same everywhere.

A bundle is a zip without compression whose members begin at multiples of four bytes, since they are mapped into memory. The pose
network of the wheel lacks the metadata that tasks ask for ("requires specifying NormalizationOptions"); it is written into the
FlatBuffer with MediaPipe's own schema modules: input 0..255 becomes 0..1 (mean 0, deviation 255).
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

from arviz.core.errors import DependencyError
from arviz.vision.models.catalogue import Model

ALIGNMENT = 4
_HEADER_BYTES = 30
"""Of a zip's local file header, without name and extra field (APPNOTE.TXT 4.3.7)."""
_POSE_OUTPUTS = 5
_DEVIATION = 255.0
_METADATA_ROOM = 4096
"""Bytes more than the network has: the builder starts with so many, which settles the order of its bytes."""


def assemble(wanted: Model, parts: Mapping[str, bytes]) -> bytes:
    """Return the bytes of a model from those of its parts, given by their paths in the wheel."""
    if wanted.form == "file":
        return parts[wanted.parts[0].path]
    members = {part.name: parts[part.path] for part in wanted.parts}
    if wanted.form == "pose bundle":
        members["pose_landmarks_detector.tflite"] = with_pose_metadata(members["pose_landmarks_detector.tflite"])
    return bundle(members)


def bundle(members: Mapping[str, bytes]) -> bytes:
    """Return a zip of `members`, stored, dated 1980-01-01 00:00, aligned."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name)
            entry.extra = _padding(out.tell() + _HEADER_BYTES + len(name))
            archive.writestr(entry, data)
    return out.getvalue()


def _padding(offset: int) -> bytes:
    # An extra field is a kind (0: none that is known) and a length, 2 bytes each, so that it cannot be shorter than 4.
    count = -offset % ALIGNMENT
    if count == 0:
        return b""
    count += 4
    return struct.pack("<HH", 0, count - 4) + bytes(count - 4)


def with_pose_metadata(network: bytes) -> bytes:
    """Return a TFLite pose network with the metadata ``pose_landmark``: one RGB picture in, five outputs."""
    try:
        import flatbuffers
        from mediapipe.tasks.metadata import metadata_schema_py_generated as schema
        from mediapipe.tasks.metadata import schema_py_generated as tflite
    except ImportError as error:
        raise DependencyError(
            "E_MISSING_PACKAGE",
            "the pose model is packed with mediapipe's schema",
            found=str(error),
            hint="Run `pip install mediapipe==0.10.30`.",
        ) from error
    builder = flatbuffers.Builder(0)
    builder.Finish(_pose_metadata(schema).Pack(builder), b"M001")
    model: Any = tflite.ModelT.InitFromPackedBuf(network, 0)
    entry, buffer = tflite.MetadataT(), tflite.BufferT()
    buffer.data = list(bytes(builder.Output()))
    entry.name, entry.buffer = "TFLITE_METADATA", len(model.buffers)
    model.buffers.append(buffer)
    model.metadata = [*(model.metadata or ()), entry]
    builder = flatbuffers.Builder(len(network) + _METADATA_ROOM)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _pose_metadata(schema: Any) -> Any:
    normalisation = schema.NormalizationOptionsT()
    normalisation.mean, normalisation.std = [0.0], [_DEVIATION]
    step = schema.ProcessUnitT()
    step.optionsType, step.options = schema.ProcessUnitOptions.NormalizationOptions, normalisation
    picture = schema.ImagePropertiesT()
    picture.colorSpace = schema.ColorSpaceType.RGB
    content = schema.ContentT()
    content.contentPropertiesType, content.contentProperties = schema.ContentProperties.ImageProperties, picture
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [_tensor(schema, "image")]
    graph.inputTensorMetadata[0].content, graph.inputTensorMetadata[0].processUnits = content, [step]
    graph.outputTensorMetadata = [_tensor(schema, f"output{i}") for i in range(_POSE_OUTPUTS)]
    metadata = schema.ModelMetadataT()
    metadata.name, metadata.subgraphMetadata = "pose_landmark", [graph]
    return metadata


def _tensor(schema: Any, name: str) -> Any:
    tensor = schema.TensorMetadataT()
    tensor.name = name
    return tensor
