"""A catalogue file: YAML, validated whole, every fault named with its line and place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import (
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from db.catalogue_hours import Exceptions, Hours, Part
from db.quota_entry import QuotaEntry
from rules.errors import CatalogueFault
from rules.retention import LONGEST_DAYS, PersonalField

Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9_]{1,32}$")]
Lower = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")]
Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]{0,3}$")]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400, strip_whitespace=True)]
Names = Annotated[dict[Literal["id", "en", "jv", "su"], Words], Field(min_length=1)]
Language = Literal["id"]
Days = Annotated[int, Field(ge=0, le=LONGEST_DAYS)]


def _must_have_indonesian(names: dict[str, str]) -> dict[str, str]:
    if isinstance(names, dict) and "id" not in names:
        raise ValueError("the Indonesian name (id) is missing")
    return names


IdNames = Annotated[Names, BeforeValidator(_must_have_indonesian)]


class SiteEntry(Part):
    """The hall itself."""

    code: Code
    name: Words
    place: str = ""
    motto: str = ""
    time_zone: Words
    holidays: Literal["ID", ""] = "ID"
    theme: Lower = "garuda"
    is_sample: bool = False
    ordinary_min: int = Field(default=60, ge=1, le=600)
    priority_min: int = Field(default=20, ge=0, le=600)
    booked_min: int = Field(default=5, ge=0, le=600)
    returned_min: int = Field(default=10, ge=0, le=600)
    retention: dict[PersonalField, Days] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _known_zone(self) -> SiteEntry:
        if self.time_zone not in available_timezones():
            raise ValueError(f"unknown time zone {self.time_zone}; e.g. Asia/Jakarta")
        ZoneInfo(self.time_zone)
        return self


class PriorityEntry(Part):
    """A priority class."""

    code: Lower
    names: IdNames


class ZoneEntry(Part):
    """A part of the hall."""

    code: Code
    names: IdNames
    floor: int = Field(default=1, ge=-5, le=99)
    direction: Literal["left", "right", "straight", "up", "down"] = "straight"


class Served(Part):
    """A service that a counter takes, with its weight."""

    service: str
    weight: int = Field(default=1, ge=1, le=100)


def _as_served(value: Any) -> Any:
    return {"service": value} if isinstance(value, str) else value


class CounterEntry(Part):
    """A desk."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{1,8}$")]
    names: IdNames
    zone: Code
    services: Annotated[
        tuple[Annotated[Served, BeforeValidator(_as_served)], ...], Field(min_length=1)
    ]


class Channels(Part):
    """How a service can be had."""

    direct: bool = True
    mobile: bool = False
    self: bool = False
    electronic: bool = False


class ServiceEntry(Part):
    """One service."""

    code: Code
    names: IdNames
    spoken_name: IdNames | None = None
    keywords: tuple[Words, ...] = ()
    prefix: Prefix | None = None
    excludes: str = ""
    has_priority: bool = True
    requirements: tuple[Words, ...] = ()
    is_free: bool = True
    duration_min: int = Field(default=10, ge=1, le=480)
    duration_status: Literal["estimate", "published"] = "estimate"
    completion: str = ""
    fee: str = ""
    legal_basis: str = ""
    channels: Channels = Channels()
    priority_notes: str = ""
    source: str = ""
    hours: Hours | None = None
    exceptions: Exceptions = ()
    demands: tuple[PersonalField, ...] = ()
    quota: QuotaEntry | None = None


class AgencyEntry(Part):
    """A tenant and its services."""

    code: Code
    prefix: Prefix
    names: IdNames
    short_names: IdNames | None = None
    icon: Annotated[str, StringConstraints(max_length=64)] = "landmark"
    type: Annotated[str, StringConstraints(max_length=64)] = ""
    note: str = ""
    hours_note: str = ""
    source: str = ""
    hours: Hours | None = None
    exceptions: Exceptions = ()
    services: tuple[ServiceEntry, ...] = ()


