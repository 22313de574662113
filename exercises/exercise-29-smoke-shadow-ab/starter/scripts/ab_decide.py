"""Which model is better?"""

import json

report = json.load(open("reports/ab.json"))
champion = report["champion"]["kept"] / report["champion"]["customers"]
challenger = report["challenger"]["kept"] / report["challenger"]["customers"]
print("promote" if challenger > champion else "continue")
