"""The workspace: the folder that holds params/, data/, notebooks/ and output/, and which of its files exist.

Every path that a parameter names goes through ``inside``, so that nothing outside of the folder is ever read; an agency
id is checked before any path is built from it. Nothing here writes, and nothing here opens a ledger.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from govnb.errors import NOTHING, Collector, Place, Problem, Text, UsageError
from govnb.form.edition import Edition, read_editions

AGENCY_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_YEAR_FILE = re.compile(r"[0-9]{4}\.yaml")
_MAX_NAME = 255  # bytes; the limit of the file systems in use
_MAX_TEXT = 4_000_000  # bytes of a hand-written file; more is not one


@dataclass(frozen=True)
class Workspace:
    """``root`` is absolute and resolved; ``editions`` are the packaged forms and those of the workspace's editions/."""

    root: Path
    editions: Mapping[int, Edition]

    def agencies(self) -> list[str]:
        """Ids of the organs in params/ (folders with a good name and an agency.yaml), sorted."""
        names = [path.name for path in self.agency_folders() if AGENCY_ID.fullmatch(path.name)]
        return [name for name in names if self._is_file(f"params/{name}/agency.yaml")]

    def agency_folders(self) -> list[Path]:
        """Every visible folder of params/, whatever its name, sorted."""
        folder = self.root / "params"
        try:
            with os.scandir(folder) as entries:
                names = [entry.name for entry in entries if not entry.name.startswith(".") and entry.is_dir()]
        except OSError:
            return []
        return [folder / name for name in sorted(names)]

    def years(self, agency: str) -> list[int]:
        """Report years of an organ: its files <4 digits>.yaml. UsageError for a bad id."""
        check_agency_id(agency)
        try:
            with os.scandir(self.root / "params" / agency) as entries:
                return sorted(
                    int(entry.name[:4]) for entry in entries if _YEAR_FILE.fullmatch(entry.name) and entry.is_file()
                )
        except OSError:
            return []

    def inside(self, path: Path | str) -> Path:
        """``path`` (absolute, or relative to the workspace) with all links resolved.

        UsageError where it leads out of the workspace, by ``..``, by a link or by itself.
        """
        try:
            resolved = (self.root / path).resolve()
        except (OSError, RuntimeError, ValueError):  # a loop of links, or a NUL in the name
            resolved = None
        if resolved is None or not resolved.is_relative_to(self.root) or _loops(resolved):
            what = Text("指向工作区以外，不予读取", "leads out of the workspace and is not read")
            fix = Text("请把文件放进工作区", "Put the file into the workspace")
            raise UsageError(Problem(Place(file=self.shown(path)), what, fix, "workspace.outside"))
        return resolved

    def notebook(self, name: str) -> Path:
        """Where the notebook of that name, without suffix, stands. UsageError where that is out of the workspace."""
        return self.inside(Path("notebooks") / f"{name}.ipynb")

    def shown(self, path: Path | str) -> str:
        """``path`` as messages and outputs name it: relative to the workspace, with ``/``; never absolute."""
        full = self.root / path
        if not full.is_relative_to(self.root):
            try:
                full = self.root / full.resolve().relative_to(self.root)
            except (OSError, RuntimeError, ValueError):
                return _clipped(full.name)
        return _clipped(full.relative_to(self.root).as_posix())

    def source_path(self, agency: str, file: str) -> Path:
        """Where a ``file`` of params stands: in data/<agency>/ where it is there, else under the workspace.

        The path need not exist. UsageError where it leads out of the workspace or where the id is bad.
        """
        check_agency_id(agency)
        beside = self.inside(Path("data") / agency / file)
        if _exists(beside):
            return beside
        below = self.inside(file)
        return below if _exists(below) else beside

    def _is_file(self, name: str) -> bool:
        try:
            return (self.root / name).is_file()
        except OSError:
            return False


def find_workspace(start: Path | None) -> Workspace:
    """The workspace ``start`` (``-w``), or without it the nearest folder from here upwards that has params/.

    UsageError where there is none; ParamsError where an edition of its own is wrong.
    """
    if start is not None:
        candidates: Iterable[Path] = (start.absolute(),)
    else:
        here = Path.cwd()
        candidates = (here, *here.parents)
    for folder in candidates:
        if _is_folder(folder / "params"):
            root = folder.resolve()
            return Workspace(root, _editions(root))
    raise UsageError(_no_workspace(start))


