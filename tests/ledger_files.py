"""Ledgers as CSV files that people and systems might write: clean, faulty, quoted, titled, in any encoding.

The same seed gives the same bytes. What a file holds is chosen so that each kind of fault of a cell, a row and a whole
file is met, and the usual spellings much more often.
"""

from __future__ import annotations

from random import Random

from govnb.inputs.schema import Column, LedgerSchema

ODD = (
    *' \u3000\u200bx-是"',
    "=1",
    "合计",
    "总 计",
    "12%",
    'a"b',
    "1e3",
    "44260",
    "2021-2-30",
    "21/3/4",
    "10万",
    "公开",
)
DATES = (
    *["{y}-{m:02}-{d:02}"] * 12,
    "{y}/{m}/{d}",
    "{y}年{m}月{d}日",
    "{y}{m:02}{d:02}",
    "{y}-{m:02}-{d:02} 09:30",
    "{y}-{m:02}-{d:02}T25:00:00",
    " {y}.{m}.{d} ",
)
INTS = ("", "0", "3", "20", "1,234", "１２", "3.0", "-1", "007")
DECIMALS = ("0", "1.50", "1,234.5", "12.3456789012", "0.0000001", "-3", "1234567890123.25")
TEXTS = ("文字", "一段 文字 ", "逗号，全角", "a,b", "两\n行", '"引"', "必", "长" * 30)
ENCODINGS = (*["utf-8"] * 4, "utf-8-sig", "gb18030", "gb18030", "utf-16", "utf-16-le")
LINE_ENDS = (*["\n"] * 3, "\r\n", "\r")


def written(random: Random, schema: LedgerSchema) -> bytes:
    """A whole file of one ledger."""
    separator = random.choice(",,,,\t;")
    columns = [column for column in schema.columns.values() if column.required or random.random() < 0.85]
    if random.random() < 0.05 and len(columns) > 2:
        columns.pop(random.randrange(len(columns)))
    header = [random.choice([column.header, column.header, column.code, column.header + " "]) for column in columns]
    rows: list[list[str]] = []
    if random.random() < 0.15:
        rows.append([schema.label] + [""] * random.choice([0, len(header) - 1]))
    rows.append(header)
    tidy = random.random() < 0.5
    for number in range(random.choice([0, 1, 5, 40, 80])):
        rows.append(_row(random, columns, number if tidy else None))
    text = _joined(random, rows, separator)
    if random.random() < 0.03:  # a mark that nobody closes
        at = random.randrange(len(text))
        text = f'{text[:at]}"{text[at:]}'
    content = text.encode(random.choice(ENCODINGS))
    if random.random() < 0.03:
        at = random.randrange(len(content))
        content = content[:at] + bytes([random.randrange(256)]) + content[at + 1 :]
    return content


def _row(random: Random, columns: list[Column], number: int | None) -> list[str]:
    row = [f"号{number}" if number is not None and column.type == "id" else _cell(random, column) for column in columns]
    chance = random.random()
    if chance < 0.01:
        return []
    if chance < 0.02:
        return [""] * len(row)
    if chance < 0.023:
        return ["合计"] + [""] * (len(row) - 1)
    if chance < 0.025:
        return [*row, "多"]
    if chance < 0.027:
        return row[:-1]
    return [*row, "", ""] if chance < 0.03 else row


def _cell(random: Random, column: Column) -> str:
    if random.random() < 0.02:
        return random.choice(ODD)
    if not column.required and random.random() < 0.3:
        return ""
    if column.type == "date":
        day = {"y": random.randrange(2019, 2022), "m": random.randrange(1, 13), "d": random.randrange(1, 29)}
        return random.choice(DATES).format(**day)
    if column.type == "int":
        return (
            str(random.randrange(1948, 2102)) if column.maximum else random.choice([*INTS, str(random.randrange(99))])
        )
    if column.type == "decimal":
        return random.choice(DECIMALS)
    if column.type == "bool":
        return random.choice(["是", "否", "TRUE", "0", " 是"])
    if column.type == "enum":
        code, label = random.choice(list(column.values.items()))
        return random.choice([code, label, label, label.replace("（", "("), f" {label}", code.upper()])
    if column.type == "enum-open":
        return random.choice([*column.known, "自设", "自设 "])
    if column.type == "id":
        return random.choice([f"甲-{random.randrange(60):03}", f"A{random.randrange(10**6)}"])
    return random.choice(TEXTS)


def _joined(random: Random, rows: list[list[str]], separator: str) -> str:
    quoting = random.choice(["where needed", "where needed", "all", "none"])

    def quoted(cell: str) -> str:
        needed = any(character in cell for character in (separator, '"', "\n"))
        if quoting == "all" or (quoting == "where needed" and needed):
            return '"' + cell.replace('"', '""') + '"'
        return cell.replace("\n", " ").replace(separator, "，")

    end = random.choice(LINE_ENDS)
    return end.join(separator.join(map(quoted, row)) for row in rows) + random.choice(["", end, end * 3])
