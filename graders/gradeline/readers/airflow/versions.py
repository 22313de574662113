"""Which Airflow a repository pins, and what that version no longer has.

Airflow documentation, "Upgrading to Airflow 3" and the release notes of 3.0: ``schedule_interval``, SubDAGs, SLAs and
``execution_date`` are gone; the authoring interface is ``airflow.sdk``; standard operators moved to a provider;
``Dataset`` is ``Asset``; ``catchup`` became false by default.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gradeline.source import SourceFile

NEWEST = (3, 0)
_PIN = re.compile(r"apache-airflow(?:-core)?(?:\[[^\]\n]{0,200}\])?\s{0,3}(?:==|~=|>=)\s{0,3}(\d{1,3})\.(\d{1,3})")

# Full names (or their beginnings with a dot at the end) that version 3 does not have, with what took their place.
GONE_IN_3 = {
    "airflow.operators.subdag.": "SubDAGs are gone in Airflow 3; a TaskGroup took their place",
    "airflow.contrib.": "`airflow.contrib` is gone; providers took its place",
    "airflow.operators.dummy": "`DummyOperator` is gone; it is `EmptyOperator` now",
    "airflow.operators.python_operator": "this module is gone; the standard provider has the operator",
    "airflow.operators.bash_operator": "this module is gone; the standard provider has the operator",
    "airflow.utils.dates.days_ago": "`days_ago` is gone; a DAG needs a fixed start",
    "airflow.datasets.": "`Dataset` became `Asset` in Airflow 3, in `airflow.sdk`",
    "airflow.Dataset": "`Dataset` became `Asset` in Airflow 3, in `airflow.sdk`",
}
OLD_IN_3 = {
    "airflow.operators.": "the standard operators moved to `airflow.providers.standard` in Airflow 3",
    "airflow.sensors.": "the standard sensors moved to `airflow.providers.standard` in Airflow 3",
    "airflow.decorators.": "DAGs are written with `airflow.sdk` in Airflow 3",
    "airflow.models.dag.": "DAGs are written with `airflow.sdk` in Airflow 3",
    "airflow.models.DAG": "DAGs are written with `airflow.sdk` in Airflow 3",
    "airflow.models.Variable": "DAGs are written with `airflow.sdk` in Airflow 3",
    "airflow.utils.task_group.": "DAGs are written with `airflow.sdk` in Airflow 3",
    "airflow.DAG": "DAGs are written with `airflow.sdk` in Airflow 3",
}
# Settings of a DAG or a task that version 3 refuses.
SETTINGS_GONE = {
    "schedule_interval": "`schedule_interval` is gone in Airflow 3; it is `schedule` now",
    "timetable": "`timetable` is gone in Airflow 3; `schedule` takes it",
    "concurrency": "`concurrency` is gone in Airflow 3; it is `max_active_tasks` now",
    "sla": "SLAs are gone in Airflow 3; deadline alerts took their place",
    "sla_miss_callback": "SLAs are gone in Airflow 3; deadline alerts took their place",
    "task_concurrency": "`task_concurrency` is gone in Airflow 3; it is `max_active_tis_per_dag` now",
    "provide_context": "`provide_context` is gone; the context is always given",
    "fail_stop": "`fail_stop` is gone in Airflow 3; it is `fail_fast` now",
}
CONTEXT_GONE = frozenset({"execution_date", "next_execution_date", "prev_execution_date", "tomorrow_ds", "yesterday_ds",
                          "next_ds", "prev_ds", "conf"})  # fmt: skip
_BACKEND = re.compile(
    r"^\s{0,20}(?:export\s+|ENV\s+|-\s{1,9})?[\"']?(AIRFLOW__CORE__)?XCOM_BACKEND[\"']?\s{0,9}[=:\s]\s{0,9}[\"']?([\w.]{1,200})",
    re.IGNORECASE,
)
NEW_IN_3 = ("airflow.sdk",)


def pinned(paths: Sequence[str], read: Callable[[str], SourceFile | None]) -> tuple[int, int]:
    """The major and minor version that the repository's requirements name; the newest major when none does."""
    for path in paths:
        name = path.rpartition("/")[2]
        if not (name.endswith((".txt", ".in", ".toml", ".lock", ".cfg")) or "ockerfile" in name):
            continue
        source = read(path)
        if source is None or "apache-airflow" not in source.text:
            continue
        for line in source.text.splitlines():
            found = _PIN.search(line.partition("#")[0][:400])
            if found is not None:
                return int(found.group(1)), int(found.group(2))
    return NEWEST


def keeps_values(paths: Sequence[str], read: Callable[[str], SourceFile | None]) -> bool:
    """Whether a storage of its own takes what tasks hand on (Airflow documentation, "XComs", Object Storage).

    ``[core] xcom_backend`` of ``airflow.cfg``, or the variable ``AIRFLOW__CORE__XCOM_BACKEND`` of an image, of Compose
    or of an environment file.
    """
    for path in paths:
        name = path.rpartition("/")[2].lower()
        settings = name == "airflow.cfg"
        if not (settings or name.endswith((".yaml", ".yml", ".env")) or "dockerfile" in name):
            continue
        source = read(path)
        if source is None or "xcom_backend" not in source.text.lower():
            continue
        for line in source.text.splitlines():
            found = _BACKEND.match(line[:400])
            if found is not None and (settings or found[1]) and "ObjectStorage" in found[2]:
                return True
    return False
