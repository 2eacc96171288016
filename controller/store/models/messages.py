"""The messages that can be sent to targets in place of a pager's voice."""

from __future__ import annotations

from sqlalchemy import Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from controller.store.models.base import Base


class MessageRow(Base):
    """Messages that can be sent in place of a page, by their names or numbers.

    A message has a sound or words, and not both. That of the target's domain counts, else that of all.
    """

    __tablename__ = "messages"
    __table_args__ = (UniqueConstraint("owner", "number"),)

    owner: Mapped[str] = mapped_column(String(254), primary_key=True, comment="whose: @DOMAIN; or * for all")
    name: Mapped[str] = mapped_column(
        String(32), primary_key=True, comment="its name: a-z 0-9 . _ -, a letter first"
    )
    number: Mapped[int | None] = mapped_column(
        Integer, comment="its number in the feature code, 1 to 999; null: none"
    )
    sound: Mapped[str | None] = mapped_column(
        String(255), comment="the path of a sound file on the switch; null: it has words"
    )
    words: Mapped[str | None] = mapped_column(
        String(500), comment="a text to be spoken, without control characters; null: it has a sound"
    )
    voice: Mapped[str | None] = mapped_column(
        String(32), comment="the voice of the words; null: the first of speech_voices"
    )
