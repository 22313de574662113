"""How different are the two models?"""

import json

print(json.load(open("reports/shadow.json")))
