"""Bundles are the same bytes on every machine, and hold what tasks need."""

import hashlib
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.vision.models.catalogue import model
from arviz.vision.models.pack import bundle, with_pose_metadata


@pytest.mark.parametrize("name", ["hand_landmarker", "pose_landmarker"])
def test_the_bundle_of_the_members_is_the_bundle_that_is_known(name, models):
    with zipfile.ZipFile(models.find(name)) as archive:
        members = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    assert list(members) == [part.name for part in model(name).parts]
    packed = bundle(members)
    assert (len(packed), hashlib.sha256(packed).hexdigest()) == (model(name).size_bytes, model(name).sha256)


@given(st.dictionaries(st.text("abc_.", min_size=1, max_size=40), st.binary(max_size=50), max_size=4))
def test_members_begin_at_multiples_of_four_and_come_back(members):
    packed = bundle(members)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == members
        for entry in archive.infolist():
            start = entry.header_offset + 30 + len(entry.filename) + len(entry.extra)
            assert start % 4 == 0
            assert packed[start : start + entry.file_size] == members[entry.filename]


def test_the_pose_network_gets_its_metadata_and_keeps_everything_else():
    schema = pytest.importorskip("mediapipe.tasks.metadata.metadata_schema_py_generated")
    from mediapipe.tasks.metadata import schema_py_generated as tflite

    network = _network(tflite)
    described = tflite.ModelT.InitFromPackedBuf(with_pose_metadata(network), 0)
    before = tflite.ModelT.InitFromPackedBuf(network, 0)
    assert bytes(described.buffers[0].data) == bytes(before.buffers[0].data) == b"weights!"
    assert described.version == before.version == 3
    (entry,) = described.metadata
    assert entry.name == b"TFLITE_METADATA"
    data = bytes(described.buffers[entry.buffer].data)
    assert data[4:8] == b"M001"
    metadata = schema.ModelMetadataT.InitFromPackedBuf(data, 0)
    (graph,) = metadata.subgraphMetadata
    (picture,) = graph.inputTensorMetadata
    (step,) = picture.processUnits
    assert (metadata.name, list(step.options.mean), list(step.options.std)) == (b"pose_landmark", [0.0], [255.0])
    assert [tensor.name for tensor in graph.outputTensorMetadata] == [f"output{i}".encode() for i in range(5)]


def _network(tflite):
    import flatbuffers

    made = tflite.ModelT()
    made.version = 3
    buffer = tflite.BufferT()
    buffer.data = list(b"weights!")
    made.buffers = [buffer]
    builder = flatbuffers.Builder(0)
    builder.Finish(made.Pack(builder), b"TFL3")
    return bytes(builder.Output())
