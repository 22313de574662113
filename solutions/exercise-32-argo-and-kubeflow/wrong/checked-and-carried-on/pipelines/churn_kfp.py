"""churn on Kubeflow Pipelines, with the SDK 2."""

import os

from kfp import compiler
from kfp import kubernetes as k8s
from kfp.dsl import (
    ContainerSpec,
    Dataset,
    ExitHandler,
    If,
    Input,
    Metrics,
    Model,
    Output,
    OutputPath,
    PipelineTask,
    PipelineTaskFinalStatus,
    component,
    container_component,
    pipeline,
)

DIGEST = "sha256:6b0f4c1e9d2a7835e1f0c4b6a9d8e7f25314c0b9a8d7e6f5041327b6c5d4e3f2"
IMAGE = f"ghcr.io/kestrel/churn-train@{DIGEST}"


@container_component
def fetch_data(data: Output[Dataset]):
    return ContainerSpec(image=IMAGE, command=["python", "scripts/fetch_data.py", "--data", data.path])


@component(base_image=IMAGE, install_kfp_package=False)
def check_data(data: Input[Dataset]):
    import subprocess
    import sys

    subprocess.run([sys.executable, "/app/scripts/check_data.py", "--data", data.path])


@container_component
def train_model(data: Input[Dataset], model: Output[Model]):
    return ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "churn.train"],
        args=["--data", data.path, "--model", model.path],
    )


@container_component
def evaluate_model(data: Input[Dataset], model: Input[Model], metrics: Output[Metrics]):
    return ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "churn.evaluate"],
        args=["--data", data.path, "--model", model.path, "--metrics", metrics.path],
    )


@container_component
def decide(metrics: Input[Metrics], answer: OutputPath(str)):
    return ContainerSpec(
        image=IMAGE, command=["python", "scripts/gate.py", "--metrics", metrics.path, "--answer", answer]
    )


@container_component
def register_model(model: Input[Model], metrics: Input[Metrics]):
    return ContainerSpec(
        image=IMAGE, command=["python", "scripts/register.py", "--model", model.path, "--metrics", metrics.path]
    )


@component(base_image=IMAGE, install_kfp_package=False)
def finish_run(status: PipelineTaskFinalStatus):
    import subprocess

    subprocess.run(
        ["python", "/app/scripts/finish.py", "--run", status.pipeline_job_resource_name, "--status", status.state],
        check=True,
    )


def fits(task: PipelineTask, cpu: str = "1", memory: str = "2Gi") -> PipelineTask:
    task.set_cpu_limit(cpu)
    task.set_memory_limit(memory)
    return task


def talks(task: PipelineTask, url: str, address: str, secret: str, variable: str) -> PipelineTask:
    task.set_env_variable(name=url, value=address)
    k8s.use_secret_as_env(task, secret_name=secret, secret_key_to_env={"token": variable})
    task.set_caching_options(enable_caching=False)
    task.set_retry(num_retries=2, backoff_duration="60s", backoff_factor=2, backoff_max_duration="600s")
    return task


@pipeline(name="churn-nightly")
def churn_nightly():
    end = fits(finish_run())
    talks(end, "CRM_URL", "https://crm.kestrel.example", "churn-crm", "CRM_TOKEN")
    k8s.use_secret_as_env(end, secret_name="churn-chat", secret_key_to_env={"webhook": "CHAT_WEBHOOK"})

    with ExitHandler(exit_task=end, name="night"):
        fetched = fits(fetch_data())
        talks(fetched, "CRM_URL", "https://crm.kestrel.example", "churn-crm", "CRM_TOKEN")

        checked = fits(check_data(data=fetched.output))

        trained = fits(train_model(data=fetched.output), cpu="4", memory="16Gi").after(checked)
        trained.set_accelerator_type("nvidia.com/gpu")
        trained.set_accelerator_limit(1)
        k8s.add_node_selector(trained, "kestrel.example/pool", "gpu")
        k8s.add_toleration(trained, key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")

        measured = fits(evaluate_model(data=fetched.output, model=trained.output))
        decided = fits(decide(metrics=measured.output))

        with If(decided.output == "pass", name="good-enough"):
            registered = fits(register_model(model=trained.output, metrics=measured.output))
            talks(registered, "MLFLOW_TRACKING_URI", "https://mlflow.kestrel.example", "churn-mlflow", "MLFLOW_TRACKING_TOKEN")


if __name__ == "__main__":
    compiler.Compiler().compile(churn_nightly, os.environ.get("OUTPUT", "churn.yaml"))
