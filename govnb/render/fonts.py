"""Fonts of the PDF: the packaged Noto Serif/Sans SC, a workspace's own ``fonts/`` before them, Noto Serif JP behind.

System fonts are never used: the same inputs must give the same bytes on every machine. A character that no font has is
an error that names it, never an empty box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from govnb.errors import Place, Problem, ReportError, Text
from govnb.fonts import SANS, SERIF, sans_file, serif_file

# Rare characters of names that the Chinese fonts lack (𠮷). A report that has none of them keeps its bytes without it.
RARE_PACKAGE = "pylopdf_fonts_jp"
RARE = ("Noto Serif JP", "Noto Sans JP")
SUFFIXES = (".ttf", ".otf", ".ttc", ".otc")

# What GB/T 9704-2012 asks for, by the names that such fonts carry, then what we always have.
ROLES: Mapping[str, tuple[str, ...]] = {
    "body": ("FangSong_GB2312", "FangSong", "STFangsong", "FandolFang R", SERIF),  # 仿宋
    "heading": ("SimHei", "STHeiti", SANS),  # 黑体
    "part": ("KaiTi_GB2312", "KaiTi", "STKaiti", "LXGW WenKai", SERIF),  # 楷体
    "title": ("FZXiaoBiaoSong-B05S", SERIF),  # 小标宋
    "table": ("SimSun", "STSong", SERIF),  # 宋体
}
# Never need a glyph: Typst sets no mark for them.
_SILENT = frozenset("\n\r\t\u200b\u200c\u200d\u2060\ufeff")


@dataclass(frozen=True, eq=False)
class FontBook:
    """``handle`` is the compiler's set of fonts; ``coverage`` the characters of each family."""

    handle: Any
    coverage: Mapping[str, frozenset[int]]
    extra: tuple[str, ...]

    def chain(self, role: str, text: str = "") -> list[str]:
        """Families for a role, best first; one that covers the whole ``text`` comes before one that would patch it."""
        known = [family for family in (*ROLES[role], *self.extra) if family in self.coverage]
        families = list(dict.fromkeys([*known, SERIF, SANS]))
        rare = [family for family in RARE if family in self.coverage]
        wanted = {ord(char) for char in text if char not in _SILENT}
        whole = [family for family in families if wanted <= self.coverage[family]]
        return list(dict.fromkeys([*whole[:1], *families, *rare]))

    def missing(self, text: str) -> list[str]:
        """Characters of ``text`` that no font has, in order."""
        everything = self._everything()
        return [char for char in dict.fromkeys(text) if char not in _SILENT and ord(char) not in everything]

    def _everything(self) -> frozenset[int]:
        return _union(tuple(self.coverage.values()))


@cache
def _union(sets: tuple[frozenset[int], ...]) -> frozenset[int]:
    return frozenset().union(*sets)


def read_fonts(folder: Path | None) -> FontBook:
    """Packaged fonts and those of ``folder``; read once a process for each state of the folder."""
    if folder is None or not folder.is_dir():
        return _read_fonts(None, ())
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return _read_fonts(str(folder), tuple((str(path), path.stat().st_mtime_ns) for path in files))


@cache
def _read_fonts(folder: str | None, state: tuple[tuple[str, int], ...]) -> FontBook:
    """``state`` only tells one content of the folder from another; Typst looks through whole folders."""
    import typst

    folders = list(dict.fromkeys(str(path.parent) for path in packaged_fonts()))
    if folder is not None and state:
        folders.insert(0, folder)
    handle = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=folders)
    coverage: dict[str, frozenset[int]] = {}
    for font in sorted(handle.fonts(), key=lambda font: (font.family, font.path or "", font.index)):
        if font.path is not None:
            characters = _characters(Path(font.path), font.index)
            coverage[font.family] = coverage.get(font.family, frozenset()) | characters
    extra = tuple(family for family in coverage if family not in (SERIF, SANS, *RARE))
    return FontBook(handle, coverage, extra)


@cache
def packaged_fonts() -> tuple[Path, ...]:
    """Files of the font packages, Chinese first; ReportError where those are not installed whole."""
    found: tuple[Path, ...]
    try:
        found = (sans_file(), serif_file())
    except ModuleNotFoundError:
        found = ()
    if not found or not all(path.is_file() for path in found):
        raise ReportError(
            Problem(
                Place(),
                Text("没有找到中文字体", "the Chinese fonts are missing"),
                Text("请重新安装：pip install pylopdf-fonts-zh-cn", "Install them: pip install pylopdf-fonts-zh-cn"),
                "render.fonts",
            )
        )
    return found + _rare_files()


def _rare_files() -> tuple[Path, ...]:
    try:
        folder = Path(str(resources.files(RARE_PACKAGE)))
    except ModuleNotFoundError:
        return ()
    return tuple(sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES))


@cache
def _characters(path: Path, index: int) -> frozenset[int]:
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(path, fontNumber=index, lazy=True) as font:
        # The names of glyphs, which nobody asks for here, take longer to read than all else.
        font.setGlyphOrder([""] * font["maxp"].numGlyphs)
        return frozenset(font.getBestCmap())


def refuse_missing(book: FontBook, texts: Iterable[tuple[str, str]]) -> None:
    """ReportError with each character that can't be printed and the first heading that it stands under."""
    first: dict[str, str] = {}
    for heading, text in texts:
        for char in book.missing(text):
            first.setdefault(char, heading)
    if first:
        raise ReportError(_no_glyph(char, heading) for char, heading in first.items())


def _no_glyph(char: str, heading: str) -> Problem:
    code = f"U+{ord(char):04X}"
    where = Text(f"“{heading}”中的", f" under “{heading}”") if heading else Text("标题中的", " in the title")
    return Problem(
        Place(),
        Text(f"{where.zh}字符“{char}”（{code}）没有字体可印", f"no font has the character “{char}” ({code}){where.en}"),
        Text("请把含有此字的字体文件放进工作区的 fonts/", "Put a font file that has it into the workspace's fonts/"),
        "render.glyph",
    )
