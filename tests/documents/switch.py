"""A simulated switch as a program of its own: `python -m tests.documents.switch`; it prints its port."""

from __future__ import annotations

import gevent

from controller.simulator.office import CUSTOMER, Office


def main() -> None:
    with Office() as office:
        office.dial(CUSTOMER, "1002")
        office.settle(lambda: office.hears(CUSTOMER), "the call")
        print(office.socket.port, flush=True)
        gevent.get_hub().join()


if __name__ == "__main__":
    main()
