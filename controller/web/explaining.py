"""What would become of a page now, and why, for those who may see everything of both users."""

from __future__ import annotations

from dataclasses import dataclass

from controller.app import Controller
from controller.domain import explain
from controller.domain.decision import Decision, Judgement
from controller.domain.names import UserName
from controller.domain.policy import Feature
from controller.web.actions import Actions


@dataclass(frozen=True)
class Explanation:
    """The decision on a dialled code and on a click, and the chain of reasons: subjects and findings."""

    decision: Decision
    by_click: Decision
    reasons: tuple[tuple[str, str], ...]


def explained(controller: Controller, feature: Feature, pager: UserName, target: UserName) -> Explanation:
    """The explanation, by the switch where the pager has a phone. Raises SwitchError, StoreError."""
    decider = Actions(controller).station(pager).decider
    judged = decider.judge(feature, pager, target)
    by_click, _ = decider.by_click(judged, pager)
    return _explanation(judged, by_click)


def explained_reverse(controller: Controller, pager: UserName, target: UserName) -> Explanation:
    """That of a reverse page, by the switch where the target has a phone; nobody dials one.

    Raises SwitchError, StoreError.
    """
    judged = Actions(controller).station(target).decider.judge_reverse(pager, target)
    return _explanation(judged, judged.decision)


def _explanation(judged: Judgement, by_click: Decision) -> Explanation:
    return Explanation(judged.decision, by_click, tuple(explain.reasons(judged, by_click)))
