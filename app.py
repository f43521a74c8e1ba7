"""The dashboard: ``python app.py [PROJECT.h5 | FOLDER]``, or ``gunicorn app:server`` with ``SYLLABARY_…`` settings."""

from __future__ import annotations

import atexit
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

import click
import dash
from flask import Flask

from pages._ui import (
    access,
    arrange_routes,
    background,
    bundled,
    chooser,
    cluster_routes,
    compressing,
    export_routes,
    figure_routes,
    guard,
    login,
    media,
    notices,
    prepare_preview,
    recording_routes,
    report_routes,
    roundtrip_routes,
    runs_panel,
    search_routes,
    shell,
    soundmap_routes,
    uploading,
    workspaces,
)
from pages._ui.guard import Sharing
from pipeline import VERSION, accounts, catalogue, recordings, roots, settings, uploads
from pipeline.dataset import Dataset
from pipeline.errors import ParameterError, SyllabaryError

ROOT = Path(__file__).resolve().parent
PORT, LAST_PORT, THREADS = 8050, 8099, 8
MOST_SENT_BYTES = 1_000_000    # the pages send a few kB at a time


def build_app(
    place: Path | None = None, *, sharing: Sharing | None = None, audio_dir: Path | None = None,
    data_roots: Sequence[Path] = (), upload_limit_bytes: int = uploads.MOST_BYTES,
) -> dash.Dash:
    """The dashboard as a Dash app that has not started yet.

    place : a project, put on top of the recent ones, or a folder whose projects are listed
    sharing : how it is reached, and by whom; without it from this machine alone, with a log-in if there are accounts
    audio_dir : where the recordings of the project lie, if not where it says; remembered
    data_roots : the folders that pages may look into; without any the home folder and the one of ``place``
    upload_limit_bytes : how much a person may send at once
    """
    if audio_dir is not None:
        _point_to(audio_dir, place)
    settings.keep_compiled_code()
    sharing = sharing or Sharing()
    server, base = Flask("syllabary", static_folder=None), sharing.url_base
    app = dash.Dash(
        "syllabary", server=server, requests_pathname_prefix=base, routes_pathname_prefix="/",
        csrf_token_name=login.install(server, login=sharing.login, cookie_path=base),
        use_pages=True, pages_folder=str(ROOT / "pages"), assets_folder=str(ROOT / "assets"),
        assets_ignore="^early", serve_locally=True, suppress_callback_exceptions=True, on_error=notices.show_error,
        title="Syllabary", update_title=None, index_string=shell.index(base),
        external_stylesheets=[base + name for name in bundled.STYLESHEETS],
        background_callback_manager=background.manager(),
    )
    app.layout = shell.layout
    shell.register()
    runs_panel.register()
    app.server.config["ROOTS"] = _roots(place, data_roots, audio_dir)
    app.server.config["READABLE"] = _readable(place, data_roots, audio_dir)
    app.server.config["CONFINED"] = bool(data_roots) or sharing.insecure
    app.server.config["UPLOAD_LIMIT"] = upload_limit_bytes
    _add_routes(app, place, sharing)
    return app


def _add_routes(app: dash.Dash, place: Path | None, sharing: Sharing) -> None:
    server: Flask = app.server
    is_confined = server.config["CONFINED"] or accounts.exist()
    server.config["PLACE"] = _known_place(place, server.config["READABLE"].allows if is_confined else None)
    server.config["MAX_CONTENT_LENGTH"] = MOST_SENT_BYTES
    server.register_blueprint(media.routes)
    server.register_blueprint(recording_routes.routes)
    server.register_blueprint(cluster_routes.routes)
    server.register_blueprint(arrange_routes.routes)
    server.register_blueprint(figure_routes.routes)
    server.register_blueprint(soundmap_routes.routes)
    server.register_blueprint(export_routes.routes)
    server.register_blueprint(report_routes.routes)
    server.register_blueprint(roundtrip_routes.routes)
    server.register_blueprint(search_routes.routes)
    server.register_blueprint(prepare_preview.routes)
    server.register_blueprint(bundled.routes)
    server.register_blueprint(chooser.routes)
    server.register_blueprint(uploading.routes)
    server.register_blueprint(runs_panel.routes)
    server.add_url_rule("/healthz", "healthz", lambda: {"status": "ok"})
    guard.protect(app, sharing)
    compressing.compress_json(server)


