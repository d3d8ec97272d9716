"""Makes the pictures in this folder and what Pillow reads from them.

    python make_fixtures.py      (needs numpy and pillow)

index.json has, for each picture and each way of resizing source.png, the height, width, channels and offset of the values
that are expected of it in expected.bin. They come from Pillow where it keeps them (8-bit modes), else from the samples that
were written, by the formula given in `expected_of`. `resize-…` are Pillow's Image.resize, crop and paste.
"""

import io
import json
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

HERE = os.path.dirname(os.path.abspath(__file__))
index = {}
expectations = bytearray()


def save(name, data):
    with open(os.path.join(HERE, name), "wb") as file:
        file.write(data)


def record(name, expected):
    expected = np.ascontiguousarray(expected, dtype=np.uint8)
    if expected.ndim == 2:
        expected = expected[:, :, None]
    index[name] = [*expected.shape, len(expectations)]
    expectations.extend(expected.tobytes())


# --- PNG, written by hand so that every colour type, depth and interlacing is there -----------------------------------

def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed(samples, depth):
    """Rows of samples (rows x values) as bytes, with filter type 0."""
    out = b""
    for row in samples:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), f"0{depth}b") for v in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        out += b"\0" + line
    return out


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, depth, colour_type, interlaced=False, extra=b""):
    height, width, values = samples.shape
    if interlaced:
        raw = b""
        for top, left, down, right in ADAM7:
            part = samples[top::down, left::right]
            if part.size:
                raw += packed(part.reshape(part.shape[0], -1), depth)
    else:
        raw = packed(samples.reshape(height, -1), depth)
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(raw, 9))
            + chunk(b"IEND", b""))


def expected_of(samples, depth):
    """Samples in 8 bits: repeated bits below 8 (v * 255 / max, exact), v * 255 / 65535 rounded to nearest for 16."""
    top = (1 << depth) - 1
    return (samples.astype(np.int64) * 255 * 2 + top) // (2 * top)


