"""What can be wrong with a SQLite store: each is a known error, and nothing is changed."""

from __future__ import annotations

import errno
import fcntl
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pysqlite3.dbapi2 as sqlite3
import pytest

import db.sqlite
import db.sqlite_lock
from db import address
from db.errors import (
    StoreAddressFault,
    StoreDamaged,
    StoreEmpty,
    StoreLocked,
    StoreMissing,
    StoreOnNetwork,
    StoreProblem,
    StoreReadOnly,
    StoreUnreachable,
    StoreUnsafe,
)
from db.install import install
from db.sqlite import mount_kind
from db.store import open_store
from tests.support.small_hall import KK, SetClock, SmallHall

MOUNTINFO = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:25 / /proc rw,nosuid - proc proc rw
40 22 0:41 / /mnt/hall rw,relatime - nfs4 10.0.0.5:/hall rw,vers=4.2
41 40 8:17 / /mnt/hall/local rw,relatime - ext4 /dev/sdb1 rw
42 22 0:50 / /srv/shared\\040files rw - cifs //server/hall rw
43 22 0:51 / /home/kios/remote rw - fuse.sshfs kios@server:/ rw
44 22 0:52 / /mnt/ha rw - xfs /dev/sdc1 rw
"""


def close_after(path: Path | str) -> None:
    open_store(str(path)).close()


def test_a_store_that_is_not_there_is_missing_and_not_made(tmp_path: Path) -> None:
    path = tmp_path / "none" / "hall.db"

    with pytest.raises(StoreMissing) as refused:
        close_after(path)

    assert refused.value.fields == {"url": f"sqlite:///{path}"}
    assert not path.parent.exists()


def test_a_folder_is_no_store(tmp_path: Path) -> None:
    with pytest.raises(StoreMissing):
        close_after(tmp_path)


def test_an_empty_file_has_no_store_yet(tmp_path: Path) -> None:
    path = tmp_path / "hall.db"
    path.touch(mode=0o600)

    with pytest.raises(StoreMissing):
        close_after(path)


def test_a_schema_without_a_site_is_an_empty_store(tmp_path: Path) -> None:
    install(str(tmp_path / "hall.db"))

    with pytest.raises(StoreEmpty):
        close_after(tmp_path / "hall.db")


@pytest.mark.parametrize("content", [b"not a database", b"%PDF-1.7\n" * 1000, b"\x00" * 4096])
def test_another_kind_of_file_is_not_touched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hall.db"
    path.write_bytes(content)

    for attempt in (close_after, lambda path: install(str(path))):
        with pytest.raises(StoreDamaged):
            attempt(path)

    assert path.read_bytes() == content


def test_a_damaged_page_is_told_and_not_a_crash(hall_file: Path) -> None:
    content = bytearray(hall_file.read_bytes())
    content[4096 : 4096 * 8] = b"\xff" * 4096 * 7
    hall_file.write_bytes(content)

    with pytest.raises(StoreDamaged):
        close_after(hall_file)


def test_a_file_without_write_bit_is_read_only(hall_file: Path) -> None:
    hall_file.chmod(0o400)
    before = hall_file.read_bytes()

    with pytest.raises(StoreReadOnly):
        close_after(hall_file)

    assert hall_file.read_bytes() == before


def test_the_store_and_its_new_folder_are_its_owners_only(hall_file: Path) -> None:
    hall = SmallHall(str(hall_file), SetClock())
    hall.issue(KK)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in hall_file.parent.iterdir()}
    hall.close()

    assert stat.S_IMODE(hall_file.parent.stat().st_mode) == 0o700
    assert set(modes) >= {"hall.db", "hall.db-wal", "hall.db.lock"}
    assert set(modes.values()) == {0o600}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/anjungan/hall.db", "ext4"),
        ("/mnt/hall/hall.db", "nfs4"),
        ("/mnt/hall/deep/er/hall.db", "nfs4"),
        ("/mnt/hall/local/hall.db", "ext4"),
        ("/mnt/hallway/hall.db", "ext4"),
        ("/srv/shared files/hall.db", "cifs"),
        ("/home/kios/remote/hall.db", "fuse.sshfs"),
    ],
)
def test_the_mount_that_holds_a_path_is_found(tmp_path: Path, path: str, kind: str) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(MOUNTINFO)

    assert mount_kind(Path(path), mountinfo) == kind


def test_an_unknown_mount_is_no_reason_to_refuse(tmp_path: Path) -> None:
    assert mount_kind(Path("/x"), tmp_path / "none") == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "fuse.sshfs"])
def test_a_network_mount_is_refused_before_anything_is_written(
    tmp_path: Path, hall_file: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(db.sqlite, "mount_kind", lambda path, mountinfo: kind)
    new = tmp_path / "new" / "hall.db"

    with pytest.raises(StoreOnNetwork) as refused:
        close_after(hall_file)
    with pytest.raises(StoreOnNetwork):
        install(str(new))

    assert refused.value.fields["kind"] == kind

    assert not new.parent.exists()


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "overlay", "tmpfs", "fuse.ntfs-3g", "fuseblk"])
def test_a_local_mount_is_taken(
    hall_file: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(db.sqlite, "mount_kind", lambda path, mountinfo: kind)

    close_after(hall_file)


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 7, 16), False),
        ((3, 40, 1), False),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 53, 4), True),
    ],
)
def test_a_sqlite_with_the_wal_reset_bug_is_refused(
    hall_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    is_safe: bool,
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)

    if is_safe:
        close_after(hall_file)
    else:
        with pytest.raises(StoreUnsafe):
            close_after(hall_file)


def test_our_own_sqlite_is_a_safe_one() -> None:
    assert sqlite3.sqlite_version_info > (3, 51, 2)


def held_lock_file(path: Path) -> Callable[[], None]:
    """Hold the writers' lock file, as a program that hangs would."""
    file = path.with_name(path.name + ".lock").open("w")
    fcntl.flock(file, fcntl.LOCK_EX)
    return file.close


