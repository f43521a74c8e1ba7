"""Accounts, passwords, roles and sessions, without a browser."""

from __future__ import annotations

import json
import multiprocessing
import stat
import time

import argon2
import pytest
from click.testing import CliRunner
from factory import make_project

from pipeline import accounts, catalogue, logins, settings
from pipeline.commands import users
from pipeline.errors import AccessError, ParameterError, ProjectError

PASSWORD = "correct horse battery"
QUICK = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)   # the real one takes its time on purpose


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("SYLLABARY_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(accounts, "_hasher", lambda: QUICK)
    return tmp_path / "state"


def log_in(name: str = "ada", password: str = PASSWORD, address: str = "10.0.0.1") -> str:
    return logins.log_in(name, password, address=address)


def run(*words: str, password: str = PASSWORD):
    return CliRunner().invoke(users.command, [*map(str, words)], input=f"{password}\n", catch_exceptions=True)


def test_without_accounts_there_is_no_file_either(state):
    assert not accounts.exist()
    assert accounts.listing() == []
    assert not (state / "accounts.sqlite").exists()


def test_only_this_person_may_read_the_file_and_no_password_is_in_it(state):
    accounts.add("ada", PASSWORD)
    token = log_in()
    file = state / "accounts.sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert PASSWORD.encode() not in file.read_bytes()
    assert token.encode() not in file.read_bytes()
    assert b"$argon2id$" in file.read_bytes()


def test_a_name_is_the_same_in_capitals_and_cannot_be_taken_twice():
    accounts.add("Ada", PASSWORD)
    assert logins.account_of(log_in("ADA")).name == "Ada"
    with pytest.raises(ParameterError, match="already"):
        accounts.add("aDA", PASSWORD)


@pytest.mark.parametrize("name", ["", "a b", "a/b", "<b>", "x" * 65, "a\nb", "a\0b"])
def test_what_cannot_be_a_name(name):
    with pytest.raises(ParameterError, match="cannot be a name"):
        accounts.add(name, PASSWORD)


@pytest.mark.parametrize("password", ["", "short", "x" * 1001, "alongername"])
def test_what_cannot_be_a_password(password):
    with pytest.raises(ParameterError, match="password"):
        accounts.add("ALongerName", password)


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong password"), ("nobody", PASSWORD), ("ada", "")])
def test_a_wrong_name_is_refused_as_a_wrong_password_is(name, password):
    accounts.add("ada", PASSWORD)
    with pytest.raises(AccessError, match=r"^Name or password is wrong\.$"):
        log_in(name, password)


def test_an_unknown_name_is_checked_against_a_hash_as_well(monkeypatch):
    checked = []
    monkeypatch.setattr(accounts, "_hasher", lambda: Spy(QUICK, checked))
    assert accounts.check("nobody", PASSWORD) is None
    assert len(checked) == 1


class Spy:
    def __init__(self, real, checked) -> None:
        self.hash, self._real, self._checked = real.hash, real, checked

    def verify(self, hashed, password):
        self._checked.append(hashed)
        return self._real.verify(hashed, password)


def test_too_many_failures_by_name_shut_it_for_a_while_even_for_the_right_password(monkeypatch):
    accounts.add("ada", PASSWORD)
    for number in range(logins.MOST_BY_NAME):
        with pytest.raises(AccessError, match="wrong"):
            log_in(password="wrong", address=f"10.0.0.{number}")
    with pytest.raises(AccessError, match=r"Too many failed attempts\. Wait 15 minutes"):
        log_in()
    later = time.time() + logins.WINDOW_S + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert log_in()


def test_too_many_failures_from_one_address_shut_that_address_only(monkeypatch):
    accounts.add("ada", PASSWORD)
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "check", lambda name, password: None)
        for number in range(logins.MOST_BY_ADDRESS):
            with pytest.raises(AccessError, match="wrong"):
                log_in(f"guess{number}")
    with pytest.raises(AccessError, match="Too many"):
        log_in()
    assert log_in(address="10.0.0.2")


def test_logging_in_forgets_the_failures_of_the_name_but_not_those_of_the_address(monkeypatch):
    accounts.add("eve", PASSWORD)
    with monkeypatch.context() as patch:
        patch.setattr(accounts, "check", lambda name, password: None)
        for number in range(logins.MOST_BY_ADDRESS - 1):
            with pytest.raises(AccessError):
                log_in(f"guess{number}")
    assert log_in("eve")
    with pytest.raises(AccessError, match="wrong"):
        log_in("guess")
    with pytest.raises(AccessError, match="Too many"):
        log_in("eve")


def test_the_addresses_of_one_household_count_as_one():
    assert logins._network("2001:db8::1") == logins._network("2001:db8::ffff:2") != logins._network("2001:db8:0:1::1")
    assert logins._network("10.0.0.1") != logins._network("10.0.0.2")


def test_a_session_ends_by_logging_out():
    accounts.add("ada", PASSWORD)
    first, second = log_in(), log_in()
    logins.log_out(first)
    assert logins.account_of(first) is None
    assert logins.account_of(second).name == "ada"


