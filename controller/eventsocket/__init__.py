"""A client of FreeSWITCH's event socket.

    link = Link(address, events=["CHANNEL_CREATE"], custom=["whisper_page::mute"])
    link.on_up(table.rebuild)
    link.on("CHANNEL_CREATE", lambda event: table.add(event["Unique-ID"], event.variable("user_name")))
    link.start()

    outcome = link.api(api.uuid_kill(leg, "CALL_REJECTED"), deadline=5)
    if outcome.status is Status.REFUSED: ...                  # outcome.text is the switch's answer
    link.bgapi(api.originate("user/1002@pbx.test", Extension("intercom", "whisper_page")), deadline=60)
    link.send(commands.execute(leg, "unbind_meta_app"), deadline=5)

`framing`, `events`, `places`, `commands`, `api` and `protocol` convert bytes to values and values to bytes,
without sockets and without gevent. `connection` uses them on a socket. `link` keeps a connection alive.
"""
