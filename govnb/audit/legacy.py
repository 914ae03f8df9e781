"""Legacy text documents (.doc, .wps, .rtf, .odt) by way of LibreOffice, where the machine has it.

LibreOffice works on a copy in a private folder with a profile of its own in which macros, links to other files and the
network are off, within a time limit; folder and processes are gone afterwards. Best effort: a conversion may lose a
table, so the document says that it was converted. Never asks the user's own LibreOffice or profile for anything.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path

from govnb.audit.docx_reader import MAX_BYTES, read_docx
from govnb.audit.raw import RawDocument, Unreadable
from govnb.errors import Text

TIME_LIMIT = 30.0  # seconds; a report takes 2 to 5
PROGRAMS = ("soffice", "libreoffice")

_SAVE_AS = Text("请用 Word 或 WPS 另存为 .docx 或 PDF 后再试", "Save it as .docx or PDF in Word or WPS and try again")
_CONVERTED = Text(
    "由 LibreOffice 转换后读取，表格可能有缺漏，请核对原文",
    "read after conversion by LibreOffice, which may lose parts of tables: compare with the original",
)
_SETTING = '<item oor:path="{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop></item>'
_SETTINGS = (
    ("/org.openoffice.Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("/org.openoffice.Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("/org.openoffice.Office.Writer/Content/Update", "Link", "0"),
    ("/org.openoffice.Inet/Settings", "ooInetProxyType", "2"),  # by hand, to an address where nothing answers
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("/org.openoffice.Inet/Settings", "ooInetHTTPSProxyPort", "9"),
)
_DEAD_PROXY = "http://127.0.0.1:9"


def read_doc(path: Path, suffix: str = "doc") -> RawDocument:
    """The document converted to .docx and read. ``suffix``: what its content is, whatever its name says."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        mega = MAX_BYTES >> 20
        raise Unreadable(Text(f"文件超过{mega} MB，不予读取", f"has more than {mega} MB and is not read"), _SAVE_AS)
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise Unreadable(
            Text(
                "旧格式文档，本机没有 LibreOffice，无法读取",
                "an old format, and this machine has no LibreOffice to read it",
            ),
            _SAVE_AS,
        )
    document = read_docx(_convert(program, content, suffix))
    return replace(document, notes=(_CONVERTED, *document.notes))


def _convert(program: str, content: bytes, suffix: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="govnb-audit-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        source, target, profile = folder / f"report.{suffix}", folder / "out" / "report.docx", folder / "profile"
        source.write_bytes(content)
        (profile / "user").mkdir(parents=True)
        (profile / "user" / "registrymodifications.xcu").write_text(_profile(), encoding="utf-8")
        command = [program, f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore", "--nolockcheck"]
        command += ["--convert-to", "docx:MS Word 2007 XML", "--outdir", str(target.parent), str(source)]
        _run(command, folder)
        if not target.is_file():
            raise Unreadable(Text("LibreOffice 无法打开该文件", "LibreOffice can't open the file"), _SAVE_AS)
        return target.read_bytes()


def _profile() -> str:
    items = "".join(_SETTING.format(path=path, name=name, value=value) for path, name, value in _SETTINGS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<oor:items xmlns:oor="http://openoffice.org/2001/registry"'
        f' xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{items}</oor:items>'
    )


def _run(command: list[str], folder: Path) -> None:
    """In a session of its own, so that its launcher and the program itself end together, whatever ends the wait."""
    environ = {
        key: value for key, value in os.environ.items() if key.upper() in ("PATH", "SYSTEMROOT", "LANG", "LC_ALL")
    }
    environ |= {"HOME": str(folder), "TMPDIR": str(folder), "TMP": str(folder), "TEMP": str(folder)}
    environ |= dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy", "all_proxy"), _DEAD_PROXY)
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise Unreadable(Text("LibreOffice 转换超时", "LibreOffice took too long to convert it"), _SAVE_AS) from None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if os.name != "nt":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()