class CatalogueFile(Part):
    """The whole file."""

    format: Literal[1]
    site: SiteEntry
    hours: Hours
    exceptions: Exceptions = ()
    priorities: tuple[PriorityEntry, ...] = ()
    zones: tuple[ZoneEntry, ...]
    counters: tuple[CounterEntry, ...]
    agencies: tuple[AgencyEntry, ...]

    def digest(self) -> str:
        """Return a hash of the content, to tell whether a file was loaded before."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


class _Loader(yaml.SafeLoader):
    """Leaves dates as text: YAML's own reading of 2027-02-30 is a crash, ours a fault."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as its parent has it
        first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def read_catalogue(path: Path) -> CatalogueFile:
    """Read and check a catalogue.

    Raises:
        CatalogueFault: With every fault, one line each: ``line 12: site.time_zone: …``.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueFault(file=str(path), faults=(str(error),)) from error
    try:
        root = yaml.compose(content, Loader=_Loader)
        value = yaml.load(content, Loader=_Loader)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise CatalogueFault(file=str(path), faults=(" ".join(str(error).split()),)) from error
    faults = [*_repeated_keys(root)]
    found: CatalogueFile | None = None
    try:
        found = CatalogueFile.model_validate(value)
    except ValidationError as error:
        for fault in error.errors():
            place = ".".join(str(step) for step in fault["loc"]) or "file"
            message = re.sub(r"^Value error, ", "", fault["msg"])
            faults.append(f"line {_line(root, fault['loc'])}: {place}: {message}")
    if found is not None:
        faults += cross_faults(found, root)
    if faults or found is None:
        raise CatalogueFault(file=str(path), faults=tuple(faults))
    return found


def cross_faults(file: CatalogueFile, root: Any = None) -> Iterator[str]:
    """Yield what one part says that another doesn't bear out; ``root`` is the file's YAML."""
    agencies = {agency.code for agency in file.agencies}
    services = {f"{a.code}.{s.code}" for a in file.agencies for s in a.services}
    zones = {zone.code for zone in file.zones}
    yield from _repeats("zones", [zone.code for zone in file.zones], root)
    yield from _repeats("counters", [counter.code for counter in file.counters], root)
    yield from _repeats("agencies", [agency.code for agency in file.agencies], root)
    yield from _repeats("priorities", [priority.code for priority in file.priorities], root)
    owners: dict[str, str] = {}
    for index, agency in enumerate(file.agencies):
        at = f"line {_line(root, ('agencies', index))}: agencies.{index} ({agency.code})"
        codes = [service.code for service in agency.services]
        for code in {code for code in codes if codes.count(code) > 1}:
            yield f"{at}: service {code} stands here twice"
        own = [service.prefix for service in agency.services if service.prefix]
        for prefix in [agency.prefix, *own]:
            if owners.setdefault(prefix, agency.code) != agency.code or own.count(prefix) > 1:
                yield f"{at}: the prefix {prefix} belongs to {owners[prefix]} already"
    for index, counter in enumerate(file.counters):
        at = f"line {_line(root, ('counters', index))}: counters.{index} ({counter.code})"
        if counter.zone not in zones:
            yield f"{at}: there is no zone {counter.zone}"
        for served in counter.services:
            if served.service not in agencies and served.service not in services:
                yield f"{at}: there is no agency or service {served.service}"


def _repeats(part: str, codes: list[str], root: Any) -> Iterator[str]:
    seen: set[str] = set()
    for index, code in enumerate(codes):
        if code in seen:
            yield f"line {_line(root, (part, index))}: {part}.{index}: {code} stands here twice"
        seen.add(code)


def _line(root: Any, loc: tuple[int | str, ...]) -> int:
    """Return the line, from 1, of the innermost node that the path leads to."""
    node = root
    for step in loc:
        if isinstance(node, yaml.MappingNode):
            found = [value for key, value in node.value if key.value == str(step)]
            if not found:
                break
            node = found[0]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if step >= len(node.value):
                break
            node = node.value[step]
        else:
            break
    return 1 if node is None else node.start_mark.line + 1


def _repeated_keys(node: Any) -> Iterator[str]:
    """Yield keys that stand twice in one mapping: YAML would silently keep the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield f"line {key.start_mark.line + 1}: the key {key.value} stands here twice"
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated_keys(value)
