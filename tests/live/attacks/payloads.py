"""Texts that FreeSWITCH would run if it expanded them, in every form, and the check whether it has run them.

Each payload makes its own file or sets its own global variable, so a test knows for certain which form was
run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from controller.laboratory.esl import ESL
from tests.live.office import wait_for

#: `$IFS` is a space for the shell, and allowed in a SIP URI. RUN is the API call, FILE the file that it
#: makes.
RUN = "system(touch$IFSFILE)"
FORMS = {
    "plain": "${RUN}",
    "variable": "${global_setvar(VARIABLE=set)}",
    "global": "$${RUN}",
    "in eval": "${eval(${RUN})}",
    "nested": "${${RUN}}",
    "nested in a name": "${x${RUN}}",
    "in text": "10${RUN}02",
    "escaped": "\\${RUN}",
    "escaped twice": "\\\\${RUN}",
    "escaped brace": "$\\{RUN}",
    "escaped in itself": "${eval(\\${RUN})}",
    "encoded": "%24%7BRUN%7D",
    "encoded twice": "%2524%257BRUN%257D",
    "encoded brace": "$%7BRUN%7D",
    "shell's own space": "${system(touch\\${IFS}FILE)}",
    "at the off key": "whisperoff+${RUN}",
    "behind the off key": "whisperoff+1001${RUN}",
    "at the off code": "*20${RUN}",
    "at the reverse page": "reverse-${RUN}",
}
#: Our own code refuses these; the reorder tone takes three seconds.
HEARD = {
    "at the page code": "*19${RUN}",
    "behind a page": "*191002${RUN}",
    "at the intercom code": "*15${RUN}",
    "at the message code": "*18${RUN}",
    "behind a message": "*181*${RUN}",
    "in place of a message": "*18${RUN}*1002",
}
#: A request line with these is not valid SIP, and FreeSWITCH drops it; a header may contain them.
SPACED = {
    "space": "${system(touch FILE)}",
    "old form": "${system touch FILE}",
    "tab": "${system(touch\tFILE)}",
}


@dataclass(frozen=True)
class Payload:
    """A payload; `file` is the file that `text` would make, `variable` the variable that it would set."""

    form: str
    text: str
    file: Path
    variable: str


class Payloads:
    """The payloads of one attack; the files would be in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: list[Payload] = []

    def of(self, *forms: dict[str, str]) -> Iterator[Payload]:
        """Each of these forms once, with a file and a variable of its own."""
        for kind in forms:
            for form, template in kind.items():
                yield self.one(form, template)

    def one(self, form: str, template: str) -> Payload:
        """One payload of any form."""
        mark = f"attack_{uuid4().hex}"
        file = self._folder / mark
        text = template.replace("RUN", RUN).replace("FILE", str(file)).replace("VARIABLE", mark)
        payload = Payload(form, text, file, mark)
        self._made.append(payload)
        return payload

    def run(self, switch: ESL) -> list[str]:
        """The forms that the switch has run, once it is idle."""
        wait_for(lambda: switch.api("show channels count").startswith("0 "), "every call to be over", 15)
        return [
            each.form
            for each in self._made
            if each.file.exists() or switch.api(f"global_getvar {each.variable}") == "set"
        ]
