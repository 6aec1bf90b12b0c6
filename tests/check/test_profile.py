"""Profiles: what ships is well formed and sourced; rules hold exactly at their limits; advisory rules never fail."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arviz.check.profile import check_profile
from arviz.check.profile_file import ADVISORY_CLASSES, FACTS, OPS, load_profile, profile_names
from arviz.check.profile_rules import Profile, Rule, RuleSource
from arviz.core.facts import FileFacts, TextureFacts

PLATFORM = RuleSource(title="its own page", url="https://example.org/rules", read="2026-11", kind="platform")
SMALL = FileFacts(bytes=1000, container="glb", triangles=12, draw_calls=1, materials=1, animation_s=0.0)


def _texture(width, height, mime="image/jpeg"):
    return TextureFacts(name="wood", mime=mime, width_px=width, height_px=height, bytes=1, usage="colour")


def _profile(fact, op, value, severity="error", kind="platform"):
    rule = Rule(fact=fact, op=op, value=value, severity=severity, source=replace(PLATFORM, kind=kind))
    return Profile(name="shop", title="Shop", rules=(rule,))


def _codes(facts, profile):
    return [finding.code for finding in check_profile(facts, profile).findings]


def test_the_six_profiles_ship():
    assert set(profile_names()) == {"khronos-mobile-ar", "khronos-web", "google-merchant", "apple-quick-look", "shopify", "amazon"}


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_rule_says_where_and_when_it_was_read(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.rules
    for rule in profile.rules:
        assert rule.source.title
        assert rule.source.url.startswith(("https://", "http://"))
        assert rule.source.read == "2026-11"


# Where the numbers stand: the published rules, read in November 2026. (fits, breaks, code)
LIMITS = [
    ("khronos-mobile-ar", {"bytes": 3_000_000}, {"bytes": 3_000_001}, "E_PROFILE_BYTES"),
    ("khronos-mobile-ar", {"triangles": 100_000}, {"triangles": 150_001}, "E_PROFILE_TRIANGLES"),
    ("khronos-mobile-ar", {"draw_calls": 19}, {"draw_calls": 20}, "W_PROFILE_DRAW_CALLS"),
    ("khronos-mobile-ar", {"draw_calls": 19}, {"draw_calls": 501}, "E_PROFILE_DRAW_CALLS"),
    ("khronos-web", {"triangles": 250_000}, {"triangles": 250_001}, "E_PROFILE_TRIANGLES"),
    ("khronos-web", {"draw_calls": 99}, {"draw_calls": 801}, "E_PROFILE_DRAW_CALLS"),
    ("google-merchant", {"bytes": 10_000_000}, {"bytes": 15_000_001}, "E_PROFILE_BYTES"),
    ("google-merchant", {"bytes": 10_000_000}, {"bytes": 10_000_001}, "W_PROFILE_BYTES"),
    ("google-merchant", {"textures": (_texture(2048, 512),)}, {"textures": (_texture(4096, 64),)}, "E_PROFILE_TEXTURE_MAX_PX"),
    ("google-merchant", {"container": "gltf"}, {"container": "usdz"}, "E_PROFILE_CONTAINER"),
    ("shopify", {"bytes": 14_999_999}, {"bytes": 500_000_000}, "E_PROFILE_BYTES"),
    ("shopify", {"materials": 1}, {"materials": 2}, "E_PROFILE_MATERIALS"),
    ("shopify", {"triangles": 100_000}, {"triangles": 100_001}, "W_PROFILE_TRIANGLES"),
    ("amazon", {"triangles": 149_999}, {"triangles": 150_000}, "W_PROFILE_TRIANGLES"),
    ("amazon", {"textures": (_texture(2048, 4096),)}, {"textures": (_texture(2048, 4097),)}, "W_PROFILE_TEXTURE_MAX_PX"),
    ("apple-quick-look", {"container": "usdz", "animation_s": 10.0}, {"animation_s": 10.5}, "W_PROFILE_ANIMATION_S"),
    ("apple-quick-look", {"container": "usdz"}, {"zip_aligned": False}, "W_PROFILE_ZIP_ALIGNED"),
]


@pytest.mark.parametrize(("name", "fits", "breaks", "code"), LIMITS)
def test_limits_hold_exactly_where_they_are_published(name, fits, breaks, code):
    profile = load_profile(name)
    fine = {c for c in _codes(replace(SMALL, **fits), profile) if not c.startswith("I_")}
    broken = {c for c in _codes(replace(SMALL, **fits | breaks), profile) if not c.startswith("I_")}
    assert code in broken
    assert code not in fine
    assert check_profile(replace(SMALL, **fits), profile).ok


@pytest.mark.parametrize("name", profile_names())
def test_rules_that_are_not_the_platforms_own_never_fail(name):
    profile = load_profile(name)
    others = replace(profile, rules=tuple(rule for rule in profile.rules if rule.source.kind in ADVISORY_CLASSES))
    worst = replace(
        SMALL, bytes=10**12, container="exe", triangles=10**9, draw_calls=10**6, materials=99, animation_s=1e6, base_y_m=9.0,
        textures=(_texture(1, 9999, "image/gif"),), zip_stored=False, zip_aligned=False, usd_layers=7, root_layer="txt",
        size_deviation_percent=50.0,
    )  # fmt: skip
    report = check_profile(worst, others)
    assert report.ok
    assert all(finding.message.startswith("advisory: ") for finding in report.findings)
    assert len(report.findings) == len(others.rules) - sum(r.op == "min" and r.fact == "base_y_m" for r in others.rules)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_numbers_are_compared_as_written(value, limit):
    facts = replace(SMALL, triangles=value)
    assert bool(_codes(facts, _profile("triangles", "max", limit))) == (value > limit)
    assert bool(_codes(facts, _profile("triangles", "below", limit))) == (value >= limit)
    assert bool(_codes(facts, _profile("triangles", "min", limit))) == (value < limit)
    assert bool(_codes(facts, _profile("triangles", "equals", limit))) == (value != limit)


@given(st.integers(1, 8192), st.integers(1, 8192))
def test_powers_of_two(width, height):
    odd = bin(width).count("1") != 1 or bin(height).count("1") != 1
    assert bool(_codes(replace(SMALL, textures=(_texture(width, height),)), _profile("textures", "power_of_two", None))) == odd


def test_names_are_required_and_forbidden():
    facts = replace(SMALL, extensions_used=("KHR_draco_mesh_compression", "KHR_materials_sheen"))
    assert _codes(facts, _profile("extensions_used", "forbidden", ["KHR_draco_mesh_compression"])) == ["E_PROFILE_EXTENSIONS_USED"]
    assert _codes(facts, _profile("extensions_used", "forbidden", "KHR_materials_volume")) == []
    assert _codes(facts, _profile("extensions_used", "required", ["KHR_materials_sheen"])) == []
    assert _codes(facts, _profile("extensions_used", "required", ["KHR_materials_variants"])) == ["E_PROFILE_EXTENSIONS_USED"]
    assert _codes(facts, _profile("extensions_required", "forbidden", None)) == []


def test_a_finding_gives_value_limit_platform_source_and_cure():
    (finding,) = check_profile(replace(SMALL, bytes=16_000_000), load_profile("google-merchant")).errors
    for part in ("16.00 MB", "at most 15.00 MB", "Google Merchant Center", "source: Google Merchant Center help"):
        assert part in finding.message
    assert finding.hint
    (finding,) = check_profile(replace(SMALL, textures=(_texture(4096, 8),)), load_profile("google-merchant")).errors
    assert "'wood' 4096 x 8" in finding.message


def test_unknown_facts_are_listed_not_passed_over():
    report = check_profile(FileFacts(bytes=1, container="usdz"), load_profile("khronos-mobile-ar"))
    (finding,) = report.findings
    assert finding.code == "I_PROFILE_NOT_CHECKED"
    assert "triangles" in finding.message
    assert report.ok


def test_every_op_and_fact_of_the_shipped_profiles_is_known():
    rules = [rule for name in profile_names() for rule in load_profile(name).rules]
    assert {rule.op for rule in rules} <= set(OPS)
    assert {rule.fact for rule in rules} <= set(FACTS)
