"""``users``: who may log in to the dashboard, and what each may do."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from pipeline import accounts, catalogue
from pipeline.accounts import MAY, ROLES, Account
from pipeline.errors import ParameterError
from pipeline.text import printable

ROLE = click.Choice(ROLES)
from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, one line.")
which_project = click.argument("project", required=False, metavar="[PROJECT]")
all_projects = click.option("--all", "everywhere", is_flag=True, help="All projects, also those to come.")


@click.group(short_help="Say who may log in to the dashboard, and what each may do.")
def command() -> None:
    """Accounts for a dashboard that several people share.

    From the first account on, the dashboard asks for a name and a password, and every edit carries the person's name.
    A viewer looks, listens and downloads; an annotator edits as well; an owner also starts runs and imports.
    """


@command.command()
@click.argument("name")
@click.option("--role", type=ROLE, default="annotator", show_default=True, help="What the person may do.")
@click.option("--only", multiple=True, metavar="PROJECT",
              help="Show the person this project and no other; can be given several times.")
@from_stdin
def add(name: str, role: accounts.Role, only: tuple[str, ...], password_stdin: bool) -> None:
    """Make an account for NAME. The password is asked for."""
    projects = [_project(text) for text in only]
    account = accounts.add(name, _password(password_stdin), role=role, only=projects)
    _tell(account)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of a table.")
def show(as_json: bool) -> None:
    """List the accounts: names, roles, projects."""
    found = accounts.listing()
    if as_json:
        click.echo(json.dumps([_plain(account) for account in found], indent=2, ensure_ascii=False))
    elif not found:
        click.echo("There are no accounts: whoever reaches the dashboard may do everything.")
    else:
        table = Table("name", "role", "projects")
        for account in found:
            table.add_row(printable(account.name), account.role, printable("; ".join(_projects(account))))
        Console().print(table)


@command.command()
@click.argument("name")
def remove(name: str) -> None:
    """Delete the account NAME; who is logged in with it is logged out."""
    accounts.remove(name)
    click.echo(f"{name} can no longer log in.", err=True)
    if not accounts.exist():
        click.echo("That was the last account: on this machine the dashboard asks for no log-in any more.", err=True)


@command.command()
@click.argument("name")
@from_stdin
def password(name: str, password_stdin: bool) -> None:
    """Give NAME another password; it is asked for. Who is logged in with the old one is logged out."""
    name = accounts.find(name).name
    accounts.set_password(name, _password(password_stdin))
    click.echo(f"{name} has another password from now on.", err=True)


@command.command()
@click.argument("name")
@click.argument("role", type=ROLE)
def role(name: str, role: accounts.Role) -> None:
    """Change what NAME may do, in all projects that have no rule of their own for NAME."""
    _tell(accounts.set_role(name, role))


@command.command()
@click.argument("name")
@which_project
@all_projects
@click.option("--role", type=ROLE, help="What the person may do there.  [default: as everywhere]")
def grant(name: str, project: str | None, everywhere: bool, role: accounts.Role | None) -> None:
    """Let NAME into PROJECT (a file, or its name in addresses), or into all."""
    _tell(accounts.grant(name, _chosen(project, everywhere), role=role))


@command.command()
@click.argument("name")
@which_project
@all_projects
def revoke(name: str, project: str | None, everywhere: bool) -> None:
    """Hide PROJECT from NAME, or with --all every project that was not granted by name."""
    _tell(accounts.revoke(name, _chosen(project, everywhere)))


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise ParameterError("A password is typed on a terminal, and there is none here. Give it on standard input, "
                             "with --password-stdin.")
    return click.prompt("Password", hide_input=True, confirmation_prompt="Once more", err=True)


def _chosen(project: str | None, everywhere: bool) -> Path | None:
    if (project is None) != everywhere:
        raise ParameterError("Name one project, or say --all.")
    return None if project is None else _project(project)


def _project(text: str) -> Path:
    """A project by its file, or by its name in addresses."""
    path = Path(text)
    return path.resolve() if path.is_file() else catalogue.path_of(text)


def _tell(account: Account) -> None:
    where = "; ".join(_projects(account))
    click.echo(f"{account.name} is {account.role} (may {MAY[account.role]}): {printable(where)}.", err=True)


def _projects(account: Account) -> list[str]:
    rules = [f"{path} ({role or 'hidden'})" for path, role in account.projects]
    return ["all projects", *rules] if account.everywhere else rules or ["no project"]


def _plain(account: Account) -> dict[str, object]:
    return asdict(account) | {"projects": dict(account.projects)}
