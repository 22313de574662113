"""The churn pipeline for Kubeflow Pipelines, from an example on the web."""

from kfp import compiler, dsl

IMAGE = "ghcr.io/kestrel/churn-train:latest"


def fetch_op():
    return dsl.ContainerOp(
        name="fetch",
        image=IMAGE,
        command=["python", "scripts/fetch_data.py", "--data", "/work/customers.csv"],
    )


@dsl.component(base_image="python:latest", packages_to_install=["pandas", "scikit-learn"])
def train(data: str) -> str:
    import subprocess

    subprocess.run(["python", "-m", "churn.train", "--data", data, "--model", "/work/model.joblib"])
    return "/work/model.joblib"


@dsl.component(base_image="python:latest", packages_to_install=["pandas", "scikit-learn"])
def evaluate(data: str, model: str) -> str:
    import subprocess

    metrics = "/work/metrics.json"
    subprocess.run(
        ["python", "-m", "churn.evaluate", "--data", data, "--model", model, "--metrics", metrics]
    )
    return metrics


@dsl.component(base_image="python:latest")
def gate(metrics: str) -> str:
    import subprocess

    done = subprocess.run(["python", "scripts/gate.py", "--metrics", metrics])
    return "pass" if done.returncode == 0 else "fail"


@dsl.component(base_image="python:latest")
def register(model: str):
    import subprocess

    subprocess.run(
        ["python", "scripts/register.py", "--model", model, "--metrics", "/work/metrics.json"]
    )


@dsl.pipeline(name="churn")
def churn():
    fetch_op()
    trained = train(data="/work/customers.csv")
    evaluated = evaluate(data="/work/customers.csv", model=trained.output)
    decided = gate(metrics=evaluated.output)
    with dsl.Condition(decided.output == "pass"):
        print("the model is good")
    register(model=trained.output)


if __name__ == "__main__":
    compiler.Compiler().compile(churn, "churn.yaml")
