"""Write the parts of the documentation that are made from the code.

``python docs/make.py`` (or ``make docs``) writes them anew; ``tests/test_docs.py`` fails where they have drifted. A
generated part of a hand-written page stands between ``<!-- name: … -->`` and ``<!-- end -->``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pages._ui import keys as keyboard  # noqa: E402
from pipeline import params, registry, schema  # noqa: E402
from pipeline.__main__ import CONTEXT, cli  # noqa: E402

INTRO = """# Command line

Everything the dashboard does can be done at the command line. This page is made from the commands themselves
(`make docs`); `python -m pipeline COMMAND --help` says the same.

Exit codes: 0 done, 1 failed (the message says what to do), 2 the command was not understood, 130 stopped by you.
"""
METHOD_FOLDERS = {"segmenters": "Segmenters", "embedders": "Embedders", "projectors": "Maps", "importers": "Importers",
                  "exporters": "Exporters"}


def documents() -> dict[Path, str]:
    """Every page that has a generated part, as it should be."""
    pages = {ROOT / "docs" / "command-line.md": command_line()}
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        if path not in pages and path.is_file():
            pages[path] = filled(path.read_text(encoding="utf-8"))
    return pages


def filled(text: str) -> str:
    """A page with its generated parts made anew."""
    def part(match: re.Match[str]) -> str:
        return f"<!-- {match['name']}: made by docs/make.py -->\n{PARTS[match['name']]()}\n<!-- end -->"

    return re.sub(r"<!-- (?P<name>\w+): made by docs/make.py -->\n.*?<!-- end -->", part, text, flags=re.DOTALL)


def command_line() -> str:
    """The reference of all commands, as they describe themselves."""
    top = click.Context(cli, info_name="python -m pipeline", **CONTEXT)
    return INTRO + "".join(text for name in cli.list_commands(top) for text in described(name, cli, top, "##"))


def described(name: str, group: click.Group, parent: click.Context, heading: str) -> Iterator[str]:
    """A command's section and those of the commands in it."""
    command = group.get_command(parent, name)
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    yield f"\n{heading} {name}\n\n{paragraphs(command.help or '')}\n\n```\n{usage}\n```\n"
    rows = [record for option in command.get_params(context) if (record := option.get_help_record(context))]
    rows = [(flag, about) for flag, about in rows if about and "--help" not in flag]
    if rows:
        yield "\n" + table(("option", "meaning"), [(f"`{flag}`", about) for flag, about in rows]) + "\n"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            yield from described(inner, command, context, heading + "#")


def paragraphs(text: str) -> str:
    """A docstring as Markdown: indents and click's marks for kept line breaks removed."""
    lines = [line.strip() for line in text.replace("\b", "").splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).replace("``", "`").strip()


def methods() -> str:
    """Each method with its parameters."""
    rows = []
    for folder, title in METHOD_FOLDERS.items():
        for name in registry.names(folder):
            declared = ", ".join(f"`{spec.name}`" for spec in params.specs(registry.load(folder, name)))
            rows.append((title, f"`{name}`", registry.describe(folder, name).replace("``", "`"), declared))
    return table(("kind", "name", "what it does", "parameters"), rows)


def clusterers() -> str:
    """Each clusterer with its parameters."""
    rows = []
    for name in registry.names("clusterers"):
        declared = ", ".join(f"`{spec.name}`" for spec in params.specs(registry.load("clusterers", name)))
        rows.append((f"`{name}`", registry.describe("clusterers", name), declared))
    return table(("name", "what it does", "parameters"), rows)


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [head, ("---",) * len(head), *rows]
    escaped = ([cell.replace("|", "\\|").replace("\n", " ") for cell in line] for line in lines)
    return "\n".join("| " + " | ".join(line) + " |" for line in escaped)


def keys(of_page: tuple[keyboard.Key, ...] = keyboard.CURATE) -> str:
    """What each key does."""
    rows = [(" ".join(f"`{keyboard.shown(keys)}`" for keys in key.combinations), key.does)
            for key in (*of_page, *keyboard.EVERYWHERE)]
    return table(("key", "does"), rows)


def commands() -> str:
    """Each command with the first sentence of its help."""
    top = click.Context(cli)
    rows = [(f"`{name}`", cli.get_command(top, name).get_short_help_str(200)) for name in cli.list_commands(top)]
    return table(("command", "does"), rows)


def file_format() -> str:
    """The data sets of a project file."""
    return schema.markdown().strip()


PARTS: dict[str, Callable[[], str]] = {"methods": methods, "schema": file_format, "keys": keys, "commands": commands,
                                     "map_keys": lambda: keys(keyboard.SOUND_MAP),
                                     "clusterers": clusterers}


def main() -> None:
    """Write what has changed."""
    for path, text in documents().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            click.echo(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
