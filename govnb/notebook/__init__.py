"""Notebooks: read, run within limits, scrubbed of what varies.

Importing this package loads jsonschema, which nbformat needs, without rfc3987_syntax: that one parses the grammar of
international addresses for 0.9 s whenever it is imported, and a notebook's schema has no address in it.
"""

from __future__ import annotations

import sys

if "jsonschema" not in sys.modules and "rfc3987_syntax" not in sys.modules:
    sys.modules["rfc3987_syntax"] = None  # type:ignore[assignment]  # what import takes for "there is none"
    try:
        import jsonschema  # noqa: F401
    except ModuleNotFoundError:
        pass  # an nbformat of later days may do without
    finally:
        del sys.modules["rfc3987_syntax"]
