"""``python -m tapscope`` is the ``tapscope`` command."""

import sys

from tapscope.cli import main

sys.exit(main())
