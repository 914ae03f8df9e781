"""The form of a report: sections and tables, the edition they follow, the authority cited, what a template left over.

Labels and titles are compared with the edition; a variant that the edition lists is none to report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from govnb.checks.cells import table_name
from govnb.checks.check import NEEDS, Tally, check
from govnb.checks.model import Deviation, Evidence, Published
from govnb.checks.phrases import phrase
from govnb.checks.prose import passages
from govnb.checks.years import plain_text
from govnb.errors import Text
from govnb.form.edition import TABLES, Edition, edition_for, packaged_editions
from govnb.inputs.folding import fold_label, strip_brackets, strip_numbering

_FORM = "国办公开办函〔2021〕30号"
_ENCOURAGED = 2019  # in its first year the form was no more than encouraged
_NOT_PUBLISHED = Text("不是读入的已公布报告", "it is not a published report that was read")
_SCANNED = Text("只有图片，没有文字", "there are pictures only")
_ONLY_WORDS = Text("有表中的文字，但不是可读的表", "its words are there, but no table that can be read")
_NO_LINES = Text("表格没有线，行列不能确定", "the table has no lines to tell rows and columns by")
_NO_FORM = Text("不知道该年度适用的版式", "the form of the year is not known")


def _severity(evidence: Evidence) -> str | None:
    return "warning" if evidence.year == _ENCOURAGED else None


def form_of_year(evidence: Evidence) -> Edition | None:
    """The form that the report should have: its own where that applies to the year."""
    if evidence.edition.applies_to(evidence.year):
        return evidence.edition
    return edition_for(evidence.year, packaged_editions())


@check(
    "form.sections",
    severity="error",
    what=Text("报告的六个部分齐全、顺序正确", "the six sections are there and in order"),
    source=_FORM,
)
def sections(evidence: Evidence, tally: Tally) -> None:
    seen = _section_codes(evidence)
    if seen is None:
        scanned = evidence.published is not None
        tally.not_assessable("", _SCANNED if scanned else NEEDS["sections"])
        return
    wanted = [section.code for section in evidence.edition.sections]
    for section in evidence.edition.sections:
        where = f"“{section.title}”"
        if section.code not in seen:
            message = Text("报告中没有这一部分", "this section is not in the report")
            tally.failed(where, message, f"{section.number}、{section.title}", None, _severity(evidence))
        elif seen.count(section.code) > 1:
            message = Text("这一部分的标题出现不止一次", "the heading of this section stands more than once")
            tally.failed(where, message, "1", str(seen.count(section.code)), _severity(evidence))
        else:
            tally.passed()
    once = list(dict.fromkeys(seen))
    if once != [code for code in wanted if code in once]:
        titles = {section.code: section.title for section in evidence.edition.sections}
        expected, actual = ("、".join(titles[c] for c in order) for order in ([c for c in wanted if c in once], once))
        message = Text(f"各部分的顺序应为{expected}", f"the order of the sections should be {expected}")
        tally.failed("各部分标题", message, expected, actual, _severity(evidence))


def _section_codes(evidence: Evidence) -> list[str] | None:
    """Codes in the order in which they are printed, each as often as it is; None where that can't be known."""
    published = evidence.published
    if published is None:
        return None if evidence.sections is None else [section.code for section in evidence.sections]
    found = [heading.code for heading in published.headings if heading.code is not None]
    unknown = published.scanned or (not found and published.pictures)
    return None if unknown else found


@check(
    "form.tables",
    severity="error",
    what=Text("三张统计表齐全", "the three statutory tables are there"),
    source=_FORM,
)
def tables(evidence: Evidence, tally: Tally) -> None:
    published = evidence.published
    if published is None and evidence.tables is None:
        tally.not_assessable("", NEEDS["tables"])
        return
    for table in TABLES:
        where = table_name(evidence.edition, table)
        there = (
            published.table_editions.get(table) is not None if published else bool((evidence.tables or {}).get(table))
        )
        if there:
            tally.passed()
        elif published and (published.scanned or published.pictures):
            tally.not_assessable(where, Text("没有可读的表，可能是图片", "there is no such table; it may be a picture"))
        elif published and (published.guessed or _words_are_there(evidence.edition, table, published)):
            tally.not_assessable(where, _ONLY_WORDS)
        else:
            message = Text("报告中没有这张表", "this table is not in the report")
            tally.failed(where, message, None, None, _severity(evidence))


