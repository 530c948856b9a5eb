"""`python -m tools.sample_logs [FOLDER]`: write the logs below a folder (default: here)."""

import sys
from pathlib import Path

from tools.sample_logs.write import write

if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