def test_a_session_ends_with_another_password():
    accounts.add("ada", PASSWORD)
    token = log_in()
    accounts.set_password("ada", "another long one")
    assert logins.account_of(token) is None
    assert log_in(password="another long one")


def test_a_session_ends_with_its_account_and_does_not_come_back_with_another_of_that_name():
    accounts.add("ada", PASSWORD)
    token = log_in()
    accounts.remove("ada")
    assert logins.account_of(token) is None
    accounts.add("ada", PASSWORD)
    assert logins.account_of(token) is None


@pytest.mark.parametrize(("step_s", "steps"), [(logins.IDLE_S + 1, 1), (logins.IDLE_S / 2, 28)])
def test_a_session_ends_after_half_a_day_without_a_request_and_after_a_week_in_any_case(monkeypatch, step_s, steps):
    accounts.add("ada", PASSWORD)
    token, began = log_in(), time.time()
    alive = []
    for step in range(1, steps + 1):
        monkeypatch.setattr(time, "time", lambda now=began + step * step_s: now)
        alive.append(logins.account_of(token) is not None)
    assert alive == [True] * (steps - 1) + [False]


def test_a_made_up_token_is_nobodys():
    accounts.add("ada", PASSWORD)
    assert logins.account_of("made up") is None


def test_roles_and_projects(tmp_path):
    one, other = tmp_path / "one.h5", tmp_path / "other.h5"
    accounts.add("ada", PASSWORD, role="viewer")
    assert accounts.find("ada").role_in(one) == "viewer"
    assert accounts.grant("ada", one, role="owner").role_in(one) == "owner"
    assert accounts.find("ada").role_in(other) == "viewer"
    assert accounts.revoke("ada", other).role_in(other) is None
    assert accounts.revoke("ada", None).role_in(tmp_path / "third.h5") is None
    assert accounts.find("ada").role_in(one) == "owner"
    everything = accounts.grant("ada", None)
    assert (everything.role_in(other), everything.role_in(one)) == ("viewer", "owner")


def test_who_has_only_some_projects_is_a_viewer_where_no_project_is_meant(tmp_path):
    account = accounts.add("ada", PASSWORD, role="owner", only=[tmp_path / "one.h5"])
    assert account.role_in(tmp_path / "one.h5") == "owner"
    assert account.role_in(tmp_path / "two.h5") is None
    assert account.general_role == "viewer"


def test_the_real_hash_is_argon2id_with_the_librarys_own_parameters(monkeypatch):
    monkeypatch.undo()
    assert accounts._hasher().hash(PASSWORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_what_a_role_covers():
    assert [accounts.covers(role, "annotator") for role in (None, "viewer", "annotator", "owner")] == [
        False, False, True, True]


def test_secrets_are_the_same_for_all_and_for_ever():
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        found = pool.map(logins.secret, ["cookie"] * 4)
    assert len({*found, logins.secret("cookie")}) == 1
    assert logins.secret("cookie") != logins.secret("another")


def test_a_file_of_a_later_version_is_not_touched(state):
    accounts.add("ada", PASSWORD)
    with accounts.book() as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(AccessError, match="newer version"):
        accounts.exist()


def test_a_damaged_file_is_named_and_lets_nobody_in(state):
    settings.state_dir()
    (state / "accounts.sqlite").write_bytes(b"this is no data base " * 100)
    with pytest.raises(AccessError, match=r"accounts\.sqlite"):
        accounts.exist()


def test_the_command_adds_lists_changes_and_removes(tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=4, with_spectrograms=False)
    assert "Ada is owner (may do everything" in run("add", "Ada", "--role", "owner", "--password-stdin").stderr
    run("add", "ben", "--role", "viewer", "--only", project, "--password-stdin")
    assert "annotator" in run("grant", "ben", project, "--role", "annotator").stderr
    document = json.loads(run("list", "--json").stdout)
    assert [(one["name"], one["role"], one["everywhere"]) for one in document] == [
        ("Ada", "owner", True), ("ben", "viewer", False)]
    assert document[1]["projects"] == {str(project.resolve()): "annotator"}
    assert PASSWORD not in run("list").stdout
    run("password", "ben", "--password-stdin", password="something else")
    assert log_in("ben", "something else")
    run("role", "ben", "annotator")
    assert accounts.find("ben").role == "annotator"
    assert "asks for no log-in" in (run("remove", "ben").stderr + run("remove", "ada").stderr)
    assert accounts.listing() == []


def test_a_project_is_named_by_its_file_or_by_its_name_in_addresses(tmp_path):
    project = make_project(tmp_path / "bird.h5", n_sounds=4, with_spectrograms=False)
    accounts.add("ada", PASSWORD)
    catalogue.slug_of(project)
    run("revoke", "ada", "bird")
    assert accounts.find("ada").role_in(project.resolve()) is None
    assert isinstance(run("revoke", "ada", "fish").exception, ProjectError)


def test_a_password_is_not_taken_from_the_command_line_nor_without_a_terminal():
    assert run("add", "ada", "--password", "x").exit_code == 2
    assert isinstance(run("add", "ada").exception, ParameterError)
    assert isinstance(run("grant", "ada").exception, ParameterError)
