"""H.264 through the system's OpenH264 (Cisco, BSD-2-Clause), called by its C interface.

Not installed by pip: no wheel holds an H.264 encoder under a licence that arviz can bring along (PyAV and
imageio-ffmpeg hold x264, which is GPL). Structures: openh264, codec/api/wels/codec_app_def.h; the same from 2.0 to
2.6 but for what 2.6 added at their ends.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from ctypes import POINTER, Structure, byref, c_bool, c_float, c_int, c_longlong, c_ubyte, c_uint, c_ushort, c_void_p, cast
from typing import Any, ClassVar

import numpy as np

from arviz.core.errors import BackendError, DependencyError
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.flows.video.encoder import Plan
from arviz.flows.video.isobmff import box, colour_box, visual_entry

PACKAGES = "`apt-get install libopenh264-7` (Debian 12, Ubuntu; `libopenh264-8` on Debian 13), `dnf install openh264` (Fedora)"
_FIRST, _LAST = (2, 0), (2, 6)
KEY_FRAME_EVERY = 12
_I420 = 23
_SMALLEST_PX = 16
"""A macroblock."""
_LARGEST_PX = 3840 * 2160
_RATE_CONTROL_OFF = -1
_CAMERA_VIDEO = 0
_HIGH_PROFILE = 100
_BT709, _SRGB, _UNDEFINED_FORMAT = 1, 13, 5
_TRACE_LEVEL = 25

_YUV_FROM_RGB = np.array([[0.2126, 0.7152, 0.0722], [-0.2126 / 1.8556, -0.7152 / 1.8556, 0.5], [0.5, -0.7152 / 1.5748, -0.0722 / 1.5748]])
"""ITU-R BT.709-6, item 3: luma and colour differences of full scale."""
_LIMITED = np.array([219, 224, 224]) / 255
"""BT.709-6, item 4: 8-bit codes 16 to 235 and 16 to 240."""


class _Layer(Structure):
    _fields_: ClassVar = [
        ("width", c_int),
        ("height", c_int),
        ("frame_rate", c_float),
        ("bitrate", c_int),
        ("max_bitrate", c_int),
        ("profile", c_int),
        ("level", c_int),
        ("quantiser", c_int),
        ("slices", c_uint * 38),
        ("signal_present", c_bool),
        ("video_format", c_ubyte),
        ("full_range", c_bool),
        ("colour_present", c_bool),
        ("primaries", c_ubyte),
        ("transfer", c_ubyte),
        ("matrix", c_ubyte),
        ("aspect_present", c_bool),
        ("aspect", c_int),
        ("aspect_size", c_ushort * 2),
    ]


class _Parameters(Structure):
    _fields_: ClassVar = [
        ("usage", c_int),
        ("width", c_int),
        ("height", c_int),
        ("bitrate", c_int),
        ("rate_control", c_int),
        ("max_frame_rate", c_float),
        ("temporal_layers", c_int),
        ("spatial_layers", c_int),
        ("layers", _Layer * 4),
        ("complexity", c_int),
        ("intra_period", c_uint),
        ("reference_frames", c_int),
        ("parameter_set_strategy", c_int),
        ("prefix_units", c_bool),
        ("ssei", c_bool),
        ("simulcast", c_bool),
        ("padding", c_int),
        ("cabac", c_int),
        ("frame_skip", c_bool),
        ("max_bitrate", c_int),
        ("max_quantiser", c_int),
        ("min_quantiser", c_int),
        ("max_unit_bytes", c_uint),
        ("long_term_reference", c_bool),
        ("long_term_frames", c_int),
        ("long_term_period", c_uint),
        ("threads", c_ushort),
        ("load_balancing", c_bool),
        ("loop_filter", c_int * 3),
        ("denoise", c_bool),
        ("background_detection", c_bool),
        ("adaptive_quantiser", c_bool),
        ("cropping", c_bool),
        ("scene_change_detection", c_bool),
        ("lossless_link", c_bool),
        ("fix_overshoot", c_bool),
        ("idr_bitrate_ratio", c_int),
        ("later_versions", c_ubyte * 256),
    ]


class _Picture(Structure):
    _fields_: ClassVar = [
        ("format", c_int),
        ("strides", c_int * 4),
        ("planes", c_void_p * 4),
        ("width", c_int),
        ("height", c_int),
        ("time_ms", c_longlong),
        ("later_versions", c_ubyte * 64),
    ]


class _LayerBits(Structure):
    _fields_: ClassVar = [
        ("ids", c_ubyte * 3),
        ("frame_type", c_int),
        ("layer_type", c_ubyte),
        ("sub_sequence", c_int),
        ("unit_count", c_int),
        ("unit_bytes", POINTER(c_int)),
        ("data", POINTER(c_ubyte)),
    ]


class _LayerBitsSince26(_LayerBits):
    _fields_: ClassVar = [("psnr", c_float * 3)]


_CALLS: dict[str, tuple[Any, ...]] = {
    "initialise": (c_void_p,),
    "initialise_ext": (c_void_p,),
    "defaults": (c_void_p,),
    "uninitialise": (),
    "encode": (c_void_p, c_void_p),
    "parameter_sets": (c_void_p,),
    "force_intra": (c_bool,),
    "set_option": (c_int, c_void_p),
    "get_option": (c_int, c_void_p),
}
"""The functions of an encoder and what they take, in the order of ``ISVCEncoderVtbl``."""


class H264Stream:
    """Encode frames to H.264 samples, High profile, constant quantiser; raise DependencyError without OpenH264."""

    name = "H.264"
    brands = b"isomiso2avc1mp41"

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._library, self._bits_type = _load()
        if plan.width_px * plan.height_px > _LARGEST_PX:
            raise DependencyError(
                "E_VIDEO_SIZE",
                "OpenH264 does not encode pictures this large",
                expected=f"at most {_LARGEST_PX:,} pixels",
                found=f"{plan.width_px} x {plan.height_px}",
                hint="Draw it smaller for H.264.",
            )
        if min(plan.width_px, plan.height_px) < _SMALLEST_PX:
            raise DependencyError(
                "E_VIDEO_SIZE",
                "OpenH264 does not encode pictures this small",
                expected=f"sides of at least {_SMALLEST_PX} pixels",
                found=f"{plan.width_px} x {plan.height_px}",
                hint="Draw it larger for H.264.",
            )
        self._encoder = c_void_p()
        if self._library.WelsCreateSVCEncoder(byref(self._encoder)) or not self._encoder:
            raise BackendError("E_VIDEO_ENCODER", "OpenH264 makes no encoder")
        table = cast(cast(self._encoder, POINTER(c_void_p))[0] or 0, POINTER(c_void_p))
        self._functions = {
            name: ctypes.CFUNCTYPE(c_int, c_void_p, *takes)(table[index] or 0) for index, (name, takes) in enumerate(_CALLS.items())
        }
        self._sets: list[bytes] = []
        self._count = 0
        try:
            self._initialise()
        except BaseException:
            self._close()
            raise

    def encode(self, frame: Image | None) -> Iterator[tuple[bytes, bool]]:
        """Take the next frame, or None at the end; yield (sample, is a key frame)."""
        if frame is None:
            self._close()
            return
        units = self._units(_i420(frame.pixels))
        self._count += 1
        if not self._sets:
            self._sets = [next((unit for unit in units if unit[0] & 31 == kind), b"") for kind in (7, 8)]
        sample = b"".join(len(unit).to_bytes(4, "big") + unit for unit in units if unit[0] & 31 not in (7, 8))
        yield sample, any(unit[0] & 31 == 5 for unit in units)

    def entry(self) -> bytes:
        """Return the sample entry: ISO/IEC 14496-15, section 5.3.3."""
        sequence, picture = self._sets
        sets = b"\xe1" + len(sequence).to_bytes(2, "big") + sequence + b"\x01" + len(picture).to_bytes(2, "big") + picture
        high = b"\xfd\xf8\xf8\x00" if sequence[1] == _HIGH_PROFILE else b""  # 4:2:0, 8 bits
        configuration = box(b"avcC", b"\x01" + sequence[1:4] + b"\xff" + sets + high)
        colour = colour_box(primaries=_BT709, transfer=_SRGB, matrix=_BT709, full_range=False)
        return visual_entry(b"avc1", self._plan, configuration + colour)

    def _initialise(self) -> None:
        plan, rate = self._plan, self._plan.frames / self._plan.seconds
        self._call("set_option", _TRACE_LEVEL, byref(c_int(0)))  # silent: our errors are ours to tell
        parameters = _Parameters()
        self._call("defaults", byref(parameters))
        parameters.usage, parameters.width, parameters.height = _CAMERA_VIDEO, plan.width_px, plan.height_px
        parameters.bitrate = 5_000_000  # without rate control: only to be more than nothing
        parameters.rate_control, parameters.max_frame_rate = _RATE_CONTROL_OFF, min(max(rate, 1), 60)
        parameters.intra_period, parameters.cabac, parameters.threads = KEY_FRAME_EVERY, 1, 1
        parameters.parameter_set_strategy = 0  # the same identifiers in every group: the sample entry holds them once
        parameters.frame_skip = parameters.denoise = parameters.background_detection = False
        parameters.adaptive_quantiser = parameters.scene_change_detection = False
        layer = parameters.layers[0]
        layer.width, layer.height, layer.frame_rate = plan.width_px, plan.height_px, parameters.max_frame_rate
        layer.bitrate, layer.profile, layer.quantiser = parameters.bitrate, _HIGH_PROFILE, quantiser(plan.quality)
        layer.signal_present, layer.video_format, layer.full_range = True, _UNDEFINED_FORMAT, False
        layer.colour_present, layer.primaries, layer.transfer, layer.matrix = True, _BT709, _SRGB, _BT709
        self._call("initialise_ext", byref(parameters))

    def _units(self, planes: tuple[Array, Array, Array]) -> list[bytes]:
        """Encode one picture; return its NAL units without start codes."""
        picture = _Picture(format=_I420, width=self._plan.width_px, height=self._plan.height_px)
        picture.time_ms = self._plan.begin(self._count, 1000)
        for index, plane in enumerate(planes):
            picture.strides[index], picture.planes[index] = plane.shape[1], plane.ctypes.data
        info = (c_ubyte * (8 + ctypes.sizeof(self._bits_type) * 128 + 64))()
        self._call("encode", byref(picture), byref(info))
        count = c_int.from_buffer(info).value
        layers = (self._bits_type * count).from_buffer(info, 8)
        units = []
        for layer in layers:
            at = 0
            for index in range(layer.unit_count):
                size = layer.unit_bytes[index]
                data = ctypes.string_at(ctypes.addressof(layer.data.contents) + at, size)
                units.append(data.lstrip(b"\0")[1:])  # start code 0 0 0 1 or 0 0 1; a unit never begins with 0
                at += size
        if not units:
            raise BackendError("E_VIDEO_ENCODER", "OpenH264 skipped a frame", where=f"frame {self._count + 1}")
        return units

    def _call(self, name: str, *arguments: Any) -> None:
        if code := self._functions[name](self._encoder, *arguments):
            raise BackendError("E_VIDEO_ENCODER", "OpenH264 does not encode this", where=name, found=f"code {code}")

    def _close(self) -> None:
        if self._encoder:
            self._call("uninitialise")
            self._library.WelsDestroySVCEncoder(self._encoder)
            self._encoder = c_void_p()

    def __del__(self) -> None:
        if getattr(self, "_encoder", None):
            self._close()


def quantiser(quality: int) -> int:
    """Return H.264's quantiser, 51 to 16, for a quality 1 to 100; 80 is 23, where edges stay clean."""
    return round(51 - 0.35 * quality)


