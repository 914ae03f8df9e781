"""The packaged fonts: Noto Serif SC and Noto Sans SC (SIL Open Font License 1.1), the same bytes on every machine.

They come with the wheel ``pylopdf-fonts-zh-cn``. Fonts of the machine are never looked at, since they would change the
bytes of the output.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

SERIF = "Noto Serif SC"
SANS = "Noto Sans SC"
_PACKAGE = "pylopdf_fonts_zh_cn"


def font_folder() -> Path:
    """The folder that holds the two font files."""
    return Path(str(resources.files(_PACKAGE)))


def sans_file() -> Path:
    return font_folder() / "NotoSansSC-Regular.otf"


def serif_file() -> Path:
    return font_folder() / "NotoSerifSC-Regular.otf"
