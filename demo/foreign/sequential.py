"""Slide 10: one egg after another, with blocking sockets."""
import sys
import time

import requests

SERVER = sys.argv[1]


def fry_egg(name):
    reply = requests.get(f"{SERVER}/{name}", timeout=60)
    reply.raise_for_status()
    return reply.text


began = time.monotonic()
for name in "ABCD":
    print(fry_egg(name))
print("took", round((time.monotonic() - began) * 1000), "ms")
