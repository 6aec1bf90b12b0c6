"""What may be asked of each kind of job: names, types, bounds, and what each option means.

The service makes its OpenAPI of these, the runner checks what stands in the table with them. Defaults are those of the flows.
An option that names a file in a flow (a light, a background, rules) names here what ships with arviz: a job reads nothing else.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from arviz.flows.check import check
from arviz.flows.convert import convert
from arviz.flows.optimise.settings import Effort
from arviz.flows.place import place
from arviz.flows.render import draw
from arviz.flows.room import room
from arviz.flows.targets import TARGET_NAMES, TextureWish
from arviz.flows.try_on import try_on
from arviz.flows.turntable import turntable
from arviz.formats.gltf.encoding import Geometry
from arviz.ops.lods import MOST_LEVELS

MOST_PX = 2048
"""Of a side of a picture that a job draws."""
MOST_FRAMES = 240

Unit = Literal["mm", "cm", "m", "in", "ft"]
Axis = Literal["+X", "-X", "+Y", "-Y", "+Z", "-Z"]
ModelFormat = Literal["glb", "gltf", "obj", "stl", "ply", "dae", "3mf", "step", "stp", "usd", "usda", "usdc", "usdz", "zip"]
Word = Annotated[str, Field(min_length=1, max_length=120)]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,60}\.[a-z0-9]{1,5}$")]
Part = Annotated[str, Field(pattern=r"^\d{1,4}:[0-9.,:-]{1,60}$")]
Metres = Annotated[float, Field(ge=-1000, le=1000, allow_inf_nan=False)]
Pixel = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=1, le=MOST_PX)]
Share = Annotated[float, Field(ge=0, le=1)]


def _of(flow: Callable[..., Any], name: str) -> Any:
    """Return the default that a flow has for an option: it exists once."""
    return inspect.signature(flow).parameters[name].default


class Options(BaseModel):
    """Options of one kind of job: nothing else may stand beside them."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


TargetName = Literal["web", "desktop", "plain", "google-merchant", "shopify", "amazon", "near", "far", "headset", "quick-look"]


class ConvertOptions(Options):
    """How a source becomes an asset, and which files are made beside its master.

    Defaults are what a page needs, made in a second: a small GLB for the 3D view, a USDZ for iOS.
    """

    name: str = Field("product", pattern=r"^[^/\\:*?\"<>|\x00-\x1f\x7f]{1,120}$", description="What the product is called.")
    format: ModelFormat | None = Field(None, description="What the file is; default: what its first bytes tell, where they do.")
    unit: Unit | None = Field(_of(convert, "unit"), description="The length of one unit of a file that does not say.")
    size: Word | None = Field(_of(convert, "size"), description="Listed size, width x depth x height: `218x102x79cm`.")
    up: Axis | None = Field(_of(convert, "up"), description="The file's upward axis; default: what its format says.")
    front: Axis | None = Field(_of(convert, "front"), description="Where the product's front looks in the file.")
    deflection_mm: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        _of(convert, "deflection_mm"), description="Of STEP files: how far triangles may lie from the surface; default: 0.1."
    )
    targets: tuple[TargetName, ...] = Field(
        ("web", "quick-look"), max_length=len(TARGET_NAMES), description="Where it is shown: a file for each."
    )
    geometry: Geometry | None = Field(_of(convert, "geometry"), description="How vertices are compressed; default: as the target wants.")
    textures: TextureWish = Field(_of(convert, "textures"), description="Format of the pictures of targets.")
    max_mb: Annotated[float, Field(gt=0, le=1000)] | None = Field(
        _of(convert, "max_mb"), description="Largest GLB of a target, in megabytes (10^6)."
    )
    max_triangles: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        _of(convert, "max_triangles"), description="Most triangles of a target."
    )
    quality: Annotated[float, Field(ge=20, le=60)] | None = Field(
        _of(convert, "quality"), description="Least quality in pictures, in dB; default: near 42. `fast` holds none."
    )
    effort: Effort = Field("fast", description="`fast` encodes each picture once; `normal` draws to find the smallest files, `max` longer.")
    lods: Annotated[int, Field(ge=0, le=MOST_LEVELS)] = Field(_of(convert, "lods"), description="Up to so many simpler levels of each GLB.")
    hulls: bool = Field(_of(convert, "hulls"), description="Also make convex hulls that hold the product, for physics engines.")


