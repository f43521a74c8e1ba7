"""The arrows hold: who may import whom, and what nobody may do.

See "How it is built" in the README: ``app`` and ``pages`` stand on ``pipeline``, which knows nothing of them.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import params, plan, registry

ROOT = Path(__file__).resolve().parent.parent
WEB = {"dash", "flask", "plotly", "dash_bootstrap_components", "dash_ag_grid", "waitress", "pages", "app"}
ARRAYS = {"numpy", "h5py", "sqlite3", "scipy", "sklearn", "pandas", "librosa", "soundfile"}
HEAVY = {"librosa", "numba", "umap", "pynndescent", "torch", "transformers", "parselmouth", "sklearn", "hdbscan"}
GROUND = ("errors", "params", "registry", "settings")
FORBIDDEN_MODULES = {"pickle", "cPickle", "dill", "shelve", "marshal"}
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
UNFINISHED = re.compile("TODO|FIXME|XXX|HACK|NotImplemented")
TEXTS = {".py", ".js", ".css", ".md", ".toml", ".txt", ".html", ""}
METHOD_FOLDERS = tuple(
    folder for folder in ("segmenters", "embedders", "projectors", "importers", "features", "clusterers", "exporters")
    if (ROOT / "pipeline" / folder).is_dir()
)


def sources(*folders: str) -> list[Path]:
    """The Python files in these folders, or at these paths, relative to the root."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [*found, *[ROOT / folder for folder in folders if folder.endswith(".py") and (ROOT / folder).is_file()]]


def imports(tree: ast.AST) -> Iterator[str]:
    """The full name of everything that is imported anywhere in a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_the_top(tree: ast.Module) -> Iterator[str]:
    """What is imported as soon as the file itself is."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(ast.Module([node], []))


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def first(name: str) -> str:
    return name.partition(".")[0]


def offenders(paths: list[Path], forbidden: set[str], *, only_top: bool = False) -> list[str]:
    """``file: import`` for each import of something forbidden."""
    listed = at_the_top if only_top else imports
    return [f"{path.relative_to(ROOT)}: {name}" for path in paths for name in listed(parse(path))
            if first(name) in forbidden]


def test_there_is_something_to_look_at():
    assert len(sources("pipeline")) > 10


def test_the_pipeline_knows_nothing_of_the_web():
    assert offenders(sources("pipeline"), WEB) == []


def test_nothing_imports_the_app():
    assert offenders(sources("pages", "pipeline", "benchmarks"), {"app"}) == []


def test_pages_touch_no_arrays_and_no_files_of_data():
    assert offenders(sources("pages", "app.py"), ARRAYS) == []


def test_a_page_is_imported_by_nothing():
    """Dash runs the pages itself; a second import would register their callbacks twice."""
    named = [f"{path.relative_to(ROOT)}: {name}" for path in sources("pages", "app.py", "pipeline")
             for name in imports(parse(path)) if name.startswith("pages.") and not name.startswith("pages._ui")]
    assert named == []


@pytest.mark.parametrize("name", GROUND)
def test_the_ground_stands_on_nothing_of_ours(name):
    ours = [name for name in imports(parse(ROOT / "pipeline" / f"{name}.py")) if first(name) == "pipeline"]
    assert [name for name in ours if not name.startswith("pipeline.errors")] == []


def test_heavy_libraries_are_imported_late():
    assert offenders(sources("pipeline", "pages", "app.py"), HEAVY, only_top=True) == []


def test_no_pickle_anywhere():
    assert offenders(sources("pipeline", "pages", "app.py", "benchmarks"), FORBIDDEN_MODULES) == []


def test_no_code_is_made_from_text():
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path in sources("pipeline", "pages", "app.py")
             for node in ast.walk(parse(path))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS]
    assert found == []


def test_no_error_is_caught_without_a_name():
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path in sources("pipeline", "pages", "app.py", "tests")
             for node in ast.walk(parse(path)) if isinstance(node, ast.ExceptHandler) and node.type is None]
    assert found == []


