"""``python -m pipeline``: everything Syllabary does, at the command line."""

from __future__ import annotations

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)   # while we import, Ctrl-C ends us without a traceback

import importlib
import logging
import os
import sys
from types import FrameType

import click

from pipeline import VERSION, registry, settings
from pipeline.errors import SyllabaryError
from pipeline.text import printable

CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
INTERRUPTED, TERMINATED = 130, 143


class Commands(click.Group):
    """The files in ``pipeline/commands``, each imported only when it is asked for."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return [name.replace("_", "-") for name in registry.names("commands")]

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        stem = name.replace("-", "_")
        if stem not in registry.names("commands"):
            return None
        return importlib.import_module(f"pipeline.commands.{stem}").command


@click.group(cls=Commands, context_settings=CONTEXT)
@click.version_option(VERSION, prog_name="Syllabary", message="%(prog)s %(version)s")
def cli() -> None:
    """Syllabary: from recordings to a named repertoire of sounds."""


def main() -> int:
    """Run one command; every failure ends in a sentence on stderr and an exit code, never in a traceback."""
    try:
        if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminated)
        settings.keep_compiled_code()
        return cli(prog_name="python -m pipeline", standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SyllabaryError as error:
        click.echo(f"Error: {printable(str(error), keep_lines=True)}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort) as end:
        click.echo("Stopped. Run the same command again to go on from here.", err=True)
        return TERMINATED if isinstance(end.__cause__ or end, Terminated) else INTERRUPTED   # click wraps it
    except (BrokenPipeError, SystemExit):   # the reader of our output (head, less) has seen enough; rich then exits
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:   # a full disk, a folder that may not be written, a drive that is gone
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"Error: {printable(f'{where}{error.strerror or error}')}. Put that right, then run the same "
                   "command again.", err=True)
        return 1
    except Exception as error:   # the last net: a fault of ours, kept for a report
        return _keep_report(error)


class Terminated(KeyboardInterrupt):
    """SIGTERM: what ends here ends as on Ctrl-C."""


def _terminated(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated


def _keep_report(error: Exception) -> int:
    log = settings.state_dir() / "errors.log"
    handler = logging.FileHandler(log, encoding="utf-8")
    logging.getLogger("pipeline").addHandler(handler)
    logging.getLogger("pipeline").error("%s", sys.argv, exc_info=error)
    click.echo(f"Error: something unforeseen happened ({type(error).__name__}: {error}).\n"
               f"This is a fault in Syllabary; the details are in {log}.", err=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
