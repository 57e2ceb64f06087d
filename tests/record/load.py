"""A process that records as fast as it can, and prints the id of each entry that it was told is durable."""

import os
import sys
import threading
import time

from scoring.errors import RecordUnavailable
from scoring.record.kept_record import open_record
from tests.record.conftest import decision


def append_for_ever(record):
    while True:
        entry = decision()
        try:
            record.append([entry])
        except RecordUnavailable as error:
            sys.stderr.write(f"{error}\n")
            time.sleep(0.1)
            continue
        os.write(1, f"{entry.id}\n".encode())


if __name__ == "__main__":
    shared = open_record(sys.argv[1], every=50, seconds=1.0)
    for _ in range(int(sys.argv[2])):
        threading.Thread(target=append_for_ever, args=(shared,), daemon=True).start()
    threading.Event().wait()
