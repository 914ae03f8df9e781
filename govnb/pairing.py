"""Two sequences in order: which of one belong to which of the other, as a whole and not one by one. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def pair_in_order(worth: Sequence[Sequence[float]]) -> tuple[list[tuple[int, int]], float]:
    """The pairs (row, column), both ascending, with the greatest sum of ``worth``, and that sum (Needleman–Wunsch).

    ``worth[row][column]`` is what the pair is worth; 0 where it must not be made. Of equal sums the one that pairs the
    earliest row and column.
    """
    rows, columns = len(worth), len(worth[0]) if worth else 0
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            taken = worth[i][j] + best[i + 1][j + 1] if worth[i][j] else 0.0
            best[i][j] = max(taken, best[i + 1][j], best[i][j + 1])
    pairs: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if worth[i][j] and best[i][j] == worth[i][j] + best[i + 1][j + 1]:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs, best[0][0]
