"""How both models answered the mirrored requests:  ``python scripts/shadow_report.py reports/shadow.json``"""

from __future__ import annotations

import sys
from pathlib import Path

from fetch import fetch

if __name__ == "__main__":
    fetch("shadow", {"requests", "agreement", "score_shift", "champion", "challenger"}, Path(sys.argv[1]))
