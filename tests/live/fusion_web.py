"""FusionPBX's own pages, served by PHP, and a browser that is logged in there."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlencode

from tests.live.fusion import AS_WEB, PHP_PORT, Fusion
from tests.live.office import wait_for

PASSWORD = "correct horse 1"
PAGE = "/app/whisper_page/whisper_page.php"


class Browser:
    """A browser at one domain; it keeps cookies."""

    def __init__(self, port: int, domain: str) -> None:
        self._port, self._domain = port, domain
        self._cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, **form: str) -> tuple[int, str]:
        """The status and the text of the answer."""
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        headers = {
            "Host": self._domain,
            "User-Agent": "test",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        connection.request(method, path, urlencode(form), headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                cookie, _, content = value.partition(";")[0].partition("=")
                self._cookies[cookie] = content
        connection.close()
        return answer.status, text

    def log_in(self, name: str) -> None:
        status, text = self.ask("POST", PAGE, username=name, password=PASSWORD)
        assert status == 302, text[:2000]

    def page(self) -> str:
        """The page *Whisper Page*."""
        status, text = self.ask("GET", PAGE)
        assert status == 200, text[:2000]
        return text


def rows(page: str) -> list[list[str]]:
    """The codes on the page: what is dialled, what it does, whether it is enabled."""
    table = page.partition("id='whisper_page_codes'>")[2].partition("</table>")[0]
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in table.split("<tr class='list-row'>")[1:]]
    return [[html.unescape(cell) for cell in row] for row in found]


@contextmanager
def served(fusion: Fusion) -> Iterator[int]:
    """FusionPBX's pages, by PHP's own server; yields its port."""
    port = PHP_PORT
    sessions = fusion.folder / "tmp"
    command = fusion.inside(
        *AS_WEB,
        "php",
        "-d",
        f"session.save_path={sessions}",
        "-S",
        f"127.0.0.1:{port}",
        "-t",
        str(fusion.root),
    )
    with (fusion.folder / "web.log").open("wb") as out:
        process = subprocess.Popen(
            command, env=fusion.environment, cwd=fusion.root, stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
    try:
        wait_for(lambda: _answers(port), "PHP's server", 20)
        yield port
    finally:
        process.terminate()
        process.wait()


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/robots.txt")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def add_person(fusion: Fusion, domain: str, name: str, group: str) -> None:
    """Add somebody who may log in, in a group."""
    hashed = fusion.php("-r", f"echo password_hash('{PASSWORD}', PASSWORD_DEFAULT);").strip()
    fusion.sql(
        "INSERT INTO v_users (user_uuid, domain_uuid, username, password, user_enabled) "
        f"SELECT gen_random_uuid(), domain_uuid, '{name}', '{hashed}', 'true' FROM v_domains "
        f"WHERE domain_name = '{domain}'",
        "INSERT INTO v_user_groups (user_group_uuid, domain_uuid, group_name, group_uuid, user_uuid) "
        "SELECT gen_random_uuid(), u.domain_uuid, g.group_name, g.group_uuid, u.user_uuid "
        "FROM v_users u JOIN v_domains d USING (domain_uuid), v_groups g "
        f"WHERE u.username = '{name}' AND d.domain_name = '{domain}' AND g.group_name = '{group}' "
        "AND g.domain_uuid IS NULL",
    )
