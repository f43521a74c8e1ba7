"""Runs in words, for the terminal and for the page."""

from __future__ import annotations

from pipeline.runs.table import CANCELLED, DONE, FAILED, INTERRUPTED, QUEUED, RUNNING, Progress, Run

_STATES = {QUEUED: "waits in the queue", RUNNING: "going on", DONE: "done", FAILED: "failed", CANCELLED: "cancelled",
           INTERRUPTED: "interrupted"}
_SIZES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))


def state(run: Run) -> str:
    """``going on, 43 %``, ``interrupted``, …"""
    if run.state == RUNNING:
        return "being cancelled" if run.cancel_at else f"going on, {100 * run.share:.0f} %"
    return _STATES[run.state]


def since(run: Run) -> float:
    """When the run came into the state that it is in, s since the epoch."""
    return {QUEUED: run.queued_at, RUNNING: run.started_at}.get(run.state, run.ended_at)


def step(progress: Progress) -> str:
    """``waits``, ``43 % · 2.1 MB/s · 3 min left``, ``done``."""
    if not progress.total:
        return "waits"
    if progress.share >= 1:
        return "done"
    parts = [f"{100 * progress.share:.0f} %"]
    if progress.rate > 0 and progress.unit:
        parts.append(f"{amount(progress.rate, progress.unit)}/s")
    if progress.left_s > 0:
        parts.append(f"{duration(progress.left_s)} left")
    return " · ".join(parts)


def amount(value: float, unit: str) -> str:
    """``2.1 MB``; other units than bytes as they are."""
    if unit != "B":
        return f"{value:.3g} {unit}"
    size, name = next((pair for pair in _SIZES if value >= pair[0]), _SIZES[-1])
    return f"{value / size:.3g} {name}"


def duration(seconds: float) -> str:
    """``8 s``, ``3 min``, ``2 h 10 min``."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def joined(run: Run, token: str) -> str:
    """What to tell somebody whose click found that the run is there already; empty if it made the run."""
    if run.token == token:
        return ""
    how = "waits in the queue" if run.state == QUEUED else "is going on"
    return f"The same run {how} already, asked for by {run.user}; there will be no second one."


def headline(run: Run) -> str:
    """A run in one line: ``bird-17 from /data: going on, 43 %, segments``."""
    at_work = [step.title for step in run.steps if 0 < step.share < 1] if run.state == RUNNING else []
    return ", ".join([f"{run.title}: {state(run)}", *at_work[-1:]])
