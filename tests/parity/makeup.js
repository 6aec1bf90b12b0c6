// The make-up of arviz.tryon/1 for a browser, from the bundle of constants alone: what the numpy reference defines, written a second
// time. Masks and statistics are plain JavaScript; pixels are drawn by WebGL 2. Used by tests/parity/test_makeup.py.
"use strict";

const LUMINANCE = [0.2126, 0.7152, 0.0722];
const luminance = (c) => c[0] * LUMINANCE[0] + c[1] * LUMINANCE[1] + c[2] * LUMINANCE[2];
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const DECODE = Float32Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});

function median(values) {
  const sorted = Float64Array.from(values).sort();
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
const medians = (colours) => [0, 1, 2].map((c) => median(colours.map((colour) => colour[c])));

// Outlines ---------------------------------------------------------------------------------------------------------------------

function smooth(points, steps) {
  const out = [], n = points.length;
  for (let i = 0; i < n; i++) {
    const [p0, p1, p2, p3] = [i + n - 1, i, i + 1, i + 2].map((k) => points[k % n]);
    for (let s = 0; s < steps; s++) {
      const t = s / steps;
      out.push([0, 1].map((a) => 0.5 * (2 * p1[a] + t * (p2[a] - p0[a] + t * (2 * p0[a] - 5 * p1[a] + 4 * p2[a] - p3[a]
        + t * (3 * (p1[a] - p2[a]) + p3[a] - p0[a]))))));
    }
  }
  return out;
}

function box(points, margin, width, height) {
  const xs = points.map((p) => p[0]), ys = points.map((p) => p[1]);
  const cut = {
    x0: Math.max(Math.floor(Math.min(...xs) - margin), 0), y0: Math.max(Math.floor(Math.min(...ys) - margin), 0),
    x1: Math.min(Math.ceil(Math.max(...xs) + margin) + 1, width), y1: Math.min(Math.ceil(Math.max(...ys) + margin) + 1, height),
  };
  return cut.x0 < cut.x1 && cut.y0 < cut.y1 ? cut : null;
}

function coverage(outline, cut) {
  const width = cut.x1 - cut.x0, height = cut.y1 - cut.y0, out = new Float32Array(width * height), n = outline.length;
  for (let y = cut.y0; y < cut.y1; y++) for (let x = cut.x0; x < cut.x1; x++) {
    let inside = false, near = 1;
    for (let i = 0; i < n; i++) {
      const a = outline[i], b = outline[(i + 1) % n], dx = b[0] - a[0], dy = b[1] - a[1];
      if (Math.min(a[1], b[1]) <= y && y < Math.max(a[1], b[1]) && x >= a[0] + ((y - a[1]) / dy) * dx) inside = !inside;
      const share = clip(((x - a[0]) * dx + (y - a[1]) * dy) / Math.max(dx * dx + dy * dy, 1e-12), 0, 1);
      near = Math.min(near, Math.hypot(x - a[0] - share * dx, y - a[1] - share * dy));
    }
    out[(y - cut.y0) * width + x - cut.x0] = clip(0.5 + (inside ? near : -near), 0, 1);
  }
  return out;
}

// Masks painted on the face's texture ------------------------------------------------------------------------------------------

function onPicture(painted, face, gain, cut, mesh) {
  const width = cut.x1 - cut.x0, height = cut.y1 - cut.y0, side = painted.side;
  const out = new Float32Array(width * height), nearest = new Float64Array(width * height).fill(Infinity);
  mesh.triangles.forEach((numbers, triangle) => {
    const [a, b, c] = numbers.map((i) => face.points[i]);
    const area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1]);
    if (area >= -1e-9) return;
    const xs = [a[0], b[0], c[0]], ys = [a[1], b[1], c[1]];
    for (let y = Math.max(Math.ceil(Math.min(...ys)), cut.y0); y <= Math.min(Math.max(...ys), cut.y1 - 1); y++)
      for (let x = Math.max(Math.ceil(Math.min(...xs)), cut.x0); x <= Math.min(Math.max(...xs), cut.x1 - 1); x++) {
        const px = x - a[0], py = y - a[1];
        const second = (px * (c[1] - a[1]) - (c[0] - a[0]) * py) / area, third = ((b[0] - a[0]) * py - px * (b[1] - a[1])) / area;
        const weights = [1 - second - third, second, third];
        if (Math.min(...weights) < -1e-9) continue;
        const at = (y - cut.y0) * width + x - cut.x0;
        const far = weights.reduce((sum, w, i) => sum + w * face.depth[numbers[i]], 0);
        if (far >= nearest[at]) continue;
        nearest[at] = far;
        const [u, v] = [0, 1].map((k) => clip(weights.reduce((sum, w, i) => sum + w * mesh.uv[numbers[i]][k], 0) * side - 0.5, 0, side - 1));
        const i = Math.min(Math.floor(u), side - 2), j = Math.min(Math.floor(v), side - 2), m = (r, s) => painted.levels[r * side + s] / 255;
        const upper = m(j, i) * (1 - u + i) + m(j, i + 1) * (u - i), lower = m(j + 1, i) * (1 - u + i) + m(j + 1, i + 1) * (u - i);
        out[at] = gain(triangle) * (upper * (1 - v + j) + lower * (v - j));
      }
  });
  return out;
}

