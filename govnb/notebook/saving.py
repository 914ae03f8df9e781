"""A notebook as the text of its file: what nbformat writes, to the byte, without its copy of everything.

The notebook is not changed and not validated; whoever has run it did that. Nothing is written to disk here.
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode
from nbformat.v4.rwbase import split_lines, strip_transient

from govnb.indented import indented_json


def notebook_text(notebook: NotebookNode) -> str:
    """The text of nbformat.writes."""
    copied = NotebookNode({**notebook, "metadata": NotebookNode(notebook.metadata)})
    copied.cells = [_copied(cell) for cell in notebook.cells]
    return indented_json(strip_transient(split_lines(copied)), 1, sort_keys=True)


def _copied(cell: Any) -> NotebookNode:
    """A cell of its own as far down as lines are split; all below it is shared."""
    made = NotebookNode({**cell, "metadata": NotebookNode(cell.metadata)})
    if "attachments" in cell:
        made.attachments = NotebookNode({name: NotebookNode(data) for name, data in cell.attachments.items()})
    if "outputs" in cell:
        made.outputs = [_copied_output(output) for output in cell.outputs]
    return made


def _copied_output(output: Any) -> NotebookNode:
    made = NotebookNode(output)
    if "data" in output:
        made.data = NotebookNode(output.data)
    return made
