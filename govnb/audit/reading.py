"""One published report from one file, its kind told by its content: names and extensions of downloads are often wrong.

Reads nothing but that file, up to the limits of its kind; special files are not opened. The readers themselves are
loaded when first used.
"""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path

from govnb.audit.raw import RawDocument, Unreadable
from govnb.errors import NOTHING, Text

MAX_HTML, MAX_PDF, MAX_DOCX = 20 << 20, 50 << 20, 50 << 20
_HEAD = 4096
_PICTURES = (b"\x89PNG", b"\xff\xd8\xff")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_AS_PDF = Text("请另存为 PDF 或 .docx 后再试", "Save it as PDF or .docx and try again")
_NO_REPORT = Text("请提供年度报告的网页、PDF 或 .docx 文件", "Give the report as a web page, PDF or .docx")

# Beginnings of what is neither page nor document: what it is, and what to do.
_OTHERS: tuple[tuple[bytes, Text, Text], ...] = (
    (b"\x1f\x8b", Text("这是 gzip 压缩文件", "this is a gzip file"), Text("请解压后再试", "Unpack it and try again")),
    (b"Rar!", Text("这是 RAR 压缩文件", "this is a RAR archive"), Text("请解压后再试", "Unpack it and try again")),
    (b"7z\xbc\xaf", Text("这是 7z 压缩文件", "this is a 7z archive"), Text("请解压后再试", "Unpack it and try again")),
    (b"\x89PNG", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"\xff\xd8\xff", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"GIF8", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"BM", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"II*\0", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"MM\0*", Text("这是图片，不是报告文件", "this is a picture, not a document"), _NO_REPORT),
    (b"MZ", Text("这是程序，不是报告文件", "this is a program, not a document"), _NO_REPORT),
    (b"\x7fELF", Text("这是程序，不是报告文件", "this is a program, not a document"), _NO_REPORT),
)
_MAIL = (b"MIME-Version:", b"From: <Saved by", b'From: "Saved by', b"Content-Type: multipart/related")


_BINARY = frozenset({".pdf", ".docx", ".doc", ".wps"})  # what has neither their mark nor markup is none of them


def read_published(path: Path, ocr: bool = False) -> RawDocument:
    """The report as it stands in the file. Unreadable where it can't be read, with the reason and what to do.

    ``ocr``: what is only pictures is recognised (needs the extra ``govnb[ocr]``).
    """
    size, head = _open(path)
    if ocr and head.startswith(_PICTURES):
        from govnb.audit.ocr import read_picture

        return read_picture(_content(path, size, MAX_PDF))
    kind = _kind(path, head)
    if kind == "pdf":
        from govnb.audit.pdf_reader import read_pdf

        content = _content(path, size, MAX_PDF)
        document = read_pdf(content)
        if not (ocr and document.scanned):
            return document
        from govnb.audit.ocr import read_scan

        return read_scan(content, document.title)
    if kind == "docx":
        from govnb.audit.docx_reader import read_docx

        return read_docx(_content(path, size, MAX_DOCX))
    if kind == "html":
        from govnb.audit.html_reader import read_html

        return read_html(_content(path, size, MAX_HTML))
    from govnb.audit.legacy import read_doc

    return read_doc(path, kind)


