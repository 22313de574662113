"""What functions of well-known libraries mean for a test.

Sources: the documentation of pandas (IO tools), scikit-learn (estimator API, model_selection, metrics), joblib,
MLflow, PyTorch, requests, HTTPX, Starlette (TestClient), unittest.mock, moto, responses, respx, NumPy (random),
pandera.
"""

from __future__ import annotations

FITS = frozenset({"fit", "partial_fit", "fit_predict", "fit_resample"})
PREDICTS = frozenset({"predict", "predict_proba", "predict_log_proba", "decision_function", "forward"})
MUTATES = frozenset({"append", "extend", "add", "update", "insert", "setdefault", "appendleft"})
FEWER_ROWS = frozenset({"head", "sample", "tail", "nlargest", "nsmallest", "iloc", "loc", "limit"})
LOADS_MODEL = frozenset({
    "joblib.load", "pickle.load", "pickle.loads", "torch.load", "keras.models.load_model", "xgboost.Booster",
    "tensorflow.keras.models.load_model", "mlflow.pyfunc.load_model", "mlflow.sklearn.load_model", "skops.io.load",
    "mlflow.pytorch.load_model", "cloudpickle.load", "dill.load",
})  # fmt: skip
READS_DATA = frozenset({
    "pandas.read_csv", "pandas.read_parquet", "pandas.read_json", "pandas.read_excel", "pandas.read_feather",
    "polars.read_csv", "polars.read_parquet", "polars.scan_csv", "csv.reader", "csv.DictReader", "open",
    "numpy.loadtxt", "numpy.genfromtxt", "json.load", "dvc.api.read", "dvc.api.open", "duckdb.read_csv",
})  # fmt: skip
DATA_ENDINGS = (".csv", ".parquet", ".json", ".jsonl", ".tsv", ".feather", ".xlsx", ".csv.gz")
STARTS = ("subprocess.", "runpy.", "os.system", "click.testing.CliRunner", "typer.testing.CliRunner")
NETWORK = ("requests.", "httpx.", "urllib.request.", "urllib3.", "aiohttp.", "socket.", "http.client.", "ftplib.",
           "paramiko.", "smtplib.")  # fmt: skip
CLOUD = ("boto3.", "botocore.", "google.cloud.", "azure.", "s3fs.", "gcsfs.", "mlflow.set_tracking_uri", "snowflake.",
         "dvc.api.", "huggingface_hub.", "kaggle.")  # fmt: skip
IN_PROCESS = frozenset({
    "fastapi.testclient.TestClient", "starlette.testclient.TestClient", "httpx.ASGITransport", "httpx.WSGITransport",
    "httpx.MockTransport", "flask.testing.FlaskClient", "httpx._transports.asgi.ASGITransport",
})  # fmt: skip
CLIENTS = frozenset({
    "httpx.Client", "httpx.AsyncClient", "requests.Session", "requests.session", "aiohttp.ClientSession",
    "fastapi.testclient.TestClient", "starlette.testclient.TestClient", "urllib3.PoolManager",
    "http.client.HTTPConnection",
    "schemathesis.openapi.from_url", "schemathesis.from_uri",
})  # fmt: skip
METHODS = frozenset({"get", "post", "put", "delete", "patch", "head", "options", "request", "send", "urlopen", "open",
                     "getresponse", "stream", "call", "call_and_validate"})  # fmt: skip
STAND_INS = frozenset({"moto.mock_aws", "moto.mock_s3", "responses.activate", "respx.mock", "requests_mock.Mocker",
                       "responses.RequestsMock", "httpretty.activate", "vcr.use_cassette"})  # fmt: skip
STAND_IN_FIXTURES = frozenset({"requests_mock", "responses", "httpx_mock", "respx_mock", "aioresponses", "vcr"})
MOCKS = frozenset({"Mock", "MagicMock", "AsyncMock", "create_autospec", "NonCallableMock", "PropertyMock"})
SLEEPS = frozenset({"time.sleep", "asyncio.sleep", "sleep"})
CLOCKS = frozenset({"time.perf_counter", "time.monotonic", "time.time", "timeit.timeit", "timeit.repeat",
                    "time.process_time", "time.perf_counter_ns"})  # fmt: skip
METRIC_WORDS = ("_score", "mean_squared_error", "mean_absolute_error", "log_loss", "brier_score_loss")
SCHEMA_CALLS = frozenset({"validate", "validate_python", "model_validate", "validate_checkpoint"})
GLOBAL_SEEDS = frozenset({"numpy.random.seed", "random.seed", "torch.manual_seed", "tensorflow.random.set_seed",
                          "pytorch_lightning.seed_everything", "lightning.seed_everything",
                          "keras.utils.set_random_seed"})  # fmt: skip
GENERATORS = frozenset({"numpy.random.default_rng", "random.Random", "numpy.random.RandomState",
                        "numpy.random.Generator"})  # fmt: skip
DRAWS = ("numpy.random.", "random.", "torch.rand", "torch.randn")
SPLITS = frozenset({"sklearn.model_selection.train_test_split", "sklearn.utils.shuffle", "sklearn.utils.resample",
                    "sklearn.datasets.make_classification", "sklearn.datasets.make_regression",
                    "sklearn.datasets.make_blobs", "sklearn.datasets.make_moons"})  # fmt: skip


def is_metric(full: str, attribute: str) -> bool:
    if full.startswith("sklearn.metrics.") or attribute == "score":
        return True
    return any(word in attribute for word in METRIC_WORDS)
