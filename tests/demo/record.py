"""Records the demo's traffic anew: ``python tests/demo/record.py`` writes tapscope/demo/recording.pcapng."""

import select
import sys
import time

from tapscope.demo import prepare

SECONDS = 10.0
"""The first round, which fills a fresh screen, and the calmer one after it."""


def main() -> int:
    demo = prepare()
    if demo.refused:
        sys.exit(f"no sandbox here: {demo.refused}")
    from tapscope.demo.sources import RECORDING, DemoSource  # noqa: PLC0415  numpy starts threads: not before prepare
    from tapscope.store.arena import Store  # noqa: PLC0415  numpy starts threads: not before prepare
    from tapscope.store.export import save  # noqa: PLC0415  numpy starts threads: not before prepare

    store, source = Store(), DemoSource()
    store.set_interfaces(source.interfaces)
    end = time.monotonic() + SECONDS
    while (left := end - time.monotonic()) > 0:
        if select.select([source], [], [], left)[0]:
            store.append(source.read())
    source.close()
    print(save(RECORDING, store.frames(), store.interfaces, overwrite=True), "frames in", RECORDING)
    return 0


if __name__ == "__main__":
    sys.exit(main())
