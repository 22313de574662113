"""What the learner writes, one save after the other: the starter becomes a workflow that passes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

Edit: TypeAlias = Callable[[str], str]

_KEY = "pip-${{ runner.os }}-${{ matrix.python-version }}-${{ hashFiles('requirements.lock') }}"


def _put(text: str, old: str, new: str, times: int = 1) -> str:
    assert text.count(old) >= times, f"the starter has no {old!r}"
    return text.replace(old, new) if times > 1 else text.replace(old, new, 1)


def _job(text: str, name: str, edit: Edit) -> str:
    """``edit`` applied to one job only."""
    found = re.search(rf"(?ms)^  {name}:\n.*?(?=^  \S|\Z)", text)
    assert found is not None, name
    return text[: found.start()] + edit(found[0]) + text[found.end() :]


def matrix(text: str) -> str:
    text = _put(text, "    continue-on-error: true # one leg is red now and then\n", "")
    text = _put(text, "    strategy:\n", "    strategy:\n      fail-fast: false\n")
    used = "python-version: ${{ matrix.python-version }}\n"
    return _job(text, "test", lambda job: _put(job, 'python-version: "3.12"\n', used))


def half_written(text: str) -> str:
    return _put(text, "key: pip\n", 'key: "pip-\n')


def finished(text: str) -> str:
    return _put(text, 'key: "pip-\n', "key: pip\n")


def cache(text: str) -> str:
    text = _job(text, "test", lambda job: _put(job, "key: pip\n", f"key: {_KEY}\n"))
    other = _KEY.replace("${{ matrix.python-version }}", "3.12")
    return _job(text, "lint", lambda job: _put(job, "key: pip\n", f"key: {other}\n"))


def limits(text: str) -> str:
    text = re.sub(r"(?m)^(    runs-on: .*\n)", r"\1    timeout-minutes: 15\n", text)
    cancel = "cancel-in-progress: ${{ github.ref != 'refs/heads/main' }}"
    group = f"concurrency:\n  group: ci-${{{{ github.ref }}}}\n  {cancel}\n"
    text = _put(text, "jobs:\n", f"{group}\njobs:\n")
    report = "          path: test-report.xml\n"
    return _put(text, report, f"{report}          retention-days: 7\n")


def broken_limit(text: str) -> str:
    return _job(text, "build", lambda job: _put(job, "    timeout-minutes: 15\n", ""))


def order(text: str) -> str:
    text = _job(text, "test", lambda job: _put(job, "    needs: lint\n", ""))
    text = _put(text, "name: test-report\n", "name: test-report-${{ matrix.python-version }}\n")
    upload = (
        "      - uses: actions/upload-artifact@v7\n        with:\n          name: package\n          path: dist/\n"
        "          retention-days: 7\n"
    )
    text = _job(
        text,
        "build",
        lambda job: _put(job, "    needs: test\n", "    needs: [lint, test]\n    timeout-minutes: 15\n").rstrip()
        + f"\n{upload}\n",
    )
    download = (
        "      - uses: actions/download-artifact@v8\n        with:\n          name: package\n          path: dist/\n"
        "      - name: Look inside\n        run: check-wheel-contents dist\n"
    )
    once_more = text[text.index("      - name: Build the wheel once more") : text.index("  ci-result:")]
    text = _put(text, once_more, f"{download}\n")
    honest = (
        "        if: contains(needs.*.result, 'failure') || contains(needs.*.result, 'cancelled')\n"
        "        run: exit 1\n"
    )
    return _put(text, '        run: echo "CI is done"\n', honest)


EDITS: dict[str, Edit] = {
    "matrix": matrix, "half written": half_written, "finished": finished, "cache": cache, "limits": limits,
    "broken limit": broken_limit, "order": order,
}  # fmt: skip
