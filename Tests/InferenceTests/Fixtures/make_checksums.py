"""XXH64 (seed 0) of the bytes 3, 10, 17, … (i * 7 + 3) mod 256, for lengths 0 to 130 (pip install xxhash)."""
import pathlib
import xxhash

lines = [xxhash.xxh64_hexdigest(bytes((i * 7 + 3) % 256 for i in range(n))) for n in range(131)]
(pathlib.Path(__file__).parent / "checksums.txt").write_text("\n".join(lines) + "\n")