def _words_are_there(edition: Edition, table: str, published: Published) -> bool:
    """Whether most labels of the table stand in the running text: it has no lines, or is made of tabs."""
    rows = edition.rows(table)
    labels = {edition.label(table, row) for row in rows} if table != "disputes" else set()
    labels |= {edition.column_label(table, row, column) for row, columns in rows.items() for column in columns}
    words = {fold_label(strip_brackets(strip_numbering(label))) for label in labels}
    text = fold_label(plain_text(published.text))
    return sum(word in text for word in words) * 2 > len(words)


@check(
    "form.edition",
    severity="error",
    what=Text("采用该年度适用的表格版式", "the tables follow the form of the year"),
    source=_FORM,
)
def edition(evidence: Evidence, tally: Tally) -> None:
    """Table 1 tells the forms apart; that table 2 alone has the other form's row is form.labels' business."""
    published, form = evidence.published, form_of_year(evidence)
    if published is None:
        tally.not_assessable("", _NOT_PUBLISHED)
        return
    number = published.table_editions.get("disclosure")
    where = table_name(evidence.edition, "disclosure")
    if form is None or number is None:
        tally.not_assessable("" if form is None else where, _NO_FORM if form is None else NEEDS["tables"])
    elif number == form.number:
        tally.passed()
    else:
        message = Text(
            f"采用了{number}年版式，{evidence.year}年度报告应采用{form.number}年版式（{form.authority}）",
            f"the table has the form of {number}, a report of {evidence.year} that of {form.number} ({form.authority})",
        )
        tally.failed(where, message, str(form.number), str(number), _severity(evidence))


_PREFIX = r"国办[公开办函涵件]{1,6}"
_CITED = re.compile(rf"({_PREFIX})\s*[〔\[(（【﹝]?\s*(20\d\d)\s*年?[〕\])）】﹞]?\s*第?\s*(\d+)\s*号")


@check(
    "form.basis",
    severity="warning",
    what=Text("引用的格式文件是该年度适用的", "the cited authority is that of the form of the year"),
    source=_FORM,
)
def basis(evidence: Evidence, tally: Tally) -> None:
    text, form = _running_text(evidence), form_of_year(evidence)
    if text is None or form is None:
        tally.not_assessable("", NEEDS["sections"] if text is None else _NO_FORM)
        return
    known = {parsed: e.authority for e in packaged_editions().values() if (parsed := _parsed(e.authority))}
    wanted = _parsed(form.authority)
    cited = list(dict.fromkeys(match.groups() for match in _CITED.finditer(text)))
    right = [found for found in cited if found == wanted]
    tally.passed()
    for found in cited:
        printed = f"{found[0]}〔{found[1]}〕{found[2]}号"
        numbers = {(year, number) for _, year, number in ([*known, wanted] if wanted else known)}
        if found == wanted or (right and found in known):
            continue
        if found in known:
            message = Text(
                f"引用了{printed}，{evidence.year}年度适用{form.authority}",
                f"cites {printed}; for {evidence.year} it is {form.authority}",
            )
            tally.failed("报告引用的文件", message, form.authority, printed)
        elif found[1:] in numbers or _speaks_of_form(text, found):
            message = Text(
                f"文号“{printed}”有误，应为{form.authority}", f"{printed} is misprinted for {form.authority}"
            )
            tally.failed("报告引用的文件", message, form.authority, printed)


def _parsed(authority: str) -> tuple[str, str, str] | None:
    found = _CITED.search(plain_text(authority))
    return (found.group(1), found.group(2), found.group(3)) if found else None


