"""A kiosk on a real store, with a printer that records instead of printing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import assets
from db.catalogue import load_catalogue
from db.catalogue_file import CatalogueFile, read_catalogue
from db.catalogue_hours import Hours
from db.install import install, installed
from db.store import Store, open_store
from desktop.live import FeedFollower, StoreWorker
from hardware.printer import PrinterState, PrintOutcome, PrintResult
from kiosk.presenter import Presenter
from rules.slip import Slip
from station.texts import Texts

STATION = "K1"


@lru_cache(maxsize=1)
def sample() -> CatalogueFile:
    """Return the sample catalogue, read once."""
    return read_catalogue(assets.sample_catalogue())


def make_store(folder: Path, *, is_open: bool = True) -> str:
    """Make a store of the sample hall, or of one that never opens; returns its URL."""
    file = sample() if is_open else sample().model_copy(update={"hours": Hours()})
    url = f"sqlite:///{folder / 'hall.db'}"
    install(url)
    store = installed(url, sample().site.code)
    load_catalogue(store, file, actor="test", always_open=is_open)
    store.close()
    return url


@dataclass
class RecordingSpool:
    """A printer's queue that keeps what it gets, and answers when it is told to."""

    outcome: PrintOutcome | None = PrintOutcome.PRINTED
    slips: list[Slip] = field(default_factory=list)
    waiting: list[tuple[str, Callable[[str, PrintResult], None]]] = field(default_factory=list)

    def submit(self, slip: Slip, done: Callable[[str, PrintResult], None]) -> None:
        """Keep the slip."""
        self.slips.append(slip)
        if self.outcome is None:
            self.waiting.append((slip.key, done))
        else:
            done(slip.key, result(self.outcome))


def result(outcome: PrintOutcome) -> PrintResult:
    """Return a print's end."""
    is_well = outcome in {PrintOutcome.PRINTED, PrintOutcome.SENT}
    return PrintResult(outcome, PrinterState.READY if is_well else PrinterState.PAPER_OUT)


@dataclass
class Kiosk:
    """A running kiosk without its window; ``stop`` ends its threads."""

    url: str
    spool: RecordingSpool | None
    presenter: Presenter
    worker: StoreWorker
    follower: FeedFollower
    now: list[float]

    def store(self) -> Store:
        """Open the kiosk's store."""
        return open_store(self.url)

    def stop(self) -> None:
        """End what was started."""
        self.presenter.stop()
        self.follower.stop()
        self.worker.stop()


def start_kiosk(
    url: str, spool: RecordingSpool | None, *, open_: Callable[[], Store] | None = None
) -> Kiosk:
    """Start a kiosk whose clock the test moves."""
    now = [1000.0]
    opener = open_ or (lambda: open_store(url))
    worker, follower = StoreWorker(opener), FeedFollower(opener)
    presenter = Presenter(
        worker,
        follower,
        spool,
        station=STATION,
        texts=Texts.load("id"),
        clock=lambda: now[0],
    )
    return Kiosk(url, spool, presenter, worker, follower, now)
