"""What all pages share: plain text, the templates' set-up, the one script that may run."""

from __future__ import annotations

import base64
import hashlib

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
