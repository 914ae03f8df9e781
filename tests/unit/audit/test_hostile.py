"""Files that are made to harm: each ends within the limits and alone, nothing is fetched, and no other file is read."""

from __future__ import annotations

import http.server
import io
import os
import random
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from govnb.audit.charset import decode
from govnb.audit.docx_package import LIMITS
from govnb.audit.raw import RawDocument, Unreadable
from govnb.audit.sandbox import DEFAULT, START, read_all
from tests.layouts import docx_bytes, html_clean, html_word_gbk, own_pdf, read_sample

SAMPLE = read_sample(2021)
HTML = html_clean(*SAMPLE.parts).encode()
DOCX = docx_bytes(*SAMPLE.parts)
PDF = own_pdf(*SAMPLE.parts)
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SECRET = "SECRET-OF-ANOTHER-FILE"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="limits of POSIX systems")


def docx(document: bytes, packing: int = zipfile.ZIP_DEFLATED, members: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", packing) as archive:
        archive.writestr("word/document.xml", document)
        for number in range(members):
            archive.writestr(f"word/x{number}.xml", b"")
    return out.getvalue()


def document(body: str, head: str = "") -> bytes:
    return f"{head}<w:document {W}><w:body>{body}</w:body></w:document>".encode()


def lying(content: bytes) -> bytes:
    """The same archive with 1,000 bytes as the declared size of its first member, in both places."""
    changed = bytearray(content)
    central = changed.rindex(b"PK\x01\x02")
    changed[central + 24 : central + 28] = changed[22:26] = (1000).to_bytes(4, "little")
    return bytes(changed)


def laughs() -> str:
    lines = ['<!ENTITY l0 "lol">', *(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))]
    return f"<!DOCTYPE x [{''.join(lines)}]>"


def pdf(*objects: bytes) -> bytes:
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    return bytes(out)


def stream(content: bytes, more: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), more, content)


CATALOG, PAGES = b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>"


