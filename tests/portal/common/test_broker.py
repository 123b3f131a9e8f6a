"""The embedded broker under writers and readers at the same time."""

import threading
from pathlib import Path

from kombu import Connection, Consumer, Queue

import portal.celery  # noqa: F401  (registers the transport)


def connection(folder: Path) -> Connection:
    options = {
        "data_folder_in": str(folder / "queue"),
        "data_folder_out": str(folder / "queue"),
        "control_folder": str(folder / "control"),
        "processed_folder": str(folder / "processed"),
        "store_processed": False,
    }
    (folder / "queue").mkdir(parents=True, exist_ok=True)
    return Connection("filesystem://", transport_options=options)


def test_a_reader_meets_whole_messages_while_many_write(tmp_path: Path) -> None:
    writers, each, received = 4, 50, []

    def write(number: int) -> None:
        with connection(tmp_path) as mine:
            producer = mine.Producer(serializer="json")
            for index in range(each):
                body = {"from": number, "index": index, "text": "公示" * 2000}
                producer.publish(body, routing_key="work", declare=[Queue("work")])

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    with connection(tmp_path) as reading:
        reading.connect()
        for thread in threads:
            thread.start()
        with Consumer(
            reading, [Queue("work")], callbacks=[lambda body, m: (received.append(body), m.ack())]
        ):
            for _ in range(writers * each):
                reading.drain_events(timeout=20)
        for thread in threads:
            thread.join()
    assert {(b["from"], b["index"]) for b in received} == {
        (n, i) for n in range(writers) for i in range(each)
    }
