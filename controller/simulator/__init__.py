"""A simulated FreeSWITCH: an event socket with calls, phones and a media graph behind it, and no audio.

    with Office() as office:                        # the PBX of the laboratory, its phones registered
        call = office.phone(1002).dial("9555")      # a client call
        office.hears("customer")                    # {"1002": Quality.CLEAR}
        office.url                                  # esl://:ClueCon@127.0.0.1:PORT, for a controller

It runs the project's own `dialplan/`, and behaves like FreeSWITCH 1.10.12 wherever a page depends on it: each
module names the functions of FreeSWITCH's source that it follows. It refuses every command that it does not
know, and notes it in `Switch.unknown`; it never answers +OK to a command that it did not carry out.

`events`, `expansion`, `dialplan`, `dialstring` and `media` are pure functions of values. `switch`, `channel`,
`life`, `bridging`, `originate`, `apps` and `apis` are the calls, with one greenlet for each leg where
FreeSWITCH has one thread. `server` is the event socket; `phones` and `office` are the callers.

Known differences from FreeSWITCH: there is no SIP and no RTP, and a codec is only a name and a rate, so no
sound is late, lost or quiet. Digits are heard at once. A held party hears no music. T.38, video and proxy
media do not exist. Headers that the project does not read may be missing or in another place.
"""
