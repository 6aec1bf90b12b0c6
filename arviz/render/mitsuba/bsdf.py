"""The glTF surface model as a Mitsuba BSDF: the same lobes as the real-time shaders, here under exact light.

Mitsuba's ``principled`` is Disney's model: its diffuse lobe sends back more than it gets at grazing angles, its sheen and
clearcoat have other shapes. Formulas: glTF 2.0 appendix B; KHR_materials_specular, _sheen, _clearcoat, _anisotropy,
_iridescence, _transmission. Energy that rough metals lose between facets is given back after Turquin 2019 ("Practical multiple
scattering compensation for microfacet models").
"""

from __future__ import annotations

from typing import Any

import numpy as np

from arviz.core.frozen import Array
from arviz.render.mitsuba.iridescence import film_fresnel

NAME = "arviz_gltf"
_TEXTURES = (
    "base_color", "metallic", "roughness", "specular", "specular_color", "sheen_color", "sheen_roughness", "clearcoat",
    "clearcoat_roughness", "transmission", "iridescence", "iridescence_thickness_nm",
)  # fmt: skip
_SMOOTHEST = 0.03
_CELLS = 32
_SHARE_COAT, _SHARE_DIFFUSE = 0.25, 0.5


def register(mi: Any) -> None:
    """Make the BSDF known under `NAME`; call once per variant."""
    import drjit as dr

    table = single_bounce()[..., None]

    class GltfBsdf(mi.BSDF):  # type: ignore[misc]
        """Both sides look alike; parameters are textures named as in glTF, and the numbers that `__init__` reads."""

        def __init__(self, props: Any) -> None:
            mi.BSDF.__init__(self, props)
            self.textures = {name: props.get_texture(name) for name in _TEXTURES if name in props}
            ior = float(props.get("ior", 1.5))
            self.f0 = ((ior - 1) / (ior + 1)) ** 2 if ior > 0 else 1.0  # KHR_materials_ior: 0 stands for a Fresnel term of 1
            self.film_ior = float(props.get("iridescence_ior", 1.3))
            self.anisotropy = float(props.get("anisotropy", 0.0))
            self.turn = float(props.get("anisotropy_rotation", 0.0))
            both = mi.BSDFFlags.FrontSide | mi.BSDFFlags.BackSide
            self.m_components = [mi.BSDFFlags.GlossyReflection | both]
            if "transmission" in self.textures:
                self.m_components.append(mi.BSDFFlags.Null | both)
            flags = self.m_components[0]
            for component in self.m_components[1:]:
                flags = flags | component
            self.m_flags = flags
            self.once = mi.Texture2f(mi.TensorXf(table), wrap_mode=dr.WrapMode.Clamp)

        def _colour(self, name: str, si: Any, active: Any, default: float) -> Any:
            texture = self.textures.get(name)
            return mi.Color3f(default) if texture is None else dr.clip(texture.eval(si, active), 0, 1)

        def _number(self, name: str, si: Any, active: Any, default: float) -> Any:
            texture = self.textures.get(name)
            return mi.Float(default) if texture is None else dr.clip(texture.eval_1(si, active), 0, 1)

        def _lobes(self, si: Any, active: Any) -> Any:
            return _Lobes(mi, dr, self, si, active)

        def sample(self, ctx: Any, si: Any, sample1: Any, sample2: Any, active: Any) -> tuple[Any, Any]:
            lobes = self._lobes(si, active)
            flip = dr.select(si.wi.z < 0, mi.Float(-1), mi.Float(1))
            wi = mi.Vector3f(si.wi.x, si.wi.y, si.wi.z * flip)
            straight = lobes.share_through
            through = sample1 < straight
            again = dr.clip((sample1 - straight) / dr.maximum(1 - straight, 1e-6), 0, 0.999999)
            wo = lobes.sampled(wi, again, sample2)
            bs = mi.BSDFSample3f()
            wo_outer = mi.Vector3f(wo.x, wo.y, wo.z * flip)
            bs.wo = dr.select(through, -si.wi, wo_outer)
            bs.eta = mi.Float(1)
            null, glossy = mi.UInt32(int(mi.BSDFFlags.Null)), mi.UInt32(int(mi.BSDFFlags.GlossyReflection))
            bs.sampled_type = dr.select(through, null, glossy)
            bs.sampled_component = dr.select(through, mi.UInt32(len(self.m_components) - 1), mi.UInt32(0))
            pdf = lobes.pdf(wi, wo) * (1 - straight)
            value, passing = lobes.value(wi, wo), lobes.passing(wi)
            bs.pdf = dr.select(through, straight, pdf)
            good = active & (bs.pdf > 1e-9) & (through | (wo.z > 0))
            return bs, dr.select(good, dr.select(through, passing, value) / dr.maximum(bs.pdf, 1e-9), mi.Color3f(0))

        def eval(self, ctx: Any, si: Any, wo: Any, active: Any) -> Any:
            wi, wo, same = _one_side(mi, dr, si.wi, wo)
            return dr.select(active & same, self._lobes(si, active).value(wi, wo), mi.Color3f(0))

        def pdf(self, ctx: Any, si: Any, wo: Any, active: Any) -> Any:
            wi, wo, same = _one_side(mi, dr, si.wi, wo)
            lobes = self._lobes(si, active)
            return dr.select(active & same, lobes.pdf(wi, wo) * (1 - lobes.share_through), mi.Float(0))

        def eval_pdf(self, ctx: Any, si: Any, wo: Any, active: Any) -> tuple[Any, Any]:
            wi, wo, same = _one_side(mi, dr, si.wi, wo)
            lobes, good = self._lobes(si, active), active & same
            pdf = lobes.pdf(wi, wo) * (1 - lobes.share_through)
            return dr.select(good, lobes.value(wi, wo), mi.Color3f(0)), dr.select(good, pdf, mi.Float(0))

        def eval_null_transmission(self, si: Any, active: Any) -> Any:
            wi, _, _ = _one_side(mi, dr, si.wi, si.wi)
            return self._lobes(si, active).passing(wi)

        def eval_diffuse_reflectance(self, si: Any, active: Any) -> Any:
            return self._colour("base_color", si, active, 1.0)

        def traverse(self, callback: Any) -> None:
            for name, texture in self.textures.items():
                callback.put(name, texture, mi.ParamFlags.Differentiable)

        def to_string(self) -> str:
            return f"GltfBsdf[{', '.join(self.textures)}]"

    mi.register_bsdf(NAME, GltfBsdf)


