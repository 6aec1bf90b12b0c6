"""What can be asked of a `arviz.flows.preview.Preview`, and what it answers: plain values, that can be sent to another process."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, pi, sin
from pathlib import Path
from typing import Literal, NamedTuple

from arviz.core.camera import Camera
from arviz.core.frozen import Array
from arviz.core.image import Image
from arviz.core.report import Finding
from arviz.core.scene import Sun
from arviz.flows.render import ENVIRONMENT
from arviz.flows.stage import SHADOW
from arviz.ops.section import Axis
from arviz.render.inspection import Mode, Scale
from arviz.render.renderer import ToneMap

Inspect = Literal["shaded"] | Mode
Way = Literal["beside", "wipe", "difference"]
FIGURES = ("adult", "child", "cat", "dog")
"""Who may stand beside a product."""
_SUN_RADIUS_RAD = 0.02
"""Of the sun in the window: its shadow's edge is as soft as that of a bright window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eye:
    """Where somebody looks from: the orbit of `arviz.render.framing.orbit_camera`, nearer or farther, moved aside.

    Parameters
    ----------
    azimuth_rad, polar_rad : float
        As `arviz.core.frames.orbit_direction` takes them.
    distance : float
        Of the distance at which the product fills the picture.
    aside_m : (3,) float
        How far the point that is looked at lies from the middle of the product, in the world.
    """

    azimuth_rad: float = pi / 6
    polar_rad: float = pi * 75 / 180
    distance: float = 1.0
    aside_m: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The light on a product.

    Parameters
    ----------
    environment : str
        A name of `arviz.render.environment.ENVIRONMENTS`, or the path of an ``.hdr`` file; `rotation_rad` turns it about +Y.
    sun : float
        Irradiance of a sun on top, in the environment's unit; 0 is none.
    sun_azimuth_rad, sun_height_rad : float
        Where it stands: counted from +Z towards +X, and above the floor.
    exposure : float
        Factor before the tone map.
    tone_map : str
        ``neutral``, ``aces`` or ``none``.
    shadow : float
        Strength of the shadow on the floor, 0 to 1.
    lamps : bool
        Whether the lights that the product brings along shine (KHR_lights_punctual).
    """

    environment: str = ENVIRONMENT
    rotation_rad: float = 0.0
    sun: float = 0.0
    sun_azimuth_rad: float = pi / 4
    sun_height_rad: float = pi / 4
    exposure: float = 1.0
    tone_map: ToneMap = "neutral"
    shadow: float = SHADOW
    lamps: bool = True

    def sun_light(self) -> Sun | None:
        """Return the sun as a scene takes it."""
        if self.sun <= 0:
            return None
        flat = cos(self.sun_height_rad)
        to_light = (sin(self.sun_azimuth_rad) * flat, sin(self.sun_height_rad), cos(self.sun_azimuth_rad) * flat)
        return Sun(to_light=to_light, irradiance=(self.sun,) * 3, angular_radius_rad=_SUN_RADIUS_RAD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plane:
    """Where a product is cut.

    Parameters
    ----------
    axis : str
        On which the plane stands upright.
    share : float
        Of the product's extent from its low end, 0 to 1.
    flipped : bool
        Cut away what lies below instead of what lies above.
    """

    axis: Axis = "x"
    share: float = 0.5
    flipped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Versus:
    """What a product is compared with.

    Parameters
    ----------
    file : path
        Another product, seen by the same eye from the same place: what was made of the first, for example.
    way : str
        ``beside``: two pictures; ``wipe``: one, with the other to the right of an edge; ``difference``: how different each pixel looks.
    share : float
        Of the picture's width, where the edge of a wipe stands.
    """

    file: Path
    way: Way = "beside"
    share: float = 0.5


class Fault(NamedTuple):
    """A part of a product: a node and one of its materials (None: what has none), by their numbers."""

    node: int
    material: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One picture of a product that is asked for.

    Parameters
    ----------
    inspect : str
        ``shaded``, or a mode of `arviz.render.inspection.inspect`.
    section : Plane or None
    figure : str or None
        One of `FIGURES`: it stands beside the product, where its unit is known.
    level : int or None
        Number of a simpler level beside the file (`arviz.flows.preview_levels`), shown from where the product is looked at.
    versus : Versus or None
    faults : tuple of Fault
        Parts that are painted orange, where the whole product is shown and not a level or a section of it.
    """

    file: Path
    eye: Eye = Eye()
    light: Light = Light()
    variant: str | None = None
    animation: str | None = None
    time_s: float = 0.0
    background: tuple[int, int, int] = (242, 242, 242)
    inspect: Inspect = "shaded"
    section: Plane | None = None
    figure: str | None = None
    level: int | None = None
    versus: Versus | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def files(self) -> tuple[Path, ...]:
        """The products that it shows."""
        return (self.file,) if self.versus is None else (self.file, self.versus.file)

    def of(self, file: Path) -> Shot:
        """Return the same look at another product: what only the former one had is not asked of it."""
        return replace(self, file=file, variant=None, animation=None, time_s=0.0, level=None, versus=None, faults=())


class Level(NamedTuple):
    """A simpler file of a product that stands beside it."""

    number: int
    file: Path
    triangles: int


class Opened(NamedTuple):
    """What is known of a product when it has been read."""

    file: Path
    size_m: tuple[float, float, float] | None
    """(x, y, z): None where the file says no unit."""
    variants: tuple[str, ...]
    animations: tuple[tuple[str, float], ...]
    """Name and duration in seconds."""
    parts: tuple[str, ...]
    triangles: int
    findings: tuple[Finding, ...]
    unit: str = "m"
    """Of the file."""
    lamps: int = 0
    """Lights that it brings along."""
    own_variant: str | None = None
    """The variant that looks as the file does by itself; None where none does."""
    levels: tuple[Level, ...] = ()
    bytes: int = 0
    """Of the file itself."""


class Cut(NamedTuple):
    """What a section shows."""

    axis: Axis
    at_m: float
    """From the product's low end (file units where the unit is unknown, as all of this)."""
    area_m2: float
    """Of the cap."""
    open_m: float
    """Length of cut outlines that do not close and have no cap."""


class Seen(NamedTuple):
    """A picture, and the camera that it was seen with: what is drawn over it finds its place by that."""

    image: Image
    camera: Camera
    world_from_camera: Array
    box_m: Array
    """(2, 3) corners of the product in the world."""
    scale: Scale | None = None
    """What the colours of an inspection mean."""
    bare: bool = False
    """Whether something seen has nothing of what is inspected."""
    cut: Cut | None = None
    same_scale: bool = True
    """Whether both products of a comparison are seen at the same millimetres: not where only one file says its unit."""


class Touched(NamedTuple):
    """What lies under a pixel."""

    point_m: tuple[float, float, float]
    sigma_m: float
    """How far a pixel reaches there: somebody who points cannot point better."""
    part: str | None
    material: str | None


class Found(NamedTuple):
    """A finding, and where it is."""

    code: str
    severity: str
    where: str
    message: str
    hint: str
    titles: tuple[tuple[str, str], ...] = ()
    """(language, what the code means), as report pages say it."""
    profile: str = ""
    """Title of the platform whose rule it is."""
    faults: tuple[Fault, ...] = ()
    """Nothing where it is about the file and not about a part."""
    aside_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """From the middle of the product to that of these parts."""
    distance: float = 1.0
    """From which they are seen, as `Eye` has it."""


class Checked(NamedTuple):
    """What became of a check."""

    file: Path
    profile: str
    title: str
    """Of the profile."""
    ok: bool
    found: tuple[Found, ...]
    """The worst first."""
