"""What has to be known about the drive that a project lies on."""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from pathlib import Path

NETWORK = frozenset(
    ("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afpfs", "afs", "ncpfs", "9p", "ceph", "lustre", "gpfs",
     "beegfs", "glusterfs", "orangefs", "pvfs2", "ocfs2", "gfs2", "davfs", "webdav", "fuse.sshfs", "fuse.glusterfs",
     "fuse.ceph", "fuse.davfs", "fuse.rclone", "fuse.s3fs", "macfuse", "osxfuse", "vboxsf", "prl_fs", "virtiofs")
)


def is_network(path: Path) -> bool:
    """Whether ``path`` is on a drive that several hosts may share, where SQLite's write-ahead log is not safe."""
    place, found = path.absolute(), ("", "")
    for point, kind in _mounts():
        if place.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, kind)
    return found[1] in NETWORK


def sync(handle: int) -> None:
    """Bring an open file to the disk itself; macOS needs to be told not to stop at the disk's cache."""
    if hasattr(fcntl, "F_FULLFSYNC"):
        fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
    else:
        os.fsync(handle)


def sync_file(path: Path) -> None:
    """Bring a closed file to the disk itself."""
    handle = os.open(path, os.O_RDWR)
    try:
        sync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk, so that a new or renamed file is found after a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mounts() -> list[tuple[str, str]]:
    if sys.platform == "darwin":
        lines = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False).stdout.splitlines()
        return [(match[1], match[2]) for line in lines if (match := re.match(r".+? on (.+) \((\w+)[,)]", line))]
    try:
        lines = Path("/proc/mounts").read_text("utf-8", errors="surrogateescape").splitlines()
    except OSError:   # a system that does not tell: taken for a local drive
        return []
    return [(_unescaped(fields[1]), fields[2]) for line in lines if len(fields := line.split(" ")) > 2]


def _unescaped(point: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point)
