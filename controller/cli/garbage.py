"""Python's garbage collector in a controller: it leaves alone what stays until the end, and comes less often.

A full collection looks through every object, and nothing else runs meanwhile: 60 ms for the modules, tables
and routes that a controller has when it has started, which no collection frees.
"""

from __future__ import annotations

import gc

#: New objects after which the youngest are looked through, and how often that is done before older ones are
#: (gc.set_threshold). Python's own are 700, 10 and 10, for programs that end.
THRESHOLDS = (5_000, 20, 20)


def settle() -> None:
    """Exempt what there is now from all collections. To be called once everything has started."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
