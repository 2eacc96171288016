"""The builders of API calls, whose results are read back like FreeSWITCH reads them."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import UnsafeValue
from controller.eventsocket import api
from controller.eventsocket.api import ApiCall, Application, Extension
from controller.switch import dialstring

LEG = "16c543d6-b46d-4bc2-b388-a7f23b5d6a82"
OTHER = "2addaf30-6236-432e-87e0-76161e4decb0"


# -- FreeSWITCH's own readers, after the C of 1.10.12 ------------------------------------------------------


def cleanup(text: str, delim: str) -> str:
    """cleanup_separated_string, switch_utils.c."""
    text = text.lstrip(" ")
    out, end, quoted, i = "", 0, False, 0
    while i < len(text):
        char, after = text[i], text[i + 1 : i + 2]
        unescaped = after if after == delim else {"n": "\n", "r": "\r", "t": "\t", "s": " "}.get(after, after)
        if char == "\\" and after and (after in "'\"\\" or after == delim or unescaped != after):
            out, i = out + unescaped, i + 1
            end = len(out)
        elif char == "'" and (quoted or "'" in text[i + 1 :]):
            quoted = not quoted
            end = len(out) if quoted else end
        else:
            out += char
            end = len(out) if char != " " or quoted else end
        i += 1
    return out[:end]


def separate(text: str, delim: str, limit: int) -> list[str]:
    """switch_separate_string, switch_utils.c, for blanks and for other delimiters."""
    if text.startswith("^^") and len(text) > 3:
        delim, text = text[2], text[3:]
    blank = delim == " "
    parts: list[list[int]] = []
    state, quoted, i = "start", False, 0
    while i < len(text) and len(parts) < limit:
        if state == "start":
            parts.append([i, len(text)])
            state = "skip" if blank else "find"
            continue
        if state in ("skip", "ending") and text[i] != " ":
            state = "find" if state == "skip" else "start"
            continue
        if state == "find":
            if text[i] == "\\":
                i += 1
            elif text[i] == "'" and (blank or quoted or "'" in text[i + 1 :]):
                quoted = not quoted
            elif text[i] == delim and not quoted:
                parts[-1][1] = i
                state = "ending" if blank else "start"
        i += 1
    return [cleanup(text[start:end], "" if blank else delim) for start, end in parts]


def brackets(data: str) -> tuple[dict[str, str], str]:
    """switch_event_create_brackets, switch_event.c, for `{` and `}`."""
    depths = list(accumulate((char == "{") - (char == "}") for char in data))
    assert 0 in depths, f"no end of variables in {data!r}"
    end = depths.index(0)
    inside, delim = data[1:end], ","
    if inside.startswith("^^"):
        delim, inside = inside[2], inside[3:]
    variables = {}
    for element in separate(inside, delim, 1024):
        pair = separate(element, "=", 2)
        if len(pair) == 2:
            variables[pair[0]] = pair[1]
    return variables, data[end + 1 :]


def arguments(call: ApiCall, name: str) -> str:
    """The arguments of an API call's function, after parse_command and switch_api_execute."""
    line = call.foreground().encode()
    assert line.startswith(b"api ")
    assert line.endswith(b"\n\n")
    assert not set(line[:-2]) & set(b"\r\n\0")
    command, _, rest = line[4:-2].decode().partition(" ")
    assert command == name
    return rest.strip("\t\n\v\r ")


def read_originate(call: ApiCall) -> tuple[dict[str, str], str, list[str]]:
    """originate_function, mod_commands.c, and the start of switch_ivr_originate."""
    leg, *rest = separate(arguments(call, "originate"), " ", 10)
    assert ":_:" not in leg
    variables: dict[str, str] = {}
    while leg.startswith("{"):
        more, leg = brackets(leg)
        variables |= more
    return variables, leg, rest