def make_png():
    rng = np.random.default_rng(7)
    height, width = 9, 11
    for colour_type, label, values in [(0, "grey", 1), (2, "rgb", 3), (4, "greyalpha", 2), (6, "rgba", 4)]:
        for depth in [1, 2, 4, 8, 16]:
            if depth < 8 and colour_type != 0:
                continue
            samples = rng.integers(0, 1 << depth, (height, width, values))
            expected = expected_of(samples, depth)
            for interlaced in [False, True]:
                name = f"{label}{depth}{'-interlaced' if interlaced else ''}.png"
                data = png(samples, depth, colour_type, interlaced)
                save(name, data)
                record(name, expected)
                if depth == 8 or (depth == 1 and values == 1):
                    read = np.asarray(Image.open(io.BytesIO(data)).convert(["", "L", "LA", "RGB", "RGBA"][values]))
                    assert (read.reshape(expected.shape) == expected).all(), name
    for depth in [1, 2, 4, 8]:
        colours = rng.integers(0, 256, (1 << depth, 3))
        palette = chunk(b"PLTE", colours.astype(np.uint8).tobytes())
        alphas = rng.integers(0, 256, max(1, (1 << depth) // 2))
        samples = rng.integers(0, 1 << depth, (height, width, 1))
        opaque = colours[samples[:, :, 0]]
        all_alphas = np.concatenate([alphas, np.full((1 << depth) - len(alphas), 255)])
        clear = np.concatenate([opaque, all_alphas[samples]], axis=2)
        transparency = chunk(b"tRNS", alphas.astype(np.uint8).tobytes())
        for interlaced in [False, True]:
            suffix = "-interlaced" if interlaced else ""
            for name, extra, expected, mode in [
                (f"palette{depth}{suffix}.png", palette, opaque, "RGB"),
                (f"palette{depth}-alpha{suffix}.png", palette + transparency, clear, "RGBA"),
            ]:
                data = png(samples, depth, 3, interlaced, extra)
                save(name, data)
                record(name, expected)
                read = np.asarray(Image.open(io.BytesIO(data)).convert(mode))
                assert (read == expected).all(), name
    # The same with 16 bits and interlacing, which is read in another way.
    samples = rng.integers(0, 4, (height, width, 3)) * 0x5555
    data = png(samples, 16, 2, True, chunk(b"tRNS", struct.pack(">HHH", *[int(v) for v in samples[0, 0]])))
    clear = (samples == samples[0, 0]).all(axis=2, keepdims=True)
    save("rgb16-key-interlaced.png", data)
    record("rgb16-key-interlaced.png", np.concatenate([samples // 257, np.where(clear, 0, 255)], axis=2))
    # One transparent colour in a file without alpha.
    samples = rng.integers(0, 4, (height, width, 3)) * 85
    data = png(samples, 8, 2, False, chunk(b"tRNS", struct.pack(">HHH", *[int(v) for v in samples[0, 0]])))
    clear = (samples == samples[0, 0]).all(axis=2, keepdims=True)
    save("rgb8-key.png", data)
    record("rgb8-key.png", np.concatenate([samples, np.where(clear, 0, 255)], axis=2))
    samples = rng.integers(0, 16, (height, width, 1))
    data = png(samples, 4, 0, False, chunk(b"tRNS", struct.pack(">H", int(samples[0, 0, 0]))))
    save("grey4-key.png", data)
    record("grey4-key.png", np.concatenate([samples * 17, np.where(samples == samples[0, 0, 0], 0, 255)], axis=2))


# --- JPEG ---------------------------------------------------------------------------------------------------------------

def scene(height, width):
    y, x = np.mgrid[0:height, 0:width]
    rng = np.random.default_rng(3)
    red = 127 + 120 * np.sin(x / 5.0 + y / 11.0)
    green = 127 + 120 * np.cos(y / 4.0)
    blue = 255 * (x + y) / (height + width)
    picture = np.stack([red, green, blue], axis=2) + rng.normal(0, 6, (height, width, 3))
    return np.clip(picture, 0, 255).astype(np.uint8)


def make_jpeg():
    picture = Image.fromarray(scene(37, 53))
    variants = {
        "baseline-444.jpg": dict(quality=90, subsampling=0),
        "baseline-422.jpg": dict(quality=90, subsampling=1),
        "baseline-420.jpg": dict(quality=75, subsampling=2),
        "progressive.jpg": dict(quality=85, progressive=True),
        "restart.jpg": dict(quality=85, restart_marker_rows=1),
        "rgb.jpg": dict(quality=90, keep_rgb=True),
    }
    for name, options in variants.items():
        out = io.BytesIO()
        picture.save(out, "JPEG", **options)
        save(name, out.getvalue())
        record(name, np.asarray(Image.open(out).convert("RGB")))
    out = io.BytesIO()
    picture.convert("L").save(out, "JPEG", quality=90)
    save("grey.jpg", out.getvalue())
    record("grey.jpg", np.asarray(Image.open(out)))

    out = io.BytesIO()
    # Pillow writes CMYK inverted with an Adobe marker, transform 0; patched to transform 2 the same data is YCCK.
    picture.convert("CMYK").save(out, "JPEG", quality=90)
    cmyk = out.getvalue()
    marker = cmyk.index(b"Adobe")
    assert cmyk[marker + 11] == 0
    ycck = cmyk[:marker + 11] + b"\2" + cmyk[marker + 12:]
    for name, data in [("cmyk.jpg", cmyk), ("ycck.jpg", ycck)]:
        save(name, data)
        record(name, np.asarray(Image.open(io.BytesIO(data)).convert("RGB")))

    small = Image.fromarray(scene(16, 24))
    for orientation in range(1, 9):
        for order in ["little", "big"]:
            pack = "<" if order == "little" else ">"
            tiff = (b"II*\0" if order == "little" else b"MM\0*") + struct.pack(pack + "I", 8)
            tiff += struct.pack(pack + "HHHIHH", 2, 0x0106, 3, 1, 2, 0)
            tiff += struct.pack(pack + "HHIHH", 0x0112, 3, 1, orientation, 0) + struct.pack(pack + "I", 0)
            if order == "big" and orientation != 6:
                continue
            out = io.BytesIO()
            small.save(out, "JPEG", quality=90, subsampling=0, exif=b"Exif\0\0" + tiff)
            name = f"orientation{orientation}{'-big' if order == 'big' else ''}.jpg"
            save(name, out.getvalue())
            record(name, np.asarray(ImageOps.exif_transpose(Image.open(out)).convert("RGB")))


# --- Resizing -----------------------------------------------------------------------------------------------------------

def resize(picture, size, filter):
    """Rows first, then columns, as Image.resize does before Pillow 13 whatever the size, and from 13 on mostly."""
    result = picture.resize((size[0], picture.size[1]), filter).resize(size, filter)
    if int(PIL.__version__.split(".")[0]) < 13:
        assert result.tobytes() == picture.resize(size, filter).tobytes()
    return result


def rounded(a, b):
    return (2 * a + b) // (2 * b)


def make_resized():
    picture = scene(37, 53)
    record("source.png", picture)
    Image.fromarray(picture).save(os.path.join(HERE, "source.png"), optimize=True)
    Image.fromarray(picture).convert("L").save(os.path.join(HERE, "source-grey.png"), optimize=True)
    record("source-grey.png", np.asarray(Image.fromarray(picture).convert("L")))
    filters = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
    for mode in ["RGB", "L"]:
        source = Image.fromarray(picture).convert(mode)
        for name, filter in filters.items():
            for height, width in [(8, 8), (16, 53), (37, 20), (64, 64), (5, 90), (1, 1)]:
                channels = 3 if mode == "RGB" else 1
                record(f"resize-stretch-{name}-{height}-{width}-{channels}",
                       np.asarray(resize(source, (width, height), filter)))
            for height, width in [(12, 12), (10, 30), (30, 10), (60, 60)]:
                if 53 * height > 37 * width:
                    w, h = rounded(37 * width, height), 37
                    inner = rounded(37 * width, 53), width
                else:
                    w, h = 53, rounded(53 * height, width)
                    inner = height, rounded(53 * height, 37)
                left, top = (53 - w) // 2, (37 - h) // 2
                cropped = resize(source.crop((left, top, left + w, top + h)), (width, height), filter)
                record(f"resize-crop-{name}-{height}-{width}-{channels}", np.asarray(cropped))
                padded = Image.new("RGB", (width, height), (10, 200, 30)).convert(mode)
                padded.paste(resize(source, (inner[1], inner[0]), filter),
                             ((width - inner[1]) // 2, (height - inner[0]) // 2))
                record(f"resize-pad-{name}-{height}-{width}-{channels}", np.asarray(padded))


if __name__ == "__main__":
    make_png()
    make_jpeg()
    make_resized()
    save("expected.bin", bytes(expectations))
    save("index.json", ("{\n" + ",\n".join(
        f"{json.dumps(name)}: {json.dumps(index[name])}" for name in sorted(index)) + "\n}\n").encode())