def _known_place(place: Path | None, is_allowed: Callable[[Path], bool] | None) -> Path | None:
    """``place`` as a full path; a project is remembered. Raises ParameterError if it is not there."""
    if place is None:
        return None
    if not place.exists():
        raise ParameterError(f"{place} does not exist. Give a project file (.h5), or a folder that holds some.")
    if place.is_file():
        catalogue.remember(place)
    else:
        catalogue.know(catalogue.project_files(place, is_allowed=is_allowed))
    return place.resolve()


def _roots(place: Path | None, given: Sequence[Path], audio_dir: Path | None) -> roots.Roots:
    """The folders that pages may look into. Raises ParameterError for one that is not there."""
    own = [uploads.folder(), *([audio_dir] if audio_dir is not None else [])]
    return roots.from_settings(given, beside=_beside(place), own=own)


def _readable(place: Path | None, given: Sequence[Path], audio_dir: Path | None) -> roots.Roots:
    """Where recordings and linked projects may lie: in those folders, and in the one of ``place``."""
    return _roots(place, [*given, *_beside(place)] if given else (), audio_dir)


def _beside(place: Path | None) -> list[Path]:
    """The folder that is served."""
    return [place if place.is_dir() else place.absolute().parent] if place is not None else []


def _point_to(audio_dir: Path, place: Path | None) -> None:
    """Remember where the recordings of a project are. Raises ParameterError if they are not there."""
    if place is None or not place.is_file():
        raise ParameterError("--audio-dir tells where the recordings of one project are: give that project's file too.")
    with Dataset.open(place) as dataset:
        recordings.look_in(dataset, audio_dir.absolute())


def __getattr__(name: str) -> Any:
    """``server``, for gunicorn, made when it is first asked for; settings come from the environment."""
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    options = main.make_context("syllabary", []).params
    if options["no_login"]:
        raise ParameterError("SYLLABARY_NO_LOGIN is for python app.py, which knows where it listens.")
    app = _made(**options, login="always" if accounts.exist() else "if-accounts")
    globals()["server"] = _warmed(app)
    return globals()["server"]


def _made(
    *, place: Path | None, login: access.Login, insecure: bool, url_base: str, behind_proxy: bool,
    allowed_hosts: tuple[str, ...], data_roots: tuple[Path, ...], upload_limit: float, audio_dir: Path | None,
    runs_at_once: int, **_of_listening: Any,
) -> dash.Dash:
    """The dashboard with these options of the command line, or of the environment."""
    os.environ["SYLLABARY_RUNS_AT_ONCE"] = str(runs_at_once)   # for the processes that let runs begin, too
    sharing = Sharing(insecure=insecure, login=login, allowed_hosts=allowed_hosts, behind_proxy=behind_proxy,
                      url_base=guard.checked_base(url_base))
    return build_app(place, sharing=sharing, audio_dir=audio_dir, data_roots=data_roots,
                     upload_limit_bytes=round(upload_limit * 1e9))


def _warmed(app: dash.Dash) -> Flask:
    """The server, ready: its first request must not come from several threads at once (plotly/dash #3971)."""
    atexit.register(workspaces.close_all)
    background.look()   # runs that were killed meanwhile are told as such, and what waits goes on
    with app.server.test_request_context("/"):
        app.server.preprocess_request()
        app.index()
    return app.server