# -- what each call is -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (api.status(), "status"),
        (api.module_exists("mod_loopback"), "module_exists mod_loopback"),
        (
            api.xml_locate("directory", "domain", "name", "pbx.test"),
            "xml_locate directory domain name pbx.test",
        ),
        (api.show_channels(), "show channels as json"),
        (api.sofia_contact("1002@pbx.test"), "sofia_contact */1002@pbx.test"),
        (api.sofia_contact("1002@pbx.test", "internal"), "sofia_contact internal/1002@pbx.test"),
        (
            api.sofia_presence_data("user_agent", "1002@pbx.test"),
            "sofia_presence_data user_agent 1002@pbx.test",
        ),
        (api.uuid_exists(LEG), f"uuid_exists {LEG}"),
        (api.uuid_dump(LEG), f"uuid_dump {LEG} json"),
        (api.uuid_buglist(LEG), f"uuid_buglist {LEG}"),
        (api.uuid_getvar(LEG, "user_name"), f"uuid_getvar {LEG} user_name"),
        (api.uuid_setvar(LEG, "a", "b c"), f"uuid_setvar {LEG} a b c"),
        (api.uuid_setvar(LEG, "a", ""), f"uuid_setvar {LEG} a"),
        (api.uuid_setvar_multi(LEG, {"a": "b;c", "d": ""}), f"uuid_setvar_multi {LEG} a=b\\;c;d="),
        (api.uuid_bridge(LEG, OTHER), f"uuid_bridge {LEG} {OTHER}"),
        (api.uuid_kill(LEG), f"uuid_kill {LEG} NORMAL_CLEARING"),
        (api.uuid_display(LEG, "Anna Red", "5551"), f"uuid_display {LEG} Anna Red|5551"),
        (api.uuid_kill(LEG, "CALL_REJECTED"), f"uuid_kill {LEG} CALL_REJECTED"),
        (api.uuid_transfer(LEG, Extension("end", "page")), f"uuid_transfer {LEG} end XML page"),
        (api.uuid_media(LEG), f"uuid_media {LEG}"),
        (api.uuid_audio(LEG, mute=True), f"uuid_audio {LEG} start write mute 1"),
        (api.uuid_audio(LEG, mute=False, direction="read"), f"uuid_audio {LEG} start read mute 0"),
        (api.uuid_broadcast(LEG, "say::a b"), f"uuid_broadcast {LEG} say::a\\sb aleg"),
        (
            api.originate("user/1@pbx", Extension("9", "page"), {"a": "b c", "d": "e,f"}),
            "originate {a=b\\sc,d=e\\,f}user/1@pbx 9 XML page",
        ),
        (api.originate("loopback/x/page", Application("park")), "originate loopback/x/page &park()"),
        (
            api.originate("user/1", Application("playback", "a b")),
            "originate user/1 &playback(a\\sb)",
        ),
        (
            api.ring(["[a=b c]sofia/x/1", "sofia/x/2"], Extension("9", "page"), {"d": "e f"}),
            "originate {d=e\\sf}[a=b\\sc]sofia/x/1,sofia/x/2 9 XML page",
        ),
    ],
)
def test_a_call_is_written_as_the_switch_reads_it(call, text):
    assert call.text == text


def test_a_background_call_carries_its_job():
    assert api.status().background(LEG).encode() == f"bgapi status\nJob-UUID: {LEG}\n\n".encode()


def test_a_call_may_be_a_hook_of_another():
    hook = api.uuid_audio(OTHER, mute=False).text
    call = api.uuid_setvar(LEG, "api_hangup_hook", hook)
    assert separate(arguments(call, "uuid_setvar"), " ", 3) == [LEG, "api_hangup_hook", hook]


def test_what_a_page_needs_of_originate_arrives_exactly():
    variables = {
        "origination_uuid": LEG,
        "origination_caller_id_name": 'Zoë "Zo", desk 2',
        "sip_h_Call-Info": "<sip:pbx.test>;answer-after=0",
        "sip_h_Alert-Info": "<http://pbx.test>;info=Auto Answer",
        "api_hangup_hook": api.uuid_audio(OTHER, mute=False).text,
        "loopback_initial_codec": "L16@8000h@20i",
    }
    call = api.originate("loopback/x/page", Application("eavesdrop", OTHER), variables)
    assert read_originate(call) == (variables, "loopback/x/page", [f"&eavesdrop({OTHER})"])


@pytest.mark.parametrize(
    "to",
    [
        Extension("-both", "page"),
        Extension("&park", "page"),
        Extension("undef", "page"),
        Extension("a b", "page"),
        Extension("", "page"),
        Extension("9", "page", "inline"),
        Extension("9", ""),
    ],
)
def test_an_extension_is_only_an_extension(to):
    with pytest.raises(UnsafeValue):
        api.uuid_transfer(LEG, to)


def test_an_application_does_not_end_early():
    with pytest.raises(UnsafeValue, match=r"first \)"):
        api.originate("user/1", Application("playback", "tone_stream://%(1,2,3)"))


def test_ringing_no_phone_is_refused():
    with pytest.raises(UnsafeValue, match="no phone"):
        api.ring([], Extension("9", "page"))


@pytest.mark.parametrize("user", ["a/b@c", "a~b@c", "a b@c", ""])
def test_a_contact_is_one_user(user):
    with pytest.raises(UnsafeValue):
        api.sofia_contact(f"{user}") if user else api.sofia_presence_data("status", user)


