"""Starts when the CRM team's DAG has written a new export."""

import pendulum
from airflow.providers.smtp.notifications.smtp import send_smtp_notification
from airflow.providers.standard.operators.python import PythonOperator, ShortCircuitOperator
from airflow.sdk import DAG, Asset, Variable

from churn import evaluate, extract, gate, register, train, validate

EXPORT = Asset("https://crm.kestrel.example/exports/churn")
NETWORK = {"retries": 4, "retry_delay": pendulum.duration(minutes=2), "retry_exponential_backoff": True}


def fetch(run_id: str, ds: str, **context) -> str:
    return extract.extract(ds, Variable.get("crm_token"))


def checked(ti) -> str:
    return validate.validate(ti.xcom_pull(task_ids="fetch"))


def fitted(ti) -> str:
    return train.train(ti.xcom_pull(task_ids="check"))


def measured(ti) -> str:
    return evaluate.evaluate(ti.xcom_pull(task_ids="fit"))


def good_enough(ti) -> bool:
    gate.gate(ti.xcom_pull(task_ids="measure"))
    return True


def kept(ti) -> str:
    return register.register(ti.xcom_pull(task_ids="measure"))


with DAG(
    dag_id="churn_training",
    schedule=[EXPORT],
    catchup=False,
    max_active_runs=1,
    default_args={
        "execution_timeout": pendulum.duration(minutes=45),
        "on_failure_callback": [
            send_smtp_notification(
                to="churn@kestrel.example",
                subject="{{ ti.task_id }} of churn_training failed",
                html_content="{{ ti.log_url }}",
            )
        ],
    },
):
    first = PythonOperator(task_id="fetch", python_callable=fetch, **NETWORK)
    check = PythonOperator(task_id="check", python_callable=checked)
    fit = PythonOperator(task_id="fit", python_callable=fitted)
    measure = PythonOperator(task_id="measure", python_callable=measured)
    allow = ShortCircuitOperator(task_id="allow", python_callable=good_enough)
    keep = PythonOperator(task_id="keep", python_callable=kept, **NETWORK)
    first >> check >> fit >> measure >> allow >> keep
