"""The values that each place in a command accepts."""

import pytest

from controller.errors import UnsafeValue
from controller.eventsocket import places

EVERYWHERE = {
    "text": lambda v: places.text("p", v),
    "name": lambda v: places.name("p", v),
    "leg": places.leg,
    "word": lambda v: places.word("p", v),
    "argument": lambda v: places.argument("p", v),
    "variable": lambda v: places.variable("p", v),
    "application argument": lambda v: places.application_argument("p", v),
    "originate variable": lambda v: places.originate_variable("p", v),
    "endpoint": places.endpoint,
    "phone": places.phone,
}


@pytest.mark.parametrize("place", EVERYWHERE.values(), ids=EVERYWHERE)
@pytest.mark.parametrize("bad", ["\r", "\n", "\0", "\t", "\x7f", "\ud800"])
def test_control_characters_and_halves_of_characters_go_nowhere(place, bad):
    with pytest.raises(UnsafeValue):
        place(f"user/1{bad}2")


def test_a_refusal_names_the_place_and_shows_the_value():
    with pytest.raises(UnsafeValue, match=r"^The hang-up cause 'a b' cannot go to the switch: .*\.$"):
        places.name("hang-up cause", "a b")


@pytest.mark.parametrize("value", ["Zoë \U0001f600", "a b", "", 'say "hi"', "a;b,c=d"])
def test_text_may_be_anything_printable(value):
    assert places.text("p", value) == value


@pytest.mark.parametrize("value", ["", "a b", "-a", "a,b", "a=b", "ä", "a/b", "a;b"])
def test_a_name_is_of_letters_digits_and_a_few_signs(value):
    with pytest.raises(UnsafeValue):
        places.name("p", value)


@pytest.mark.parametrize("value", ["sip_h_Call-Info", "nolocal:x", "pbx.test", "5551"])
def test_names_of_variables_contexts_and_modules_pass(value):
    assert places.name("p", value) == value


@pytest.mark.parametrize(
    "value", ["16c543d6-b46d-4bc2-b388-a7f23b5d6a82", "3c26700857a87f84@10.10.1.13", "0gQAAC8WAAACBAAALxYAAD"]
)
def test_a_legs_uuid_may_be_a_call_id(value):
    assert places.leg(value) == value


@pytest.mark.parametrize("value", ["", "off", "all", "undef", "-bleg", "1 2", "1'", "1;2", "1,2", "a" * 256])
def test_a_keyword_is_no_leg(value):
    with pytest.raises(UnsafeValue, match="uuid"):
        places.leg(value)


@pytest.mark.parametrize("value", ["", "a b", " a", "it's", "a\\sb", "^^;a"])
def test_a_word_is_one_word_as_it_stands(value):
    with pytest.raises(UnsafeValue):
        places.word("p", value)


@pytest.mark.parametrize("value", [" a", "a ", "O'Brien", "a\\b", "^^,a"])
def test_an_argument_is_refused_where_the_switch_would_change_it(value):
    with pytest.raises(UnsafeValue):
        places.argument("p", value)


def test_an_argument_may_have_spaces_inside():
    assert places.argument("p", "uuid_audio 1 start") == "uuid_audio 1 start"


def test_a_variable_is_not_expanded():
    with pytest.raises(UnsafeValue, match="expand"):
        places.variable("p", "${caller_id_name}")


@pytest.mark.parametrize(
    "value", ["${x}", "$${x}", "a $${x}", "$\\{x}", "a\\", "%[a=b]c", "%;[a=b]c", " a", "a "]
)
def test_an_application_argument_is_not_expanded(value):
    with pytest.raises(UnsafeValue):
        places.application_argument("p", value)


@pytest.mark.parametrize(
    "value", ["tone_stream://%(200,0,440)", "%(200,0,440)", "it's $5", "a=b,c='d e'", ""]
)
def test_an_application_argument_may_have_what_applications_read(value):
    assert places.application_argument("p", value) == value


@pytest.mark.parametrize("value", ["", "{", "}", "a:_:b", "O'Brien", "a\\,b", "${x}", " a"])
def test_an_originate_variable_is_refused_where_quoting_is_ambiguous(value):
    with pytest.raises(UnsafeValue, match="originate variable name"):
        places.originate_variable("name", value)


def test_spaces_and_commas_of_an_originate_variable_are_escaped():
    assert places.originate_variable("n", "Zoë, desk 2") == "Zoë\\,\\sdesk\\s2"


@pytest.mark.parametrize(
    "value",
    ["user/1002@pbx.test", "loopback/x/whisper_page", "sofia/internal/sip:1@[fd00::2]:5060;transport=tcp"],
)
def test_an_endpoint_is_one_dial_string(value):
    assert places.endpoint(value) == value


@pytest.mark.parametrize(
    "value",
    ["1002", "user/1,user/2", "user/1|user/2", "[a=b]user/1", "<a=b>user/1", "{a=b}user/1", "user/1:_:user/2",
     "user/${x}", "&park/1", ""],
)  # fmt: skip
def test_an_endpoint_brings_no_variables_and_no_second_destination(value):
    with pytest.raises(UnsafeValue, match="endpoint"):
        places.endpoint(value)


PHONE = "sofia/internal/sip:1@[fd00::2]:5060;transport=tcp"


def test_spaces_of_a_phones_variables_are_escaped():
    assert places.phone(f'[a=<x>;info="Auto Answer",b=c]{PHONE}') == (
        f'[a=<x>;info="Auto\\sAnswer",b=c]{PHONE}'
    )


@pytest.mark.parametrize(
    "value",
    [
        "1002",
        f"{PHONE},{PHONE}",
        f"{PHONE}|{PHONE}",
        f"{PHONE}:_:{PHONE}",
        f"[a=b][c=d]{PHONE}",
        f"[a=[b]]{PHONE}",
        f"[a=b] {PHONE}",
        f"[a=b],{PHONE}",
        f"{{a=b}}{PHONE}",
        f"<a=b>{PHONE}",
        "[a=b",
        "sofia/${x}",
        "&park/1",
        "",
    ],
)
def test_a_phone_is_one_dial_string_with_variables_in_square_brackets_alone(value):
    with pytest.raises(UnsafeValue, match="phone"):
        places.phone(value)