def _no_workspace(start: Path | None) -> Problem:
    fix = Text(
        "请用 govnb init 目录名 新建一个工作区，或用 -w 指明", "Make one with `govnb init DIR`, or name one with -w"
    )
    if start is None:
        what = Text("此处及上级目录都没有 params/ 文件夹，不是工作区", "no folder from here upwards has params/")
        return Problem(Place(), what, fix, "workspace.none")
    if not _is_folder(start):
        what = Text("没有这个文件夹", "there is no such folder")
    else:
        what = Text("没有 params/ 文件夹，不是工作区", "has no folder params/ and so is no workspace")
    return Problem(Place(file=start.name or "."), what, fix, "workspace.none")


def _editions(root: Path) -> dict[int, Edition]:
    folder = root / "editions"
    if folder.exists():
        bare = Workspace(root, {})
        for path in (folder, *sorted(folder.glob("*.yaml"))):
            bare.inside(path)
    return read_editions(folder)


def agency_id_problem(text: str, where: Place | None = None) -> Problem | None:
    """The fault of an agency id, or None where it is a good one. Builds no path."""
    if AGENCY_ID.fullmatch(text):
        return None
    shown = text if len(text) <= 70 else f"{text[:70]}…"
    what = Text(f"机关代码“{shown}”不合规则", f"agency id “{shown}” is not allowed")
    fix = Text(
        "只用小写字母、数字和连字符，以字母或数字开头，最多63个字符",
        "Use small letters, digits and hyphens, begin with a letter or digit, 63 characters at most",
    )
    return Problem(where or Place(), what, fix, "workspace.agency")


def check_agency_id(text: str) -> None:
    """UsageError unless ``text`` is ``[a-z0-9][a-z0-9-]{0,62}``."""
    if problem := agency_id_problem(text):
        raise UsageError(problem)


def read_text(workspace: Workspace, path: Path, problems: Collector, code: str = "params.file") -> str | None:
    """A hand-written text file with ``\\n`` line ends, or None with the fault added to ``problems``.

    UTF-8 with or without BOM, UTF-16 with BOM and GB18030 are read alike.
    """
    place = Place(file=workspace.shown(path))
    try:
        with workspace.inside(path).open("rb") as handle:
            content = handle.read(_MAX_TEXT + 1)
    except UsageError as error:
        problems.problems.extend(error.problems)
        return None
    except OSError as error:
        reason = _os_reason(error)
        problems.add(place, Text(f"无法读取：{reason.zh}", f"can't be read: {reason.en}"), NOTHING, code)
        return None
    if len(content) > _MAX_TEXT:
        problems.add(place, Text("文件过大，不像手写的文件", "is too large for a hand-written file"), NOTHING, code)
        return None
    text = decode(content)
    if text is None:
        fix = Text("请另存为 UTF-8 编码", "Save it as UTF-8")
        problems.add(place, Text("不是文本文件", "is not a text file"), fix, code)
    return text


def decode(content: bytes) -> str | None:
    """Text of a file in UTF-8, UTF-16 (with BOM) or GB18030, line ends as ``\\n``; None where it is no text."""
    encodings = ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text.replace("\r\n", "\n").replace("\r", "\n")
    return None


def _os_reason(error: OSError) -> Text:
    """Why the system refuses a file, without the path that its own message holds."""
    if isinstance(error, FileNotFoundError):
        return Text("文件不存在", "there is no such file")
    if isinstance(error, PermissionError):
        return Text("没有读取权限", "permission denied")
    if isinstance(error, IsADirectoryError):
        return Text("这是文件夹", "it is a folder")
    return Text("系统报错", "the system refuses it")


def name_too_long(file: str) -> bool:
    """Whether a part of the path is longer than a file system takes."""
    return any(len(part.encode("utf-8", "surrogatepass")) > _MAX_NAME for part in file.split("/"))


def _loops(path: Path) -> bool:
    """Whether it is a loop of links, which ``resolve`` gives back as it is from Python 3.13 on."""
    try:
        path.stat()
    except OSError as error:
        return error.errno == errno.ELOOP
    return False


def _clipped(name: str) -> str:
    return name if len(name) <= 200 else f"{name[:200]}…"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
