"""How each window's process begins and ends: called by the ``main`` of kiosk, display, counter.

Settings, logs, crash hook, fonts, the lock of the station, signals, signs of life; then the
application's own composition root builds its window.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QObject, QSize, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from db.errors import StoreProblem
from db.store import Store, open_store
from desktop import check, faults
from desktop.live import FeedFollower, StoreWorker
from desktop.notice import NoticeWindow
from desktop.options import Geometry, Options, parse
from desktop.theme import load_fonts, palette, text_font
from rules.errors import KnownError
from station.errors import AlreadyRunning
from station.instance import SingleInstance
from station.logs import start_logs
from station.settings import Settings, warn_of_unknown
from station.texts import Texts
from station.watchdog import Heartbeats, ServiceNotifier, Watchdog

EXIT_WRONG_USE: Final = 2
EXIT_STORE: Final = 3
_NOTICE_MS: Final = 8_000
_BEAT_MS: Final = 2_000
_BEAT_LIMIT_S: Final = 20.0
_log = logging.getLogger(__name__)


class Station(QObject):
    """What a composition root gets: settings, texts, and the process's own affairs.

    Args:
        application: E.g. ``anjungan-kiosk``.
        options: The command line.
        settings: The station's.
        texts: In the language of the screen.
    """

    def __init__(
        self, application: str, options: Options, settings: Settings, texts: Texts
    ) -> None:
        super().__init__()
        self.application = application
        self.options = options
        self.settings = settings
        self.texts = texts
        self.heartbeats = Heartbeats()
        self._at_quit: list[Callable[[], object]] = []
        self._window: QWidget | None = None
        self._has_failed = False

    @property
    def theme(self) -> str | None:
        """The theme that the station asks for; None leaves it to the site."""
        return self.options.theme or self.settings.theme

    def open_store(self) -> Store:
        """Open the store that the settings name; each thread has one of its own."""
        return open_store(self.settings.database, site=self.settings.site)

    def worker(self, name: str = "store") -> StoreWorker:
        """Make a store worker that is stopped at the end, and whose lasting faults end us."""
        made = StoreWorker(self.open_store, name, self)
        made.unusable.connect(self.fail)
        self.at_quit(made.stop)
        return made

    def follower(self, name: str = "feed") -> FeedFollower:
        """Make a feed follower that is stopped at the end; ``start`` it when connected."""
        made = FeedFollower(self.open_store, name, self)
        made.unusable.connect(self.fail)
        self.at_quit(made.stop)
        return made

    def at_quit(self, stop: Callable[[], object]) -> None:
        """Call ``stop`` when the event loop has ended; the last one first."""
        self._at_quit.append(stop)

    def show(self, window: QWidget) -> None:
        """Show a window full screen, or as ``--windowed`` says."""
        self._window = window
        window.setWindowTitle(window.windowTitle() or self.application)
        place(window, self.options.windowed)
        if self.options.windowed is None:
            window.showFullScreen()
        else:
            window.show()

    def fail(self, error: KnownError) -> None:
        """Say why we can't go on, on standard error and in the window, and end.

        The exit code is 3 for a fault of the store, else 2.
        """
        if self._has_failed:
            return
        self._has_failed = True
        code = exit_code(error)
        words = self.texts.error(error)
        _log.error("%s: %s", error.code, error)
        print(f"{self.application}: {words}", file=sys.stderr)  # noqa: T201 - for who started us
        if self._window is not None:
            self._window.hide()
        size = wanted_size(self.options.windowed)
        notice = NoticeWindow(
            palette(self.theme), size, self.texts.t("This screen can't start"), words
        )
        self.show(notice)
        QTimer.singleShot(_NOTICE_MS, self, lambda: QApplication.exit(code))

    def finish(self) -> None:
        """Stop what was started, the last one first."""
        while self._at_quit:
            self._at_quit.pop()()
        if self._window is not None:
            self._window.close()
            self._window = None


Build = Callable[[Station], QWidget]


def run(
    application: str,
    build: Build,
    arguments: Sequence[str] | None = None,
    *,
    windows: int = 1,
) -> int:
    """Run a window's process from its first line to its exit code.

    Args:
        application: E.g. ``anjungan-kiosk``; also its name for assistive technology.
        build: The composition root: makes everything and returns the window.
        arguments: Instead of ``sys.argv``.
        windows: How many may run at one station.
    """
    options = parse(application, sys.argv[1:] if arguments is None else arguments)
    if options.is_check:
        return check.report(application)
    try:
        settings = Settings.load()
    except KnownError as error:
        print(f"{application}: {Texts.load('id').error(error)}", file=sys.stderr)  # noqa: T201
        return EXIT_WRONG_USE
    texts = Texts.load(options.language or settings.language)
    try:
        with claim(application, settings.station, windows) as instance:
            start_logs(
                application,
                station=instance.station,
                level=settings.log_level,
                folder=settings.log_folder,
            )
            warn_of_unknown(os.environ)
            return _run(application, build, Station(application, options, settings, texts))
    except KnownError as error:
        print(f"{application}: {texts.error(error)}", file=sys.stderr)  # noqa: T201
        return exit_code(error)


@contextmanager
def claim(application: str, station: str, windows: int = 1) -> Iterator[SingleInstance]:
    """Hold the first free place of a station; its name also keeps the log files apart.

    A kiosk's paper and a wall's sound have one owner. Consoles share nothing: the store lets
    nobody sign in twice, and a serial port has its own lock; so two desks may share a PC.

    Raises:
        AlreadyRunning: As many run as may.
    """
    for place in range(1, windows + 1):
        name = station if place == 1 else f"{station}-{place}"
        instance = SingleInstance(application, name)
        try:
            instance.acquire()
        except AlreadyRunning:
            if place == windows:
                raise
            continue
        try:
            yield instance
        finally:
            instance.release()
        return


def _run(application: str, build: Build, station: Station) -> int:
    app = make_application(application)
    faults.install_crash_hook()
    notifier = ServiceNotifier()
    watchdog = Watchdog(station.heartbeats, notifier)
    beat = station.heartbeats.register("window", _BEAT_LIMIT_S)
    timer = QTimer(station)
    timer.timeout.connect(beat)
    timer.start(_BEAT_MS)
    quit_on_signals(app)
    try:
        station.show(build(station))
    except KnownError as error:
        station.fail(error)
    watchdog.start()
    notifier.ready()
    try:
        code = app.exec()
    finally:
        notifier.stopping()
        watchdog.stop()
        station.finish()
    _log.info("%s ends with %s", application, code)
    return code


def make_application(application: str) -> QApplication:
    """Make the QApplication: name, message handler, fonts."""
    # A kiosk has no desktop that would switch accessibility on; a screen reader may come later.
    os.environ.setdefault("QT_LINUX_ACCESSIBILITY_ALWAYS_ON", "1")
    faults.take_qt_messages()
    QApplication.setApplicationName(application)
    app = QApplication([application])
    app.setApplicationDisplayName("Anjungan")
    app.setStyle("Fusion")
    refused = load_fonts()
    if refused:
        _log.error("fonts can't be loaded: %s", ", ".join(refused))
    app.setFont(text_font(16, 400))
    app.setQuitOnLastWindowClosed(True)
    return app


def exit_code(error: KnownError) -> int:
    """Return the exit code of a fault at start."""
    return EXIT_STORE if isinstance(error, StoreProblem) else EXIT_WRONG_USE


def wanted_size(geometry: Geometry | None) -> QSize:
    """Return the size that a window will get."""
    if geometry is not None:
        return QSize(geometry.width, geometry.height)
    return QApplication.primaryScreen().size()


def place(window: QWidget, geometry: Geometry | None) -> None:
    """Give a window its size and place before it is first shown, so that it is built once."""
    window.resize(wanted_size(geometry))
    if geometry is None:
        window.setCursor(Qt.CursorShape.ArrowCursor)
        window.move(QApplication.primaryScreen().geometry().topLeft())
    elif geometry.x is not None and geometry.y is not None:
        window.move(geometry.x, geometry.y)


def quit_on_signals(app: QApplication) -> None:
    """Let SIGTERM and SIGINT end the event loop.

    Python runs its handlers between byte codes only; the wake-up socket brings the event loop
    back to Python when a signal has come (signal.set_wakeup_fd).
    """
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setblocking(False)
    signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read, app)

    def drain() -> None:
        ours.recv(64)

    notifier.activated.connect(drain)
    # The notifier holds only the numbers of the sockets, so they must live as long as it.
    notifier.setProperty("sockets", (ours, theirs))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: app.quit())
