"""Dial strings."""

from __future__ import annotations

import pytest

from controller.errors import UnsafeValue
from controller.switch import dialstring

PHONE = "sofia/internal/sip:1002@10.0.0.2:5060;transport=udp"


def test_a_phone_carries_its_own_variables() -> None:
    headers = {"presence_id": "1002@pbx.test", "sip_h_Alert-Info": '<http://pbx.test>;info="Auto Answer"'}
    assert dialstring.phone(PHONE, headers) == (
        f'[presence_id=1002@pbx.test,sip_h_Alert-Info=<http://pbx.test>;info="Auto Answer"]{PHONE}'
    )


def test_a_phone_may_have_no_variables() -> None:
    assert dialstring.phone(PHONE, {}) == PHONE


def test_groups_ring_one_after_the_other_and_empty_ones_do_not_count() -> None:
    assert dialstring.groups([["a", "b"], [], ["c"]]) == "a,b|c"


@pytest.mark.parametrize(
    "value",
    ["a,b=c", "a]sofia/x/y", "a:_:b", "[", "{", "}", "a|b", "it's", "a\\b", "${system(id)}", "a\nb", ""],
)
def test_a_value_that_would_not_stay_a_value_is_refused(value: str) -> None:
    with pytest.raises(UnsafeValue):
        dialstring.phone(PHONE, {"sip_h_X": value})


@pytest.mark.parametrize(
    "endpoint", ["sofia/x/a,sofia/x/b", "sofia/x/a|b", "sofia/x/${system(id)}", "[a=b]sofia/x/a"]
)
def test_an_endpoint_that_is_more_than_one_is_refused(endpoint: str) -> None:
    with pytest.raises(UnsafeValue):
        dialstring.phone(endpoint, {})
