"""The pictures of Benchmarks/pipeline: the same scenes as PNG files of 64 pixels and as JPEG files of 500, in folders a class."""

import hashlib
import pathlib
import shutil
import sys

import numpy as np
from PIL import Image

COUNT = 600
SMALL, LARGE = 64, 500
QUALITY = 85
# The standard deviation of the grain that an enlarged picture lacks; with it a file is as long as a photograph's of that size.
GRAIN = 6


def make_pictures(folder, data):
    """Writes folder/png, folder/jpeg and folder/one, unless they are there already; from the cat pictures of `data`, or drawn where
    there are none. Says which.
    """
    sources = sorted(pathlib.Path(data, "cats/images").glob("*/*/*.png")) if data else []
    what = "the cat pictures" if sources else "drawn pictures"
    state = hashlib.sha256(pathlib.Path(__file__).read_bytes() + "\n".join(map(str, sources)).encode()).hexdigest()
    stamp = folder / "stamp"
    if stamp.exists() and stamp.read_text() == state:
        return what
    print("pipeline: making the pictures", file=sys.stderr, flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    for index in range(COUNT):
        scene, class_name = photographed(sources, index) if sources else drawn(index)
        for kind in ("png", "jpeg"):
            (folder / kind / class_name).mkdir(parents=True, exist_ok=True)
        scene.save(folder / "png" / class_name / f"{index:04}.png")
        enlarged(scene, index).save(folder / "jpeg" / class_name / f"{index:04}.jpg", quality=QUALITY)
    (folder / "one").mkdir()
    shutil.copy(folder / "png" / class_name / f"{COUNT - 1:04}.png", folder / "one")
    stamp.write_text(state)
    return what


def photographed(sources, index):
    """The pictures in turn: as they are, then mirrored, then upside down."""
    file = sources[index % len(sources)]
    scene = Image.open(file).convert("RGB").resize((SMALL, SMALL), Image.Resampling.BICUBIC)
    turns = [None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_180]
    turn = turns[index // len(sources) % len(turns)]
    return (scene if turn is None else scene.transpose(turn)), file.parent.name


def drawn(index):
    """Soft shapes, brighter in the middle or at the border: two classes that a network can tell apart."""
    random = np.random.default_rng(index)
    bright = index % 2
    y, x = np.mgrid[0:SMALL, 0:SMALL] / SMALL - 0.5
    light = (1 if bright else -1) * (0.25 - np.hypot(x, y))[..., None]
    scene = 128 + 120 * light + clouds(random, SMALL, 1.5, 40) + random.uniform(-30, 30, 3)
    return as_picture(scene), "middle" if bright else "border"


def enlarged(scene, index):
    large = np.asarray(scene.resize((LARGE, LARGE), Image.Resampling.BICUBIC)).astype(float)
    return as_picture(large + clouds(np.random.default_rng(COUNT + index), LARGE, 1, GRAIN))


def clouds(random, side, exponent, deviation):
    """Noise whose amplitude falls with the frequency to the exponent, as in photographs, mostly the same in all three colours."""
    frequencies = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None, :])
    frequencies[0, 0] = np.inf
    waves = np.fft.rfft2(random.standard_normal((4, side, side)), axes=(1, 2)) / frequencies**exponent
    noise = np.fft.irfft2(waves, (side, side), axes=(1, 2))
    noise *= deviation / noise.std()
    return np.moveaxis(0.8 * noise[:1] + 0.4 * noise[1:], 0, 2)


def as_picture(values):
    return Image.fromarray(np.clip(np.rint(values), 0, 255).astype(np.uint8))
