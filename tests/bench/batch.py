# SPDX-License-Identifier: Apache-2.0
"""As batch.c, in Python: the fastest plan_json, and the fastest plan."""
import sys
import time

import falcoir

playbook = falcoir.Playbook.load(sys.argv[1])
with open(sys.argv[2], "rb") as f:
    alerts = f.read()
for function in (playbook.plan_json, playbook.plan):
    times = []
    for _ in range(int(sys.argv[3])):
        start = time.perf_counter_ns()
        out = function(alerts)
        del out
        times.append(time.perf_counter_ns() - start)
    print(min(times))