function openness(face, numbers) {
  const [inner, lower, outer, upper] = [0, 4, 8, 12].map((i) => face.points[numbers[i]]);
  const apart = (p, q) => Math.hypot(p[0] - q[0], p[1] - q[1]);
  return apart(upper, lower) / Math.max(apart(inner, outer), 1e-6);
}

function fade(face, side, { look, regions }) {
  const t = clip((openness(face, regions[`eye_${side}`]) - look.lid.open) / (look.lid.wide - look.lid.open), 0, 1);
  return 1 - (1 - look.lid.least) * t * t * (3 - 2 * t);
}

function region(kind, face, width, height, bundle) {
  const { regions, look, mesh } = bundle, steps = look.outline_steps;
  const at = (name) => regions[name].map((i) => face.points[i]);
  if (kind === "lipstick") {
    const outer = smooth(at("lips_outer"), steps), inner = smooth(at("lips_inner"), steps), half = outer.length / 2;
    const part = (curve, from) => Array.from({ length: half + 1 }, (_, i) => curve[(from + i) % curve.length]);
    const cut = box([...outer, ...inner], 1, width, height);
    const [lower, upper] = [0, half].map((from) => coverage([...part(outer, from), ...part(inner, from).reverse()], cut));
    const mask = lower.map((c, i) => Math.min(c + upper[i], 1));
    return { cut, mask, core: look.core, beside: "around_mouth" };
  }
  const sides = ["right", "left"];
  const name = kind === "blush" ? "cheek" : "lid";
  const cut = box(sides.flatMap((side) => at(`${name}_${side}`)), 1, width, height);
  if (kind === "blush")
    return { cut, mask: onPicture(bundle.blush, face, () => 1, cut, mesh), core: look.soft_core, beside: "cheeks" };
  const fades = sides.map((side) => fade(face, side, bundle));
  const right = (triangle) => mesh.triangles[triangle].reduce((sum, i) => sum + mesh.uv[i][0], 0) / 3 < 0.5;
  const mask = onPicture(bundle.eyeshadow, face, (triangle) => fades[right(triangle) ? 0 : 1], cut, mesh);
  for (const side of sides) coverage(smooth(at(`eye_${side}`), steps), cut).forEach((eye, i) => (mask[i] *= 1 - eye));
  return { cut, mask, core: look.soft_core, beside: "under_eyes" };
}

// Statistics -------------------------------------------------------------------------------------------------------------------

const pixel = (picture, x, y) => [0, 1, 2].map((c) => DECODE[picture.data[4 * (y * picture.width + x) + c]]);

function skinColour(picture, face, ring, { regions, look }) {
  const a = face.points[regions.eye_left[8]], b = face.points[regions.eye_right[0]];
  const half = Math.max(Math.floor(look.light.patch * Math.hypot(a[0] - b[0], a[1] - b[1]) + 0.5), 1), colours = [];
  for (const i of regions[ring]) {
    const x = Math.floor(face.points[i][0] + 0.5), y = Math.floor(face.points[i][1] + 0.5);
    if (x < 0 || y < 0 || x >= picture.width || y >= picture.height) continue;
    for (let row = Math.max(y - half, 0); row <= Math.min(y + half, picture.height - 1); row++)
      for (let column = Math.max(x - half, 0); column <= Math.min(x + half, picture.width - 1); column++) colours.push(pixel(picture, column, row));
  }
  return colours.length ? medians(colours) : null;
}

function redness(colour, white) {
  const all = luminance(white);
  return Math.max((colour[0] * all) / white[0] - (colour[2] * all) / white[2], 1e-4);
}

