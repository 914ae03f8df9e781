"""What all our HTML pages share: one Jinja set-up, text made plain, and a script that the page's policy names.

A page is one file that fetches nothing. Everything that comes from a file is escaped, an unknown name is an error, and
the bytes depend on the content alone. What a page says is the matter of whoever renders it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

# What turns the direction of writing, so that a text would read otherwise than it is.
_TURNING = (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
# Controls but the tab and the line end, and half surrogates, which no encoding knows.
_GONE = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160), *_TURNING, *range(0xD800, 0xE000)])


def plain(text: str) -> str:
    """Foreign text for people: no control characters, none that turn the direction of writing."""
    return text if text.isprintable() else text.translate(_GONE)


def page_environment(
    package: str, *, script: str = "", words: Callable[[str], str] | None = None, finished: bool = False
) -> Environment:
    """The templates of ``package`` (its folder templates/), with what all pages include (govnb/templates/). ``script``:
    the one file there whose code may run; the pages have it as ``script``, and ``script_hash`` for their policy.

    ``words`` puts the templates into another script; their code is ASCII and stays as it is. ``finished``: what the
    pages print has been made plain already.
    """
    from jinja2 import Environment, FunctionLoader, StrictUndefined
    from markupsafe import Markup

    own, common = (resources.files(name) / "templates" for name in (package, "govnb"))

    def source(name: str) -> str:
        folder = own if (own / name).is_file() else common
        text = (folder / name).read_text(encoding="utf-8")
        return text if words is None else words(text)

    def printed(value: object) -> object:
        return plain(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FunctionLoader(source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=None if finished else printed,
    )
    if script:
        code = source(script)
        policy = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        environment.globals.update(script=Markup(code), script_hash=policy)
    return environment
