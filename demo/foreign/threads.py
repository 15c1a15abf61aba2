"""Slide 13: a thread for each egg, joined in order."""
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import requests

SERVER = sys.argv[1]


def fry_egg(name):
    reply = requests.get(f"{SERVER}/{name}", timeout=60)
    reply.raise_for_status()
    return reply.text


began = time.monotonic()
with ThreadPoolExecutor(max_workers=4) as cooks:
    for egg in cooks.map(fry_egg, "ABCD"):
        print(egg)
print("took", round((time.monotonic() - began) * 1000), "ms")