function faceLight(picture, face, bundle) {
  const { look, regions } = bundle, constants = look.light, whites = [], below = [];
  for (const side of ["right", "left"]) {
    const skin = skinColour(picture, face, `under_eye_${side}`, bundle);
    if (skin) below.push(skin);
    const outline = smooth(regions[`eye_${side}`].map((i) => face.points[i]), look.outline_steps);
    const cut = box(outline, 1, picture.width, picture.height);
    if (!cut || openness(face, regions[`eye_${side}`]) < constants.narrow.shut) continue;
    const [centre, ...rim] = regions[`iris_${side}`].map((i) => face.points[i]);
    const radius = rim.reduce((sum, p) => sum + Math.hypot(p[0] - centre[0], p[1] - centre[1]), 0) / rim.length;
    const covered = coverage(outline, cut), seen = [];
    covered.forEach((share, i) => {
      const x = cut.x0 + (i % (cut.x1 - cut.x0)), y = cut.y0 + Math.floor(i / (cut.x1 - cut.x0));
      if (share === 1 && Math.hypot(x - centre[0], y - centre[1]) > constants.iris * radius) seen.push(pixel(picture, x, y));
    });
    if (seen.length < constants.fewest) continue;
    seen.sort((p, q) => luminance(q) - luminance(p));
    const brightest = medians(seen.slice(0, Math.ceil(constants.brightest * seen.length)));
    whites.push(brightest.map((v, c) => v / (constants.sclera[c] * constants.between_lids)));
  }
  const mean = (colours) => [0, 1, 2].map((c) => colours.reduce((sum, colour) => sum + colour[c], 0) / colours.length);
  const white = mean(whites), sides = below.map((skin) => redness(skin, white)), middle = sides.reduce((a, b) => a + b) / sides.length;
  const open = ["right", "left"].map((side) => openness(face, regions[`eye_${side}`]));
  const narrow = Math.max(constants.narrow.below - (open[0] + open[1]) / 2, 0);
  const lit = white.map((v) => (v * Math.exp(constants.narrow.shade * narrow) * middle) / Math.max(...sides));
  const more = Math.max(1, luminance(mean(below)) / constants.fairest / luminance(lit));
  return { white: lit.map((v) => v * more), skin: middle };
}

function stats(picture, where, layer, face, light, bundle) {
  const { brdf, light: constants } = bundle.look, width = where.cut.x1 - where.cut.x0;
  const apart = Math.log(redness(skinColour(picture, face, where.beside, bundle), light.white) / light.skin);
  const moved = Math.exp(Math.sign(apart) * Math.max(Math.abs(apart) - constants.alike, 0));
  const core = [], least = where.core * where.mask.reduce((a, b) => Math.max(a, b), 0);
  where.mask.forEach((share, i) => {
    if (share > least) core.push(luminance(pixel(picture, where.cut.x0 + (i % width), where.cut.y0 + Math.floor(i / width))));
  });
  core.sort((a, b) => a - b);
  const middle = median(core);
  const [low, high] = brdf.gloss_quantiles.map((share) => core[Math.floor(share * (core.length - 1))] / middle);
  const made = luminance(layer.albedo.map((v, c) => v * light.white[c] * moved));
  return {
    even: made > 0 ? Math.max(1 - middle / made, 0) : 0,
    light: light.white.map((v) => v * moved), middle, albedo: layer.albedo, coverage: layer.coverage, shine_from: brdf.shine_from,
    gloss_from: low, gloss_over: Math.max(high - low, brdf.gloss_least), ...brdf.finish[layer.finish],
  };
}

// Pixels -----------------------------------------------------------------------------------------------------------------------

