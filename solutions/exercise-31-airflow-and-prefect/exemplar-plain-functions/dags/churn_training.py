from __future__ import annotations

import os
from datetime import timedelta

import pendulum
import requests
from airflow import DAG
from airflow.providers.standard.operators.python import PythonOperator

from churn.evaluate import evaluate
from churn.extract import extract
from churn.gate import gate
from churn.register import register
from churn.train import train
from churn.validate import validate


def notify_failure(context):
    ti = context["task_instance"]
    requests.post(
        os.environ["SLACK_WEBHOOK_URL"],
        json={"text": f"{ti.dag_id}.{ti.task_id} failed: {ti.log_url}"},
        timeout=10,
    ).raise_for_status()


default_args = {
    "owner": "churn",
    "retries": 0,
    "execution_timeout": timedelta(minutes=30),
    "on_failure_callback": notify_failure,
}

with DAG(
    dag_id="churn_training",
    default_args=default_args,
    schedule="0 6 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="Europe/Amsterdam"),
    catchup=False,
    max_active_runs=1,
    tags=["churn"],
) as dag:
    t_extract = PythonOperator(
        task_id="extract",
        python_callable=extract,
        op_kwargs={"day": "{{ ds }}", "token": "{{ conn.crm.password }}"},
        retries=3,
        retry_delay=timedelta(minutes=2),
    )
    t_validate = PythonOperator(task_id="validate", python_callable=validate, op_args=[t_extract.output])
    t_train = PythonOperator(task_id="train", python_callable=train, op_args=[t_validate.output])
    t_evaluate = PythonOperator(
        task_id="evaluate", python_callable=evaluate, op_kwargs={"place": "{{ ti.xcom_pull(task_ids='train') }}"}
    )
    t_gate = PythonOperator(task_id="gate", python_callable=gate, op_args=[t_evaluate.output])
    t_register = PythonOperator(task_id="register", python_callable=register, op_args=[t_gate.output])

    t_train >> t_evaluate
