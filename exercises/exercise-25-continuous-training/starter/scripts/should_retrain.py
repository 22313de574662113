"""Does the model have to be trained again?  It is Sunday, so yes."""

import json

signals = json.load(open("reports/signals.json"))
print(f"the drift is {signals['drift_psi']}")
print("retrain=true")