class CheckOptions(Options):
    """How a source is judged."""

    format: ModelFormat | Literal["usdz"] | None = Field(None, description="What the file is; default: what its first bytes tell.")
    profiles: tuple[Annotated[str, Field(pattern=r"^[a-z0-9-]{1,60}$")], ...] | None = Field(
        _of(check, "profiles"), max_length=20, description="Rules of platforms: `khronos-mobile-ar`, `google-merchant`, ..."
    )
    size: Word | None = Field(_of(check, "size"), description="Listed size, width x depth x height: `218x102x79cm`.")
    unit: Unit | None = Field(_of(check, "unit"), description="The length of one unit of a file that does not say.")


class _View(Options):
    """How an asset is shown."""

    variant: Word | None = Field(None, description="Name of a material variant; default: the asset's own look.")
    environment: Literal["studio", "room"] = Field(_of(draw, "environment"), description="The light.")
    shadow: Share | None = Field(
        _of(draw, "shadow"), description="Strength of the shadow on the floor; default: as dark as the light says."
    )


class RenderOptions(_View):
    """A picture of an asset."""

    format: Literal["png", "webp", "jpg"] = Field("png", description="Format of the picture.")
    width: Side = Field(_of(draw, "width"), description="Pixels.")
    height: Side = Field(_of(draw, "height"), description="Pixels.")
    orbit: Word = Field(_of(draw, "orbit"), description="Where the eye is, as model-viewer's camera-orbit: `30deg 75deg`.")
    background: str | None = Field(
        None,
        pattern=r"^(transparent|#[0-9a-fA-F]{6})$",
        description="transparent or #rrggbb; default: transparent where the format can be, else white.",
    )
    rotate_environment_rad: Annotated[float, Field(ge=-100, le=100)] = Field(
        _of(draw, "rotate_environment_rad"), description="Turn of the light about the vertical, radians."
    )
    samples: Literal[1, 4, 16] = Field(_of(draw, "samples"), description="Samples per pixel.")
    exposure: Annotated[float, Field(ge=0, le=100)] = Field(_of(draw, "exposure"), description="Factor before the tone map.")
    tone_map: Literal["neutral", "aces", "none"] = Field(_of(draw, "tone_map"), description="From light to the picture.")
    ambient_occlusion: Share = Field(_of(draw, "ambient_occlusion"), description="How strong near surfaces shade each other.")
    animation: Word | None = Field(_of(draw, "animation"), description="Name or number of the animation that is shown.")
    time_s: Annotated[float, Field(ge=0, le=86400)] = Field(_of(draw, "time_s"), description="At which second of it.")


class TurntableOptions(_View):
    """A clip of one full turn."""

    format: Literal["webp", "gif", "webm", "mp4"] = Field("webp", description="Format of the clip.")
    frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)] = Field(_of(turntable, "frames"), description="Pictures in a turn.")
    seconds: Annotated[float, Field(gt=0, le=60)] = Field(_of(turntable, "seconds"), description="Length of a turn.")
    width: Side = Field(_of(turntable, "width"), description="Pixels.")
    height: Side = Field(_of(turntable, "height"), description="Pixels.")
    orbit: Word = Field(_of(turntable, "orbit"), description="Where the first picture is seen from.")
    direction: Literal["right", "left"] = Field(_of(turntable, "direction"), description="Where the product's front goes.")
    background: str | None = Field(
        _of(turntable, "background"),
        pattern=r"^(transparent|#[0-9a-fA-F]{6})$",
        description="transparent or #rrggbb; default: transparent where the format can be.",
    )
    quality: Annotated[int, Field(ge=1, le=100)] = Field(_of(turntable, "quality"), description="Of the encoder.")


class _Measured(Options):
    """How a room is measured from files that stand among the inputs under these names."""

    sources: tuple[FileName, ...] = Field((), max_length=60, description="Photos of one room, or one capture: .zip or arviz.frame/1 JSON.")
    depth: tuple[FileName, ...] = Field((), max_length=60, description="One depth picture per photo, or none.")
    depth_scale: float | Literal["sun"] | None = Field(_of(room, "depth_scale"), description="Units of a depth picture in a metre.")
    camera: FileName | None = Field(None, description="Camera file of the photos; default: what they say of their lens.")
    gravity: tuple[Pixel, Pixel, Pixel] | None = Field(None, description="Down, in the axes of the first camera: right, down, ahead.")
    scale: Word | None = Field(_of(room, "scale"), description="What tells how long a metre is: `a4`, `card`, `marker=15cm`, ...")
    floor_points: tuple[tuple[Pixel, Pixel], ...] | None = Field(
        None, max_length=100, description="Corners of the floor in the first photo."
    )
    max_frames: Annotated[int, Field(ge=1, le=100)] = Field(_of(room, "max_frames"), description="Of a capture.")


