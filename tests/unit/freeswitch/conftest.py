"""The configuration, put together as docker-compose.yml mounts it."""

from __future__ import annotations

import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.unit.freeswitch import preprocessor

TOP = Path(__file__).parents[3]
#: The variables that the switch sets before it reads its configuration.
OWN_VARIABLES = {"local_ip_v4": "192.0.2.1", "log_dir": "/var/log/freeswitch"}
SECRETS = {
    f"{name}_PASSWORD": f"secret-of-{name}"
    for name in ("EVENT_SOCKET", "CONTROLLER", "PHONE_1001", "PHONE_1002", "PHONE_1003")
}


@pytest.fixture(scope="session")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with which FreeSWITCH is started."""
    folder = tmp_path_factory.mktemp("conf") / "freeswitch"
    shutil.copytree(TOP / "freeswitch", folder)
    shutil.copytree(TOP / "dialplan", folder / "dialplan", dirs_exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def document(conf: Path) -> ElementTree.Element:
    """The whole configuration, preprocessed, with passwords from the environment."""
    return ElementTree.fromstring(preprocessor.whole(conf / "freeswitch.xml", SECRETS, dict(OWN_VARIABLES)))
