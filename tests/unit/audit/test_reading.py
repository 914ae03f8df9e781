"""What kind of file it is, is told by its content; every refusal says why and what to do, and names no path."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from govnb.audit import legacy
from govnb.audit.docx_reader import read_docx
from govnb.audit.html_reader import read_html
from govnb.audit.raw import Unreadable
from govnb.audit.reading import MAX_HTML, read_published
from tests.layouts import docx_bytes, html_clean, libreoffice_doc, needs, own_pdf, read_sample

SAMPLE = read_sample(2021)
HTML = html_clean(*SAMPLE.parts)
DOCX = docx_bytes(*SAMPLE.parts)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def put(folder: Path, content: bytes, name: str = "report.bin") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zipped(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


@pytest.mark.parametrize("name", ["report.html", "report.pdf", "report.docx", "report.doc", "report"])
def test_the_extension_says_nothing(tmp_path: Path, name: str) -> None:
    assert read_published(put(tmp_path, HTML.encode(), name)) == read_html(HTML.encode())
    assert read_published(put(tmp_path, DOCX, name)) == read_docx(DOCX)
    pdf = read_published(put(tmp_path, b"\r\n" + own_pdf(*SAMPLE.parts), name))
    assert pdf.kind == "pdf"
    assert [len(table.rows) for table in pdf.tables] == [14, 28, 4]


def test_plain_text_and_marked_utf16_are_pages(tmp_path: Path) -> None:
    assert read_published(put(tmp_path, "一、总体情况\n7件".encode("gbk"))).paragraphs[1].text == "7件"
    assert read_published(put(tmp_path, HTML.encode("utf-16"))) == read_html(HTML.encode())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "空"),
        (b"\0" * 5000, "空"),
        (gzip.compress(HTML.encode()), "gzip"),
        (b"Rar!\x1a\x07\x00", "RAR"),
        (b"\x89PNG\r\n\x1a\n", "图片"),
        (b"\xff\xd8\xff\xe0", "图片"),
        (b"BM" + bytes(60), "图片"),
        (b"MZ" + bytes(60), "程序"),
        (zipped(xl__workbook_xml="<x/>"), "电子表格"),
        (zipped(OFD_xml="<x/>"), "OFD"),
        (zipped(a_txt="x"), "压缩文件"),
        (OLE + "Workbook\0".encode("utf-16-le"), "电子表格"),
        (OLE + "EncryptedPackage\0".encode("utf-16-le"), "密码"),
        (OLE, "不是文字文档"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n\r\n<html>", "mht"),
        (b"PK\x03\x04" + bytes(50), "docx"),
        (b"%PDF-1.7\nnothing", ""),
    ],
)
def test_other_files_are_told_what_they_are(tmp_path: Path, content: bytes, reason: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_published(put(tmp_path, content))
    assert reason in caught.value.reason.zh
    assert caught.value.reason.en
    assert str(tmp_path) not in str(caught.value)


def test_what_begins_with_two_letters_of_a_program_is_text(tmp_path: Path) -> None:
    assert read_published(put(tmp_path, b"MZ and BM are letters")).paragraphs[0].text == "MZ and BM are letters"


def test_missing_special_and_large_files(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="不存在"):
        read_published(tmp_path / "none.html")
    with pytest.raises(Unreadable, match="不是普通文件"):
        read_published(tmp_path)
    large = tmp_path / "large.html"
    with large.open("wb") as file:
        file.write(b"<html>")
        file.truncate(MAX_HTML + 1)
    with pytest.raises(Unreadable, match="超过20 MB"):
        read_published(large)


@pytest.mark.platform_only("POSIX: named pipes")
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    with pytest.raises(Unreadable, match="不是普通文件"):
        read_published(tmp_path / "pipe.html")


@needs("soffice")
def test_a_legacy_document_is_converted_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr(legacy.tempfile, "tempdir", str(tmp_path / "temp"))
    document = read_published(put(tmp_path, libreoffice_doc(DOCX), "report.wps"))
    modern = read_docx(DOCX)
    texts = [[[cell.text for cell in row] for row in table.rows] for table in document.tables]
    assert texts == [[[cell.text for cell in row] for row in table.rows] for table in modern.tables]
    assert document.paragraphs == modern.paragraphs
    assert "LibreOffice" in document.notes[0].zh
    assert list((tmp_path / "temp").iterdir()) == []


@needs("soffice")
def test_rich_text_is_converted_too(tmp_path: Path) -> None:
    rtf = rb"{\rtf1\ansi\ansicpg936 Total 70\par Two\par}"
    assert [p.text for p in read_published(put(tmp_path, rtf, "report.doc")).paragraphs] == ["Total 70", "Two"]


def test_without_libreoffice_the_remedy_is_to_save_in_another_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(Unreadable) as caught:
        read_published(put(tmp_path, OLE + "WordDocument\0".encode("utf-16-le"), "report.doc"))
    assert "LibreOffice" in caught.value.reason.en
    assert "PDF" in caught.value.fix.zh


@pytest.mark.platform_only("POSIX: a shell script stands for LibreOffice")
@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_a_conversion_that_hangs_or_fails_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "soffice"
    monkeypatch.setattr(shutil, "which", lambda name: str(script))
    monkeypatch.setattr(legacy, "TIME_LIMIT", 0.5)
    report = put(tmp_path, OLE + "WordDocument\0".encode("utf-16-le"))
    mark = tmp_path / "alive"
    script.write_text(f"#!/bin/sh\n(sleep 2; touch {mark}) &\nsleep 60\n", encoding="utf-8")
    script.chmod(0o755)
    with pytest.raises(Unreadable, match="超时"):
        read_published(report)
    script.write_text("#!/bin/sh\nexit 3\n", encoding="utf-8")
    with pytest.raises(Unreadable, match="无法打开"):
        read_published(report)
    legacy.subprocess.run(["sleep", "2.5"], check=True)
    assert not mark.exists()  # what the script started in the background ended with it


@pytest.mark.parametrize("name", ["report.pdf", "report.DOCX", "report.doc"])
def test_junk_under_a_binary_name_is_one_damaged_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="内容与扩展名不符"):
        read_published(put(tmp_path, b"junk that is nothing", name))


def test_a_page_under_a_wrong_name_is_still_a_page(tmp_path: Path) -> None:
    assert read_published(put(tmp_path, b"<html><p>x</p></html>", "report.pdf")).kind == "html"