def _one_side(mi: Any, dr: Any, wi: Any, wo: Any) -> tuple[Any, Any, Any]:
    flip = dr.select(wi.z < 0, mi.Float(-1), mi.Float(1))
    return mi.Vector3f(wi.x, wi.y, wi.z * flip), mi.Vector3f(wo.x, wo.y, wo.z * flip), wo.z * flip > 0


class _Lobes:
    """The model at one point; directions are on the outer side, local to the surface (z is the normal)."""

    def __init__(self, mi: Any, dr: Any, bsdf: Any, si: Any, active: Any) -> None:
        self.mi, self.dr = mi, dr
        self.once = bsdf.once
        self.base = bsdf._colour("base_color", si, active, 1.0)
        self.metallic = bsdf._number("metallic", si, active, 0.0)
        rough = dr.maximum(bsdf._number("roughness", si, active, 1.0), _SMOOTHEST)
        self.rough = rough
        self.turn = (float(np.cos(bsdf.turn)), float(np.sin(bsdf.turn)))
        alpha = rough * rough
        self.along = dr.lerp(alpha, mi.Float(1), bsdf.anisotropy**2)  # KHR_materials_anisotropy: at = mix(a, 1, strength^2)
        self.across = alpha
        weight = bsdf._number("specular", si, active, 1.0)
        tint = bsdf._colour("specular_color", si, active, 1.0)
        self.dielectric_f0 = dr.minimum(bsdf.f0 * tint, 1) * weight
        self.dielectric_f90 = weight
        self.has_film, self.film_ior = "iridescence" in bsdf.textures, bsdf.film_ior
        self.film = bsdf._number("iridescence", si, active, 0.0)
        thickness = bsdf.textures.get("iridescence_thickness_nm")
        self.film_nm = mi.Float(400) if thickness is None else thickness.eval_1(si, active)
        self.has_sheen = "sheen_color" in bsdf.textures
        self.sheen = bsdf._colour("sheen_color", si, active, 0.0)
        self.sheen_rough = dr.maximum(bsdf._number("sheen_roughness", si, active, 0.0), 0.07)
        self.has_coat = "clearcoat" in bsdf.textures
        self.coat = bsdf._number("clearcoat", si, active, 0.0)
        self.coat_alpha = dr.square(dr.maximum(bsdf._number("clearcoat_roughness", si, active, 0.0), _SMOOTHEST))
        self.through = bsdf._number("transmission", si, active, 0.0) * (1 - self.metallic)
        self.share_through = 0.8 * self.through if "transmission" in bsdf.textures else mi.Float(0)

    def value(self, wi: Any, wo: Any) -> Any:
        """Return the BRDF times the cosine of `wo`."""
        mi, dr = self.mi, self.dr
        half = dr.normalize(wi + wo)
        v_dot_h = dr.clip(dr.dot(wi, half), 0, 1)
        grazing = (1 - v_dot_h) ** 5
        lobe = self._ggx(self._turned(wi), self._turned(wo), self._turned(half), self.along, self.across)
        dielectric = self.dielectric_f0 + (self.dielectric_f90 - self.dielectric_f0) * grazing
        metal = self.base + (1 - self.base) * grazing
        if self.has_film:
            strength = dr.select(self.film_nm > 0, self.film, 0)
            dielectric = dr.lerp(dielectric, self._film(v_dot_h, self.dielectric_f0), strength)
            metal = dr.lerp(metal, self._film(v_dot_h, self.base), strength)
        once = self.once.eval(mi.Point2f(wi.z, self.rough) * (1 - 1 / _CELLS) + 0.5 / _CELLS)[0]
        lost = 1 / once - 1
        matte = self.base * (1 - self.through) / dr.pi * (1 - dr.max(dielectric))
        plain = matte + dielectric * lobe * (1 + self.dielectric_f0 * lost)
        out = dr.lerp(plain, metal * lobe * (1 + self.base * lost), self.metallic)
        if self.has_sheen:
            velvet = self._charlie(wi, wo, half)
            out = out * (1 - dr.max(self.sheen) * _sheen_albedo(dr, wi.z, self.sheen_rough)) + self.sheen * velvet
        if self.has_coat:
            coat_fresnel = self.coat * (0.04 + 0.96 * (1 - dr.clip(wi.z, 0, 1)) ** 5)
            gloss = self._ggx(wi, wo, half, self.coat_alpha, self.coat_alpha)
            out = out * (1 - coat_fresnel) + self.coat * (0.04 + 0.96 * grazing) * gloss
        return dr.select((wi.z > 0) & (wo.z > 0), out * wo.z, mi.Color3f(0))

    def passing(self, wi: Any) -> Any:
        """Return the share of each colour that goes straight through a thin pane."""
        cosine = self.dr.clip(wi.z, 0, 1)
        fresnel = self.dielectric_f0 + (self.dielectric_f90 - self.dielectric_f0) * (1 - cosine) ** 5
        if self.has_film:
            fresnel = self.dr.lerp(fresnel, self._film(cosine, self.dielectric_f0), self.film)
        return self.through * self.base * (1 - self.dr.max(fresnel))

    def sampled(self, wi: Any, sample1: Any, sample2: Any) -> Any:
        """Return a direction: matte, the main gloss or the coat's."""
        mi, dr = self.mi, self.dr
        matte, coat = self._shares()
        half = self._back(self._distribution(self.along, self.across).sample(self._turned(wi), sample2)[0])
        half_coat = self._distribution(self.coat_alpha, self.coat_alpha).sample(wi, sample2)[0]
        glossy = mi.reflect(wi, dr.select(sample1 > 1 - coat, half_coat, half))
        return dr.select(sample1 < matte, mi.warp.square_to_cosine_hemisphere(sample2), glossy)

    def pdf(self, wi: Any, wo: Any) -> Any:
        """Return the density of `sampled` per solid angle."""
        mi, dr = self.mi, self.dr
        matte, coat = self._shares()
        half = dr.normalize(wi + wo)
        jacobian = 1 / dr.maximum(4 * dr.abs(dr.dot(wo, half)), 1e-6)
        gloss = self._distribution(self.along, self.across).pdf(self._turned(wi), self._turned(half)) * jacobian
        out = matte * mi.warp.square_to_cosine_hemisphere_pdf(wo) + (1 - matte - coat) * gloss
        if self.has_coat:
            out += coat * self._distribution(self.coat_alpha, self.coat_alpha).pdf(wi, half) * jacobian
        return dr.select((wi.z > 0) & (wo.z > 0), out, mi.Float(0))

    def _film(self, cosine: Any, f0: Any) -> Any:
        return film_fresnel(self.mi, self.dr, ior=self.film_ior, thickness_nm=self.film_nm, cosine=cosine, f0=f0)

    def _shares(self) -> tuple[Any, Any]:
        matte = _SHARE_DIFFUSE * (1 - 0.8 * self.metallic)
        return matte, self.coat * _SHARE_COAT if self.has_coat else self.mi.Float(0)

    def _distribution(self, along: Any, across: Any) -> Any:
        return self.mi.MicrofacetDistribution(self.mi.MicrofacetType.GGX, along, across, True)

    def _turned(self, v: Any) -> Any:
        c, s = self.turn
        return self.mi.Vector3f(c * v.x + s * v.y, c * v.y - s * v.x, v.z)

    def _back(self, v: Any) -> Any:
        c, s = self.turn
        return self.mi.Vector3f(c * v.x - s * v.y, c * v.y + s * v.x, v.z)

    def _ggx(self, wi: Any, wo: Any, half: Any, along: Any, across: Any) -> Any:
        """Return D V, height-correlated (Heitz 2014), of the anisotropic GGX lobe."""
        dr = self.dr
        d = dr.square(half.x / along) + dr.square(half.y / across) + dr.square(half.z)
        density = 1 / (dr.pi * along * across * dr.square(d))
        lit = wi.z * dr.norm(self.mi.Vector3f(along * wo.x, across * wo.y, wo.z))
        seen = wo.z * dr.norm(self.mi.Vector3f(along * wi.x, across * wi.y, wi.z))
        return density * 0.5 / dr.maximum(lit + seen, 1e-7)

    def _charlie(self, wi: Any, wo: Any, half: Any) -> Any:
        dr = self.dr
        inverse = 1 / dr.square(self.sheen_rough)
        sine = dr.safe_sqrt(1 - dr.square(half.z))
        density = (2 + inverse) * dr.power(dr.maximum(sine, 1e-4), inverse) / (2 * dr.pi)
        return density / dr.maximum(4 * (wi.z + wo.z - wi.z * wo.z), 1e-4)


