"""The launcher's modules are scripts beside one another; tests reach them the same way."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy"))
