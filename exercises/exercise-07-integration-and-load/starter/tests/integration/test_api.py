import requests

ADDRESS = "http://localhost:8000"


def test_the_api_works():
    answer = requests.get(f"{ADDRESS}/healthz")
    assert answer is not None


def test_predict():
    answer = requests.post(
        f"{ADDRESS}/predict",
        json={
            "tenure_months": 3,
            "contract": "month-to-month",
            "monthly_charges": 70.5,
            "total_charges": 211.5,
            "support_tickets_90d": 4,
        },
    )
    print(answer.text)
    assert answer.status_code == 200
