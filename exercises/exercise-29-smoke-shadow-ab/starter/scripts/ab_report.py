"""What became of the customers of both groups:  ``python scripts/ab_report.py reports/ab.json``"""

from __future__ import annotations

import sys
from pathlib import Path

from fetch import fetch

if __name__ == "__main__":
    fetch("ab", {"days", "champion", "challenger"}, Path(sys.argv[1]))
