"""Where background callbacks are done, and by whom runs are started.

Usually in a process beside this server, with results in a private folder (diskcache). With ``REDIS_URL`` in the
environment both happen where a Celery worker is started with the same ``REDIS_URL`` and ``SYLLABARY_STATE``:

    celery -A pages._ui.background:celery_app worker

A background callback only lets a run begin and follows its first minute. The run is a process of its own, which no
callback, browser or server ends; the table of runs tells of it from then on.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

import dash
import diskcache
import multiprocess

from pages._ui import access, notices
from pipeline import runs, settings
from pipeline.errors import ParameterError, RunError, SyllabaryError
from pipeline.runs import telling
from pipeline.runs.table import Run

if TYPE_CHECKING:
    import celery

ADVANCE = "syllabary.advance"
FOLLOWED_S, LOOK_EVERY_S = 60.0, 0.5
EXPIRES_S = 3600
ANSWER_WITHIN_S = 3
MOST_BYTES = 50_000_000
PATIENCE_S = 20.0      # a worker that has not begun a run after so long is not there


def manager() -> dash.DiskcacheManager | dash.CeleryManager:
    """Where the background callbacks of this app are done. Raises ParameterError if Celery is wanted and not there."""
    if redis_url():
        return dash.CeleryManager(_celery_app(), expire=EXPIRES_S)
    folder = settings.cache_dir() / "background"
    folder.mkdir(exist_ok=True, mode=0o700)   # what lies there is unpickled: it must be nobody else's
    return _Manager(diskcache.Cache(str(folder), size_limit=MOST_BYTES), expire=EXPIRES_S)


class _Manager(dash.DiskcacheManager):
    """Callbacks in processes forked from a small one without threads, which end when this server does."""

    def call_job_fn(self, key: str, job_fn: Callable, args: Any, context: Mapping[str, Any]) -> int:
        """Start the process of a callback; its number."""
        arguments = (job_fn, key, self._make_progress_key(key), args, context)
        process = _forks().Process(target=_undisturbed, args=arguments, daemon=True)
        process.start()
        return process.pid


def _undisturbed(job_fn: Callable, *arguments: Any) -> None:
    """Ctrl-C in the server's terminal is meant for the server, which ends us in a quieter way."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    job_fn(*arguments)


@cache
def _forks() -> Any:
    context = multiprocess.get_context("forkserver")
    context.set_forkserver_preload(["pages._ui.background"])
    return context


def redis_url() -> str:
    """Where Redis is, if background callbacks are to go through it; may hold a password."""
    return os.environ.get("REDIS_URL", "")


def __getattr__(name: str) -> Any:
    """``celery_app``, for the command that starts a worker; it knows the callbacks then."""
    if name != "celery_app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from pages._ui import runs_panel

    runs_panel.register()
    return manager().handle


@cache
def _celery_app() -> celery.Celery:
    try:
        from celery import Celery
    except ImportError as error:
        raise ParameterError("REDIS_URL is set, but Celery is not installed: pip install -r requirements-redis.txt, "
                             "or unset REDIS_URL.") from error
    app = Celery("syllabary", broker=redis_url(), backend=redis_url())
    app.conf.update(
        task_serializer="json", accept_content=["json"], result_expires=EXPIRES_S, task_ignore_result=True,
        broker_connection_retry_on_startup=True, redis_socket_connect_timeout=ANSWER_WITHIN_S,
        broker_transport_options={"socket_connect_timeout": ANSWER_WITHIN_S, "max_retries": 1},
    )
    app.task(runs.advance, name=ADVANCE)
    return app


def submit(kind: str, values: Mapping[str, Any], *, token: str) -> Run:
    """Put a run into the queue for the person who asks; `asked` lets it begin.

    token : of the click. As `runs.submit`; raises AccessError as well.
    """
    access.require("owner")
    return runs.submit(kind, values, user=access.user(), token=token, begin=False)


def start(kind: str, values: Mapping[str, Any], *, token: str) -> Run:
    """As `submit`, for pages that do not show the run: it begins at once, if it may."""
    run = submit(kind, values, token=token)
    look()
    return runs.get(run.id)


def asked(run: Run) -> dict[str, Any]:
    """For the store ``RUN_ASKED``: the run is let begin and followed by a background callback."""
    return {"token": run.token, "at": time.time()}


def look() -> None:
    """Put right what was killed, and let begin what may, here or where the Celery worker is. Raises RunError."""
    runs.advance(begin=not redis_url())
    if redis_url() and runs.may_begin():
        from kombu.exceptions import OperationalError

        try:
            _celery_app().send_task(ADVANCE, expires=PATIENCE_S, retry=False)
        except OperationalError as error:
            raise RunError("Redis does not answer, so no run can begin. Start it, or the server without "
                           "REDIS_URL.") from error


def trouble(run: Run) -> str:
    """Why a run that could begin does not, if it should have by now."""
    if redis_url() and time.time() - run.queued_at > PATIENCE_S and run.id in {one.id for one in runs.may_begin()}:
        return "No Celery worker has taken it yet. Is one running, with the same REDIS_URL and SYLLABARY_STATE?"
    return ""


def follow(set_progress: Callable[[str], None], asked: Mapping[str, Any]) -> tuple[str, Any]:
    """Let the run of a click begin, and tell how it goes until it is over or well under way; then its list does."""
    try:
        runs.advance()
        until = time.monotonic() + FOLLOWED_S
        while (run := runs.of_token(asked["token"])) is not None:
            set_progress(telling.headline(run))
            if run.state in runs.ENDED or time.monotonic() > until:
                return "", dash.no_update
            time.sleep(LOOK_EVERY_S)
            runs.advance()
        return "", dash.no_update
    except SyllabaryError as error:
        return "", notices.problem(str(error))
