"""Workflows that a Sensor of Argo Events starts."""

from __future__ import annotations

from gradeline.model.pipeline import Pipeline
from gradeline.readers import load
from gradeline.source import SourceFile

PATH = "argo/start.yaml"
SENSOR = """
apiVersion: argoproj.io/v1alpha1
kind: Sensor
metadata: {name: churn}
spec:
  dependencies:
    - {name: came, eventSourceName: crm, eventName: export}
  triggers:
    - template:
        name: start
        k8s:
          operation: create
          source:
            resource:
              apiVersion: argoproj.io/v1alpha1
              kind: Workflow
              metadata: {generateName: churn-}
              spec:
                entrypoint: train
                templates:
                  - name: train
                    container: {image: "ghcr.io/kestrel/churn:1.4.2", command: [dvc, repro]}
    - template:
        name: tell
        slack: {channel: churn, message: started}
"""


class Files:
    def __init__(self, text: str) -> None:
        self.text = text
        self.paths = (PATH,)

    def read(self, path: str) -> SourceFile | None:
        return SourceFile(path, self.text) if path == PATH else None


def read(source: str) -> list[Pipeline]:
    head = "apiVersion: argoproj.io/v1alpha1\nkind: EventSource\nmetadata: {name: crm}\nspec:\n"
    return list(load(Files(f"{head}{source}\n---{SENSOR}" if source else SENSOR))[1])


def test_an_event_starts_the_workflow_that_the_sensor_holds() -> None:
    (pipeline,) = read("  webhook: {export: {port: '12000', endpoint: /export, method: POST}}")
    assert [(one.id, one.kind, one.trigger.event) for one in pipeline.scenarios] == [("event", "other", "webhook")]
    assert [unit.id for unit in pipeline.units] == ["train"]


def test_a_calendar_is_a_schedule_with_its_zone() -> None:
    (pipeline,) = read("  calendar: {export: {schedule: '20 2 * * *', timezone: Europe/Berlin}}")
    (trigger,) = pipeline.triggers
    assert [one.kind for one in pipeline.scenarios] == ["schedule"]
    assert trigger.cron is not None
    assert trigger.cron.raw == "20 2 * * *"
    assert trigger.filters["timezone"][0].raw == "Europe/Berlin"


def test_a_calendar_without_a_time_starts_nothing() -> None:
    (pipeline,) = read("  calendar: {export: {schedule: '61 2 * * *'}}")
    assert pipeline.scenarios == ()
    assert [said.code for said in pipeline.diagnostics] == ["bad-cron"]


def test_an_event_source_elsewhere_leaves_open_what_starts_it() -> None:
    (pipeline,) = read("")
    assert [hidden.reason for hidden in pipeline.opaque] == ["the event export of crm is not in the submission"]
    assert [one.kind for one in pipeline.scenarios] == ["other"]
