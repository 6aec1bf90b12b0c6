// Lenses of arviz.tryon/1 for a browser, one pixel at a time: what the numpy reference defines (arviz/render/lens_optics.py and
// lens_view.py), written a second time. Used by tests/parity/test_glasses.py.
"use strict";

const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0);
const apply = (matrix, point) => [0, 1, 2].map((row) => dot(matrix[row].slice(0, 3), point) + matrix[row][3]);
const project = (k, [x, y, z]) => [(k[0][0] * x + k[0][1] * y) / z + k[0][2], (k[1][1] * y) / z + k[1][2]];
const decode = (level) => {
  const v = level / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};
const encode = (light) => {
  const v = Math.min(Math.max(light, 0), 1);
  return Math.floor(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055) + 0.5);
};

function lensPixel(vector, photo, sample) {
  const { width_px: width, height_px: height, k, camera_from_head: pose } = vector, lens = vector.lenses[sample.lens];
  const at = (x, y, c) => decode(photo[3 * (Math.min(Math.max(y, 0), height - 1) * width + Math.min(Math.max(x, 0), width - 1)) + c]);
  const placed = apply(pose, sample.point_m), ray = placed.map((value) => value / placed[2]);
  const way = [0, 1, 2].map((column) => dot(pose.slice(0, 3).map((row) => row[column]), ray));
  const cosine = Math.abs(dot(way, sample.normal)) / Math.hypot(...way);
  // A thin lens changes a ray's slope by its power times the distance from its centre.
  const slope = [0, 1].map((i) => way[i] / Math.max(-way[2], 1e-6) - lens.dioptre * (sample.point_m[i] - lens.centre_m[i]));
  const seen = [slope[0], slope[1], -1].map((step, i) => sample.point_m[i] + step * sample.to_face);
  const place = project(k, apply(pose, seen));
  const [x, y] = [Math.min(Math.max(place[0], 0), width - 1), Math.min(Math.max(place[1], 0), height - 1)];
  const [left, top] = [Math.floor(x), Math.floor(y)], [u, v] = [x - left, y - top];
  const [column, row] = project(k, placed).map((value) => Math.floor(value + 0.5));
  const inside = Math.sqrt(Math.max(1 - (1 - cosine ** 2) / lens.ior ** 2, 1e-6));
  const passes = [], rgb = [];
  for (let c = 0; c < 3; c++) {
    const mirrors = lens.reflectance[c] + (1 - lens.reflectance[c]) * (1 - Math.min(Math.max(cosine, 0), 1)) ** 5;
    const passed = Math.max(lens.transmittance[c], 1e-6) ** (1 / inside) * (1 - mirrors), glare = mirrors * sample.mirrored[c];
    const looked = (at(left, top, c) * (1 - u) + at(left + 1, top, c) * u) * (1 - v)
      + (at(left, top + 1, c) * (1 - u) + at(left + 1, top + 1, c) * u) * v;
    const own = sample.frame[c], free = 1 - sample.frame[3], bare = own + free * at(column, row, c);
    const through = sample.before ? glare + passed * (own + free * looked) : own + free * (glare + passed * looked);
    passes.push(passed);
    rgb.push(encode(bare + sample.cover * (through - bare)));
  }
  return { place, passes, rgb };
}

function lenses(vector) {
  const photo = Uint8Array.from(atob(vector.pixels), (c) => c.charCodeAt(0));
  const made = vector.samples.map((sample) => lensPixel(vector, photo, sample));
  return JSON.stringify({ places_px: made.map((one) => one.place), passes: made.map((one) => one.passes), pixels: made.map((one) => one.rgb) });
}
