"""The same thing for Prefect."""

import pandas as pd
from prefect import flow, task
from prefect.deployments import Deployment

from churn.evaluate import evaluate
from churn.extract import extract
from churn.gate import gate
from churn.register import register
from churn.train import train


@task(retries=5)
def get_data():
    return pd.read_csv(extract("2026-03-02", "crm-token"))


@task(retries=5)
def fit(customers):
    customers.to_csv("runs/latest/customers.csv")
    return evaluate(train("runs/latest/customers.csv"))


@task(retries=5)
def check(metrics):
    gate(metrics)


@task
def publish(metrics):
    register(metrics)


@flow
def churn():
    customers = get_data()
    metrics = fit(customers)
    check.submit(metrics)
    publish(metrics)


deployment = Deployment.build_from_flow(flow=churn, name="daily", schedule={"cron": "* * * * *"})
