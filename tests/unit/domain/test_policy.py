"""The policy for a pager and a target."""

from __future__ import annotations

import pytest

from controller.domain.names import UserName
from controller.domain.policy import Accept, Feature, Level, Policy, Rights, Source

ONE, OTHER = UserName("1", "pbx"), UserName("2", "pbx")


@pytest.mark.parametrize("feature", Feature)
def test_without_a_row_nothing_is_allowed(feature: Feature) -> None:
    rights = Policy(ONE, OTHER).rights(feature)
    assert not rights.initiate
    assert not rights.accepted


@pytest.mark.parametrize(
    ("accept", "listed", "accepted"),
    [
        (Accept.NONE, True, False),
        (Accept.ALL, False, True),
        (Accept.LISTED, False, False),
        (Accept.LISTED, True, True),
    ],
)
def test_the_list_counts_only_where_the_listed_are_accepted(
    accept: Accept, listed: bool, accepted: bool
) -> None:
    assert Rights(accept=accept, listed=listed).accepted is accepted


def test_each_feature_has_its_own_rights() -> None:
    policy = Policy(ONE, OTHER, whisper=Rights(initiate=True))
    assert policy.rights(Feature.WHISPER).initiate
    assert not policy.rights(Feature.INTERCOM).initiate


def test_a_source_says_which_group_it_was() -> None:
    assert str(Source(Level.USER, "reception")) == "user"
    assert str(Source(Level.GROUP, "reception")) == "group reception"
    assert str(Source(Level.DEFAULT, "default")) == "group default"
