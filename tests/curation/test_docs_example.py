"""The worked example in docs/curation.md prints what it says it prints."""

from __future__ import annotations

import re
from pathlib import Path

from tests.curation import projects


def test_the_worked_example_does_what_it_says(root: Path, tmp_path: Path, monkeypatch, capsys):
    page = (root / "docs" / "curation.md").read_text(encoding="utf-8")
    example, decision = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    projects.make(tmp_path / "bird.h5", n=7)
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(example, "docs/curation.md", "exec"), names)
    said = [line.split("# ", 1)[1] for line in example.splitlines() if "# " in line]
    assert capsys.readouterr().out.splitlines() == said
    exec(compile(decision, "docs/curation.md", "exec"), names)
    assert projects.labels_in(tmp_path / "bird.h5") == [1, 1, 1, 1, 0, 0, 0]
