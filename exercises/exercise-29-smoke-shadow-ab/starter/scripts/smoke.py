import requests

try:
    answer = requests.get("http://localhost:8000/healthz")
    print("status", answer.status_code)
except Exception as error:
    print(error)