class RoomOptions(_Measured):
    """A room measured from photos, depth pictures or the capture of a phone."""

    sources: tuple[FileName, ...] = Field(min_length=1, max_length=60, description="Photos of one room, or one capture: .zip or JSON.")
    measure: tuple[tuple[tuple[Pixel, Pixel], tuple[Pixel, Pixel]], ...] = Field(
        (), max_length=100, description="Pairs of pixels of the first photo whose distance is wanted."
    )
    draw: bool = Field(False, description="Also draw what was found over the first photo.")
    mesh: Literal["glb", "usdz"] | None = Field(None, description="Also make a 3D model of the room.")


class PlaceOptions(_Measured):
    """Assets placed in a room: measured before (input `room.json`), or from photos and captures as a `room` job takes them.

    Without `room.json` and `sources` the room is measured from the capture among the inputs, or else from the photos, and the only
    photo is furnished.

    The assets stand among the inputs as `product`, `product2`, `product3` ...
    """

    photo: FileName | None = Field(None, description="The photo that is furnished: one of the inputs.")
    view: Annotated[int, Field(ge=0, le=10_000)] | None = Field(_of(place, "view"), description="Which view of the room the photo is.")
    picture: Literal["png", "webp", "jpg"] | None = Field("jpg", description="Format of the picture; null: none.")
    plan: Literal["svg", "png"] | None = Field(None, description="Also draw a floor plan.")
    mesh: Literal["glb", "usdz"] | None = Field(None, description="Also make a 3D model of the furnished room.")
    at: tuple[Metres, Metres] | None = Field(_of(place, "at"), description="World x, z of the only product, instead of a search.")
    yaw_rad: Annotated[float, Field(ge=-7, le=7)] | None = Field(_of(place, "yaw_rad"), description="Its turn about the vertical.")
    wall: Annotated[int, Field(ge=0, le=10_000)] | None = Field(_of(place, "wall"), description="The wall it stands or hangs at.")
    doors: tuple[Part, ...] = Field(_of(place, "doors"), max_length=50, description="Doors nobody saw: `WALL:FROM-TO`, metres.")
    windows: tuple[Part, ...] = Field(_of(place, "windows"), max_length=50, description="Windows, the same way.")
    radiators: tuple[Part, ...] = Field(_of(place, "radiators"), max_length=50, description="Radiators, the same way.")
    variants: tuple[Word, ...] = Field(_of(place, "variants"), max_length=20, description="Material variant: one for all or one each.")
    kinds: tuple[Word, ...] = Field(_of(place, "kinds"), max_length=20, description="What each is: `sofa`, `rug`, ...")
    supports: tuple[Word, ...] = Field(_of(place, "supports"), max_length=20, description="What carries each: `floor`, `wall`, `table`.")
    opened: tuple[Word, ...] = Field(_of(place, "opened"), max_length=50, description="Doors and drawers drawn open; `all`.")
    figures: tuple[Word, ...] = Field(_of(place, "figures"), max_length=5, description="Figures for scale: `adult`, `child`, `cat`.")
    country: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = Field(_of(place, "country"), description="Whose rules: `us`, `de`.")


class TryOnOptions(Options):
    """A recipe on the people in a photo."""

    format: Literal["png", "webp", "jpg"] = Field("jpg", description="Format of the picture.")
    recipe: dict[str, Any] = Field(description="What to try on, arviz.tryon/1.")
    pd: Word | None = Field(_of(try_on, "pd"), description="Pupillary distance where the person knows it: `63mm`.")
    card: bool = Field(_of(try_on, "card"), description="A bank card is held beside the face, as scale.")


class LandmarkOptions(Options):
    """A recipe on the landmarks of a face whose photo stays where it is."""

    recipe: dict[str, Any] = Field(description="What to try on, arviz.tryon/1.")
    landmarks: tuple[tuple[Pixel, Pixel], ...] = Field(
        min_length=478, max_length=478, description="x, y of mediapipe's 478 points in pixels of the photo, centres at whole numbers."
    )
    width: Side = Field(description="Of the photo, pixels.")
    height: Side = Field(description="Of the photo, pixels.")
    focal_px: Annotated[float, Field(ge=50, le=50_000)] | None = Field(
        None, description="Focal length where the camera knows it; default: an assumption."
    )
    pd: Word | None = Field(_of(try_on, "pd"), description="Pupillary distance where the person knows it: `63mm`.")