def available() -> str:
    """Return the name of the library that encodes; raise DependencyError ``E_OPENH264`` where there is none."""
    _load()
    return str(ctypes.util.find_library("openh264"))


def _load() -> tuple[Any, type[_LayerBits]]:
    """Return the library and the layout of its results."""
    name = ctypes.util.find_library("openh264")
    try:
        library = ctypes.CDLL(name) if name else None
    except OSError as error:
        raise _missing(str(error)) from error
    if library is None:
        raise _missing("libopenh264 is not installed")
    version = (c_uint * 4)()
    library.WelsGetCodecVersionEx(byref(version))
    if not _FIRST <= (version[0], version[1]) <= _LAST:  # another may lay out its structures otherwise: a crash
        raise _missing(f"OpenH264 {version[0]}.{version[1]}")
    return library, _LayerBitsSince26 if version[1] >= 6 else _LayerBits


def _missing(found: str) -> DependencyError:
    return DependencyError(
        "E_OPENH264", "H.264 cannot be encoded", expected="OpenH264 2.0 to 2.6", found=found, hint=f"Install it: {PACKAGES}."
    )


def _i420(pixels: Array) -> tuple[Array, Array, Array]:
    """Return Y, U and V planes, Rec.709 limited range, chroma at half size (averages of 2 x 2)."""
    import cv2

    matrix = np.column_stack([_YUV_FROM_RGB * _LIMITED[:, None], [16, 128, 128]])
    yuv = cv2.transform(pixels, matrix)
    half = cv2.resize(yuv, (pixels.shape[1] // 2, pixels.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return yuv[..., 0].copy(), half[..., 1].copy(), half[..., 2].copy()
