"""Generate the two environments that arviz ships: a product studio and a living room (numpy only).

    python assets/make/environments.py            # writes assets/environments/{studio,room}.hdr

Both are scenes of a few rectangles and lamps, traced analytically from one point: no photograph, no foreign
licence. They are scaled so that the irradiance over pi on a surface that faces the camera is near 1: then a
white of albedo 0.8 comes out near 0.8 under the neutral tone map.
"""

import itertools
from pathlib import Path

import numpy as np

WIDTH, HEIGHT = 512, 256
FOLDER = Path(__file__).resolve().parent.parent / "environments"


def directions(width, height):
    """Return unit vectors (H, W, 3) of an equirectangular picture: column u is atan2(z, x) = 2 pi (u - 1/2), row v is acos(y)."""
    a = 2 * np.pi * ((np.arange(width) + 0.5) / width - 0.5)
    p = np.pi * (np.arange(height) + 0.5) / height
    s = np.sin(p)[:, None]
    return np.stack([np.cos(a) * s, np.cos(p)[:, None] + 0 * a, np.sin(a) * s], axis=-1)


def smooth(low, high, x):
    """Smoothstep."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def panel(d, *, centre, normal, width, height, edge, hot=0.0):
    """How much of a soft rectangular panel each direction sees (0..1), from the origin.

    `edge` is the soft rim as a share of the half size; `hot` brightens the middle, as a bulb behind cloth does.
    """
    centre, n = np.asarray(centre, float), np.asarray(normal, float)
    n = n / np.linalg.norm(n)
    right = np.cross((0, 1, 0), n) if abs(n[1]) < 0.9 else np.array([1.0, 0, 0])
    right = right / np.linalg.norm(right)
    up = np.cross(n, right)
    facing = d @ -n
    t = (centre @ -n) / np.where(facing > 1e-4, facing, np.inf)
    hit = d * t[..., None] - centre
    x, y = np.abs(hit @ right) / (width / 2), np.abs(hit @ up) / (height / 2)
    mask = smooth(1, 1 - edge, x) * smooth(1, 1 - edge, y) * (t > 0)
    return mask * (1 + hot * np.exp(-2.5 * (x * x + y * y)))


def irradiance(picture, normal):
    """Irradiance over pi on a surface with this normal."""
    d = directions(WIDTH, HEIGHT)
    w = np.maximum(d @ np.asarray(normal, float), 0) * np.sin(np.arccos(d[..., 1:2]))[..., 0]
    return (picture * w[..., None]).sum((0, 1)) / w.sum()


def studio():
    """White cove with a light floor, large overhead box, key box front left, fill right, two thin rim strips."""
    d = directions(WIDTH, HEIGHT)
    y = d[..., 1]
    wall = 0.42 + 0.30 * smooth(-0.35, 0.75, y)
    floor = 0.50 - 0.14 * smooth(-0.15, -1.0, y)
    grey = np.where(y < 0, floor + (wall - floor) * smooth(-0.25, 0.0, y), wall)
    # The camera's own side is darker than the back wall, which gives glossy fronts a gradient to show.
    grey = grey * (1.0 - 0.12 * smooth(-0.2, 1.0, d[..., 2]))
    key = panel(d, centre=(-2.2, 1.9, 2.1), normal=(2.2, -1.9, -2.1), width=2.3, height=2.3, edge=0.22, hot=0.5)
    fill = panel(d, centre=(2.9, 1.0, 1.3), normal=(-2.9, -0.9, -1.3), width=1.3, height=2.6, edge=0.3, hot=0.2)
    top = panel(d, centre=(0, 2.6, -0.2), normal=(0, -1, 0), width=3.6, height=2.8, edge=0.25, hot=0.3)
    rim_l = panel(d, centre=(-2.4, 0.9, -2.0), normal=(2.4, -0.7, 2.0), width=0.5, height=2.8, edge=0.35)
    rim_r = panel(d, centre=(2.5, 1.0, -2.2), normal=(-2.5, -0.8, 2.2), width=0.6, height=2.8, edge=0.35)
    light = grey + 6.4 * key + 3.0 * fill + 2.3 * top + 2.6 * rim_l + 2.9 * rim_r
    return light[..., None] * np.ones(3)


def room():
    """Day room: white ceiling, warm walls, oak floor, one large window to the left, a lamp to the right rear."""
    d = directions(WIDTH, HEIGHT)
    half = np.array([2.6, 1.3, 2.3])  # the room is 5.2 x 2.6 x 4.6 m, seen from its middle
    reach = half / np.maximum(np.abs(d), 1e-6)
    axis = np.argmin(reach, axis=-1)
    hit = d * reach.min(axis=-1)[..., None]
    x, y, z = np.moveaxis(hit, -1, 0)
    albedo = np.empty(d.shape)
    albedo[:] = (0.80, 0.77, 0.72)
    ceiling, floor = (axis == 1) & (y > 0), (axis == 1) & (y < 0)
    albedo[ceiling] = (0.88, 0.88, 0.87)
    plank = 0.06 * np.sin(np.floor(z / 0.14) * 12.9898) + 0.02 * np.sin(x * 9 + np.floor(z / 0.14) * 7)
    albedo[floor] = (np.array([0.50, 0.38, 0.27]) * (1 + plank[..., None]))[floor]
    window = np.array([-2.6, 0.25, 0.5])
    away = np.linalg.norm(hit - window, axis=-1)
    bounce = 0.34 + 1.5 / (1 + 0.55 * away**2) * np.where(axis == 0, np.where(x < 0, 0.25, 1.0), 1.0)
    bounce = bounce * (1 - 0.25 * smooth(0.9, 1.25, np.abs(y)) * (axis != 1))  # darker towards the corners
    light = albedo * bounce[..., None] * np.array([1.0, 1.0, 1.0])
    glass = panel(d, centre=window, normal=(1, 0, 0), width=2.2, height=1.5, edge=0.03)
    for offset in (-0.37, 0.37):  # two mullions
        bar = panel(d, centre=window + np.array([0, 0, offset]), normal=(1, 0, 0), width=0.07, height=1.5, edge=0.3)
        glass = glass * (1 - bar)
    height = np.clip((y - window[1]) / 0.75, -1, 1)
    sky = np.array([0.86, 0.95, 1.08]) * (8.5 + 3.0 * height)[..., None]
    ground = np.array([0.80, 0.84, 0.74]) * 3.2
    outside = np.where((y < -0.12)[..., None], ground, sky)
    light = light * (1 - glass[..., None]) + outside * glass[..., None]
    lamp = np.array([1.7, 0.15, -1.5])
    near = (d @ (lamp / np.linalg.norm(lamp))).clip(-1, 1)
    angle = np.arccos(near)
    warm = np.array([1.0, 0.74, 0.46])
    light = light + warm * (14.0 * smooth(0.115, 0.085, angle) + 1.1 * np.exp(-((angle / 0.45) ** 2)))[..., None]
    back = panel(d, centre=(0.4, 0.25, -2.25), normal=(0, 0, 1), width=1.3, height=0.9, edge=0.04)  # a picture
    return light * (1 - 0.55 * back[..., None])


def rgbe(pixels):
    """Encode as Radiance RGBE (Ward 1991): shared exponent of the largest channel."""
    top = pixels.max(axis=-1)
    mantissa, exponent = np.frexp(top)
    scale = np.where(top > 1e-32, mantissa * 256 / np.maximum(top, 1e-32), 0)
    out = np.empty((*top.shape, 4), np.uint8)
    out[..., :3] = np.clip(pixels * scale[..., None] + 0.5, 0, 255)
    out[..., 3] = np.where(top > 1e-32, exponent + 128, 0)
    return out


def packed(row):
    """Run-length encode one row of one channel: runs of three or more, at most 127."""
    out, at, n = bytearray(), 0, len(row)
    edges = np.flatnonzero(np.diff(row)) + 1
    starts = np.concatenate([[0], edges, [n]])
    literal = bytearray()

    def flush():
        for i in range(0, len(literal), 128):
            part = literal[i : i + 128]
            out.append(len(part))
            out.extend(part)
        literal.clear()

    for start, stop in itertools.pairwise(starts):
        at = stop - start
        if at < 3:
            literal.extend(bytes([row[start]]) * at)
            continue
        flush()
        while at:
            part = min(at, 127)
            out.extend((128 + part, row[start]))
            at -= part
    flush()
    return bytes(out)


def write(path, pixels):
    """Write a Radiance picture."""
    data = rgbe(pixels)
    height, width = data.shape[:2]
    out = bytearray(f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {height} +X {width}\n".encode())
    for row in data:
        out += bytes((2, 2, width >> 8, width & 255))
        for channel in range(4):
            out += packed(row[:, channel])
    path.write_bytes(bytes(out))


def main():
    """Write both."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in (("studio", studio()), ("room", room())):
        seen = [irradiance(picture, n) for n in ((0, 0, 1), (0, 0, 1), (0, 1, 0), (1, 0, 0), (-1, 0, 0), (0, -1, 0))]
        picture = picture * (0.98 / np.mean(seen))
        if name == "room":  # a camera white-balances: keep the colour differences, not the cast
            white = irradiance(picture, (0, 1, 0)) * 0.5 + irradiance(picture, (0, 0, 1)) * 0.5
            picture = picture / (white / white.mean()) ** 0.8
        write(FOLDER / f"{name}.hdr", picture)
        faces = {
            n: irradiance(picture, v).round(2).tolist()
            for n, v in (("front", (0, 0, 1)), ("top", (0, 1, 0)), ("left", (-1, 0, 0)), ("right", (1, 0, 0)), ("below", (0, -1, 0)))
        }
        print(name, (FOLDER / f"{name}.hdr").stat().st_size, "bytes", faces, "brightest", round(float(picture.max()), 1))


if __name__ == "__main__":
    main()