def packed(size: int) -> bytes:
    """``size`` bytes of drawing, deflated a megabyte at a time."""
    deflater, piece = zlib.compressobj(9), b"0 0 m 9 9 l S\n" * 75_000
    return b"".join(deflater.compress(piece) for _ in range(size // len(piece))) + deflater.flush()


def recursive_form() -> bytes:
    form = stream(b"/F Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</F 5 0 R>>>>")
    return pdf(CATALOG, PAGES, PAGE, stream(b"/F Do"), form)


def large_stream() -> bytes:
    return pdf(CATALOG, PAGES, PAGE, stream(packed(300 << 20), b"/Filter/FlateDecode"), b"null")


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    return pdf(CATALOG, b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *[page] * count)


def looping_pages() -> bytes:
    return pdf(CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>")


def scripted() -> bytes:
    action = b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1/'\\))>>>>"
    return pdf(action, PAGES, PAGE, stream(b""), b"null")


def row(cells: int = 8) -> str:
    return "<tr>" + "<td>1</td>" * cells + "</tr>"


REFUSED: dict[str, bytes] = {
    "zip bomb": docx(b"<w:t>" + bytes(LIMITS.part + 1)),
    "zip ratio": docx(document("<w:p/>" * 2_000_000)),
    "zip lying": lying(docx(document("<w:p/>" * 2_000_000))),
    "zip bzip2": docx(bytes(LIMITS.part - 1), zipfile.ZIP_BZIP2),
    "zip members": docx(document("<w:p/>"), members=LIMITS.members),
    "laughs": docx(document("<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>", laughs())),
    "deep xml": docx(document("<w:p>" * 100_000)),
    "deep html": b"<div>" * 200_000,
    "large html": b"<table>" + row().encode() * 900_000 + b"</table>",
    "many rows": b"<table>" + row().encode() * 100_000 + b"</table>",
    "pages": many_pages(10_000),
    "truncated docx": DOCX[: len(DOCX) // 2],
    "random": random.Random(1).randbytes(200_000),
    "random pdf": b"%PDF-1.7\n" + random.Random(2).randbytes(200_000),
    "random zip": b"PK\x03\x04" + random.Random(3).randbytes(200_000),
    "bzip2": docx(document("<w:p><w:r><w:t>ok</w:t></w:r></w:p>"), zipfile.ZIP_BZIP2),
    "stream": large_stream(),
    "no text": b"<meta " * 300_000 + b"\xff",
    "pages loop": looping_pages(),
}
READ: dict[str, bytes] = {
    "spans": f"<table><tr><td colspan=999999999 rowspan=999999999>a</td><td>1</td></tr>{row()}</table>".encode(),
    "scripts": b"<script>while(1){}</script>" * 10_000 + b"<p>ok</p>",
    "comments": b"<!--" * 100_000 + b"--><p>ok</p>",
    # libxml2 compares each attribute with all before: 50,000 take 13 or 27 s, by the machine, where 20 are allowed.
    "attributes": b"<p " + b"a" * 1_000_000 + b"><p " + b" ".join(b"x%d=1" % n for n in range(15_000)) + b">ok",
    "entities": laughs().encode() + b"<p>ok &l11;</p>",
    "tables in tables": b"<table><tr><td>a<td>" * 60 + b"<p>ok",
    "empty cells": b"<table>" + b"<tr>" + b"<td>" * 150_000,
    "open tags": b"<p><b><i>" * 100_000 + b"ok",
    "form": recursive_form(),  # some PDFium versions abort on it; ours must only not harm the others
    "spaces": b"<p>" + "\N{IDEOGRAPHIC SPACE}\n ".encode() * 400_000 + b"ok",
    "breaks": b"<p>" + "本机关收到政府信息公开申请一共有七十余件<br>".encode() * 100_000,
}


def test_the_hostile_set_ends_and_spares_the_others(tmp_path: Path) -> None:
    good = [HTML, DOCX, PDF, html_word_gbk(*SAMPLE.parts)]
    contents: list[tuple[str, bytes]] = []
    for number, (name, content) in enumerate({**REFUSED, **READ}.items()):
        contents += [(name, content), ("good", good[number % len(good)])]
    paths = []
    for number, (_, content) in enumerate(contents):
        paths.append(tmp_path / f"{number}.html")
        paths[-1].write_bytes(content)
    told: dict[str, RawDocument | Unreadable] = {}
    at = time.monotonic()
    for index, result in read_all(paths, 2):
        name = contents[index][0]
        took, at = time.monotonic() - at, time.monotonic()
        # A crash is tried again in a new worker, so that a file may have the time of two and of two starts.
        assert took < 2 * (DEFAULT.wall + START), name
        if name == "good":
            assert isinstance(result, RawDocument)
            assert [len(table.rows) for table in result.tables] == [14, 28, 4]
        else:
            told[name] = result
    for name in REFUSED:
        result = told[name]
        assert isinstance(result, Unreadable), name
        assert result.reason.zh
    assert {name for name in READ if not isinstance(told[name], RawDocument)} <= {"form"}


def test_truncated_files_never_stop_the_run(tmp_path: Path) -> None:
    draw = random.Random(5)
    paths = []
    for number in range(60):
        content = (HTML, DOCX, PDF)[number % 3]
        damaged = bytearray(content[: draw.randrange(1, len(content))])
        for _ in range(draw.randrange(0, 20)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        paths.append(tmp_path / f"{number}.bin")
        paths[-1].write_bytes(bytes(damaged))
    results = list(read_all(paths, 2))
    assert [index for index, _ in results] == list(range(60))
    faults = [result.reason.zh for _, result in results if isinstance(result, Unreadable)]
    assert not [reason for reason in faults if reason.startswith("读取时出错")]


@pytest.fixture
def visited() -> Iterator[tuple[str, list[str]]]:
    """A server on this machine, and what was asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", asked
    server.shutdown()
    thread.join()
    server.server_close()


def test_nothing_is_fetched_and_no_other_file_is_read(tmp_path: Path, visited: tuple[str, list[str]]) -> None:
    address, asked = visited
    secret = tmp_path / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    contents = []
    for target in (secret.as_uri(), address):
        head = f'<!DOCTYPE x SYSTEM "{target}x.dtd" [<!ENTITY e SYSTEM "{target}"><!ENTITY % p SYSTEM "{target}"> %p;]>'
        body = "<w:p><w:r><w:t>a&e;</w:t></w:r></w:p>"
        contents += [
            docx(document(body, head)),
            docx(document(body, head).decode().encode("utf-16")),
            f'<?xml version="1.0"?>{head}<html><body><p>a&e;</p></body></html>'.encode(),
            f'<base href="{target}"><link rel=stylesheet href=x.css><script src=x.js></script><p>a<img src=x.png>'
            f'<iframe src="{target}"></iframe><object data="{target}"></object><xi:include href="{target}"/>'.encode(),
            pdf(CATALOG.replace(b"/Pages", b"/OpenAction<</S/URI/URI(%s)>>/Pages" % target.encode()), PAGES),
            scripted(),
            rb'{\rtf1 a{\field{\*\fldinst INCLUDETEXT "%s"}{\fldrslt b}}\par}' % target.encode(),
            rb'{\rtf1 a{\field{\*\fldinst INCLUDEPICTURE "%sx.png" \\d}{\fldrslt b}}\par}' % target.encode(),
        ]
    paths = []
    for number, content in enumerate(contents):
        paths.append(tmp_path / f"{number}.html")
        paths[-1].write_bytes(content)
    results = [result for _, result in read_all(paths, 2)]
    assert len(results) == len(contents)
    assert SECRET not in repr(results)
    assert asked == []
    assert any(isinstance(result, RawDocument) for result in results)


def test_undecodable_and_wide_bytes_take_linear_time() -> None:
    started = time.process_time()
    for content in (
        b"<meta " * 500_000 + b"\xff",
        b"\xff\xfe" * 2_000_000,
        b"<?xml " * 500_000 + b"\xff",
        b"\xd5\xfe" * 2_000_000,
    ):
        decode(content)
    assert time.process_time() - started < 10
