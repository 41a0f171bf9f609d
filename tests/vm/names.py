"""A name server for the guest: ``names.py ADDRESS`` gives every name the address 10.0.2.80, and knows nothing else."""

import socket
import sys
from struct import pack

ANSWER = bytes.fromhex("c00c 0001 0001 0000003c 0004 0a000250")
"""The name that the question has at offset 12, type A, class IN, for a minute (RFC 1035, section 4.1)."""
TYPE_A = b"\0\1"


def answer(question: bytes) -> bytes:
    """The header with the answer's bits, the question, and the record if an address was asked for."""
    end = question.index(b"\0", 12) + 5
    records = ANSWER if question[end - 4 : end - 2] == TYPE_A else b""
    return question[:2] + pack(">5H", 0x8580, 1, bool(records), 0, 0) + question[12:end] + records


def main(address: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        while True:
            question, asker = server.recvfrom(512)
            server.sendto(answer(question), asker)


if __name__ == "__main__":
    main(sys.argv[1])
