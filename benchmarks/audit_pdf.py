"""How long reading a PDF takes, as a ratio to what ``pdftotext`` takes on the same file (CPU time, one core).

    python benchmarks/audit_pdf.py            the sample of 2021 in every layout that this machine can make
    python benchmarks/audit_pdf.py FILE…      those files

A ratio says more than milliseconds on machines that others use too. Goal: ten documents of five pages a second.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2 as pdfium

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from govnb.audit.pdf_reader import read_pdf
from tests.layouts import chromium_pdf, docx_bytes, html_clean, libreoffice_pdf, own_pdf, read_sample

ROUNDS = 10


def layouts() -> dict[str, bytes]:
    parts = read_sample(2021).parts
    made = {"own": own_pdf(*parts)}
    if shutil.which("chromium"):
        made["chromium"] = chromium_pdf(html_clean(*parts))
        made["chromium, low pages"] = chromium_pdf(html_clean(*parts), "210mm 187mm")
        made["chromium, no borders"] = chromium_pdf(html_clean(*parts, borders=False))
    if shutil.which("soffice"):
        made["libreoffice"] = libreoffice_pdf(docx_bytes(*parts))
    return made


def reading(content: bytes) -> float:
    read_pdf(content)
    start = time.process_time()
    for _ in range(ROUNDS):
        read_pdf(content)
    return (time.process_time() - start) / ROUNDS


def pdftotext(content: bytes) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.pdf"
        path.write_bytes(content)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        for _ in range(ROUNDS):
            subprocess.run(["pdftotext", "-layout", str(path), "-"], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / ROUNDS


def main(files: list[str]) -> None:
    documents = {Path(name).name: Path(name).read_bytes() for name in files} or layouts()
    print(f"{'document':28}{'pages':>6}{'read_pdf':>10}{'pdftotext':>11}{'ratio':>7}{'a second':>10}")
    for name, content in documents.items():
        pages, ours = len(pdfium.PdfDocument(content)), reading(content)
        other = pdftotext(content) if shutil.which("pdftotext") else float("nan")
        print(f"{name:28}{pages:6}{ours * 1000:7.0f} ms{other * 1000:8.0f} ms{ours / other:7.1f}{1 / ours:10.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
