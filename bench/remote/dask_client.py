"""Measures Dask for bench/remote/dask.ts: a request in JSON on each line, milliseconds on each line back."""
import json
import os
import sys
import time

import dask
from distributed import Client, LocalCluster


def noop(value):
    return value


def spin(ms):
    end = time.perf_counter() + ms / 1000
    turns = 0
    while time.perf_counter() < end:
        turns += 1
    return turns


def milliseconds(action):
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def middle(values):
    values = sorted(values)
    return values[len(values) // 2]


def main(task, workers, saturation):
    if saturation is not None:
        dask.config.set({"distributed.scheduler.worker-saturation": float(saturation)})
    function = {"noop": noop, "spin": spin}[task]
    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster, Client(cluster) as client:

        def run_all(values):
            results = client.gather(client.map(function, values, pure=False))
            assert task == "spin" or results == list(values)

        for line in sys.stdin:
            request = json.loads(line)
            if "all" in request:
                answer = milliseconds(lambda: run_all(request["all"]))
            elif "single" in request:
                answer = middle(
                    milliseconds(lambda: client.submit(function, call, pure=False).result())
                    for call in range(request["single"])
                )
            else:
                value = os.urandom(request["echo"])
                answer = middle(
                    milliseconds(lambda: client.submit(function, value, pure=False).result())
                    for _ in range(request["calls"])
                )
            print(answer, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
