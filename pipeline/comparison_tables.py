"""A comparison as a table for people and other programs: columns, CSV, Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.comparison_rows import Row

FIRST = ("feature", "vector", "scaling", "reduction", "algorithm", "n_clusters", "nmi", "acc", "acc_purity_assignment",
         "ari", "silhouette", "seconds")
SCORES = ("ami", "homogeneity", "completeness", "v", "purity", "calinski_harabasz", "davies_bouldin", "dbcv",
          "knn_agreement")
SPREADS = ("nmi", "acc")
SHOWN = ("feature", "vector", "scaling", "reduction", "algorithm", "n_clusters", "nmi", "acc", "ari", "silhouette",
         "seconds")


def plain(row: Row) -> dict[str, Any]:
    """A row as one flat table line; spreads as ``nmi_std`` and ``acc_std``, None where only one seed was tried."""
    return {
        **{name: getattr(row, name) for name in FIRST},
        **{name: row.scores.get(name) for name in SCORES},
        **{f"{name}_std": row.spread.get(name) for name in SPREADS},
        "n": row.n, "n_noise": row.n_noise, "n_seeds": row.n_seeds,
    }


def best_first(rows: Iterable[Row]) -> list[Row]:
    """By NMI, or by silhouette where no true labels are known; what has neither comes last."""
    def worth(row: Row) -> float:
        value = row.nmi if row.nmi is not None else row.silhouette
        return -2.0 if value is None else value
    return sorted(rows, key=worth, reverse=True)


def as_csv(rows: Sequence[Row]) -> str:
    """All columns, one line a row."""
    out = io.StringIO()
    lines = [plain(row) for row in rows]
    writer = csv.DictWriter(out, fieldnames=list(lines[0]) if lines else FIRST, lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return out.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """The main columns as a Markdown table."""
    lines = [f"| {' | '.join(SHOWN)} |", f"|{'---|' * len(SHOWN)}"]
    lines += [f"| {' | '.join(texts(row))} |" for row in rows]
    return "\n".join(lines) + "\n"


def texts(row: Row) -> list[str]:
    """The main columns as texts; scores with their deviation over seeds."""
    return [_text(row, name) for name in SHOWN]


def _text(row: Row, name: str) -> str:
    value = getattr(row, name)
    if value is None or value == "":
        return "–"
    if name == "seconds":
        return f"{value:.1f}"
    if isinstance(value, float):
        spread = row.spread.get(name)
        return f"{value:.3f} ± {spread:.3f}" if spread is not None else f"{value:.3f}"
    return str(value).replace("|", "\\|")