@click.command(context_settings={"auto_envvar_prefix": "SYLLABARY", "help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="Syllabary", message="%(prog)s %(version)s")
@click.argument("place", required=False, type=click.Path(path_type=Path), metavar="[PROJECT.h5 | FOLDER]",
                envvar="SYLLABARY_PLACE")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help=f"The port.  [default: {PORT}, or the next that is free]")
@click.option("--open/--no-open", "open_browser", default=True, envvar="SYLLABARY_OPEN",
              help="Open a browser window, where there is one.")
@click.option("--insecure", is_flag=True, help="Listen beyond this machine without any log-in: for trusted networks.")
@click.option("--no-login", is_flag=True, help="Ask for no log-in though there are accounts; on this machine only.")
@click.option("--allowed-host", "allowed_hosts", multiple=True, metavar="NAME", envvar="SYLLABARY_ALLOWED_HOST",
              help="Answer to this host name and this machine's own only; can be given several times.")
@click.option("--behind-proxy", is_flag=True,
              help="Believe the X-Forwarded-… headers of one proxy in front, such as nginx with https.")
@click.option("--url-base", default="/", show_default=True, metavar="PATH",
              help="The path that everything lies under, such as /syllabary/.")
@click.option("--data-root", "data_roots", type=click.Path(path_type=Path), metavar="FOLDER", multiple=True,
              envvar="SYLLABARY_DATA_ROOT",
              help="A folder that pages may look into and write to; can be given several times.  [default: home, and "
                   "the folder of the project]")
@click.option("--upload-limit", type=click.FloatRange(min=0), default=uploads.MOST_BYTES / 1e9, show_default=True,
              metavar="GB", help="How much a person may upload at once.")
@click.option("--audio-dir", type=click.Path(path_type=Path), metavar="FOLDER",
              help="Where the project's recordings are, if not where it says; remembered.")
@click.option("--runs-at-once", type=click.IntRange(min=1), default=1, show_default=True,
              help="How many runs may go on at the same time; the others wait.")
def main(host: str, port: int | None, open_browser: bool, no_login: bool, **options: Any) -> None:
    """Curate sounds in the browser. Every option can also be set as SYLLABARY_… in the environment.

    Where there are accounts ('python -m pipeline users add NAME'), everybody logs in; without any, only this machine
    is answered.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    app = _made(**options, login=_login(host, insecure=options["insecure"], no_login=no_login))
    listener = _listener(host, port)
    page = dash.get_relative_path(_start_page(options["place"]))
    address = f"http://{_shown_host(host)}:{listener.getsockname()[1]}{page}"
    server = _warmed(app)
    click.echo(f"Syllabary is at {address}   (Ctrl+C stops it)")
    if open_browser and _has_browser():
        threading.Timer(0.5, webbrowser.open, [address]).start()
    _serve(server, listener)


def _login(host: str, *, insecure: bool, no_login: bool) -> access.Login:
    """Whether a log-in is needed. Raises ParameterError where other machines would come in without one unasked."""
    if guard.is_loopback(host):
        return "never" if no_login else "if-accounts"
    if no_login:
        raise ParameterError(f"--no-login is for this machine only, but {host} can be reached from others. Listen on "
                             "127.0.0.1, or leave --no-login out.")
    if accounts.exist():
        return "always"
    if not insecure:
        raise ParameterError(f"{host} can be reached from other machines, and there are no accounts. Make one with "
                             "'python -m pipeline users add NAME', or listen on 127.0.0.1, or add --insecure if "
                             "everybody on that network may change your labels and read your recordings.")
    click.echo(f"Warning: whoever reaches {host} may change labels, start runs and read recordings: nobody has to "
               "log in. Make accounts with 'python -m pipeline users add NAME'.", err=True)
    return "if-accounts"


def _start_page(place: Path | None) -> str:
    return f"/curate/{catalogue.slug_of(place)}" if place is not None and place.is_file() else "/"


def _shown_host(host: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"[{host}]" if ":" in host else host


def _listener(host: str, port: int | None) -> socket.socket:
    """A socket on ``port``, or on the first free one if none was asked for. Raises ParameterError."""
    wanted = [port] if port is not None else range(PORT, LAST_PORT + 1)
    reason = ""
    for number in wanted:
        try:
            return _bound(host, number)
        except OSError as error:
            reason = error.strerror or str(error)
    where = f"port {port}" if port is not None else f"any port from {PORT} to {LAST_PORT}"
    raise ParameterError(f"Syllabary cannot listen on {where} of {host}: {reason}. Choose another with --port.")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()   # from here on requests wait, instead of being refused
    except OSError:
        listener.close()
        raise
    return listener


def _has_browser() -> bool:
    """Whether a window can open here: not over ssh, and not the kind of browser that takes over the terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _serve(server: Flask, listener: socket.socket) -> None:
    import waitress

    signal.signal(signal.SIGTERM, _stop)
    try:
        waitress.create_server(server, sockets=[listener], threads=THREADS, ident=None,
                               clear_untrusted_proxy_headers=False).run()   # ours are believed behind a proxy only
    finally:
        workspaces.close_all()


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def run() -> int:
    """Start, and end in a sentence instead of a traceback."""
    try:
        main.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SyllabaryError as error:
        click.echo(f"Error: {error}", err=True)
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
    return 0


if __name__ == "__main__":
    sys.exit(run())