def single_bounce(size: int = _CELLS, steps: int = 128) -> Array:
    """Return (roughness, cosine) float32: what a mirror-like facet surface sends back in one bounce, height-correlated GGX.

    Midpoint integration over visible half vectors; both axes run from 0 to 1. A perfectly rough surface
    seen from above sends back 1 - ln 2.
    """
    nodes = np.linspace(0, 1, size)
    u, phi = np.meshgrid((np.arange(steps) + 0.5) / steps, 2 * np.pi * (np.arange(32) + 0.5) / 32)
    out = np.empty((size, size), np.float32)
    for row, rough in enumerate(np.maximum(nodes, _SMOOTHEST)):
        alpha = rough * rough
        cosine_h = np.sqrt((1 - u) / (1 + (alpha * alpha - 1) * u))  # density D cos(h)
        sine_h = np.sqrt(1 - cosine_h**2)
        for column, mu in enumerate(np.maximum(nodes, 1e-3)):
            v_dot_h = np.sqrt(1 - mu * mu) * sine_h * np.cos(phi) + mu * cosine_h
            light = 2 * v_dot_h * cosine_h - mu
            good = (light > 0) & (v_dot_h > 0)
            light = np.where(good, light, 1)
            shade = light * np.sqrt(alpha**2 + (1 - alpha**2) * mu**2) + mu * np.sqrt(alpha**2 + (1 - alpha**2) * light**2)
            # f cos / pdf = D V l / (D h / (4 v.h)), V = 1 / (2 shade)
            out[row, column] = np.where(good, 2 * light * v_dot_h / (shade * cosine_h), 0).mean()
    return out


def _sheen_albedo(dr: Any, cosine: Any, rough: Any) -> Any:
    """As ``sheen_albedo`` in gl/shaders/brdf.glsl."""
    s = 1 / dr.clip(rough, 0.25, 1)
    x = 1 - cosine
    c0 = -1.2866 + s * (-0.4104 + s * -0.2166)
    c1 = 0.6350 + s * (0.1380 + s * 0.5238)
    c2 = -0.4631 + s * (0.8980 + s * -0.3827)
    return dr.minimum(dr.exp(c0 + c1 * x + c2 * x * x), 1)