def held_database(path: Path) -> Callable[[], None]:
    """Hold SQLite's own lock, as a foreign tool would."""
    connection = sqlite3.connect(str(path), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    close: Callable[[], None] = connection.close
    return close


@pytest.mark.parametrize("hold", [held_lock_file, held_database])
def test_a_lock_that_is_held_too_long_is_told(
    hall_file: Path, monkeypatch: pytest.MonkeyPatch, hold: Callable[[Path], Callable[[], None]]
) -> None:
    monkeypatch.setattr(db.sqlite, "LOCK_TIMEOUT_S", 0.3)
    monkeypatch.setattr(db.sqlite_lock, "LOCK_TIMEOUT_S", 0.3)
    hall = SmallHall(str(hall_file), SetClock())
    before = hall.dump()
    release = hold(hall_file)

    with pytest.raises(StoreLocked):
        hall.issue(KK)
    # Screens go on meanwhile: reading needs no lock.
    assert hall.board().calls == ()
    assert hall.dump() == before
    release()

    assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_lock_that_is_let_go_in_time_is_only_waited_for(hall_file: Path) -> None:
    hall = SmallHall(str(hall_file), SetClock())
    release = held_lock_file(hall_file)
    threading.Timer(0.2, release).start()

    assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_command_that_fails_lets_the_lock_go(hall_file: Path) -> None:
    hall = SmallHall(str(hall_file), SetClock())

    def break_down(tx: object, **fields: object) -> None:
        tx.open(fields["request"], fields["actor"])  # type: ignore[attr-defined]
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        hall.act(break_down)

    assert hall.issue(KK).number == "B-001"
    hall.close()


def test_a_store_that_is_taken_away_meanwhile_is_told(hall_file: Path) -> None:
    hall = SmallHall(str(hall_file), SetClock())
    hall.close()
    for path in list(hall_file.parent.iterdir()):
        path.unlink()

    with pytest.raises(StoreProblem):
        hall.issue(KK)
    hall.close()


def test_installing_again_changes_nothing(hall_file: Path) -> None:
    hall = SmallHall(str(hall_file), SetClock())
    hall.issue(KK)
    before = hall.dump()

    install(str(hall_file))

    assert hall.dump() == before
    hall.close()


def test_a_place_where_no_file_can_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises((StoreUnreachable, StoreReadOnly)):
        install(str(tmp_path / "file" / "hall.db"))


@pytest.mark.parametrize(
    "url", ["", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "ftp://a", "://", "http://x"]
)
def test_an_address_that_names_no_store_is_told(url: str) -> None:
    for attempt in (open_store, install):
        with pytest.raises(StoreAddressFault):
            attempt(url)


def test_a_plain_path_and_its_url_are_one_store(hall_file: Path) -> None:
    assert address.parse(str(hall_file)) == address.parse(f"sqlite:///{hall_file}")


def test_a_password_is_never_shown() -> None:
    for url in (
        "postgresql://hall:s3cret@db.example/hall",
        "postgresql+psycopg://hall:s3cret@db.example/hall",
        "mysql://hall:s3cret@db.example/hall",
    ):
        try:
            shown = address.shown(address.parse(url))
        except StoreAddressFault as fault:
            shown = str(fault)
        assert "s3cret" not in shown


def test_a_store_that_we_may_not_look_into_is_a_known_fault(
    hall_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    # The superuser, who may run these tests, is never refused.
    monkeypatch.setattr(Path, "open", refuse)

    with pytest.raises(StoreReadOnly):
        close_after(hall_file)
