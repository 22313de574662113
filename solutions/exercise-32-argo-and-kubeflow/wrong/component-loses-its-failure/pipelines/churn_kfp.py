"""The churn pipeline: components of Python functions, which start the programs of the image."""

from kfp import compiler, dsl, kubernetes
from kfp.dsl import Dataset, Input, Metrics, Model, Output, PipelineTaskFinalStatus

IMAGE = "ghcr.io/kestrel/churn-train:2.3.0"


@dsl.component(base_image=IMAGE)
def fetch(customers: Output[Dataset]):
    import subprocess

    subprocess.run(
        ["python", "/app/scripts/fetch_data.py", "--data", customers.path], check=True
    )


@dsl.component(base_image=IMAGE)
def validate(customers: Input[Dataset]):
    import subprocess

    subprocess.check_call(["python", "/app/scripts/check_data.py", "--data", customers.path])


@dsl.component(base_image=IMAGE)
def train(customers: Input[Dataset], model: Output[Model]):
    import subprocess

    command = ["python", "-m", "churn.train", "--data", customers.path, "--model", model.path]
    subprocess.run(command, check=True)


@dsl.component(base_image=IMAGE)
def evaluate(customers: Input[Dataset], model: Input[Model], metrics: Output[Metrics]):
    import subprocess

    subprocess.run(
        [
            "python", "-m", "churn.evaluate",
            "--data", customers.path, "--model", model.path, "--metrics", metrics.path,
        ],
        check=True,
    )


@dsl.component(base_image=IMAGE)
def gate(metrics: Input[Metrics]) -> str:
    import subprocess

    subprocess.run(["python", "/app/scripts/gate.py", "--metrics", metrics.path])
    return "good"


@dsl.component(base_image=IMAGE)
def register(model: Input[Model], metrics: Input[Metrics]):
    import subprocess

    subprocess.run(
        ["python", "/app/scripts/register.py", "--model", model.path, "--metrics", metrics.path],
        check=True,
    )


@dsl.component(base_image=IMAGE)
def finish(status: PipelineTaskFinalStatus):
    import subprocess

    subprocess.run(
        [
            "python", "/app/scripts/finish.py",
            "--run", status.pipeline_job_resource_name, "--status", status.state,
        ],
        check=True,
    )


def limited(task, cpu="1", memory="2Gi"):
    return task.set_cpu_limit(cpu).set_memory_limit(memory)


def with_crm(task):
    task.set_env_variable(name="CRM_URL", value="https://crm.kestrel.example")
    return kubernetes.use_secret_as_env(
        task, secret_name="churn-crm", secret_key_to_env={"token": "CRM_TOKEN"}
    )


@dsl.pipeline(name="churn")
def churn():
    end = with_crm(limited(finish()))
    kubernetes.use_secret_as_env(
        end, secret_name="churn-chat", secret_key_to_env={"webhook": "CHAT_WEBHOOK"}
    )
    with dsl.ExitHandler(exit_task=end):
        export = with_crm(limited(fetch())).set_retry(3).set_caching_options(enable_caching=False)
        checked = limited(validate(customers=export.output))
        trained = limited(train(customers=export.output).after(checked), "8", "32Gi")
        trained.set_accelerator_type("nvidia.com/gpu")
        trained.set_accelerator_limit(1)
        measured = limited(evaluate(customers=export.output, model=trained.output), "2", "4Gi")
        decided = limited(gate(metrics=measured.output))
        with dsl.If(decided.output != "bad"):
            kept = limited(register(model=trained.output, metrics=measured.output))
            kept.set_env_variable("MLFLOW_TRACKING_URI", "https://mlflow.kestrel.example")
            kept.set_caching_options(enable_caching=False)
            token = {"token": "MLFLOW_TRACKING_TOKEN"}
            kubernetes.use_secret_as_env(kept, secret_name="churn-mlflow", secret_key_to_env=token)


if __name__ == "__main__":
    compiler.Compiler().compile(pipeline_func=churn, package_path="churn.yaml")