def _open(path: Path) -> tuple[int, bytes]:
    """Size and beginning. A pipe or device is not opened: reading it might never end."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(Text("不是普通文件", "is not a regular file"), _NO_REPORT)
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        raise _unopened(error) from None
    if not head.strip(b"\0 \t\r\n"):
        raise Unreadable(Text("文件是空的", "the file is empty"), Text("请重新下载", "Download it again"))
    return found.st_size, head


def _unopened(error: OSError) -> Unreadable:
    if isinstance(error, FileNotFoundError):
        return Unreadable(Text("文件不存在", "there is no such file"), Text("请检查路径", "Check the path"))
    if isinstance(error, PermissionError):
        return Unreadable(Text("没有读取权限", "may not be read"), Text("请检查文件权限", "Check its permissions"))
    return Unreadable(Text("文件无法打开", "the file can't be opened"))


def _content(path: Path, size: int, limit: int) -> bytes:
    try:
        if size <= limit:
            with path.open("rb") as file:
                content = file.read(limit + 1)
            if len(content) <= limit:
                return content
    except OSError as error:
        raise _unopened(error) from None
    mega = limit >> 20
    raise Unreadable(
        Text(f"文件超过{mega} MB，不予读取", f"has more than {mega} MB and is not read"),
        Text("请只保存报告正文后再试", "Save the report alone and try again"),
    )


def _kind(path: Path, head: bytes) -> str:
    """pdf, docx, html, or the suffix of a legacy format."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n\0")
    if start.startswith(b"%PDF-"):
        return "pdf"
    if head.startswith(b"PK"):
        return _zip_kind(path)
    if head.startswith(_OLE):
        return _ole_kind(path)
    if start.startswith(b"{\\rtf"):
        return "rtf"
    for mark, what, fix in _OTHERS:
        # Two letters alone may begin a text; a program or bitmap has binary zeros soon after them.
        if head.startswith(mark) and (len(mark) > 2 or mark == b"\x1f\x8b" or b"\0\0" in head[:64]):
            raise Unreadable(what, fix)
    if any(mark.lower() in start[:400].lower() for mark in _MAIL) and start[:1] != b"<":
        raise Unreadable(Text("这是单个文件网页（.mht）", "this is a web archive (.mht)"), _AS_PDF)
    if b"<w:wordDocument" in head or b"office/word/2003/wordml" in head:
        return "xml"
    if b"%PDF-" in head[:1024] and b"<" not in head[: head.index(b"%PDF-")]:
        return "pdf"  # readers accept a PDF that something was put before
    if path.suffix.lower() in _BINARY and b"<" not in head:
        what = Text("文件已损坏，内容与扩展名不符", "the file is damaged: it does not hold what its name says")
        raise Unreadable(what, Text("请重新下载", "Download it again"))
    return "html"


def _zip_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.lstrip("/").lower() for name in archive.namelist()}
            kind = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError, KeyError):
        return "docx"  # whose reader says that it is damaged
    if kind.startswith(b"application/vnd.oasis.opendocument.text"):
        return "odt"
    if any(name.startswith("word/") for name in names):
        return "docx"
    if any(name.startswith("xl/") for name in names):
        raise Unreadable(Text("这是电子表格，不是年度报告", "this is a spreadsheet, not a report"), _NO_REPORT)
    if "ofd.xml" in names:
        raise Unreadable(Text("暂不能读取 OFD 版式文件", "OFD files can't be read yet"), _AS_PDF)
    raise Unreadable(
        Text("这是压缩文件，不是报告", "this is an archive, not a report"),
        Text("请解压后再试", "Unpack it and try again"),
    )


def _ole_kind(path: Path) -> str:
    """doc or wps, told by the names of the streams, which stand in the file in UTF-16."""
    with path.open("rb") as file:
        content = file.read(MAX_DOCX)
    if _stream("EncryptedPackage") in content or _stream("EncryptionInfo") in content:
        raise Unreadable(
            Text("文件有密码保护，无法读取", "the file is protected by a password"),
            Text("请取消密码后重新保存", "Take the password off and save it again"),
        )
    if _stream("WordDocument") in content:
        return "doc"
    if _stream("Workbook") in content or _stream("Book") in content:
        raise Unreadable(Text("这是电子表格，不是年度报告", "this is a spreadsheet, not a report"), _NO_REPORT)
    raise Unreadable(
        Text("不是文字文档，或已损坏", "is no text document, or is damaged"), _AS_PDF if content else NOTHING
    )


def _stream(name: str) -> bytes:
    return name.encode("utf-16-le") + b"\0\0"
