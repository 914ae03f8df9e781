"""The values that parameters may take, each as an annotated type whose fault says what is wrong and what to do.

Names that depend on the workspace (ledgers, agencies, editions) come in as ``Known``, the context of the validation. A
message never repeats the address of a database: a password may stand in it. Beside each type stands what of it a JSON
Schema can say, for editors: never more than the type itself refuses. Nothing here touches a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, ValidationInfo, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError

from govnb.errors import NOTHING, Text, did_you_mean, nearest
from govnb.inputs.workspace import AGENCY_ID, agency_id_problem, name_too_long

LEVELS = {"province": "省级", "city": "市级", "county": "县区级", "department": "部门", "town": "乡镇街道"}
SCRIPTS = {"hans": "简体", "hant": "繁體"}
SCOPES = {"own": "本机关", "aggregate": "汇总"}
URL_SCHEMES = ("sqlite", "postgresql+psycopg")
_WEB_ADDRESS = r"(https?://)?[^\s<>\"'@:/]+\.[^\s<>\"'@]+"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_VARIABLES = r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})+"


@dataclass(frozen=True)
class Known:
    """Names that a file may use. ``ledgers``: ledger → column code → Chinese header."""

    ledgers: Mapping[str, Mapping[str, str]]
    agencies: tuple[str, ...] = ()
    editions: tuple[int, ...] = ()
    agency: str = ""
    outside: Callable[[str], bool] = lambda file: False  # whether a file leads out of the workspace


def _fault(zh: str, en: str, fix: Text = NOTHING) -> PydanticCustomError:
    return PydanticCustomError("govnb", "fault", {"what": Text(zh, en), "fix": fix})


def clip(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _known(info: ValidationInfo) -> Known:
    context = info.context
    return context if isinstance(context, Known) else Known({})


def _line(value: str) -> str:
    """One line of text, not blank, ends trimmed."""
    text = value.strip()
    if not text:
        raise _fault("内容为空", "is empty", Text("请填写，或删去这一行", "Fill it in, or delete the line"))
    if any(ord(char) < 32 or char in "\x7f\u2028\u2029" for char in text):
        raise _fault("含有换行或控制字符", "holds a line break or a control character")
    return text


def _number_as_text(value: Any) -> Any:
    """A name made of digits (``sheet: 2021``, their code ``1``) is a number in YAML; it is meant as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | Decimal) else value


def _choice(names: Mapping[str, str]) -> AfterValidator:
    def check(value: str) -> str:
        if value in names:
            return value
        by_label = {label: code for code, label in names.items()}
        near = nearest(value, [*names, *by_label])
        listed = [f"{code}（{label}）" for code, label in names.items()]
        if near is None:
            fix = Text(f"可用的有：{'、'.join(listed)}", f"Known are: {', '.join(names)}")
        else:
            fix = did_you_mean(by_label.get(near, near), [by_label.get(near, near)])
        raise _fault(f"“{clip(value)}”不是可用的值", f"“{clip(value)}” is not one of the known values", fix)

    return AfterValidator(check)


def _website(value: str) -> str:
    if not re.fullmatch(_WEB_ADDRESS, value):
        fix = Text("请写成 https://www.example.gov.cn", "Write it like https://www.example.gov.cn")
        raise _fault(f"“{clip(value)}”不是网址", f"“{clip(value)}” is not a web address", fix)
    return value


def _date(value: Any) -> date:
    fix = Text("请写成 2022-01-20", "Write it like 2022-01-20")
    if not isinstance(value, str) or not re.fullmatch(_DATE, value):
        raise _fault(f"“{clip(value)}”不是日期", f"“{clip(value)}” is not a date", fix)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _fault(f"没有“{value}”这一天", f"there is no day {value}", fix) from None


def _ledger(value: str, info: ValidationInfo) -> str:
    ledgers = _known(info).ledgers
    if value not in ledgers:
        raise _fault(f"没有台账“{clip(value)}”", f"there is no ledger “{clip(value)}”", did_you_mean(value, ledgers))
    return value


