"""`doctor --audio`: tries a page on an installed switch."""

from __future__ import annotations

from collections.abc import Callable, Generator

from controller.doctor.check import Check
from controller.doctor.hearing import CONTROL, Observation, moments
from controller.doctor.installation import asker, look_at_modules
from controller.doctor.trial import Trial
from controller.errors import SwitchError
from controller.eventsocket.connection import Connection
from controller.switch.topology import Topology
from controller.switch.whisper import WHISPER
from controller.switch_address import SwitchAddress

#: The number of turns in which somebody speaks, for a progress bar.
TURNS = sum(len(moment.speakers) for moment in moments(WHISPER))


def try_page(
    address: SwitchAddress,
    deadline: float,
    progress: Callable[[int], None],
    topology: Topology = WHISPER,
) -> Generator[Observation | Check, None, None]:
    """The observations, moment by moment; or a check with the reason why a page could not be tried.

    `deadline` in seconds is the limit for each call to the switch. `progress` is called with the number of
    turns that are done. If the control fails, nothing else is tried, since silence would then prove nothing.
    """
    connection = Connection(address, timeout=deadline)
    try:
        connection.connect()
        modules = look_at_modules(asker(connection, deadline))
        if not modules.right:
            yield Check("audio", False, f"not tried: modules {modules.found}", modules.fix, str(address))
            return
        with Trial(connection, deadline, topology) as trial:
            for moment in moments(topology):
                observation = trial.observe(moment, progress)
                yield observation
                if moment is CONTROL and not observation.right:
                    return
    except SwitchError as error:
        yield Check("audio", False, "could not be tried to the end", str(error), str(address))
    finally:
        connection.stop()
