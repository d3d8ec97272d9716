"""Doubles as bits and as Python's float.hex: edges and random bit patterns."""
import pathlib
import random
import struct

random.seed(1)
bits = [0, 1 << 63, 1, (1 << 63) | 1, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x0008000000000000, 0x7FEFFFFFFFFFFFFF,
        0x3FF0000000000000, 0xBFF8000000000000, 0x3F70101010101010, 0x4340000000000000]
while len(bits) < 200:
    candidate = random.getrandbits(64) & ~((1 << random.randrange(52)) - 1)
    if len(bits) % 4 == 0:
        candidate &= 0x800FFFFFFFFFFFFF
    if candidate >> 52 & 0x7FF != 0x7FF:
        bits.append(candidate)
lines = [f"{b:016x} {struct.unpack('<d', struct.pack('<Q', b))[0].hex()}" for b in bits]
(pathlib.Path(__file__).parent / "hexadecimal.txt").write_text("\n".join(lines) + "\n")
