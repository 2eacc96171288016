"""A simulated FreeSWITCH: an event socket with calls, phones and a media graph behind it, and no audio.

    with Office() as office:                        # the PBX of the laboratory, its phones registered
        call = office.phone(1002).dial("9555")      # a client call
        office.hears("customer")                    # {"1002": Quality.CLEAR}
        office.url                                  # esl://:ClueCon@127.0.0.1:PORT, for a controller

It runs the project's own `dialplan/`, and follows FreeSWITCH 1.10.12 in what a page depends on: each module
names the functions of its source that it obeys. What it does not know it refuses, and keeps in
`Switch.unknown`; it never says +OK to something that it did not do.

`events`, `expansion`, `dialplan`, `dialstring` and `media` are values in, values out. `switch`, `channel`,
`life`, `bridging`, `originate`, `apps` and `apis` are the calls, one greenlet a leg where FreeSWITCH has a
thread a leg. `server` is the event socket, `phones` and `office` are who calls.

What is known to differ from FreeSWITCH: there is no SIP, no RTP and no codec beyond its name and rate, so
nothing is late, lost or quiet; digits are heard at once; a held party hears no music; T.38, video and proxy
media are not there; headers that the project does not read may be missing or elsewhere.
"""