def test_broadcasting_nothing_is_refused():
    with pytest.raises(UnsafeValue, match="nothing to play"):
        api.uuid_broadcast(LEG, "")


@pytest.mark.parametrize(
    ("name", "number"), [("", "1"), ("a", ""), ("a|b", "1"), ('"a"', "1"), ("a\nb", "1")]
)
def test_a_display_that_cannot_be_written_exactly_is_refused(name, number):
    with pytest.raises(UnsafeValue):
        api.uuid_display(LEG, name, number)


@pytest.mark.parametrize("count", [0, 65])
def test_more_variables_at_once_than_the_switch_reads_are_refused(count):
    with pytest.raises(UnsafeValue, match="64"):
        api.uuid_setvar_multi(LEG, {f"v{i}": "x" for i in range(count)})


# -- whatever the values are -------------------------------------------------------------------------------

anything = st.text(max_size=12) | st.text("\r\n\0 \t'\"\\{}[]<>()${},;:=|^&%_sn1", max_size=12)
name = st.sampled_from(["a", "b", "sip_h_X-Y"]) | anything
harmless = settings(deadline=None, max_examples=300)


@harmless
@given(anything, st.lists(anything, max_size=4))
def test_whatever_its_words_are_a_call_has_those_words(call_name, words):
    try:
        call = api.call(call_name, *words)
    except UnsafeValue:
        return
    assert separate(arguments(call, call_name), " ", 20) == words


@harmless
@given(st.dictionaries(name, anything, max_size=4), anything | st.just("user/1"))
def test_whatever_its_variables_are_originate_sets_those_variables(variables, endpoint):
    to = Extension("9", "page")
    try:
        call = api.originate(endpoint, to, variables)
    except UnsafeValue:
        return
    assert read_originate(call) == (variables, endpoint, ["9", "XML", "page"])


@harmless
@given(st.dictionaries(name, anything, max_size=3), anything | st.just("user/1"))
def test_whatever_its_variables_are_one_phone_of_several_is_rung_with_those(variables, endpoint):
    try:
        phone = dialstring.phone(endpoint, variables)
        call = api.ring([phone, "user/2"], Extension("9", "page"))
    except UnsafeValue:
        return
    assert read_originate(call) == ({}, f"{phone},user/2", ["9", "XML", "page"])


@harmless
@given(name, anything)
def test_whatever_its_application_is_originate_runs_that_application(application, argument):
    try:
        call = api.originate("user/1", Application(application, argument))
    except UnsafeValue:
        return
    variables, endpoint, (run,) = read_originate(call)
    assert (variables, endpoint) == ({}, "user/1")
    app, _, arg = run.removeprefix("&").partition(")")[0].partition("(")  # like in originate_function
    assert (app, arg) == (application, argument)


@harmless
@given(anything, anything, anything)
def test_whatever_its_extension_is_a_transfer_goes_there(number, context, dialplan):
    try:
        call = api.uuid_transfer(LEG, Extension(number, context, dialplan))
    except UnsafeValue:
        return
    assert separate(arguments(call, "uuid_transfer"), " ", 5) == [LEG, number, dialplan, context]


@harmless
@given(name, anything)
def test_whatever_a_variable_is_set_to_it_is_set_to_that(variable, value):
    try:
        call = api.uuid_setvar(LEG, variable, value)
    except UnsafeValue:
        return
    assert separate(arguments(call, "uuid_setvar"), " ", 3) == [LEG, variable, *([value] if value else [])]


@harmless
@given(st.dictionaries(name, anything, max_size=4))
def test_whatever_variables_are_set_together_are_set_to_that(variables):
    try:
        call = api.uuid_setvar_multi(LEG, variables)
    except UnsafeValue:
        return
    uuid, _, pairs = arguments(call, "uuid_setvar_multi").partition(" ")
    assert uuid == LEG
    assert dict(pair.split("=", 1) for pair in separate(pairs, ";", 64)) == variables


@harmless
@given(anything)
def test_whatever_is_broadcast_is_one_thing_to_play(what):
    try:
        call = api.uuid_broadcast(LEG, what)
    except UnsafeValue:
        return
    assert separate(arguments(call, "uuid_broadcast"), " ", 4) == [LEG, what, "aleg"]


@harmless
@given(anything)
def test_whatever_a_leg_is_called_it_is_one_word(uuid):
    try:
        call = api.uuid_media(uuid)
    except UnsafeValue:
        return
    assert separate(arguments(call, "uuid_media"), " ", 4) == [uuid]
    assert uuid.lower() not in ("off", "all", "undef")
