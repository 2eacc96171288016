"""A laboratory: one real FreeSWITCH is the PBX, and a second one plays the phones.

During a call every phone plays its own tone and records what it hears. So "who hears whom" can be measured:
the level of each party's tone in each party's recording, in dBFS.

It needs a `freeswitch` executable of version 1.10 or later (on PATH, or named in FREESWITCH_BIN) with the
modules of `office.MODULES`. It uses fixed ports, so a machine can run only one laboratory at a time.

    python -m controller.laboratory            starts PBX and phones, prints the ports, stops on Ctrl-C
    with Lab(dialplan=FOLDER) as lab: ...      the same from a test, a benchmark or the demo

Phones 1001-1006 register at the PBX, each with its own User-Agent (`office.PHONES`). The PBX sends 9NUMBER
over its trunk to the customers: 9555 answers with the tone of CUSTOMER, 92xx with that of CUSTOMER2. 8NUMBER
uses the trunk with bypass media. 3xxx is a conference room. `tw-UUID` joins a call with three_way, `spy-UUID`
with eavesdrop. A call to port TRUNK_PORT is a call from outside.
"""
