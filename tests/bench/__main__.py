"""Run the benchmarks, each as a program of its own, and print what they measured as one table.

``python tests/bench [NAME…]``: ``open memory`` runs ``bench_open.py`` and ``bench_memory.py``; without a name all run.
They share one set of captures in a temporary folder.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from captures import FOLDER
from measures import gathered, table

HERE = Path(__file__).parent


def main() -> int:
    """Run those that are named; 1 if one fails, after the others have run."""
    known = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    names = sys.argv[1:] or list(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(unknown)}; there are {', '.join(known)}")
    with tempfile.TemporaryDirectory() as folder:
        failed = []
        for name in names:
            print(f"\n## {name}", flush=True)
            if subprocess.run(
                [sys.executable, known[name]], check=False, env={**os.environ, FOLDER: folder}
            ).returncode:
                failed.append(name)
        if measures := gathered(Path(folder)):
            print("\n" + table(measures))
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
