"""Scans: pages drawn from our own and Chromium's PDF, read by a recogniser that errs as it is told to.

What the recogniser answers comes from the text of the drawn PDF, so that rules, cells, labels and equations are tried
on real pictures while every misreading is known. The real model needs the extra ``govnb[ocr]`` (some 300 MB), which the
test environments don't install: the last test is there where it is, and benchmarks/audit_ocr.py measures it.
"""

from __future__ import annotations

import importlib.util
import io
import random
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from PIL import Image, ImageDraw

from govnb.audit import ocr, recogniser
from govnb.audit.auditing import UNREADABLE, Audited, Task, audit_all, read_and_check
from govnb.audit.collecting import PICTURES, SUFFIXES, Source, collect_sources
from govnb.audit.confirming import confirmed_cells
from govnb.audit.matching import Matched, match_tables
from govnb.audit.raw import RawDocument, Unreadable
from govnb.audit.reading import read_published
from govnb.audit.recogniser import Read
from govnb.audit.sandbox import RECOGNISING, Limits
from govnb.audit.scan_pages import DPI, ScannedPage, Snippet, read_page
from govnb.audit.table_match import TableMatch
from govnb.cli import main
from govnb.errors import UsageError
from govnb.form.edition import packaged_editions
from tests.audits import failed, report_of, said, with_values
from tests.layouts import Sample, chromium_pdf, html_clean, html_split, needs, own_pdf, read_sample

EDITIONS = packaged_editions()
TABLES = ("disclosure", "applications", "disputes")
Err = Callable[[Snippet, str], str]


class Oracle:
    """Reads the text that a PDF holds where the line was seen, changed by ``err`` (the same for both readings)."""

    def __init__(self, content: bytes, err: Err = lambda snippet, text: text) -> None:
        self._document = pdfium.PdfDocument(content)
        self._err = err

    def read(self, snippets: Sequence[Snippet]) -> list[Read]:
        return [self._read(snippet) for snippet in snippets]

    def _read(self, snippet: Snippet) -> Read:
        text = self._err(snippet, self._text(snippet.page, snippet.box))
        again = snippet.picture.shape[1] > 1.5 * (snippet.box.right - snippet.box.left + 14)
        return Read(text * (3 if again else 1), 0.99 if text else 0.0)

    @cache  # noqa: B019
    def _text(self, number: int, box: tuple[int, ...]) -> str:
        page = self._document[number - 1]
        height, scale = page.get_height(), 72 / DPI
        left, top, right, bottom = (edge * scale for edge in box)
        text: str = page.get_textpage().get_text_bounded(left - 1, height - bottom - 1, right + 1, height - top + 1)
        return "".join(text.split())


def scan_of(content: bytes, change: Callable[[int, Image.Image], None] = lambda number, picture: None) -> bytes:
    """The pages as pictures in a PDF that holds nothing else, as a scanner writes it."""
    pictures = []
    for number, page in enumerate(pdfium.PdfDocument(content), 1):
        picture = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
        change(number, picture)
        pictures.append(picture)
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=DPI)
    return out.getvalue()


@cache
def source(layout: str, year: int) -> bytes:
    sample = read_sample(year)
    if layout == "own":
        return own_pdf(*sample.parts)
    build = html_split if layout == "split" else html_clean
    return chromium_pdf(build(*sample.parts))


def read(content: bytes, year: int, err: Err = lambda snippet, text: text) -> Matched:
    document = ocr.read_scan(scan_of(content), recogniser=Oracle(content, err))
    return match_tables(document.tables, EDITIONS, year)


def compare(sample: Sample, matched: Matched) -> tuple[dict[str, int], list[tuple[str, str, str, Any, Any]]]:
    """(number of cells accepted in each table, those that are wrong)."""
    counts, wrong = dict.fromkeys(TABLES, 0), []
    for table in TABLES:
        for row, cells in sample.values[table].items():
            for column, value in cells.items():
                found = matched.values.get(table, {}).get(row, {}).get(column)
                if found is not None:
                    counts[table] += 1
                    if found != value:
                        wrong.append((table, row, column, value, found))
                elif matched.editions[table] is not None:
                    assert (table, row, column) in matched.unreadable, "a cell is neither accepted nor unreadable"
    return counts, wrong


