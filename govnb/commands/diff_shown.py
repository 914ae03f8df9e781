"""A comparison on the terminal: tables and coloured wording where somebody looks, plain lines in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from govnb.commands.options import said
from govnb.comparing.model import (
    ADDED,
    CHANGED,
    EMPTIED,
    FILLED,
    ONLY_NEW,
    ONLY_OLD,
    REMOVED,
    REPEATED,
    Cell,
    Difference,
    SectionChange,
    Sentence,
    differing,
    printed_change,
    printed_percent,
)
from govnb.counting.figures import show
from govnb.errors import Text

_STATES = {
    FILLED: Text("原为空", "was blank"),
    EMPTIED: Text("改为空", "now blank"),
    ONLY_OLD: Text("仅前者有", "old form only"),
    ONLY_NEW: Text("仅后者有", "new form only"),
}
_SIGNS = {REMOVED: "-", ADDED: "+", CHANGED: "~", "same": "=", "carried": "≈"}
_AROUND = {REMOVED: ("[-", "-]"), ADDED: ("{+", "+}")}
_STYLES = {REMOVED: "red strike", ADDED: "green"}


def print_difference(difference: Difference, everything: bool) -> None:
    """``everything``: also what is the same."""
    old, new = difference.old, difference.new
    click.echo(f"{old.label}  {old.name}  {old.edition.authority}".rstrip())
    click.echo(f"{new.label}  {new.name}  {new.edition.authority}".rstrip())
    if difference.empty:
        click.echo(said("两份报告没有差异", "There is no difference"))
        if not everything:
            return
    rich = sys.stdout.isatty()
    for table, cells in difference.tables.items():
        _print_table(difference, table, cells, everything, rich)
    for section in difference.sections:
        if section.sentences:
            _print_section(section, everything, rich)
    if difference.share is not None:
        share = show(difference.share)
        click.echo("")
        click.echo(said(f"全文照搬{share}%（数字不计）", f"{share}% of the whole text is repeated (numbers aside)"))


def _print_table(difference: Difference, table: str, cells: Sequence[Cell], everything: bool, rich: bool) -> None:
    shown = list(cells) if everything else differing(cells)
    title = difference.caption(table)
    same = len(cells) - len(shown)
    click.echo("")
    click.echo(f"{title}" + (said(f"（另有{same}格无变化）", f" ({same} cells are the same)") if same else ""))
    heads = [
        said("项目", "Row"),
        said("栏目", "Column"),
        difference.old.label,
        difference.new.label,
        said("增减", "Change"),
        "%",
        said("备注", "Note"),
    ]
    lines = [
        [
            cell.row_label,
            cell.column_label,
            show(cell.old),
            show(cell.new),
            printed_change(cell),
            printed_percent(cell, said("新增", "new")),
            str(_STATES.get(cell.state, "")),
        ]
        for cell in shown
    ]
    if not lines:
        return
    if rich:
        _print_rich_table(heads, lines)
    else:
        for line in (heads, *lines):
            click.echo("\t".join(" ".join(text.split()) for text in line))


def _print_rich_table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Styled

    drawn = Table(box=box.SIMPLE, pad_edge=False)
    for at, head in enumerate(heads):
        drawn.add_column(Styled(head), justify="right" if 2 <= at <= 5 else "left", overflow="fold")
    for line in lines:
        drawn.add_row(*(Styled(text) for text in line))
    Console().print(drawn)


def _print_section(section: SectionChange, everything: bool, rich: bool) -> None:
    shown = [s for s in section.sentences if everything or s.moved or s.state not in REPEATED]
    share = show(section.share) + "%" if section.share is not None else "—"
    repeated = sum(section.count(state) for state in REPEATED)
    click.echo("")
    click.echo(
        said(
            f"{section.title}：照搬{share}（数字不计）；新增{section.count(ADDED)}句，删去{section.count(REMOVED)}句，"
            f"改写{section.count(CHANGED)}句，照搬{repeated}句",
            f"{section.title}: {share} repeated (numbers aside); {section.count(ADDED)} sentences added, "
            f"{section.count(REMOVED)} removed, {section.count(CHANGED)} changed, {repeated} carried over",
        )
    )
    for sentence in shown:
        _print_sentence(sentence, rich)


def _print_sentence(sentence: Sentence, rich: bool) -> None:
    sign = _SIGNS[sentence.state] + (said("（移动）", " (moved)") if sentence.moved else "")
    if not rich:
        click.echo(f"{sign} " + " ".join(plain_marks(sentence).split()))
        return
    from rich.console import Console
    from rich.text import Text as Styled

    line = Styled(f"{sign} ")
    for state, text in sentence.marks:
        line.append(text, _STYLES.get(state, ""))
    Console().print(line, soft_wrap=False)


def plain_marks(sentence: Sentence) -> str:
    """The wording with ``[-…-]`` around what went and ``{+…+}`` around what came; a whole sentence has none."""
    if sentence.state in (ADDED, REMOVED):
        return str(sentence.new if sentence.state == ADDED else sentence.old)
    return "".join(
        f"{_AROUND.get(state, ('', ''))[0]}{text}{_AROUND.get(state, ('', ''))[1]}" for state, text in sentence.marks
    )
