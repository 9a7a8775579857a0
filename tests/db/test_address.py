"""A store's address: what is refused, and that no password is shown."""

from __future__ import annotations

import pytest

from db.address import parse, shown
from db.errors import StoreAddressFault


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://hall:s3cret@server:port/hall",
        "postgresql://hall:s3cret@server:/hall",
        "postgresql://hall:s3cret@[::1/hall",
        "mysql://hall:s3cret@server/hall",
        "sqlite://",
        "",
    ],
)
def test_an_address_that_is_none_is_a_known_fault_without_its_password(url: str) -> None:
    with pytest.raises(StoreAddressFault) as refused:
        parse(url)

    assert "s3cret" not in str(refused.value)


def test_a_password_among_the_options_is_not_shown_and_still_used() -> None:
    address = parse("postgresql://server/hall?user=hall&password=s3cret")

    assert "s3cret" not in shown(address)
    assert address.query["password"] == "s3cret"
