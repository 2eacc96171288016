"""The answers that a target can give to a page by one key."""

from __future__ import annotations

from dataclasses import dataclass

#: The digits that a reply's key can have, after `*`, and the greatest length of its words.
DIGITS = "0123456789"
LONGEST = 64


@dataclass(frozen=True)
class Reply:
    """A reply: the digit after `*`, the words that the pager reads, and whether it declines the page.

    The words are what somebody has written into SQL: an administrator, perhaps of one domain alone.
    """

    digit: str
    words: str
    declines: bool = False


#: The settings of seconds in which a page can be declined before the pager is heard.
SHORTEST_WINDOW, LONGEST_WINDOW = 0, 10
