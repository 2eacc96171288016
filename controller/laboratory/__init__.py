"""A laboratory: a real FreeSWITCH as the PBX and a second one that plays the phones.

Every phone plays a tone of its own for as long as it is on a call and records what it hears, so that "who
hears whom" is a measurement: the level of each party's tone in each party's recording, in dBFS.

It needs a `freeswitch` executable (on PATH, or named in FREESWITCH_BIN) of 1.10 or later with the modules of
`office.MODULES`, and it binds fixed ports, so there is one at a time on a machine.

    python -m controller.laboratory            starts PBX and phones, prints the ports, stops on Ctrl-C
    with Lab(dialplan=FOLDER) as lab: ...      the same from a test, a benchmark or the demo

Phones 1001-1006 register at the PBX, each with a User-Agent of its own (`office.PHONES`). The PBX sends
9NUMBER out by its trunk to the customer side, where 9555 answers with CUSTOMER's tone and 92xx with a second
customer's; 8NUMBER is the trunk with bypass media; 3xxx is a conference room; `tw-UUID` joins a call with
three_way and `spy-UUID` with eavesdrop. A call to port TRUNK_PORT is a call from outside.
"""
