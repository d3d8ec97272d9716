"""Makes the small HDF5 files in this folder, as the deep-learning course lays them out, right and wrong.

    python make_fixtures.py      (needs numpy and h5py)
"""

import os

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
PIXELS = (np.arange(3 * 2 * 4 * 3) * 7 % 256).astype(np.uint8).reshape(3, 2, 4, 3)
LABELS = np.array([1, 0, 1], dtype=np.int64)
CLASSES = np.array([b"non-cat", b"cat"])


def write(name, part="train", **changes):
    values = {"x": PIXELS, "y": LABELS, "list_classes": CLASSES, **changes}
    with h5py.File(os.path.join(HERE, name), "w", libver="earliest") as file:
        for key, value in values.items():
            if value is None:
                continue
            key = key if key == "list_classes" else f"{part}_set_{key}"
            options = {}
            if isinstance(value, tuple):
                value, options = value
            file.create_dataset(key, data=value, **options)


write("course.h5")
write("test-part.h5", part="test")
write("gzip.h5", x=(PIXELS, dict(chunks=(1, 2, 4, 3), compression="gzip", shuffle=True)))
write("strings-variable.h5", list_classes=(["non-cat", "cät"], dict(dtype=h5py.string_dtype("utf-8"))))
write("labels-row.h5", y=LABELS.reshape(1, 3).astype(np.uint8))
write("grey.h5", x=PIXELS[:, :, :, 0])
write("wrong-float.h5", x=PIXELS.astype(np.float32))
write("wrong-signed.h5", x=PIXELS.astype(np.int8))
write("wrong-rank.h5", x=PIXELS.reshape(3, 24))
write("wrong-channels.h5", x=PIXELS.reshape(3, 2, 3, 4))
write("wrong-empty.h5", x=PIXELS[:0], y=LABELS[:0])
write("wrong-label-count.h5", y=LABELS[:2])
write("wrong-label-value.h5", y=np.array([0, 1, 2]))
write("wrong-label-type.h5", y=LABELS.astype(np.float64))
write("wrong-class-twice.h5", list_classes=np.array([b"cat", b"cat"]))
write("wrong-classes-type.h5", list_classes=np.array([0, 1]))
write("wrong-no-classes.h5", list_classes=None)
write("wrong-no-labels.h5", y=None)
write("wrong-no-pixels.h5", x=None)

# Independent labels, and quantities.
TABLE = np.array([[1, 0], [0, 0], [1, 1]])
NUMBERS = np.array([[0.5, -2], [1e3, 0.25], [0, 3]])
write("labels.h5", y=TABLE.astype(np.uint8), list_classes=np.array([b"sea", b"sand"]))
write("quantities.h5", y=NUMBERS.astype(np.float32), list_classes=None)
write("quantity.h5", y=NUMBERS[:, 0], list_classes=np.array([b"age"]))
write("wrong-label-cell.h5", y=TABLE * 2, list_classes=np.array([b"sea", b"sand"]))
write("wrong-label-huge.h5", y=np.full((3, 2), 2**63 - 1), list_classes=None)
write("wrong-quantity-cell.h5", y=np.where(NUMBERS == 1e3, np.nan, NUMBERS), list_classes=None)
write("wrong-column-names.h5", y=NUMBERS, list_classes=np.array([b"a", b"b", b"c"]))

with h5py.File(os.path.join(HERE, "wrong-both.h5"), "w", libver="earliest") as file:
    for part in ["train", "test"]:
        file[f"{part}_set_x"], file[f"{part}_set_y"] = PIXELS, LABELS
    file["list_classes"] = CLASSES

with h5py.File(os.path.join(HERE, "wrong-scalar.h5"), "w", libver="earliest") as file:
    file["train_set_x"], file["train_set_y"], file["list_classes"] = np.uint8(3), LABELS, CLASSES

# Values, or the whole dataset, in another file: reading these would read a file that nobody named.
with h5py.File(os.path.join(HERE, "wrong-external.h5"), "w", libver="earliest") as file:
    file.create_dataset("train_set_x", shape=PIXELS.shape, dtype=np.uint8,
                        external=[("make_fixtures.py", 0, PIXELS.nbytes)])
    file["train_set_y"], file["list_classes"] = LABELS, CLASSES
for key, values in {"train_set_y": LABELS, "list_classes": CLASSES}.items():
    with h5py.File(os.path.join(HERE, f"wrong-external-{key.split('_')[-1]}.h5"), "w", libver="earliest") as file:
        for name, own in {"train_set_x": PIXELS, "train_set_y": LABELS, "list_classes": CLASSES}.items():
            if name == key:
                file.create_dataset(key, shape=values.shape, dtype=values.dtype,
                                    external=[("make_fixtures.py", 0, values.nbytes)])
            else:
                file[name] = own
with h5py.File(os.path.join(HERE, "wrong-link.h5"), "w", libver="earliest") as file:
    file["train_set_x"] = h5py.ExternalLink("course.h5", "/train_set_x")
    file["train_set_y"], file["list_classes"] = LABELS, CLASSES

# A terabyte that was promised and never written: contiguous, and in chunks.
for name, options in [("wrong-huge.h5", {}), ("wrong-huge-chunked.h5", dict(chunks=(1, 100, 100, 3)))]:
    with h5py.File(os.path.join(HERE, name), "w", libver="earliest") as file:
        file.create_dataset("train_set_x", shape=(1 << 20, 600, 600, 3), dtype=np.uint8, **options)
        if options:
            file["train_set_x"][0, :100, :100] = 1
        file["train_set_y"], file["list_classes"] = LABELS, CLASSES
