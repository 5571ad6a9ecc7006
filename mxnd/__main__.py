"""``python -m mxnd``: see ``mxnd.cli``."""

import sys

from .cli import main

sys.exit(main())
