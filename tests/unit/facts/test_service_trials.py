"""Scripts that ask a service, with services that are made up; also scripts that try to keep the grader busy."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gradeline.facts.gate_experiment import Start
from gradeline.facts.service_trials import Asker, asking_tests, is_health_check
from gradeline.facts.service_world import Service
from gradeline.readers import load
from gradeline.source import SourceFile

VALID = {"tenure_months": "number", "contract": ["monthly", "yearly"]}
HEAD = """\
import sys
import time
import requests

url = sys.argv[1]
customer = {"tenure_months": 3, "contract": "yearly"}
"""


class Files:
    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files
        self.paths = tuple(sorted(files))

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.files[path]) if path in self.files else None


def asker(body: str, head: str = HEAD) -> Asker:
    project = load(Files({"smoke.py": head + body}))[0]  # type: ignore[arg-type]
    start = Start(project.code.modules["smoke.py"], (None, None))
    return Asker(
        project.code, project.documents, start, VALID, {"churn_probability": 0.31}, "model_version", "/predict"
    )


def noticed(body: str, head: str = HEAD) -> set[str]:
    """The kinds of mistakes with which the script ends badly; it has to end well with a good service."""
    one = asker(body, head)
    assert one.good().accepted
    kinds: dict[str, bool] = {}
    for kind, _, service in one.bad():
        kinds[kind] = kinds.get(kind, True) and not one.tried(service).accepted
    return {kind for kind, seen in kinds.items() if seen}


def test_each_question_notices_its_own_mistakes() -> None:
    assert noticed('requests.get(f"{url}/readyz", timeout=5).raise_for_status()\n') == {"alive", "ready"}
    assert noticed('assert requests.post(f"{url}/predict", json={}, timeout=5).status_code == 422\n') == {
        "alive", "status", "refused",
    }  # fmt: skip
    said = 'said = requests.post(f"{url}/predict", json=customer, timeout=5).json()\n'
    assert noticed(said + 'assert said["model_version"] == sys.argv[2]\n') == {"alive", "status", "version"}
    assert noticed(said + 'assert 0 <= said["churn_probability"] <= 1\n') == {"alive", "status", "schema", "range"}


def test_a_client_gives_up_after_its_time() -> None:
    assert "latency" in noticed('requests.post(f"{url}/predict", json=customer, timeout=2)\n')
    assert "latency" not in noticed('requests.post(f"{url}/predict", json=customer, timeout=9)\n')


def test_a_loop_that_never_ends_is_ended() -> None:
    waiting = 'while True:\n    if requests.get(f"{url}/readyz", timeout=9).status_code == 200:\n        break\n'
    found = asker(waiting + "    time.sleep(1)\n").tried(Service(ready=503, seconds=5.0))
    assert found.run is None
    busy = asker(waiting).tried(Service(ready=503, seconds=0.0))
    assert not busy.accepted


@pytest.mark.parametrize(
    "body",
    [
        "while True:\n    pass\n",
        "def f(x):\n    return f(x)\nf(1)\n",
        "x = [1]\nfor one in x:\n    x.append(one)\n",
        "x = 'a'\nfor _ in range(10**9):\n    x = x + x\n",
        "x = 9\nfor _ in range(100):\n    x = x * x\n",
        "requests.get('x' * 10**9)\n",
        'requests.post(f"{url}/predict", json=[[[[]]]] * 10**6)\n',
        "time.sleep(float('nan'))\nrequests.get(url)\n",
        "time.sleep(-10**9)\nrequests.get(url)\n",
        "requests.get(url, timeout=float('inf'))\n",
        "requests.get(**{'url': url, 'timeout': None, 'json': requests})\n",
        "requests.Session().request()\n",
        "requests.get(requests.get(requests.get(url)))\n",
        "import signal\nsignal.alarm('soon')\nrequests.get(url)\n",
        "requests.post(url, json={1: {2: {3: url}}}).json().get(7)[8]\n",
    ],
)
def test_odd_scripts_end_in_time_and_without_an_error_of_ours(body: str) -> None:
    one = asker(body)
    one.good()
    for _, _, service in one.bad():
        one.tried(service)


def test_a_script_that_names_a_path_and_is_not_followed_may_be_a_check() -> None:
    def asked(script: str) -> bool | None:
        project = load(Files({"look.py": script}))[0]  # type: ignore[arg-type]
        return is_health_check(project, ("python", "look.py", "http://churn-api"), "")

    ready = 'requests.get(f"{sys.argv[1]}/readyz", timeout=5).raise_for_status()\n'
    assert asked("import sys, requests\n" + ready) is True
    assert asked("import sys, requests\ntry:\n    " + ready + "except Exception:\n    pass\n") is False
    assert asked("import http.client\nhttp.client.HTTPConnection('x').request('GET', '/readyz')\n") is None
    assert asked("import http.client\nprint('hello')\n") is False
    plain = "import sys\nimport urllib.error\nimport urllib.request\n"
    assert asked(plain + 'urllib.request.urlopen(f"{sys.argv[1]}/readyz", timeout=5)\n') is True
    assert asked("import urllib.parse\nprint(urllib.parse.quote('/readyz'))\n") is False
    assert asked("import sys, requests\nrequests.get('https://api.example/users', timeout=5)\n") is False


SUITE = """\
import os