LAYOUTS = [
    "own",
    pytest.param("clean", marks=needs("chromium")),
    pytest.param("split", marks=needs("chromium")),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_scan_that_is_read_well_gives_most_cells(layout: str) -> None:
    counts, wrong = compare(read_sample(2021), read(source(layout, 2021), 2021))
    assert wrong == []
    assert counts["applications"] > 100
    # No equation of the form speaks of table 1, and only one kind of table 3: nothing there is borne out twice.
    assert (counts["disclosure"], counts["disputes"]) == (0, 0)


def test_of_a_report_whose_sums_are_wrong_only_what_is_apart_from_them_is_taken() -> None:
    """The report of 2020 prints 20 where its rows add to 26, and 21 where they add to 27."""
    matched = read(source("own", 2020), 2020)
    counts, wrong = compare(read_sample(2020), matched)
    assert wrong == []
    assert 0 < counts["applications"] < 100
    assert matched.values["applications"]["total"]["natural_person"] is None


@cache
def recognised() -> tuple[bytes, bytes]:
    content = source("own", 2021)
    return content, scan_of(content)


@cache
def page_of_tables() -> tuple[bytes, bytes]:
    """The one page that tables 2 and 3 stand on, and its scan."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(source("own", 2021))) as pdf:
        del pdf.pages[3:], pdf.pages[:2]
        pdf.save(out)
    return out.getvalue(), scan_of(out.getvalue())


@cache
def scanned_page() -> ScannedPage:
    page = pdfium.PdfDocument(page_of_tables()[1])[0]
    return read_page(1, np.asarray(page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L")))


def read_with(err: Err) -> tuple[dict[str, int], list[tuple[str, str, str, Any, Any]]]:
    parts = ocr._parts(scanned_page(), Oracle(page_of_tables()[0], err))
    document = RawDocument("pdf", "", tuple(parts))
    return compare(read_sample(2021), match_tables(document.tables, EDITIONS, 2021))


def sloppy(seed: int, rate: float) -> Err:
    """Misreads some lines: a digit lost, another digit, O for 0, nothing at all."""

    def err(snippet: Snippet, text: str) -> str:
        dice = random.Random(f"{seed} {snippet.page} {snippet.box}")
        if not text.isdigit() or dice.random() >= rate:
            return text
        at = dice.randrange(len(text))
        digit = dice.choice([d for d in "0123456789" if d != text[at]])
        other = text[:at] + digit + text[at + 1 :]
        return dice.choice([other, other, text[:at] + text[at + 1 :], text.replace("0", "O"), ""])

    return err


@pytest.mark.parametrize("rate", [0.01, 0.2])
def test_no_misread_number_is_ever_accepted(rate: float) -> None:
    accepted = 0
    for seed in range(3):
        counts, wrong = read_with(sloppy(seed, rate))
        assert wrong == [], f"seed {seed}"
        accepted += counts["applications"]
    assert accepted > 0 or rate > 0.1


def test_a_digit_that_is_always_misread_is_never_accepted() -> None:
    """The equations of a single number hold with any digit; only those through several numbers tell."""
    for digit, instead in ("17", "71", "08", "80", "26", "38", "69", "24"):
        _, wrong = read_with(lambda _, text: text.replace(digit, instead) if text.isdigit() else text)  # noqa: B023
        assert wrong == [], f"{digit} read as {instead}"


def test_lost_noughts_and_lost_digits_are_no_blanks() -> None:
    counts, wrong = read_with(lambda _, text: "" if text == "0" else text)
    assert wrong == []
    assert counts["applications"] == 0
    counts, wrong = read_with(lambda _, text: text[:1] if text.isdigit() else text)
    assert wrong == []  # 70 was read as 7, but two pieces of ink are no single digit
    counts, wrong = read_with(lambda _, text: "O" if text == "0" else text)
    assert (counts["applications"] > 80, wrong) == (True, [])


def test_labels_that_can_not_be_read_shift_no_row() -> None:
    """Rows change places without any sum telling, so that a table with an unknown row is left alone."""
    counts, wrong = read_with(lambda _, text: "" if "信访" in text else text)
    assert (counts["applications"], wrong) == (0, [])
    swapped = {"1.属于国家秘密": "8.属于行政查询事项", "8.属于行政查询事项": "1.属于国家秘密"}
    counts, wrong = read_with(lambda _, text: swapped.get(text, text))
    assert (counts["applications"], wrong) == (0, [])


# What a picture shows


def number_boxes(content: bytes, wanted: str) -> list[Snippet]:
    """Where a number stands alone in a cell of a drawn PDF."""
    seen: list[Snippet] = []

    def note(snippet: Snippet, text: str) -> str:
        if text == wanted and all(snippet.box != other.box for other in seen):
            seen.append(snippet)
        return text

    ocr.read_scan(content, recogniser=Oracle(content, note))
    return seen


@pytest.mark.parametrize("shape", ["white", "ink"])
def test_a_digit_painted_over_is_unread_and_so_is_all_that_hangs_on_it(shape: str) -> None:
    content, _ = page_of_tables()
    [spot] = number_boxes(content, "22")  # natural persons whose information the office did not have

    def paint(number: int, picture: Image.Image) -> None:
        if number == spot.page:
            left, top, right, bottom = spot.box
            box = (
                (left - 2, top - 2, right + 2, bottom + 2)
                if shape == "white"
                else (left - 8, top + 2, left - 4, top + 6)
            )
            ImageDraw.Draw(picture).rectangle(box, fill=255 if shape == "white" else 0)

    document = ocr.read_scan(scan_of(content, paint), recogniser=Oracle(content))
    matched = match_tables(document.tables, EDITIONS, 2021)
    counts, wrong = compare(read_sample(2021), matched)
    assert wrong == []
    assert counts["applications"] > 0
    column = {row: cells["natural_person"] for row, cells in matched.values["applications"].items()}
    items = [row for row in column if row not in ("new", "carried_in", "total", "carried_out")]
    assert all(column[row] is None for row in items), "a column whose sum is not known was taken"


def test_a_number_that_contradicts_a_sum_is_not_taken() -> None:
    """The picture itself says 28 where the sums want 27."""
    sample = with_values(read_sample(2021), applications__granted__natural_person=28)
    content = own_pdf(*sample.parts)
    matched = match_tables(ocr.read_scan(scan_of(content), recogniser=Oracle(content)).tables, EDITIONS, 2021)
    assert matched.values["applications"]["granted"]["natural_person"] is None
    assert matched.values["applications"]["granted"]["total"] is None
    assert compare(sample, matched)[1] == []


def test_a_crooked_page_is_made_straight() -> None:
    content, _ = page_of_tables()
    grey = pdfium.PdfDocument(content)[0].render(scale=DPI / 72, grayscale=True).to_pil().convert("L")
    upright = read_page(3, np.asarray(grey))
    crooked = read_page(3, np.asarray(grey.rotate(1.3, Image.Resampling.BICUBIC, fillcolor=255)))
    shapes = [
        sorted((len(lattice.ys), len(lattice.xs), lattice.cells) for lattice in ocr.find_lattices(page.rules, 3))[-2:]
        for page in (upright, crooked)
    ]
    assert shapes[0] == shapes[1]
    assert shapes[0][-1][0] > 20


# The equations


def kept_of(**changed: int) -> tuple[dict[tuple[str, str], Any], frozenset[tuple[str, str]]]:
    """Table 2 of 2021 with the named numbers (row__column): its values, and the cells that are confirmed."""
    values = with_values(read_sample(2021), **{f"applications__{key}": value for key, value in changed.items()}).values
    rows = {row: dict(cells) for row, cells in values["applications"].items()}
    flat = {(row, column): value for row, cells in rows.items() for column, value in cells.items()}
    return flat, confirmed_cells(TableMatch(2021, values=rows), EDITIONS[2021], "applications")


def test_a_number_is_borne_out_by_its_row_and_its_column_or_not_at_all() -> None:
    _, kept = kept_of()
    assert {
        ("new", "total"),
        ("granted", "natural_person"),
        ("total", "total"),
        ("denied.state_secret", "other"),
    } <= kept
    _, kept = kept_of(granted__natural_person=28)
    assert not any(row == "granted" or column == "natural_person" for row, column in kept)
    assert ("new", "public_welfare") in kept or ("new", "social_organisation") in kept or len(kept) > 10
    single = TableMatch(2021, values={r: dict(c) for r, c in read_sample(2021).values["disputes"].items()})
    assert confirmed_cells(single, EDITIONS[2021], "disputes") == frozenset()


@pytest.mark.parametrize("year", [2021, 2022])
def test_random_and_constant_misreadings_of_the_whole_table_confirm_nothing_wrong(year: int) -> None:
    true = read_sample(year).values["applications"]

    def wrong(change: Callable[[str], str]) -> list[tuple[str, str]]:
        rows = {row: {column: int(change(str(v))) for column, v in cells.items()} for row, cells in true.items()}
        kept = confirmed_cells(TableMatch(2021, values=rows), EDITIONS[2021], "applications")
        return [(row, column) for row, column in kept if rows[row][column] != true[row][column]]

    digits = "0123456789"
    for digit, other in ((a, b) for a in digits for b in digits if a != b):
        assert wrong(lambda text: text.replace(digit, other)) == [], f"{digit} read as {other}"  # noqa: B023
    for seed in range(40):
        dice = random.Random(seed)
        assert wrong(lambda text: text[:-1] + dice.choice(digits) if dice.random() < 0.05 else text) == []  # noqa: B023


def test_a_number_alone_in_its_row_and_column_is_not_borne_out() -> None:
    """A report with one application says 1 everywhere; the same sums hold with 7."""
    rows = {row: dict.fromkeys(cells, 0) for row, cells in read_sample(2021).values["applications"].items()}
    for row in ("new", "granted", "total"):
        rows[row] |= {"natural_person": 1, "total": 1}
    kept = confirmed_cells(TableMatch(2021, values=rows), EDITIONS[2021], "applications")
    assert not any(rows[row][column] for row, column in kept)
    assert len(kept) > 50


# The whole audit


def audit(monkeypatch: pytest.MonkeyPatch, path: Path, oracle: Oracle) -> Audited:
    monkeypatch.setattr(ocr, "load_recogniser", lambda: oracle)
    return report_of(read_and_check(Task(path, path.name, ocr=True)))


def test_a_scan_is_told_as_such_and_with_ocr_what_of_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content, scan = recognised()
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan)
    without = report_of(read_and_check(Task(path, path.name)))
    assert [(r.status, r.id) for r in without.checks if r.id == UNREADABLE] == [("not_assessable", UNREADABLE)]
    assert "扫描件" in without.checks[0].message.zh
    assert without.tables == {}
    found = audit(monkeypatch, path, Oracle(content))
    assert found.year == 2021
    assert found.edition == 2021
    assert failed(found) == [], said(found)
    assert found.checks[0].status == "not_assessable"
    known = [v for rows in found.tables.values() for row in rows.values() for v in row.values() if v is not None]
    assert f"印证的{len(known)}格" in found.checks[0].message.zh
    assert any(r.id == "applications.columns" and r.status != "fail" for r in found.checks)


def test_words_of_a_scan_are_held_against_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence that was misread, a title of another year: no finding, and no year that is said only once."""
    content, scan = recognised()
    path = tmp_path / "scan.pdf"
    path.write_bytes(scan)

    def misread(_: Snippet, text: str) -> str:
        return text.replace("70件", "10件").replace("年度报告", "年变报告").replace("2021", "2027", 1)

    found = audit(monkeypatch, path, Oracle(content, misread))
    assert failed(found) == [], said(found)
    once = audit(monkeypatch, path, Oracle(content, lambda _, text: text.replace("2021", "")))
    assert once.year is None


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_picture_file_is_read_only_with_ocr(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, _ = page_of_tables()
    picture = pdfium.PdfDocument(content)[0].render(scale=DPI / 72).to_pil().convert("RGB")
    path = tmp_path / f"page.{form.lower()}"
    picture.save(path, form)
    with pytest.raises(Unreadable, match="picture"):
        read_published(path)

    monkeypatch.setattr(ocr, "load_recogniser", lambda: Oracle(content))
    document = read_published(path, ocr=True)
    assert (document.kind, document.scanned) == ("picture", True)
    counts, wrong = compare(read_sample(2021), match_tables(document.tables, EDITIONS, 2021))
    assert (counts["applications"] > 100, wrong) == (True, [])
    assert [s.path for s in collect_sources([str(tmp_path)], None, (*SUFFIXES, *PICTURES)).sources] == [path]
    assert collect_sources([str(tmp_path)]).sources == ()


def test_a_file_with_text_needs_no_recogniser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never() -> Oracle:
        raise AssertionError("a document with text was recognised")

    monkeypatch.setattr(ocr, "load_recogniser", never)
    path = tmp_path / "report.pdf"
    path.write_bytes(source("own", 2021))
    assert read_published(path, ocr=True) == read_published(path)


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 no picture", b"\x89PNG\r\n\x1a\n" + b"x" * 99]
)
def test_a_damaged_picture_is_unreadable(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "page.png").write_bytes(content)
    with pytest.raises(Unreadable, match="damaged"):
        read_published(tmp_path / "page.png", ocr=True)


def test_scans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    content, scan = recognised()
    monkeypatch.setattr(ocr, "MAX_PAGES", 3)
    with pytest.raises(Unreadable, match="4 pages"):
        ocr.read_scan(scan, recogniser=Oracle(content))
    monkeypatch.setattr(ocr, "_MOST_PIXELS", 1000)
    out = io.BytesIO()
    Image.new("L", (100, 100)).save(out, "PNG")
    with pytest.raises(Unreadable, match="too large"):
        ocr.read_picture(out.getvalue(), Oracle(content))


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_pages_of_one_shade_and_noise_hold_nothing(shade: int) -> None:
    out = io.BytesIO()
    Image.new("L", (400, 300), shade).save(out, "PNG")
    document: RawDocument = ocr.read_picture(out.getvalue(), Oracle(source("own", 2021)))
    assert document.tables == ()


# The extra


def test_without_the_extra_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(recogniser, "_model_path", lambda: None)
    (tmp_path / "scan.pdf").write_bytes(recognised()[1])
    with pytest.raises(UsageError):
        recogniser.check_available()
    monkeypatch.setattr("sys.argv", ["govnb", "audit", str(tmp_path / "scan.pdf"), "--ocr"])
    with pytest.raises(SystemExit) as ended:
        raise SystemExit(main())
    assert ended.value.code == 2
    assert 'pip install "govnb[ocr]"' in capsys.readouterr().err


def test_recognising_has_larger_limits() -> None:
    plain = Limits()
    assert RECOGNISING.processor > plain.processor
    assert RECOGNISING.wall > plain.wall
    assert RECOGNISING.memory > plain.memory


if importlib.util.find_spec("rapidocr_onnxruntime") is not None:

    def test_the_real_model_in_a_worker_with_limits(tmp_path: Path) -> None:
        """Table 3 of our own PDF and table 2, one page: what is accepted is right, and most of it is."""
        content = source("own", 2021)
        picture = pdfium.PdfDocument(content)[2].render(scale=DPI / 72).to_pil().convert("L")
        picture.save(tmp_path / "page.png")
        [found] = audit_all([Source(tmp_path / "page.png", "page.png")], 1, ocr=True)[0]
        right = [
            found.tables["applications"][row][column] == value
            for row, cells in read_sample(2021).values["applications"].items()
            for column, value in cells.items()
            if found.tables["applications"][row][column] is not None
        ]
        assert all(right)
        assert len(right) > 40
