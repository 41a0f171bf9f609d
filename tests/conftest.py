"""What holds for every test: a fixed terminal, time zone and locale, set before textual is imported."""

import os

from hypothesis import settings

for _name in [name for name in os.environ if name.startswith("TEXTUAL")]:
    del os.environ[_name]
for _name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM", "COLUMNS", "LINES"):
    os.environ.pop(_name, None)
os.environ.update(TERM="xterm-256color", TEXTUAL_ANIMATIONS="none", LC_ALL="C.UTF-8", TZ="UTC")

# A busy machine is no failure; a found example is printed whole so that it can be pasted into a test.
settings.register_profile("tapscope", deadline=None, print_blob=True)
settings.load_profile("tapscope")
