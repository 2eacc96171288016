"""Runs the laboratory until Ctrl-C, for trials by hand."""

from __future__ import annotations

import argparse
import signal
from contextlib import suppress

from controller.laboratory.lab import Lab
from controller.laboratory.office import PASSWORD, PBX_ESL, PHONE_SWITCH_ESL, SIP_PORT


def main() -> None:
    """Start the laboratory, print its ports, and wait for Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m controller.laboratory", description=__doc__)
    parser.add_argument("--dialplan", help="the PBX's dialplan, laid out as FreeSWITCH's conf/dialplan")
    with Lab(dialplan=parser.parse_args().dialplan) as lab:
        print(
            f"PBX: SIP 127.0.0.1:{SIP_PORT}, event socket {PBX_ESL}; "
            f"phones: event socket {PHONE_SWITCH_ESL}; password {PASSWORD}\nfiles: {lab.root}"
        )
        with suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
