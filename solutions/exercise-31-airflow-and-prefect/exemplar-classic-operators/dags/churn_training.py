"""The run as commands: each program of the package is started as it is on a laptop."""

from datetime import datetime, timedelta

from airflow.providers.slack.notifications.slack import send_slack_notification
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG, CronTriggerTimetable, TaskGroup, chain

DAY = "{{ data_interval_end | ds }}"
FOLDER = f"${{CHURN_STORE}}/{DAY}"

with DAG(
    "churn_training",
    schedule=CronTriggerTimetable("15 6 * * *", timezone="Europe/Amsterdam"),
    start_date=datetime(2026, 11, 1),
    catchup=True,
    max_active_runs=1,
    on_failure_callback=[
        send_slack_notification(slack_conn_id="slack_churn", channel="churn", text="{{ ds }} failed: {{ ti.log_url }}")
    ],
    default_args={
        "execution_timeout": timedelta(minutes=30),
        "retries": 2,
        "retry_delay": timedelta(minutes=10),
        "append_env": True,
    },
) as dag:
    extract = BashOperator(
        task_id="extract",
        bash_command=f"python -m churn.extract {DAY}",
        env={"CRM_TOKEN": "{{ conn.crm.password }}"},
    )
    with TaskGroup("model", default_args={"retries": 0}):
        validate = BashOperator(task_id="validate", bash_command=f"python -m churn.validate {FOLDER}/customers.csv")
        train = BashOperator(task_id="train", bash_command=f"python -m churn.train {FOLDER}/customers.csv")
        evaluate = BashOperator(task_id="evaluate", bash_command=f"python -m churn.evaluate {FOLDER}/model.pkl")
        gate = BashOperator(task_id="gate", bash_command=f"python -m churn.gate {FOLDER}/metrics.json")
    register = BashOperator(task_id="register", bash_command=f"python -m churn.register {FOLDER}/metrics.json")
    chain(extract, validate, train, evaluate, gate, register)
