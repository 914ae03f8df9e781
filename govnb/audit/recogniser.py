"""Pictures of lines of text → text, with the model of the optional extra ``govnb[ocr]``.

Only the model and its character list are taken from rapidocr-onnxruntime; its own code, and OpenCV with it (which needs
a graphics library that servers lack), is never loaded. Nothing is fetched: the model is a file of the installed wheel.
One thread, so that the same picture gives the same text on any number of processors.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from govnb.audit.scan_pages import Grey, Snippet
from govnb.errors import Place, Problem, Text, UsageError

_MODEL = "models/ch_PP-OCRv4_rec_infer.onnx"
_HEIGHT = 48  # pixels: what the model was trained on
_LEAST_WIDTH, _MOST_WIDTH = 96, 3_200
_BATCH = 16
_PIXELS = 48 * 4_000  # of a batch's width times its height, at most


class Read(NamedTuple):
    """``score``: how sure the model is of the least sure character, 0 to 1."""

    text: str
    score: float


class Recogniser(Protocol):
    def read(self, snippets: Sequence[Snippet]) -> list[Read]:
        """What each line says, in their order."""
        ...


def check_available() -> None:
    """UsageError with what to install where the extra is missing."""
    if _model_path() is None or importlib.util.find_spec("onnxruntime") is None:
        raise UsageError(
            Problem(
                Place(),
                Text("--ocr需要可选组件，尚未安装", "--ocr needs an optional extra that is not installed"),
                Text(
                    '请安装：pip install "govnb[ocr]"（需Python 3.11或3.12）',
                    'Install it: pip install "govnb[ocr]" (Python 3.11 or 3.12)',
                ),
                "usage.ocr",
            )
        )


def _model_path() -> Path | None:
    """The model in the installed wheel, found without loading any of its code."""
    spec = importlib.util.find_spec("rapidocr_onnxruntime")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(folder) / _MODEL).is_file():
            return path
    return None


@cache
def load_recogniser() -> Recogniser:
    """The recogniser of this process; UsageError where the extra is missing."""
    check_available()
    return _Model(_model_path())


class _Model:
    def __init__(self, path: Path | None) -> None:
        import onnxruntime  # type: ignore[import-untyped, import-not-found, unused-ignore]

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 4
        self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._input: str = self._session.get_inputs()[0].name
        listed = self._session.get_modelmeta().custom_metadata_map["character"].splitlines()
        self._characters = ["", *listed, " "]  # the first class is the gap between characters

    def read(self, snippets: Sequence[Snippet]) -> list[Read]:
        lines = [_scaled(snippet.picture) for snippet in snippets]
        found = [Read("", 0.0)] * len(lines)
        order = sorted(range(len(lines)), key=lambda at: lines[at].shape[1])
        while order:
            count = max(1, min(_BATCH, len(order)))
            while count > 1 and lines[order[count - 1]].shape[1] * count * _HEIGHT > _PIXELS * 4:
                count -= 1
            batch, order = order[:count], order[count:]
            for at, read in zip(batch, self._read([lines[at] for at in batch]), strict=True):
                found[at] = read
        return found

    def _read(self, lines: Sequence[npt.NDArray[np.float32]]) -> list[Read]:
        width = max(_LEAST_WIDTH, max(line.shape[1] for line in lines))
        block = np.zeros((len(lines), 3, _HEIGHT, width), dtype=np.float32)
        for at, line in enumerate(lines):
            block[at, :, :, : line.shape[1]] = line
        chances = self._session.run(None, {self._input: block})[0]
        return [self._decoded(chance) for chance in chances]

    def _decoded(self, chances: npt.NDArray[np.float32]) -> Read:
        """Equal neighbours are one character unless a gap parts them."""
        best, sure = chances.argmax(axis=1).tolist(), chances.max(axis=1).tolist()
        text, score, before = "", 1.0, 0
        for code, chance in zip(best, sure, strict=True):
            if code and code != before:
                text += self._characters[code] if code < len(self._characters) else "?"
                score = min(score, chance)
            before = code
        return Read(text, score if text else 0.0)


def _scaled(picture: Grey) -> npt.NDArray[np.float32]:
    """To the model's height; from -1 (black) to 1 (white)."""
    height, width = picture.shape
    wide = max(8, min(_MOST_WIDTH, round(width * _HEIGHT / height)))
    image = Image.fromarray(picture).resize((wide, _HEIGHT), Image.Resampling.BILINEAR)
    return np.asarray(image, dtype=np.float32) / 127.5 - 1.0
