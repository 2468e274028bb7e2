"""The child of python_peer.cpp: stock Python, from 3.6 on. Usage: python_peer.py tcp:HOST:PORT"""

import os
import sys
from multiprocessing.connection import Client


def main():
    _, host, port = sys.argv[1].split(":")
    with Client((host, int(port)), authkey=os.environ["GREETINGS_KEY"].encode()) as parent:
        words = list(iter(parent.recv_bytes, b""))
        print(f"child: {len(words)} words arrived: {b' '.join(words).decode()}", flush=True)
        print("child: sent one sum", flush=True)
        parent.send_bytes(str(sum(range(1, 1 + len(words)))).encode())
        parent.send_bytes(parent.recv_bytes())
        parent.send({"an": "object"})


if __name__ == "__main__":
    main()
