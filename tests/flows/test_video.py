"""Encoders of clips: what decoders read back has the size, the number, the times and the colours that were drawn."""

import io
import re
import struct
import tracemalloc
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PillowImage

from arviz.core.errors import DependencyError, ImageError, InputError
from arviz.core.image import Image
from arviz.flows.video.av1 import Av1Stream
from arviz.flows.video.encoder import ENCODERS, Plan, encoder_for
from arviz.flows.video.h264 import H264Stream
from arviz.flows.video.isobmff import boxes
from arviz.flows.video.mp4 import Mp4Encoder
from arviz.flows.video.stills import over_white, visible_part

PLAN = Plan(width_px=96, height_px=64, frames=15, seconds=2.0)
SUFFIXES = (".webp", ".gif", ".webm", ".mp4")


def frame(index, plan=PLAN, *, transparent=True):
    """Return a shaded disc with a soft edge that goes once around the middle."""
    y, x = np.mgrid[: plan.height_px, : plan.width_px].astype(float)
    angle = 2 * np.pi * index / plan.frames
    away = np.hypot(x - plan.width_px / 2 - 16 * np.cos(angle), y - plan.height_px / 2 - 12 * np.sin(angle))
    alpha = np.clip(16.5 - away, 0, 1)
    colour = np.stack([200 - 4 * away, 90 + 2 * away, np.full_like(away, 60)], axis=2)
    pixels = np.concatenate([np.clip(colour, 0, 255) * (alpha[..., None] > 0), alpha[..., None] * 255], axis=2).astype(np.uint8)
    image = Image(pixels=pixels, alpha="straight")
    return image if transparent else Image(pixels=over_white(image))


def encode(suffix, plan=PLAN, *, encoder_type=None, transparent=None):
    """Return the bytes of a clip, and the frames that went in."""
    encoder_type = encoder_type or ENCODERS.get(suffix)
    transparent = (encoder_type.alpha_bits > 0) if transparent is None else transparent
    frames = [frame(index, plan, transparent=transparent) for index in range(plan.frames)]
    file = io.BytesIO()
    encoder = encoder_type(file, plan)
    for picture in frames:
        encoder.add(picture)
    encoder.finish()
    return file.getvalue(), frames, encoder


def decode_pictures(data):
    """Return the frames of WebP, GIF or AVIF as RGBA, and their lengths in milliseconds."""
    picture = PillowImage.open(io.BytesIO(data))
    frames, lengths = [], []
    for index in range(picture.n_frames):
        picture.seek(index)
        frames.append(np.asarray(picture.convert("RGBA")))
        lengths.append(picture.info["duration"])
    return frames, lengths, picture


def decode_video(data, path):
    """Return the frames as RGB and the time of each in milliseconds: FFmpeg, in OpenCV."""
    path.write_bytes(data)
    video = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    frames, times = [], []
    while (read := video.read())[0]:
        frames.append(read[1][..., ::-1])
        times.append(video.get(cv2.CAP_PROP_POS_MSEC))
    return frames, times


def psnr_db(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2))


def on(pixels, colour):
    alpha = pixels[..., 3:].astype(float) / 255
    return pixels[..., :3] * alpha + np.array(colour) * (1 - alpha)


def openh264_or_skip():
    try:
        H264Stream(PLAN)
    except DependencyError as error:
        pytest.skip(str(error))


def test_webp_keeps_every_frame_and_its_transparency():
    data, frames, _ = encode(".webp")
    back, lengths, picture = decode_pictures(data)
    assert (picture.size, len(back), picture.info["loop"]) == ((96, 64), 15, 0)
    assert sum(lengths) == 2000
    for ours, theirs in zip(frames, back, strict=True):
        np.testing.assert_array_equal(theirs[..., 3], ours.pixels[..., 3])  # lossless
        assert psnr_db(on(theirs, (255, 255, 255)), on(ours.pixels, (255, 255, 255))) > 36
        assert psnr_db(on(theirs, (0, 0, 0)), on(ours.pixels, (0, 0, 0))) > 36


def test_gif_is_transparent_or_not_and_its_edges_are_white():
    data, frames, _ = encode(".gif")
    back, lengths, picture = decode_pictures(data)
    assert (picture.size, len(back), picture.info["loop"]) == ((96, 64), 15, 0)
    assert sum(lengths) == 2000
    for ours, theirs in zip(frames, back, strict=True):
        shown = ours.pixels[..., 3] >= 128
        np.testing.assert_array_equal(theirs[..., 3], np.where(shown, 255, 0))
        assert psnr_db(theirs[shown][:, :3], over_white(ours)[shown]) > 32


