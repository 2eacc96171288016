"""PostgreSQL stops during a page: the page goes on, others are refused, and the history is complete later."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from controller.app import Controller
from tests.contract.rig import permit_all
from tests.contract.scene import REORDER, Scene, agrees
from tests.store import servers
from tests.store.servers import START_WAIT, Server


@pytest.fixture
def server() -> Iterator[Server]:
    with servers.short_folder() as folder:
        try:
            with servers.postgresql(folder, "fsync=off", "shared_buffers=16MB") as running:
                yield running
        except servers.NotInstalled as error:
            pytest.skip(str(error))


@pytest.fixture
def scene(server: Server) -> Iterator[Scene]:
    url = server.database()[1]
    permit_all(url)
    with closing(Scene(url)) as scene:
        scene.second = scene.start()
        yield scene


def controller(scene: Scene) -> Controller:
    assert scene.second
    return scene.second


def start_again(server: Server) -> None:
    """Start the same server again, with the same data."""
    server.process = subprocess.Popen(
        server.process.args,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **servers.as_nobody(),
    )
    deadline = time.monotonic() + START_WAIT
    while not server.answers():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_page_outlives_its_database_and_the_history_is_whole_in_the_end(server: Server, scene: Scene) -> None:
    scene.target_calls()
    scene.dial("*191002")
    scene.settle(lambda: scene.paged and agrees(scene, controller(scene)), "the page")
    server.stop(signal.SIGINT)
    assert scene.paged

    refused = scene.office.dial("1003", "*191005")
    scene.settle(lambda: refused.over, "the refusal")
    assert refused.cause == "NORMAL_TEMPORARY_FAILURE"
    assert REORDER in " ".join(scene.office.switch.sounds["1003"])
    assert scene.paged

    assert scene.pager
    scene.pager.hang_up()
    scene.settle(lambda: not scene.page_legs, "the end of the page")
    history = controller(scene).history
    scene.settle(lambda: history.behind > 0, "records that wait")
    link = controller(scene).stations[0].link
    assert (link.state, link.times_up, history.trouble) == ("up", 1, "")

    start_again(server)
    history.drain(15)
    attempts = scene.attempts()
    assert ("whisper", "pager_hung_up") in {(each.treatment, each.ending) for each in attempts}
    assert [str(each.pager) for each in attempts if each.reason == "store_trouble"] == ["1003@pbx.test"]
    assert all(each.ended_at for each in attempts)
    assert agrees(scene, controller(scene))
    scene.dial("*191002")
    scene.settle(lambda: scene.paged and agrees(scene, controller(scene)), "the next page")
