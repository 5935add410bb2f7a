"""A worker process: the work order and then shards as JSON lines on standard input, outcomes on standard output.

It ends at once when its driver does: standard input is read in a thread of its own, and its end is the end.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import sys
import threading
from typing import IO, Any


def main() -> None:
    """Work until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the driver decides
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # what a model prints is no answer
    lines: queue.Queue[str] = queue.Queue()
    threading.Thread(target=_read, args=(sys.stdin, lines), daemon=True).start()

    from ner_lime.batch.shard import ShardWorker, WorkOrder
    from ner_lime.errors import in_one_line, in_words

    def answer(**outcome: Any) -> None:
        answers.write(json.dumps(outcome) + "\n")
        answers.flush()

    order = json.loads(lines.get())
    for folder in order.pop("path"):
        if folder not in sys.path:
            sys.path.append(folder)
    try:
        worker = ShardWorker(WorkOrder.from_dict(order))
    except Exception as error:  # noqa: BLE001 - whatever the model does
        answer(refused=in_words(error))
        return
    answer(ready=os.getpid())
    while True:
        job = json.loads(lines.get())
        try:
            answer(done=job["shard"], entry=worker.work(**job))
        except OSError as error:
            answer(refused=f"{order['folder']}: can't be written: {error.strerror or in_one_line(error)}")
        except Exception as error:  # noqa: BLE001 - a budget that is spent, or a fault
            answer(refused=in_words(error))


def _read(stream: IO[str], lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