@pytest.mark.parametrize("suffix", [".webm", ".mp4"])
def test_videos_play_every_frame_at_its_time(suffix, tmp_path):
    if suffix == ".mp4":
        openh264_or_skip()
    data, frames, encoder = encode(suffix)
    back, times = decode_video(data, tmp_path / f"clip{suffix}")
    assert len(back) == 15
    np.testing.assert_allclose(times, [index * 2000 / 15 for index in range(15)], atol=1)
    for ours, theirs in zip(frames, back, strict=True):
        assert theirs.shape == ours.pixels.shape
        assert psnr_db(theirs, ours.pixels) > 30  # an edge of one pixel in colours at half the resolution
        flat = (slice(0, 8), slice(0, 8))
        assert np.abs(theirs[flat].astype(int) - 255).max() <= 1  # white stays white: no box shows on a page
    assert encoder.findings == ()


@pytest.mark.parametrize("suffix", [".webp", ".gif"])
def test_opaque_pictures_stay_opaque(suffix):
    data, frames, _ = encode(suffix, transparent=False)
    back, _, _ = decode_pictures(data)
    assert all((picture[..., 3] == 255).all() for picture in back)
    assert psnr_db(back[3][..., :3], frames[3].pixels) > 32


class Absent(H264Stream):
    """H.264 on a machine without OpenH264."""

    def __init__(self, plan):
        raise DependencyError("E_OPENH264", "H.264 cannot be encoded", found="none", hint="Install libopenh264.")


class Fallback(Mp4Encoder):
    """MP4 on such a machine."""

    def __init__(self, file, plan):
        super().__init__(file, plan, streams=(Absent, Av1Stream))


@pytest.mark.parametrize("frames", [1, 2, 12, 13, 30])
def test_av1_where_there_is_no_h264(frames):
    """An AVIF image sequence is the same track under another name, which Pillow's decoder (dav1d) reads."""
    plan = Plan(width_px=96, height_px=64, frames=frames, seconds=2.0)
    data, drawn, encoder = encode(".mp4", plan, encoder_type=Fallback)
    assert encoder.codec == "AV1"
    assert [finding.code for finding in encoder.findings] == ["W_VIDEO_CODEC"]
    assert encoder.findings[0].hint == "Install libopenh264."
    avif = data.replace(b"isomiso2av01", b"avisavismsf1", 1).replace(b"vide", b"pict", 1)
    avif = avif.replace(b"isom\0\0\2\0", b"avis\0\0\2\0", 1)
    back, _, picture = decode_pictures(avif)
    assert (picture.size, len(back)) == ((96, 64), frames)
    for ours, theirs in zip(drawn, back, strict=True):
        assert psnr_db(theirs[..., :3], ours.pixels) > 30


def test_a_picture_too_large_for_h264_is_av1_and_says_why():
    openh264_or_skip()
    encoder = Mp4Encoder(io.BytesIO(), Plan(width_px=4096, height_px=4096, frames=2, seconds=1.0))
    assert encoder.codec == "AV1"
    assert "4096 x 4096" in encoder.findings[0].message
    assert "smaller" in encoder.findings[0].hint


def test_the_index_of_an_mp4_comes_before_its_frames():
    for encoder_type in (Fallback, Mp4Encoder):
        data, _, _ = encode(".mp4", encoder_type=encoder_type)
        names = [name for name, _ in boxes(data) if name in (b"ftyp", b"moov", b"free", b"mdat")]
        assert names == [b"ftyp", b"moov", b"free", b"mdat"]
        content = dict(boxes(data))
        assert int.from_bytes(content[b"stco"][8:12], "big") == data.index(b"mdat") + 12
        assert int.from_bytes(content[b"stsz"][8:12], "big") == 15
        assert b"nclx" in content[b"stsd"]


def test_every_frame_of_a_webm_is_indexed_where_it_is():
    data, _, _ = encode(".webm")
    content = data.index(b"\x18\x53\x80\x67") + 12
    places = [int.from_bytes(found[1], "big") for found in re.finditer(rb"\xf1\x88(.{8})", data[: data.index(b"\x1f\x43\xb6\x75")], re.S)]
    assert len(places) == 15
    assert all(data[content + place :].startswith(b"\x1f\x43\xb6\x75") for place in places)


