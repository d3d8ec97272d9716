"""Makes the pictures scaled-*.jpg and what Pillow reads from them with `draft`, libjpeg's scaled decoding.

    python make_scaled.py      (needs numpy and pillow)

scaled.json has, for each picture and rule, the height, width and channels that are expected, their offset in scaled.bin, the size that
the picture was decoded at, and the mean absolute difference of the values from those that decoding in full gives.
"""

import io
import json

import numpy as np
from PIL import Image, ImageOps

from make_fixtures import rounded, save

QUALITY = 85
BACKGROUND = 10, 200, 30
SIZES = [(16, 16), (9, 20), (30, 12), (8, 8), (25, 22)]
FILTERS = {"box": Image.Resampling.BOX, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
index, expectations = {}, bytearray()


def scene(height, width):
    """Shapes with edges, a soft light and grain, as in photographs."""
    random = np.random.default_rng(height * width)
    y, x = np.mgrid[0:height, 0:width]
    picture = np.stack([100 + 60 * x / width, 140 - 50 * y / height, 90 + 50 * (x + y) / (height + width)], axis=2)
    for _ in range(12):
        top, left = random.integers(0, height), random.integers(0, width)
        radius = random.integers(height // 12, height // 3)
        picture[np.hypot(y - top, x - left) < radius] += random.uniform(-70, 70, 3)
    return Image.fromarray(np.clip(picture + random.normal(0, 5, (height, width, 1)), 0, 255).astype(np.uint8))


def orientation(value):
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def pictures():
    yield "420", scene(203, 301), dict(subsampling=2)
    yield "422", scene(131, 200), dict(subsampling=1)
    yield "444", scene(160, 97), dict(subsampling=0)
    yield "progressive", scene(203, 301), dict(subsampling=2, progressive=True)
    yield "grey", scene(131, 200).convert("L"), {}
    yield "cmyk", scene(97, 120).convert("CMYK"), {}
    for value in range(2, 9):
        yield f"turned{value}", scene(61, 90), dict(subsampling=2, exif=orientation(value))


def divisor(fit, size, height, width):
    """The rule, as Schemas/model-file.md has it."""
    fits = max if fit == "pad" else min
    quotient = fits(size[0] // height, size[1] // width)
    return next((s for s in (8, 4, 2) if s <= quotient), 1) if max(size) >= 8 else 1


def decoded(data, divisor):
    """The picture at 1/divisor of its size, upright; how many pixels of its own size were added before its first column and row."""
    picture = Image.open(io.BytesIO(data))
    width, height = picture.size
    if divisor > 1:
        picture.draft(None, (width // divisor, height // divisor))
        assert picture.size == (-(-width // divisor), -(-height // divisor)), (picture.size, width, height, divisor)
    value = picture.getexif().get(0x0112, 1)
    upright = ImageOps.exif_transpose(picture)
    stored = (width, height) if value < 5 else (height, width)
    added = [count * divisor - size for count, size in zip(upright.size, stored)]
    return upright, (added[0] * (value in (2, 3, 6, 7)), added[1] * (value in (3, 4, 7, 8)))


def fitted(picture, added, size, s, fit, height, width, filter):
    """A picture of `size` (height, width) that was decoded at 1/s of it, brought to height x width."""
    full_height, full_width = size
    if fit == "stretch":
        return resized(picture, s, added, (0, 0, full_width, full_height), width, height, filter)
    is_wide = full_width * height > full_height * width
    if fit == "crop":
        w, h = (rounded(full_height * width, height), full_height) if is_wide else (
            full_width, rounded(full_width * height, width))
        left, top = (full_width - w) // 2, (full_height - h) // 2
        return resized(picture, s, added, (left, top, left + w, top + h), width, height, filter)
    h, w = (rounded(full_height * width, full_width), width) if is_wide else (
        height, rounded(full_width * height, full_height))
    result = Image.new("RGB", (width, height), BACKGROUND).convert(picture.mode)
    inner = resized(picture, s, added, (0, 0, full_width, full_height), w, h, filter)
    result.paste(inner, ((width - w) // 2, (height - h) // 2))
    return result


def resized(picture, s, added, box, width, height, filter):
    """A box of the picture at its own size: the pixels that have a part of it, resized over that part, rows first."""
    box = [coordinate + more for coordinate, more in zip(box, [*added, *added])]
    left, top, right, bottom = box[0] // s, box[1] // s, -(-box[2] // s), -(-box[3] // s)
    part = picture.crop((left, top, right, bottom))
    x0, y0, x1, y1 = box[0] / s - left, box[1] / s - top, box[2] / s - left, box[3] / s - top
    rows = part.resize((width, part.height), filter, box=(x0, 0, x1, part.height))
    return rows.resize((width, height), filter, box=(0, y0, width, y1))


def main():
    for name, picture, options in pictures():
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=QUALITY, **options)
        data = out.getvalue()
        save(f"scaled-{name}.jpg", data)
        mode = "L" if picture.mode == "L" else "RGB"
        full = decoded(data, 1)[0].convert(mode)
        for number, (fit, (height, width)) in enumerate((f, s) for f in ("stretch", "crop", "pad") for s in SIZES):
            filter = list(FILTERS)[number % 3]
            s = divisor(fit, (full.height, full.width), height, width)
            small, added = decoded(data, s)
            small = small.convert(mode)
            expected, reference = (
                np.asarray(fitted(source, before, (full.height, full.width), d, fit, height, width, FILTERS[filter]))
                for source, before, d in ((small, added, s), (full, (0, 0), 1)))
            difference = np.abs(expected.astype(int) - reference).mean()
            index[f"{name}-{fit}-{filter}-{height}-{width}"] = [
                height, width, len(mode), len(expectations), small.height, small.width, round(float(difference), 3)]
            expectations.extend(expected.tobytes())
    save("scaled.bin", bytes(expectations))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(index[name])}" for name in sorted(index))
    save("scaled.json", ("{\n" + lines + "\n}\n").encode())
    differences = [entry[-1] for entry in index.values()]
    print(f"{len(index)} rules; from decoding in full they differ by {np.mean(differences):.2f} in the mean, {max(differences)} at most")


main()
