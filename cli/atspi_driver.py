"""Presses, types and reads in other programs' windows through AT-SPI; JSON lines in and out.

Run by Debian's own /usr/bin/python3 (package python3-pyatspi brings ``gi`` and its typelib),
never imported: ``cli/accessibility.py`` starts it. One command a line, one answer a line:

    {"do": "press", "app": "anjungan-kiosk", "name": "Ambil Nomor", "timeout": 10}
    {"ok": true, "name": "Ambil Nomor", "role": "button"}
    {"ok": false, "error": "NotFound", "message": "…", "tree": ["…"]}
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402  # after the version is chosen

Answer = dict[str, Any]
Node = Any

POLL_S = 0.05
MAX_NODES = 4000
BUTTON_ROLES = (
    "button",
    "push button",
    "toggle button",
    "check box",
    "radio button",
    "list item",
    "menu item",
    "page tab",
    "table cell",
    "link",
)
PRESS_ACTIONS = ("press", "click", "toggle", "activate", "jump", "doDefault")


class DriverFault(Exception):
    """A command that can't be done; ``kind`` is for programs, the text for people."""

    def __init__(self, kind: str, message: str, app: Node = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.app = app


def spin() -> None:
    """Let AT-SPI's cached state follow the events that have arrived."""
    context = GLib.MainContext.default()
    while context.iteration(False):
        pass


def application(name: str) -> Node:
    """Return the running application of this name, or None."""
    desktop = Atspi.get_desktop(0)
    for index in range(desktop.get_child_count()):
        child = desktop.get_child_at_index(index)
        if child is not None and child.get_name() == name:
            return child
    return None


def nodes(root: Node) -> Iterator[tuple[Any, int]]:
    """Yield (node, depth) for all that is showing below root, in reading order."""
    left = [(root, 0)]
    count = 0
    while left and count < MAX_NODES:
        node, depth = left.pop()
        count += 1
        if node is not root and not is_showing(node):
            continue
        yield node, depth
        try:
            children = [node.get_child_at_index(i) for i in range(node.get_child_count())]
        except GLib.Error:
            continue
        left += [(child, depth + 1) for child in reversed(children) if child is not None]


def is_showing(node: Node) -> bool:
    """Say whether a person could see the node."""
    try:
        states = node.get_state_set()
    except GLib.Error:
        return False
    return states.contains(Atspi.StateType.SHOWING) and states.contains(Atspi.StateType.VISIBLE)


def is_enabled(node: Node) -> bool:
    """Say whether the node takes presses and input."""
    return node.get_state_set().contains(Atspi.StateType.ENABLED)


def role_of(node: Node) -> str:
    """Return the role's name, the same for all versions of AT-SPI."""
    role = node.get_role_name()
    return "button" if role == "push button" else role


def text_of(node: Node) -> str:
    """Return what is typed or written in the node, "" where it has no text."""
    try:
        interface = node.get_text_iface()
        if interface is None:
            return ""
        return Atspi.Text.get_text(interface, 0, Atspi.Text.get_character_count(interface))
    except GLib.Error:
        return ""


def is_match(node: Node, command: Answer) -> bool:
    """Say whether the node has the role and the name that the command wants."""
    wanted = command.get("name")
    role = command.get("role")
    name = node.get_name() or ""
    if role is not None and role_of(node) != role:
        return False
    if wanted is None:
        return True
    return name.startswith(wanted) if command.get("prefix", True) else name == wanted


def find(command: Answer, is_fit: Callable[[Any], bool]) -> Node:
    """Wait for the first fitting node; an exact name wins over one that only begins so."""
    deadline = time.monotonic() + float(command.get("timeout", 10))
    app = None
    while True:
        spin()
        try:
            app = application(command["app"])
            if app is not None:
                app.clear_cache()
                found = [node for node, _ in nodes(app) if is_match(node, command) and is_fit(node)]
                exact = [node for node in found if node.get_name() == command.get("name")]
                if found:
                    return (exact or found)[0]
        except GLib.Error:
            # The application changed or ended while we looked: look again.
            pass
        if time.monotonic() > deadline:
            break
        time.sleep(POLL_S)
    if app is None:
        raise DriverFault("NoApplication", f"no application {command['app']!r} is running")
    what = f"{command.get('role') or 'control'} {command.get('name')!r}"
    raise DriverFault("NotFound", f"no {what} is showing in {command['app']}", app)


def described(node: Node) -> Answer:
    """Return what an answer tells about a node."""
    return {
        "name": node.get_name() or "",
        "role": role_of(node),
        "text": text_of(node),
        "enabled": is_enabled(node),
    }


def can_press(node: Node) -> bool:
    """Say whether a press would do something."""
    return is_enabled(node) and (press_action(node) is not None or role_of(node) in BUTTON_ROLES)


def press_action(node: Node) -> tuple[Any, int] | None:
    """Return the node's action interface and the index of its press, or None."""
    interface = node.get_action_iface()
    if interface is None:
        return None
    names = [
        Atspi.Action.get_action_name(interface, i).lower()
        for i in range(Atspi.Action.get_n_actions(interface))
    ]
    for wanted in PRESS_ACTIONS:
        if wanted.lower() in names:
            return interface, names.index(wanted.lower())
    return None


def press(command: Answer) -> Answer:
    """Press a control by its own action, else by the mouse."""
    node = find(command, can_press)
    answer = described(node)
    action = press_action(node)
    if action is not None:
        done = Atspi.Action.do_action(*action)
    else:
        box = Atspi.Component.get_extents(node.get_component_iface(), Atspi.CoordType.SCREEN)
        done = Atspi.generate_mouse_event(box.x + box.width // 2, box.y + box.height // 2, "b1c")
    if not done:
        raise DriverFault(
            "NotPressed", f"{command['name']!r} took no press", node.get_application()
        )
    return answer


def type_text(command: Answer) -> Answer:
    """Put a text into a line edit."""
    node = find(command, lambda found: found.get_editable_text_iface() is not None)
    interface = node.get_editable_text_iface()
    if not Atspi.EditableText.set_text_contents(interface, command["text"]):
        raise DriverFault("NotTyped", f"{command['name']!r} took no text", node.get_application())
    return described(node)


def wait(command: Answer) -> Answer:
    """Wait until a control is showing."""
    return described(find(command, lambda found: True))


def gone(command: Answer) -> Answer:
    """Wait until no such node is showing any more."""
    deadline = time.monotonic() + float(command.get("timeout", 10))
    while time.monotonic() <= deadline:
        try:
            find({**command, "timeout": 0}, lambda found: True)
        except DriverFault:
            return {}
        time.sleep(POLL_S)
    raise DriverFault(
        "StillThere", f"{command.get('name')!r} is still showing", application(command["app"])
    )


def texts(command: Answer) -> Answer:
    """Return every name and text that is showing, in reading order, each once in a row."""
    app = find({"app": command["app"], "timeout": command.get("timeout", 10)}, lambda found: True)
    app = app.get_application()
    app.clear_cache()
    shown: list[str] = []
    for node, _ in nodes(app):
        for text in (node.get_name() or "", text_of(node)):
            if text and (not shown or shown[-1] != text):
                shown.append(text)
    return {"texts": shown}


def tree_lines(app: Node) -> list[str]:
    """Return all that is showing, a line a node, indented."""
    lines = []
    for node, depth in nodes(app):
        try:
            text = text_of(node)
            lines.append(
                f"{'  ' * depth}{role_of(node)} {node.get_name()!r}"
                + (f" = {text!r}" if text and text != node.get_name() else "")
                + ("" if is_enabled(node) or depth == 0 else " (disabled)")
            )
        except GLib.Error:
            continue
    return lines


def tree(command: Answer) -> Answer:
    """Answer with the application's tree."""
    app = application(command["app"])
    if app is None:
        raise DriverFault("NoApplication", f"no application {command['app']!r} is running")
    app.clear_cache()
    return {"tree": tree_lines(app)}


COMMANDS = {
    "press": press,
    "type": type_text,
    "wait": wait,
    "gone": gone,
    "texts": texts,
    "tree": tree,
}


def patiently(act: Callable[[Answer], Answer], command: Answer) -> Answer:
    """Do a command; begin again where the window was redrawn between the look and the act.

    An object that is gone took no press and no text, so nothing is done twice.
    """
    deadline = time.monotonic() + float(command.get("timeout", 10))
    while True:
        try:
            return act(command)
        except GLib.Error as error:
            if "No such object" not in error.message or time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)


def answer(line: str) -> Answer:
    """Do one command and return its answer."""
    try:
        command = json.loads(line)
        return {"ok": True, **patiently(COMMANDS[command["do"]], command)}
    except DriverFault as fault:
        lines = tree_lines(fault.app) if fault.app is not None else []
        return {"ok": False, "error": fault.kind, "message": str(fault), "tree": lines}
    except GLib.Error as error:
        return {"ok": False, "error": "Bus", "message": error.message, "tree": []}
    except (KeyError, ValueError, TypeError) as error:
        return {"ok": False, "error": "BadCommand", "message": repr(error), "tree": []}


def main() -> None:
    """Answer one line after another until the input ends."""
    Atspi.init()
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(answer(line), ensure_ascii=False), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
