"""Shader programs: the files of ``shaders/`` with defines in front, compiled once per combination."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_INCLUDE = re.compile(r'^#include "([\w.]+)"$', re.MULTILINE)
_FOLDER = files("arviz.render.gl") / "shaders"


@cache
def _text(name: str) -> str:
    return _INCLUDE.sub(lambda match: _text(match[1]), (_FOLDER / name).read_text("utf-8"))


def source(name: str, defines: Mapping[str, str]) -> str:
    """Return the GLSL text of a file with its includes and with `defines` in front."""
    text = _text(name)
    head = "".join(f"#define {key} {value}\n" for key, value in sorted(defines.items()))
    return f"#version 330 core\n{head}{text}"


def uv_defines(sets: tuple[int, ...]) -> dict[str, str]:
    """Return the defines that feed UV channel i from the attribute ``TEXCOORD_{sets[i]}``."""
    inputs = " ".join(f"in vec2 in_uv{index};" for index in sorted(set(sets)))
    assign = " ".join(f"v_uv[{i}] = uv_matrix[{i}] * vec3(in_uv{index}, 1.0);" for i, index in enumerate(sets))
    return {"UV_CHANNELS": str(len(sets)), "UV_INPUTS": inputs, "UV_ASSIGN": assign}


class Programs:
    """Compiled programs by (shader name, defines)."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._known: dict[tuple[str, frozenset[tuple[str, str]]], Any] = {}

    def get(self, name: str, defines: Mapping[str, str]) -> Any:
        """Return the ``moderngl.Program`` of ``{name}.vert`` and ``{name}.frag``."""
        key = (name, frozenset(defines.items()))
        program = self._known.get(key)
        if program is None:
            program = self._context.program(vertex_shader=source(f"{name}.vert", defines), fragment_shader=source(f"{name}.frag", defines))
            self._known[key] = program
        return program
