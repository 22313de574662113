"""All customers are answered by the champion again, and nothing is mirrored:  ``python scripts/to_champion.py``

The aliases of the registry stay as they are.
"""

from __future__ import annotations

from routing import CHAMPION, route, to

if __name__ == "__main__":
    route([to(CHAMPION)])
