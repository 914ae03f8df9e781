"""govnb writes, checks and reviews the annual report on government information disclosure (政府信息公开工作年度报告).

The names below are what notebooks use, and ``run``, which makes reports as ``govnb run`` does; everything else is
internal. They are imported when first used, so that the command line starts without pandas.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "run": "govnb.commands.running",
    "open_workpaper": "govnb.workpaper",
    "count_tables": "govnb.steps",
    "count_figures": "govnb.steps",
    "narrate": "govnb.steps",
    "run_checks": "govnb.steps",
    "publish": "govnb.steps",
    "show_sources": "govnb.display",
    "show_table": "govnb.display",
    "show_figures": "govnb.display",
    "show_narrative": "govnb.display",
    "show_checks": "govnb.display",
    "draw_by_month": "govnb.gallery",
    "draw_outcomes": "govnb.gallery",
    "draw_reply_days": "govnb.gallery",
    "draw_years": "govnb.gallery",
    "draw_disclosures": "govnb.gallery",
    "study_reply_times": "govnb.studies.handling",
    "study_channels": "govnb.studies.handling",
    "study_outcomes": "govnb.studies.handling",
    "study_months": "govnb.studies.handling",
    "study_open_cases": "govnb.studies.handling",
    "study_added_days": "govnb.studies.handling",
    "study_corrections": "govnb.studies.handling",
    "study_disputes": "govnb.studies.handling",
    "study_fees": "govnb.studies.handling",
    "study_disclosure": "govnb.studies.handling",
    "read_members": "govnb.studies.comparison",
    "compare_volume": "govnb.studies.comparison",
    "compare_results": "govnb.studies.comparison",
    "compare_speed": "govnb.studies.comparison",
    "compare_disputes": "govnb.studies.comparison",
    "compare_side_by_side": "govnb.studies.comparison",
    "publish_study": "govnb.studies.part",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'govnb' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
