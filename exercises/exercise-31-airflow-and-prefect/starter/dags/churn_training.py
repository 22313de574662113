"""Daily churn training. Copied from a tutorial, works on Lena's laptop."""

from datetime import datetime, timedelta

import pandas as pd
from airflow import DAG
from airflow.models import Variable
from airflow.operators.python import PythonOperator

TOKEN = Variable.get("crm_token")
LAST = pd.read_csv("data/raw/customers.csv")

default_args = {
    "owner": "lena",
    "retries": 3,
    "start_date": datetime.now() - timedelta(days=1),
}


def extract():
    from churn.extract import extract as fetch

    return pd.read_csv(fetch(datetime.now().strftime("%Y-%m-%d"), TOKEN))


def train(ti):
    from churn.train import fit

    return fit(ti.xcom_pull(task_ids="extract"))


def gate():
    from churn.gate import gate as ask

    ask("runs/latest/metrics.json")


def register():
    from churn.register import register as keep

    keep("runs/latest/metrics.json")


def tell(context):
    print("failed", context["task_instance"])


with DAG(
    "churn_training",
    default_args=default_args,
    schedule_interval="@daily",
    on_failure_callback=tell,
) as dag:
    first = PythonOperator(task_id="extract", python_callable=extract, provide_context=True)
    second = PythonOperator(task_id="train", python_callable=train)
    third = PythonOperator(task_id="gate", python_callable=gate)
    last = PythonOperator(task_id="register", python_callable=register, trigger_rule="all_done")
    first >> second >> third >> last