import pytest
import requests

URL = os.environ["SERVICE_URL"]


@pytest.fixture(autouse=True)
def ready():
    requests.get(f"{URL}/readyz", timeout=5).raise_for_status()


@pytest.mark.parametrize("body", [{}, {"tenure_months": -1}])
def test_nonsense(body):
    assert requests.post(f"{URL}/predict", json=body, timeout=5).status_code == 422
"""


def suite(text: str, name: str = "test_nonsense", **more: str) -> Asker:
    project = load(Files({"tests/smoke/test_it.py": text, **more}))[0]  # type: ignore[arg-type]
    start = Start(project.code.modules["tests/smoke/test_it.py"], None, "", name)
    return Asker(
        project.code, project.documents, start, VALID, {"churn_probability": 0.31}, "model_version", "/predict"
    )


def test_a_test_is_run_with_its_fixtures_once_for_each_set() -> None:
    found = suite(SUITE).good()
    assert found.accepted
    assert [one.path for one in found.asked] == ["/readyz", "/predict", "/readyz", "/predict"]
    assert not suite(SUITE).tried(Service(ready=503)).accepted
    assert not suite(SUITE).tried(Service(lenient=True)).accepted


@pytest.mark.parametrize(
    "text",
    [
        (
            "import pytest\n@pytest.fixture\ndef a(b): return 1\n@pytest.fixture\ndef b(a): return 1\n"
            "def test_nonsense(a): pass\n"
        ),
        "import pytest\n@pytest.mark.parametrize('x', range(10**9))\ndef test_nonsense(x): pass\n",
        "import pytest\n@pytest.mark.parametrize('x,y', [1, 2])\ndef test_nonsense(x, y): pass\n",
        "import pytest\n@pytest.fixture\ndef a():\n    while True: yield 1\ndef test_nonsense(a): pass\n",
        "def test_nonsense(request, monkeypatch, tmp_path): request.getfixturevalue('x')()\n",
        "test_nonsense = 3\n",
    ],
)
def test_odd_tests_end_in_time_and_without_an_error_of_ours(text: str) -> None:
    suite("import requests\n" + text).good()


def test_no_more_than_some_tests_are_followed() -> None:
    many = "import requests\n" + "".join(f"def test_{n}():\n    requests.get('x')\n" for n in range(200))
    project = load(Files({"tests/test_many.py": many}))[0]  # type: ignore[arg-type]
    from gradeline.facts.tools import classify

    (reading,) = classify(("pytest", "tests"), {})
    assert len(asking_tests(project, reading, "")) == 30


CLASSES = """\
import os

import pytest
import requests

URL = os.environ["SERVICE_URL"]


class Base:
    @pytest.fixture(autouse=True)
    def ready(self):
        requests.get(f"{URL}/readyz", timeout=5).raise_for_status()


class TestNonsense(Base):
    path = "/predict"

    def setup_method(self, method):
        self.seconds = 5

    @pytest.fixture(params=[{}])
    def body(self, request):
        return request.param

    def test_refused(self, body):
        assert requests.post(URL + self.path, json=body, timeout=self.seconds).status_code == 422

    class TestInside:
        @pytest.mark.usefixtures("ready")
        def test_refused(self):
            assert requests.post(f"{URL}/predict", json=[], timeout=5).status_code == 422
"""


def test_a_test_of_a_class_is_run_on_a_new_object_with_what_the_class_sets_up() -> None:
    one = suite(CLASSES, "TestNonsense::test_refused")
    found = one.good()
    assert found.accepted, found.lost
    assert [asked.path for asked in found.asked] == ["/readyz", "/predict"]
    assert not one.tried(Service(lenient=True)).accepted
    assert not one.tried(Service(ready=503)).accepted
    inner = suite(CLASSES, "TestNonsense::TestInside::test_refused").good()
    assert [asked.path for asked in inner.asked] == ["/predict"]


def test_every_combination_of_two_decorators_is_tried() -> None:
    two = "@pytest.mark.parametrize('a', [1, 2])\n"
    two += "@pytest.mark.parametrize('b', [3, pytest.param(4, marks=pytest.mark.skip)])\n"
    text = SUITE[: SUITE.index("@pytest.mark")] + two + (
        "def test_nonsense(a, b):\n    assert requests.post(f'{URL}/predict', json={'x': [a, b]}, timeout=5)"
        ".status_code == 422\n")  # fmt: skip
    assert [one.path for one in suite(text).good().asked].count("/predict") == 2


def test_tests_that_are_skipped_or_expected_to_fail_are_none() -> None:
    from gradeline.facts.tools import classify

    (reading,) = classify(("pytest", "tests"), {})
    text = (
        "import pytest\nimport requests\n\n@pytest.mark.skip\nclass TestA:\n    def test_a(self): requests.get('x')\n\n"
    )
    text += "@pytest.mark.xfail\ndef test_b(): requests.get('x')\n\ndef test_c(): requests.get('x')\n"
    project = load(Files({"tests/test_all.py": text}))[0]  # type: ignore[arg-type]
    assert [one.test for one in asking_tests(project, reading, "")] == ["test_c"]