def _speaks_of_form(text: str, found: tuple[str, ...]) -> bool:
    """Whether the sentence that cites the number is about the format of the annual report."""
    for sentence in re.split(r"[。\n]", text):
        if "报告格式" in sentence and any(match.groups() == found for match in _CITED.finditer(sentence)):
            return True
    return False


def _running_text(evidence: Evidence) -> str | None:
    if evidence.published is not None:
        return None if evidence.published.scanned else plain_text(evidence.published.text)
    if evidence.sections is None:
        return None
    return plain_text("\n".join(section.text for section in evidence.sections))


@check(
    "form.labels",
    severity="warning",
    what=Text("表格的行、列与版式一致", "rows and columns of the tables are those of the form"),
    source=_FORM,
)
def labels(evidence: Evidence, tally: Tally) -> None:
    published = evidence.published
    if published is None:
        tally.not_assessable("", _NOT_PUBLISHED)
        return
    for table in TABLES:
        if published.table_editions.get(table) is None:
            tally.not_assessable(table_name(evidence.edition, table), NEEDS["tables"])
            continue
        found = [deviation for deviation in published.deviations if deviation.table == table]
        if found and table in published.guessed:
            tally.not_assessable(table_name(evidence.edition, table), _NO_LINES)
            continue
        for deviation in found:
            tally.failed(_place(evidence.edition, deviation), _said(deviation), deviation.expected, deviation.seen)
        if not found:
            tally.passed()
    _older_rows(evidence, published, tally)


def _older_rows(evidence: Evidence, published: Published, tally: Tally) -> None:
    """Rows of another form in table 2 where table 1, which would tell, can't be read."""
    form, number = form_of_year(evidence), published.table_editions.get("applications")
    if published.table_editions.get("disclosure") is None and form is not None and number not in (None, form.number):
        message = Text(f"采用了{number}年版式的行", f"has the rows of the form of {number}")
        tally.failed(table_name(evidence.edition, "applications"), message, str(form.number), str(number))


_KINDS = {
    "missing": Text("缺少", "missing"),
    "extra": Text("多出", "not in the form"),
    "renamed": Text("名称与版式不一致", "named otherwise than in the form"),
    "moved": Text("位置与版式不一致", "not where the form has it"),
    "doubled": Text("重复出现", "printed twice"),
}
_AXES = {"row": Text("行", "row"), "column": Text("列", "column")}


def _place(edition: Edition, deviation: Deviation) -> str:
    label = deviation.expected or deviation.seen or "（空白）"
    return f"{table_name(edition, deviation.table)}“{label}”{_AXES[deviation.axis].zh}"


def _said(deviation: Deviation) -> Text:
    kind = _KINDS[deviation.kind]
    if deviation.kind == "renamed" and deviation.expected is not None and deviation.seen is not None:
        return Text(f"{kind.zh}，印为“{deviation.seen}”", f"{kind.en}: printed as “{deviation.seen}”")
    return kind


@check(
    "form.leftover",
    severity="error",
    what=Text("没有残留的模板文字", "nothing of a template is left in the text"),
    source=_FORM,
)
def leftover(evidence: Evidence, tally: Tally) -> None:
    if evidence.sections is None and evidence.published is None:
        tally.not_assessable("", NEEDS["sections"])
        return
    for where, text in _printed(evidence):
        found = list(dict.fromkeys(match.group() for match in phrase("leftover").finditer(plain_text(text))))
        if not found:
            tally.passed()
        for words in found:
            message = Text(f"残留模板文字“{words}”", f"“{words}” is left over from a template")
            tally.failed(where, message, None, words)


def _printed(evidence: Evidence) -> Iterator[tuple[str, str]]:
    if evidence.published is not None:
        yield "标题", evidence.published.title
        for heading in evidence.published.headings:
            yield f"标题“{heading.text}”", heading.text
    for passage in passages(evidence.sections or ()):
        yield passage.where, passage.block.text
    yield from evidence.printed.items()