def test_print_is_no_user_interface():
    found = [f"{path.relative_to(ROOT)}:{node.lineno}" for path in sources("pipeline", "pages", "app.py")
             for node in ast.walk(parse(path))
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"]
    assert found == []


def test_files_stay_on_one_subject():
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path in sources("pipeline", "pages", "app.py")
            if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400]
    assert long == []


def test_every_module_and_every_public_function_says_what_it_is():
    silent = [f"{path.relative_to(ROOT)}: {name}" for path in sources("pipeline") for name in undocumented(parse(path))]
    assert silent == []


def undocumented(tree: ast.Module) -> Iterator[str]:
    """The module, its public functions and classes, where they have no docstring."""
    if tree.body and not ast.get_docstring(tree):
        yield "module"
    for node in tree.body:
        public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        if public and not ast.get_docstring(node):
            yield node.name


def test_functions_say_what_they_take_and_give():
    bare = [f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for path in sources("pipeline")
            for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef) and not annotated(node)]
    assert bare == []


def annotated(node: ast.FunctionDef) -> bool:
    """Whether a function's result and all its arguments (but self) have types."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return node.returns is not None and all(a.annotation or a.arg in ("self", "cls") for a in arguments)


def written_by_us() -> list[Path]:
    """Every text file of the project, as git would know it."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("this is no git checkout, so there is no list of the project's own files")
    paths = [ROOT / name for name in listed.stdout.splitlines()]
    return [path for path in paths if path.suffix in TEXTS and path.is_file() and path != Path(__file__)]


def test_nothing_is_left_unfinished():
    found = [f"{path.relative_to(ROOT)}: {word.group()}" for path in written_by_us() if path.suffix != ".md"
             for word in UNFINISHED.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_nothing_speaks_of_the_machine_it_was_written_on():
    homes = [str(folder) for folder in (ROOT, Path.home()) if len(folder.parts) > 1]
    here = re.compile("|".join(re.escape(home) + r"\b" for home in homes))
    found = [f"{path.relative_to(ROOT)}: {word.group()}" for path in written_by_us()
             for word in here.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


def test_nothing_is_loaded_from_the_internet():
    """The dashboard works offline: no style sheet, script or font by address."""
    address = re.compile(r"""(?:src|href|url)\s*[=(:]\s*["']?https?://""")
    found = [f"{path.relative_to(ROOT)}: {hit.group()}" for path in written_by_us()
             if path.suffix in (".css", ".js", ".html") or path.parent.name in ("pages", "_ui")
             for hit in address.finditer(path.read_text(encoding="utf-8"))]
    assert found == []


METHODS = [(folder, name) for folder in METHOD_FOLDERS for name in registry.names(folder)]


@pytest.mark.parametrize(("folder", "name"), METHODS)
def test_a_method_is_a_frozen_dataclass_that_explains_itself(folder, name):
    cls = registry.load(folder, name)
    assert cls.__dataclass_params__.frozen
    assert len(registry.describe(folder, name)) > 10
    assert registry.describe(folder, name) != dataclasses.dataclass(type(cls.__name__, (), {})).__doc__


@pytest.mark.parametrize(("folder", "name"), METHODS)
def test_every_parameter_of_a_method_is_declared_with_help_and_a_fitting_default(folder, name):
    cls = registry.load(folder, name)
    declared = {spec.name: spec for spec in params.specs(cls)}
    assert set(declared) == {field.name for field in dataclasses.fields(cls) if field.init} - set(plan.MACHINE)
    for spec in declared.values():
        assert len(spec.help) > 8, spec.name
        if spec.default is not None and spec.default is not dataclasses.MISSING:
            assert params.check(spec, spec.default) == spec.default


def test_every_command_file_is_a_command():
    import click

    for name in registry.names("commands"):
        assert isinstance(importlib.import_module(f"pipeline.commands.{name}").command, click.Command), name