def _file(value: str, info: ValidationInfo) -> str:
    if "://" in value:
        fix = Text("请写成 {url: …, query: …}", "Write {url: …, query: …}")
        raise _fault("是网址或数据库地址，不是文件", "is an address, not a file", fix)
    if value.startswith(("/", "~")) or re.match(r"[A-Za-z]:", value) or "\\" in value:
        fix = Text("请写相对路径，用 / 分隔", "Write a path relative to the workspace, with /")
        raise _fault("不能用绝对路径或反斜杠", "must not be an absolute path or hold a backslash", fix)
    if name_too_long(value):
        raise _fault(f"文件名“{clip(value)}”过长", f"file name “{clip(value)}” is too long")
    if _known(info).outside(value):
        fix = Text("请把文件放进工作区", "Put the file into the workspace")
        raise _fault("指向工作区以外，不予读取", "leads out of the workspace and is not read", fix)
    return value


def _url(value: str) -> str:
    """The address of a database with ``${NAME}`` as it stands. The message never repeats it: it may hold a password."""
    scheme, found, rest = value.partition("://")
    if value.startswith("${"):
        return value
    if not found or scheme not in URL_SCHEMES:
        raise _fault("数据库地址的种类未知", "has an unknown kind of database", did_you_mean(scheme, URL_SCHEMES))
    user, at, _ = rest.rpartition("@")
    password = user.partition(":")[2] if at else ""
    if password and not re.fullmatch(_VARIABLES, password):
        fix = Text("请写成 ${变量名}，密码放在环境变量里", "Write ${NAME} and keep the password in the environment")
        raise _fault("数据库地址里写有密码", "holds a password", fix)
    return value


def _agency_id(value: str) -> str:
    if problem := agency_id_problem(value):
        raise _fault(problem.what.zh, problem.what.en, problem.fix)
    return value


def _member(value: str, info: ValidationInfo) -> str:
    known = _known(info)
    if value == known.agency:
        raise _fault("机关不能以自己为成员", "an organ can't be its own member")
    if value not in known.agencies:
        others = [name for name in known.agencies if name != known.agency]
        fix = did_you_mean(value, others) if others else NOTHING
        raise _fault(f"没有机关“{value}”", f"there is no agency “{value}”", fix)
    return value


def _no_doubles(value: list[str]) -> list[str]:
    doubled = sorted({item for item in value if value.count(item) > 1})
    if doubled:
        raise _fault(f"成员“{doubled[0]}”重复", f"member “{doubled[0]}” is given twice")
    return value


def _edition(value: int, info: ValidationInfo) -> int:
    editions = _known(info).editions
    if value not in editions:
        names = [str(number) for number in editions]
        raise _fault(f"没有版式 {value}", f"there is no edition {value}", did_you_mean(str(value), names))
    return value


def _notebook(value: str) -> str:
    name = value.removesuffix(".ipynb")
    if not name or name.startswith(".") or re.search(r"[/\\:*?\"<>|]", name) or name_too_long(value):
        fix = Text("请写 notebooks/ 里的文件名", "Write the name of a file in notebooks/")
        raise _fault(f"“{clip(value)}”不是 notebook 的名称", f"“{clip(value)}” is not the name of a notebook", fix)
    return name


def _cited_id(value: str) -> str:
    if not value.isidentifier() or value.startswith("_") or len(value) > 63:
        fix = Text("只用字母、数字、汉字和下划线，不以数字开头", "Use letters, digits and _, and no digit first")
        raise _fault(f"引用名“{clip(value)}”不合规则", f"“{clip(value)}” can't name a quoted number", fix)
    return value