const VERTEX = `#version 300 es
void main() { gl_Position = vec4(vec2(gl_VertexID % 2, gl_VertexID / 2) * 4.0 - 1.0, 0.0, 1.0); }`;
const FRAGMENT = `#version 300 es
precision highp float;
uniform sampler2D picture, mask;
uniform vec3 light, albedo;
uniform float middle, coverage, shine_from, shine, sheen, gloss, gloss_from, gloss_over, even, around[7];
out vec4 colour;
const vec3 LUMINANCE = vec3(0.2126, 0.7152, 0.0722);
vec3 decode(vec3 v) { return mix(pow((v + 0.055) / 1.055, vec3(2.4)), v / 12.92, vec3(lessThanEqual(v, vec3(0.04045)))); }
vec3 encode(vec3 v) { return mix(1.055 * pow(v, vec3(1.0 / 2.4)) - 0.055, v * 12.92, vec3(lessThanEqual(v, vec3(0.0031308)))); }
void main() {
  ivec2 at = ivec2(gl_FragCoord.xy);
  vec3 bare = decode(texelFetch(picture, at, 0).rgb);
  float own = dot(bare, LUMINANCE);
  vec2 sums = vec2(0.0);
  for (int j = 0; j < 7; j++) for (int i = 0; i < 7; i++) {
    ivec2 there = at + ivec2(i, j) - 3;
    if (any(lessThan(there, ivec2(0))) || any(greaterThanEqual(there, textureSize(mask, 0)))) continue;
    float weight = around[i] * around[j] * texelFetch(mask, there, 0).r;
    sums += weight * vec2(dot(decode(texelFetch(picture, there, 0).rgb), LUMINANCE), 1.0);
  }
  if (even > 0.0 && sums.y > 0.0) own += even * (sums.x / max(sums.y, 1e-6) - own);
  float shade = own / middle, diffuse = min(shade, shine_from);
  float lobe = clamp((shade - gloss_from) / gloss_over, 0.0, 1.0);
  float mirrored = (shade - diffuse) * shine * middle / dot(light, LUMINANCE) + sheen * diffuse + gloss * lobe * lobe;
  vec3 made = light * (albedo * diffuse + mirrored);
  float share = texelFetch(mask, at, 0).r * coverage;
  colour = vec4(floor(encode(clamp(bare + share * (made - bare), 0.0, 1.0)) * 255.0 + 0.5) / 255.0, 1.0);
}`;

function painter(width, height) {
  const gl = new OffscreenCanvas(width, height).getContext("webgl2", { antialias: false, premultipliedAlpha: false });
  if (!gl) throw new Error("no WebGL 2");
  const program = gl.createProgram();
  for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  gl.viewport(0, 0, width, height);
  ["picture", "mask"].forEach((name, unit) => {
    gl.activeTexture(gl.TEXTURE0 + unit);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.uniform1i(gl.getUniformLocation(program, name), unit);
  });
  return (picture, where, uniforms) => {
    const whole = new Float32Array(width * height), columns = where.cut.x1 - where.cut.x0;
    where.mask.forEach((share, i) => (whole[(where.cut.y0 + Math.floor(i / columns)) * width + where.cut.x0 + (i % columns)] = share));
    gl.activeTexture(gl.TEXTURE0);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA8, width, height, 0, gl.RGBA, gl.UNSIGNED_BYTE, picture.data);
    gl.activeTexture(gl.TEXTURE1);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.R32F, width, height, 0, gl.RED, gl.FLOAT, whole);
    for (const [name, value] of Object.entries(uniforms)) {
      const place = gl.getUniformLocation(program, name);
      if (name === "around") gl.uniform1fv(place, value);
      else if (Array.isArray(value)) gl.uniform3fv(place, value);
      else gl.uniform1f(place, value);
    }
    gl.drawArrays(gl.TRIANGLES, 0, 3);
    const data = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, data);
    return { ...picture, data };
  };
}

const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

async function levels(base64) {
  const bitmap = await createImageBitmap(new Blob([bytes(base64)], { type: "image/png" }), { colorSpaceConversion: "none" });
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
  canvas.drawImage(bitmap, 0, 0);
  const { data } = canvas.getImageData(0, 0, bitmap.width, bitmap.height);
  return { side: bitmap.width, levels: data.filter((_, i) => i % 4 === 0) };
}

async function wear(vector, files) {
  const bundle = { regions: files.regions, look: files.look, mesh: files.mesh, eyeshadow: await levels(files.eyeshadow), blush: await levels(files.blush) };
  const rgb = bytes(vector.pixels), { width_px: width, height_px: height } = vector, data = new Uint8Array(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++) data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
  const face = { points: vector.points_px, depth: vector.depth_px };
  let picture = { width, height, data };
  const light = faceLight(picture, face, bundle), draw = painter(width, height), layers = [];
  for (const layer of vector.layers) {
    const where = region(layer.kind, face, width, height, bundle), uniforms = stats(picture, where, layer, face, light, bundle);
    picture = draw(picture, where, { ...uniforms, around: bundle.look.brdf.around });
    layers.push({ mask_sum: where.mask.reduce((a, b) => a + b, 0), ...uniforms });
  }
  const out = picture.data.filter((_, i) => i % 4 !== 3);
  return JSON.stringify({ light, layers, pixels: btoa(Array.from(out, (v) => String.fromCharCode(v)).join("")) });
}
