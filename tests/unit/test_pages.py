"""What all pages share: plain text, the templates' set-up, the one script that may run."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import jinja2
import pytest

from govnb.pages import page_environment, plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("新收580件", "新收580件"),
        ("a\tb\nc", "a\tb\nc"),
        ("a\x00\x08\x0b\x1f\x7f\x9fb", "ab"),
        ("\u202eexe.\u2066txt\u200f", "exe.txt"),
        ("half\ud83d", "half"),
    ],
)
def test_foreign_text_keeps_its_words_and_loses_what_is_no_text(text: str, shown: str) -> None:
    assert plain(text) == shown


def test_values_are_escaped_and_made_plain_and_an_unknown_name_is_an_error() -> None:
    environment = page_environment("govnb.site")
    assert environment.from_string("{{ name }}").render(name="<b>\u202e") == "&lt;b&gt;"
    with pytest.raises(jinja2.UndefinedError):
        environment.from_string("{{ nobody }}").render()


def test_the_policy_names_the_very_script_that_the_page_holds() -> None:
    values = page_environment("govnb.site", script="site.js").globals
    assert isinstance(values["script"], str)
    assert values["script_hash"] == base64.b64encode(hashlib.sha256(values["script"].encode()).digest()).decode()


def test_templates_speak_another_script_where_asked() -> None:
    environment = page_environment("govnb.render", words=lambda text: text.replace("审核页", "審核頁"))
    source, _, _ = environment.loader.get_source(environment, "review.html.j2")  # type: ignore[union-attr]
    assert "審核頁" in source
    assert "审核页" not in source


# Contrast. axe-core can't judge a text on a ground that is drawn, such as that of a table that scrolls.

STYLES = ("audit/result", "comparing/diff", "render/report", "render/review", "site/site")
PAIRS = [(one, other) for one in ("ink", "soft") for other in ("paper", "head")]
PAIRS += [("link", "paper"), ("badline", "bad"), ("warnline", "warn"), ("infoline", "info"), ("goodline", "good")]
PAIRS += [("goneline", "gone"), ("comeline", "come"), ("ink", "fill")]


def channels(colour: str, ground: str) -> list[float]:
    """Red, green and blue, 0 to 1, of ``#rgb``, ``#rrggbb`` or ``#rrggbbaa`` on a ground."""
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    found = [int(digits[at : at + 2], 16) / 255 for at in range(0, len(digits), 2)]
    if len(found) == 3:
        return found
    return [
        found[3] * own + (1 - found[3]) * below for own, below in zip(found, channels(ground, ground), strict=False)
    ]


def luminance(colour: str, ground: str) -> float:
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels(colour, ground)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("style", STYLES)
def test_colours_have_the_contrast_of_wcag_aa_in_both_modes(style: str, repository: Path) -> None:
    folder, name = style.split("/")
    css = repository.joinpath(f"govnb/{folder}/templates/{name}.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root\{([^}]*--[^}]*)\}", css)[:2]  # light and dark; paper comes after
    modes = [dict(re.findall(r"--(\w+):(#\w+)", block)) for block in blocks]
    assert len(modes) == 2
    judged = 0
    for mode in modes:
        for one, other in PAIRS:
            if one in mode and other in mode:
                both = sorted((luminance(mode[name], mode["paper"]) for name in (one, other)), reverse=True)
                assert (both[0] + 0.05) / (both[1] + 0.05) >= 4.5, (one, other)
                judged += 1
    assert judged >= 2 * 5