@pytest.mark.parametrize("came", [1, 9, 40, 700])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_clips_are_right_when_more_or_fewer_frames_come_than_expected(suffix, came, tmp_path):
    """A film's header may announce any number: every frame that came is shown, each as long as planned."""
    plan = Plan(width_px=16, height_px=16, frames=15, seconds=1.5)
    file = io.BytesIO()
    encoder = (Fallback if suffix == ".mp4" else ENCODERS.get(suffix))(file, plan)
    shades = np.linspace(20, 230, came)
    for shade in shades:
        encoder.add(Image(pixels=np.full((16, 16, 3), round(shade), np.uint8)))
    encoder.finish()
    data = file.getvalue()
    if suffix in (".webp", ".gif"):
        back, lengths, _ = decode_pictures(data)
        assert (len(back), sum(lengths)) == (came, 100 * came)
        np.testing.assert_allclose([picture[8, 8, 0] for picture in back], shades, atol=4)
        return
    if suffix == ".webm":
        assert struct.unpack(">d", data[(at := data.index(b"\x44\x89\x88") + 3) : at + 8])[0] == 100 * came
        back, times = decode_video(data, tmp_path / "clip.webm")
        np.testing.assert_allclose(times, 100.0 * np.arange(came), atol=1)
        np.testing.assert_allclose([picture[8, 8, 0] for picture in back], shades, atol=4)
        return
    content = dict(boxes(data))
    assert int.from_bytes(content[b"stsz"][8:12], "big") == came
    assert content[b"stts"][8:] == struct.pack(">II", came, 9000)
    assert struct.unpack_from(">I", content[b"mdhd"], 16)[0] == 9000 * came


@given(frames=st.integers(1, 200), seconds=st.floats(0.2, 60), per_second=st.sampled_from([100, 1000, 90_000]))
def test_rounded_times_do_not_drift(frames, seconds, per_second):
    plan = Plan(width_px=2, height_px=2, frames=frames, seconds=seconds)
    durations = [plan.duration(index, per_second) for index in range(frames)]
    assert sum(durations) == plan.begin(frames, per_second) == round(seconds * per_second)
    assert max(durations) - min(durations) <= 1


@given(st.integers(0, 2**32 - 1), st.sampled_from([1, 2]))
def test_cutting_off_what_is_transparent_loses_nothing(seed, step):
    random = np.random.default_rng(seed)
    pixels = random.integers(0, 256, (7, 9, 4), dtype=np.uint8)
    pixels[..., 3] *= random.random((7, 9)) < random.choice([0.0, 0.05, 0.3])
    part = visible_part(Image(pixels=pixels, alpha="straight"), step_px=step)
    assert part.x_px % step == part.y_px % step == 0
    back = np.zeros_like(pixels)
    back[part.y_px : part.y_px + part.image.height_px, part.x_px : part.x_px + part.image.width_px] = part.image.pixels
    shown = pixels[..., 3] > 0
    np.testing.assert_array_equal(back[..., 3], pixels[..., 3])
    np.testing.assert_array_equal(back[shown], pixels[shown])


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_memory_does_not_grow_with_the_number_of_frames(suffix, tmp_path):
    def peak_bytes(count):
        plan = Plan(width_px=96, height_px=64, frames=count, seconds=count / 10)
        with open(tmp_path / f"{count}{suffix}", "w+b") as file:
            encoder_type = ENCODERS.get(suffix)
            encoder = encoder_type(file, plan)
            encoder.add(frame(0, plan, transparent=(encoder_type.alpha_bits > 0)))
            tracemalloc.start()
            try:
                for index in range(1, count):
                    encoder.add(frame(index, plan, transparent=(encoder_type.alpha_bits > 0)))
                encoder.finish()
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

    few, many = peak_bytes(24), peak_bytes(96)
    assert many - few < 72 * 500  # a frame is 24 576 bytes of pixels, its entry in an index some tens


def test_a_gif_faster_than_browsers_show_is_refused():
    with pytest.raises(InputError, match="fast") as caught:
        ENCODERS.get(".gif")(io.BytesIO(), Plan(width_px=8, height_px=8, frames=60, seconds=1.0))
    assert "50 frames" in caught.value.expected


def test_other_suffixes_are_refused():
    for name in ("clip.avi", "clip", "clip.mp3"):
        with pytest.raises(ImageError) as caught:
            encoder_for(Path(name))
        assert ".webm" in caught.value.expected
