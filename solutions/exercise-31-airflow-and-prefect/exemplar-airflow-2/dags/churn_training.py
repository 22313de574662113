"""Trains the churn model every morning, on Airflow 2."""

from datetime import timedelta

import pendulum
from airflow.decorators import dag, task, task_group
from airflow.hooks.base import BaseHook
from airflow.providers.slack.hooks.slack_webhook import SlackWebhookHook


def tell(context):
    hook = SlackWebhookHook(slack_webhook_conn_id="slack_churn")
    hook.send_text(f"churn_training of {context['ds']} failed: {context['task_instance'].log_url}")


defaults = {
    "owner": "churn",
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": tell,
}


@dag(
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 11, 1, tz="Europe/Amsterdam"),
    catchup=False,
    max_active_runs=1,
    default_args=defaults,
)
def churn_training():
    @task(retries=2, retry_delay=timedelta(minutes=1))
    def extract(data_interval_end=None) -> str:
        from churn import extract as program

        day = data_interval_end.in_timezone("Europe/Amsterdam").to_date_string()
        return program.extract(day, BaseHook.get_connection("crm").password)

    @task
    def validate(place: str) -> str:
        from churn import validate as program

        return program.validate(place)

    @task_group
    def model(place):
        @task
        def train(place: str) -> str:
            from churn import train as program

            return program.train(place)

        @task
        def evaluate(place: str) -> str:
            from churn import evaluate as program

            return program.evaluate(place)

        return evaluate(train(place))

    @task.short_circuit
    def gate(metrics: str) -> bool:
        from churn.gate import GateSaidNo
        from churn.gate import gate as ask

        try:
            ask(metrics)
        except GateSaidNo as problem:
            print(f"not registered: {problem}")
            raise
        return True

    @task(retries=2, retry_delay=timedelta(minutes=1))
    def register(metrics: str) -> str:
        from churn import register as program

        return program.register(metrics)

    metrics = model(validate(extract()))
    gate(metrics) >> register(metrics)


churn_training()
