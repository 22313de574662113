"""The run as commands, deployed from this file: ``python flows/churn_flow.py``"""

import os
import subprocess

from prefect import flow, task
from prefect.blocks.system import Secret
from prefect.runtime import flow_run
from prefect.schedules import Cron
from prefect_slack import SlackWebhook
from prefect_slack.messages import send_incoming_webhook_message

STORE = os.environ.get("CHURN_STORE", "runs")


@task(retries=2, retry_delay_seconds=600)
def extract(day: str) -> None:
    token = Secret.load("crm-token").get()
    subprocess.run(["python", "-m", "churn.extract", day], check=True, env={**os.environ, "CRM_TOKEN": token})


@task
def validate(folder: str) -> None:
    subprocess.run(["python", "-m", "churn.validate", f"{folder}/customers.csv"], check=True)


@task
def train(folder: str) -> None:
    subprocess.run(["python", "-m", "churn.train", f"{folder}/customers.csv"], check=True)


@task
def evaluate(folder: str) -> None:
    subprocess.run(["python", "-m", "churn.evaluate", f"{folder}/model.pkl"], check=True)


@task
def gate(folder: str) -> None:
    subprocess.run(["python", "-m", "churn.gate", f"{folder}/metrics.json"], check=True)


@task
def register(folder: str) -> None:
    subprocess.run(["python", "-m", "churn.register", f"{folder}/metrics.json"], check=True)


def tell(flow, flow_run, state):
    send_incoming_webhook_message(SlackWebhook.load("churn"), text=f"{flow.name} failed: /{flow_run.id}")


@flow(timeout_seconds=7200, on_failure=[tell])
def churn_training(day: str = ""):
    day = day or flow_run.scheduled_start_time.strftime("%Y-%m-%d")
    folder = f"{STORE}/{day}"
    fetched = extract.submit(day)
    checked = validate.submit(folder, wait_for=[fetched])
    trained = train.submit(folder, wait_for=[checked])
    measured = evaluate.submit(folder, wait_for=[trained])
    allowed = gate.submit(folder, wait_for=[measured])
    register.submit(folder, wait_for=[allowed]).result()


if __name__ == "__main__":
    churn_training.serve(
        name="daily",
        schedule=Cron("15 6 * * *", timezone="Europe/Amsterdam"),
        global_limit=1,
        pause_on_shutdown=False,
    )