def _cited_value(value: Any) -> Any:
    if isinstance(value, bool) or value is None or not isinstance(value, int | Decimal | str):
        raise _fault("应为数字或文字", "must be a number or a text")
    if isinstance(value, str):
        value = _line(value)
        if re.fullmatch(r"[-+]?(\.nan|\.inf|[0-9.]+e[-+]?[0-9]+)", value.lower()):
            fix = Text("请把数字写全，如 1000", "Write the number out, like 1000")
            raise _fault(f"“{clip(value)}”不是可用的数字", f"“{clip(value)}” is not a usable number", fix)
    return value


def _pattern(expression: str, **more: Any) -> WithJsonSchema:
    """For editors: text that matches the whole ``expression``, which reads alike in Python and JavaScript."""
    return WithJsonSchema({"type": "string", "pattern": f"^{expression}$", **more})


def _one_of(names: Mapping[str, str]) -> WithJsonSchema:
    """For editors: the values with their labels; yaml-language-server shows ``markdownEnumDescriptions``."""
    return WithJsonSchema({"type": "string", "enum": [*names], "markdownEnumDescriptions": [*names.values()]})


class _OrNull:
    """For editors: a key with nothing below it yet is null in YAML."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [handler(core), {"type": "null"}]}


OR_NULL = _OrNull()
_SCALARS = ["string", "number", "boolean"]
_AFTER_SCHEME = rf"([^@]*|[^:]*(:{_VARIABLES})?@[^@]*)"  # what may follow ://, with no password but ${NAME}
_ADDRESS = rf"(\$\{{.*|({'|'.join(re.escape(scheme) for scheme in URL_SCHEMES)})://{_AFTER_SCHEME})"
_SIGNS = r"\s!-/:-@\[-\^`{-~"  # what no name is made of; \w means ASCII alone in an editor

Line = Annotated[str, AfterValidator(_line), WithJsonSchema({"type": "string", "pattern": r"\S"})]
Loose = Annotated[str, BeforeValidator(_number_as_text), AfterValidator(_line), WithJsonSchema({"type": _SCALARS})]
TheirValue = Annotated[
    str,
    BeforeValidator(lambda value: "" if value is None else _number_as_text(value)),
    WithJsonSchema({"type": [*_SCALARS, "null"]}),
]
IsoDate = Annotated[date, BeforeValidator(_date), _pattern(_DATE, format="date")]
Level = Annotated[Line, _choice(LEVELS), _one_of(LEVELS)]
Script = Annotated[Line, _choice(SCRIPTS), _one_of(SCRIPTS)]
Scope = Annotated[Line, _choice(SCOPES), _one_of(SCOPES)]
Website = Annotated[Line, AfterValidator(_website), _pattern(rf"\s*{_WEB_ADDRESS}\s*")]
TargetDays = Annotated[int, Field(ge=1, le=20)]  # 条例第三十三条: 20 working days are the limit itself
MemberId = Annotated[str, AfterValidator(_agency_id), AfterValidator(_member), _pattern(AGENCY_ID.pattern)]
LedgerName = Annotated[str, AfterValidator(_ledger)]
FileName = Annotated[Line, AfterValidator(_file), _pattern(r"\s*(?![/~\s]|[A-Za-z]:)(?!.*(\\|://)).+")]
DatabaseUrl = Annotated[Line, AfterValidator(_url), _pattern(rf"\s*{_ADDRESS}\s*")]
EditionNumber = Annotated[int, AfterValidator(_edition)]
NotebookName = Annotated[Line, AfterValidator(_notebook), _pattern(r'\s*[^\s./\\:*?"<>|][^/\\:*?"<>|]*')]
CitedId = Annotated[str, AfterValidator(_cited_id), _pattern(rf"[^{_SIGNS}_0-9][^{_SIGNS}]{{0,62}}")]
CitedValue = Annotated[
    int | Decimal | str,
    BeforeValidator(_cited_value),
    WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"\S"}]}),
]
NoDoubles = AfterValidator(_no_doubles)
EMPTY_MAPPING = BeforeValidator(lambda value: {} if value is None else value)  # a key with nothing below it yet
EMPTY_LIST = BeforeValidator(lambda value: [] if value is None else value)
