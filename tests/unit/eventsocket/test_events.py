"""Reading events from bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controller.errors import ProtocolError
from controller.eventsocket.events import JsonEvent, PlainEvent


def cjson(members: list[tuple[str, str | list[str]]]) -> bytes:
    """An object as cJSON_PrintUnformatted writes it, duplicates included."""
    parts = (f"{json.dumps(k, ensure_ascii=False)}:{_value(v)}" for k, v in members)
    return ("{" + ",".join(parts) + "}").encode("utf-8", "surrogateescape")


def _value(value: str | list[str]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# -- names -------------------------------------------------------------------------------------------------


def test_an_event_is_named_by_its_first_header():
    event = JsonEvent(b'{"Event-Name":"CHANNEL_CREATE","Unique-ID":"1"}')
    assert (event.name, event.subclass, event.key) == ("CHANNEL_CREATE", "", "CHANNEL_CREATE")


def test_a_custom_event_is_known_by_its_subclass(payloads):
    (event,) = (e for e in map(JsonEvent, payloads("call.json.esl")) if e.subclass.startswith("conference"))
    assert (event.name, event.subclass, event.key) == ("CUSTOM", *["conference::maintenance"] * 2)


def test_a_custom_event_whose_name_comes_late_is_known_too(payloads):
    (event,) = (e for e in map(JsonEvent, payloads("call.json.esl")) if e.subclass == "whisper_page::mute")
    assert event.name == "CUSTOM"


def test_an_event_of_another_name_that_carries_a_subclass_is_known_by_its_name():
    event = JsonEvent(b'{"Event-Subclass":"mine::x","Event-Name":"CHANNEL_APPLICATION"}')
    assert event.key == "CHANNEL_APPLICATION"


def test_a_custom_event_without_a_leading_subclass_is_known_by_the_one_it_has():
    assert JsonEvent(b'{"Event-Name":"CUSTOM","Event-Subclass":"a::b"}').key == "a::b"
    assert PlainEvent(b"Event-Name: CUSTOM\nEvent-Subclass: a%3A%3Ab\n\n").key == "a::b"


def test_bytes_that_are_no_event_have_no_name():
    assert JsonEvent(b"[]").key == ""


@pytest.mark.parametrize(("kind", "name"), [(JsonEvent, "call.json.esl"), (PlainEvent, "call.plain.esl")])
def test_the_first_bytes_of_an_event_have_the_same_name_as_the_whole(payloads, kind, name):
    keys = [(kind.peek(payload, 0, 80), kind(payload).key) for payload in payloads(name)]
    assert keys
    assert all(peeked in (key, None) for peeked, key in keys)
    assert sum(peeked is None for peeked, _ in keys) <= 1


def test_the_first_of_two_equal_headers_counts_where_it_is_the_first_of_all():
    event = JsonEvent(b'{"Event-Name":"FIRST","Unique-ID":"u1","Event-Name":"SECOND","Unique-ID":"u2"}')
    assert (event["Event-Name"], event["Unique-ID"]) == ("FIRST", "u1")


# -- headers -----------------------------------------------------------------------------------------------


def test_every_header_of_a_recording_reads_as_a_json_reader_reads_it(payloads):
    for payload in payloads("call.json.esl"):
        event, expected = JsonEvent(payload), json.loads(payload)
        for name, value in expected.items():
            assert event[name] == (value if isinstance(value, str) else "ARRAY::" + "|:".join(value))
        assert set(event.headers) == set(expected)


def test_json_and_plain_have_the_same_headers(payloads):
    events = {event["Event-Sequence"]: event for event in map(JsonEvent, payloads("call.json.esl"))}
    pairs = [
        (events[event["Event-Sequence"]], event)
        for event in map(PlainEvent, payloads("call.plain.esl"))
        if event["Event-Sequence"] in events
    ]
    assert pairs
    for of_json, of_plain in pairs:
        assert dict(of_json.headers) == dict(of_plain.headers)
        assert of_json.key == of_plain.key


def test_a_header_that_does_not_exist_reads_as_the_default():
    event = JsonEvent(b'{"Event-Name":"X"}')
    assert event.get("Unique-ID") is None
    assert event.get("Unique-ID", "none") == "none"
    assert event.variable("user", "nobody") == "nobody"
    assert event.body == ""


def test_a_header_that_must_be_there_says_which_event_lacks_it():
    with pytest.raises(KeyError, match="CHANNEL_CREATE has no Unique-ID"):
        JsonEvent(b'{"Event-Name":"CHANNEL_CREATE"}')["Unique-ID"]


def test_a_channel_variable_is_read_by_its_own_name():
    assert JsonEvent(b'{"Event-Name":"X","variable_user_name":"1002"}').variable("user_name") == "1002"
    assert PlainEvent(b"Event-Name: X\nvariable_user_name: 1002\n\n").variable("user_name") == "1002"


@pytest.mark.parametrize(("array", "text"), [(["a"], "a"), (["a", 'b"'], 'ARRAY::a|:b"'), ([], "ARRAY::")])
def test_a_header_of_several_values_reads_as_freeswitch_shows_it(array, text):
    event = JsonEvent(cjson([("Event-Name", "X"), ("variable_v", array)]))
    assert event.variable("v") == event.headers["variable_v"] == text


def test_the_body_is_read(payloads):
    (job,) = (e for e in map(JsonEvent, payloads("call.json.esl")) if e.name == "BACKGROUND_JOB")
    assert job.body == "+OK 4b47e26b-32f8-46ee-8350-2ffc689903a9\n"
    assert PlainEvent(b"Event-Name: X\nContent-Length: 4\n\na%41\n").body == "a%41\n"


def test_a_plain_body_is_not_searched_for_headers():
    assert PlainEvent(b"Event-Name: X\nContent-Length: 14\n\n\nUnique-ID: evil").get("Unique-ID") is None


def test_a_value_that_breaks_off_is_an_error():
    with pytest.raises(ProtocolError, match="Unique-ID"):
        JsonEvent(b'{"Event-Name":"X","Unique-ID":"1').get("Unique-ID")


# -- hostile callers ---------------------------------------------------------------------------------------

NAMES = ["x\nUnique-ID: evil", "Zoë \u2603 \U0001f600", "a%0AUnique-ID: evil", "tab\there \u2028 sep"]


def test_callers_with_hostile_names_are_read_exactly(payloads):
    events = [JsonEvent(payload) for payload in payloads("hostile.json.esl")]
    assert [event["Caller-Caller-ID-Name"] for event in events] == NAMES
    assert all(len(event["Unique-ID"]) == 36 for event in events)


def test_plain_events_of_hostile_callers_have_no_forged_header(payloads):
    events = [PlainEvent(payload) for payload in payloads("hostile.plain.esl")]
    # the third is ambiguous in plain: FreeSWITCH does not encode the %0A that the name already contains
    assert [event["Caller-Caller-ID-Name"].replace("%0A", "\n") for event in events] == [
        name.replace("%0A", "\n") for name in NAMES
    ]
    assert all(len(event["Unique-ID"]) == 36 for event in events)
    assert all("evil" not in (event["Unique-ID"], event.headers["Unique-ID"]) for event in events)


@pytest.mark.parametrize(
    "value",
    [
        '","Unique-ID":"evil',
        '"Unique-ID":"evil"',
        ",",
        ":",
        '":"',
        '\\","Unique-ID":"evil',
        "{",
        '{"Unique-ID',
    ],
)
def test_a_value_cannot_forge_a_header(value):
    event = JsonEvent(cjson([("Event-Name", "X"), ("Name", value), ("Unique-ID", "1"), ("End", value)]))
    assert event["Unique-ID"] == "1"
    assert event["Name"] == event["End"] == value


def test_the_end_of_a_longer_name_is_not_the_name():
    event = JsonEvent(cjson([("Event-Name", "X"), ('x"Unique-ID', "evil"), ("Unique-ID", "1")]))
    assert event["Unique-ID"] == "1"
    assert event['x"Unique-ID'] == "evil"


def test_the_first_of_two_equal_headers_counts():
    event = JsonEvent(cjson([("Event-Name", "X"), ("Unique-ID", "1"), ("Unique-ID", "evil")]))
    assert event["Unique-ID"] == event.headers["Unique-ID"] == "1"
    plain = PlainEvent(b"Event-Name: X\nUnique-ID: 1\nUnique-ID: evil\n\n")
    assert plain["Unique-ID"] == plain.headers["Unique-ID"] == "1"


def test_bytes_that_are_not_utf8_are_replaced():
    event = JsonEvent(b'{"Event-Name":"X","Name":"Zo\xeb \xe2","Escaped":"\xeb\\n","Unique-ID":"1"}')
    assert (event["Name"], event["Escaped"], event["Unique-ID"]) == ("Zo\ufffd \ufffd", "\ufffd\n", "1")
    assert event.headers["Name"] == "Zo\ufffd \ufffd"
    assert PlainEvent(b"Event-Name: X\nName: Zo%EB\xeb\n\n")["Name"] == "Zo\ufffd\ufffd"


def test_plain_values_are_split_at_line_feeds_alone():
    event = PlainEvent("Event-Name: X\nName: a\u2028Unique-ID: evil\x0b\x85b\nUnique-ID: 1\n\n".encode())
    assert event["Unique-ID"] == "1"
    assert event["Name"] == "a\u2028Unique-ID: evil\x0b\x85b"


texts = st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"])) | st.text('":,\\[]{}a')


@settings(deadline=None)
@given(st.lists(st.tuples(texts, texts | st.lists(texts, min_size=1, max_size=3)), max_size=6))
def test_whatever_an_event_holds_each_header_reads_as_its_first(members):
    event = JsonEvent(cjson([("Event-Name", "X"), *members]))
    first: dict[str, str] = {}
    for name, value in [("Event-Name", "X"), *members]:
        one = (
            value if isinstance(value, str) else value[0] if len(value) == 1 else "ARRAY::" + "|:".join(value)
        )
        first.setdefault(name, one)
    assert {name: event.get(name) for name in first} == first
    assert dict(event.headers) == first


@pytest.mark.parametrize("value", [rb'"\ud800"', rb'"\x41"', rb'["a","\ud800"]', b"7"])
def test_a_value_that_is_no_json_is_an_error(value):
    event = JsonEvent(b'{"Event-Name":"A","Unique-ID":%b}' % value)
    with pytest.raises(ProtocolError, match="Unique-ID"):
        event.get("Unique-ID")
