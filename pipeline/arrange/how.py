"""How sounds are arranged: the parameters of `pipeline.arrange.arrange`, the command and the form."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.arrange import sources, tree
from pipeline.params import param

COPIES = ("copy", "link", "list")


@dataclass(frozen=True)
class How:
    """All but the files: what they are compared by, and what is made of them."""

    frames: int = param(2, "windows of 50 ms from the beginning of each sound that count", low=1, high=1000)
    compat: bool = param(False, "features and distances as pyAudioAnalysis 0.3.14 gives them: nothing is scaled")
    order: str = param("optimal", "how the tree is laid out: optimal puts like beside like", choices=tree.ORDERS)
    copies: str = param("copy", "what is made of the files: copies, hard links, or only the lists", choices=COPIES)
    parent_dir: bool = param(True, "put the name of a file's folder into that of its copy")
    n_clusters: int | None = param(None, "number of clusters, each in a folder of its own; none if not given", low=1,
                                   high=100_000)
    categories: str = param("auto", "where kinds come from if not from a table: folders, the beginnings of names, or "
                            "nowhere; auto takes folders if there are several", choices=sources.CATEGORIES)
    prefix_length: int | None = param(None, "so many characters of a name are its kind; without it, the letters it "
                                      "begins with", low=1, high=100)
    label_column: str = param("label", "column of the table that holds the kind")
    most_pairwise: int = param(tree.MOST_PAIRWISE, "above so many sounds, whose distances take 3 GB, only near "
                               "neighbours are joined", low=2, high=200_000)
