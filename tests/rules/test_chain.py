"""The journal's hash chain: what changes anywhere shows everywhere after it."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from rules.chain import GENESIS, canonical, link

values = st.dictionaries(
    st.text(max_size=8),
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    max_size=5,
)


@given(values)
def test_equal_content_has_one_text(content: dict[str, object]) -> None:
    turned = dict(reversed(content.items()))

    assert canonical(content) == canonical(turned)
    assert json.loads(canonical(content)) == content


@given(values)
def test_the_text_is_plain_ascii_on_one_line(content: dict[str, object]) -> None:
    text = canonical(content)

    assert text.isascii()
    assert "\n" not in text


@given(st.lists(st.text(max_size=10), min_size=2, max_size=6, unique=True), st.data())
def test_a_changed_event_changes_every_hash_after_it(texts: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(texts) - 1))
    forged = [*texts[:place], texts[place] + "x", *texts[place + 1 :]]

    kept, changed = chain(texts), chain(forged)

    assert kept[:place] == changed[:place]
    assert not set(kept[place:]) & set(changed[place:])


def test_the_chain_begins_at_a_known_place() -> None:
    assert GENESIS == "0" * 64
    assert link(GENESIS, "{}") == link("0" * 64, "{}")
    assert len(link(GENESIS, "{}")) == 64


def chain(texts: list[str]) -> list[str]:
    hashes, last = [], GENESIS
    for text in texts:
        last = link(last, text)
        hashes.append(last)
    return hashes
