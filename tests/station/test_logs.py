"""Log records: one line each, to the stream and the file, without anything personal."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.logs import OneLine, log_file, start_logs
from tests.support.expected_logs import LogRecorder


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level

    yield

    for handler in list(root.handlers):
        if isinstance(handler.formatter, OneLine):
            root.removeHandler(handler)
            handler.close()
    root.setLevel(level)
    logging.captureWarnings(capture=False)


def started(folder: Path | None) -> io.StringIO:
    stream = io.StringIO()
    start_logs("anjungan-kiosk", station="kios 1", level="INFO", folder=folder, stream=stream)
    return stream


def test_a_record_is_one_line_with_time_level_and_source(tmp_path: Path) -> None:
    stream = started(tmp_path)

    logging.getLogger("kiosk.app").info("first\nsecond")

    line = stream.getvalue()
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d INFO kiosk\.app \[MainThread\] "
        r"first\\nsecond\n",
        line,
    )
    assert log_file(tmp_path, "anjungan-kiosk", "kios 1").read_text(encoding="utf-8") == line


def test_a_crash_is_one_line_with_its_whole_traceback(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    stream = started(tmp_path)

    try:
        int("broken")
    except ValueError:
        logging.getLogger("kiosk").exception("crashed")

    assert stream.getvalue().count("\n") == 1
    assert "ValueError: invalid literal" in stream.getvalue()


def test_numbers_of_people_and_passwords_stay_out() -> None:
    stream = started(None)

    logging.getLogger("db").info("3273012345678901 at postgresql://hall:rahasia@db/hall")

    assert "3273012345678901" not in stream.getvalue()
    assert "rahasia" not in stream.getvalue()


def test_lesser_records_are_left_out() -> None:
    stream = started(None)

    logging.getLogger("db").debug("detail")

    assert stream.getvalue() == ""


def test_starting_twice_writes_each_record_once(tmp_path: Path) -> None:
    started(tmp_path)
    stream = started(tmp_path)

    logging.getLogger("db").info("once")

    assert stream.getvalue().count("once") == 1
    text = log_file(tmp_path, "anjungan-kiosk", "kios 1").read_text(encoding="utf-8")
    assert text.count("once") == 1


def test_a_folder_that_can_not_be_written_leaves_the_stream(
    tmp_path: Path, expected_logs: LogRecorder
) -> None:
    (tmp_path / "file").touch()

    stream = started(tmp_path / "file")

    assert "no log file" in stream.getvalue()


def test_names_of_stations_never_leave_the_folder(tmp_path: Path) -> None:
    assert log_file(tmp_path, "anjungan-kiosk", "../../etc/x").parent == tmp_path
