"""python test_nnscore.py MODEL.safetensors: what the package promises, on the model of the digits."""
import concurrent.futures
import sys
import unittest

import numpy

import nnscore

PATH = sys.argv.pop(1)


class ModelTests(unittest.TestCase):
    def setUp(self):
        self.model = nnscore.Model(PATH)
        self.rows = numpy.random.default_rng(1).integers(0, 256, (300, 64), numpy.uint8)

    def test_says_what_it_is(self):
        self.assertEqual((self.model.name, self.model.number), ("digits", 1))
        self.assertEqual(self.model.labels, list("0123456789"))
        self.assertTrue(self.model.digest.startswith("sha256:"))

    def test_a_row_has_the_same_bits_in_any_batch_and_on_any_thread(self):
        scores = self.model.score(self.rows)
        alone = numpy.concatenate([self.model.score(self.rows[i : i + 1]) for i in range(300)])
        self.assertEqual(scores.tobytes(), alone.tobytes())
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            for other in pool.map(lambda _: self.model.score(self.rows), range(64)):
                self.assertEqual(scores.tobytes(), other.tobytes())

    def test_writes_where_it_is_told(self):
        out = numpy.empty((300, 10), numpy.float32)
        self.assertIs(self.model.score(self.rows, out=out), out)
        self.assertEqual(out.tobytes(), self.model.score(self.rows.reshape(300, 8, 8, 1)).tobytes())
        part = numpy.zeros((302, 10), numpy.float32)
        self.model.score(self.rows, out=part[1:301])
        self.assertEqual(part[1:301].tobytes(), out.tobytes())
        self.assertFalse(part[0].any() or part[301].any())

    def test_opens_bytes(self):
        with open(PATH, "rb") as file:
            read = file.read()
        for source in (read, bytearray(read), memoryview(read), memoryview(read).cast("I")):
            model = nnscore.Model(source)
            self.assertEqual(model.score(self.rows).tobytes(), self.model.score(self.rows).tobytes())

    def test_no_rows_have_no_scores(self):
        self.assertEqual(self.model.score(self.rows[:0]).shape, (0, 10))

    def test_refuses_what_it_cannot_take(self):
        with self.assertRaisesRegex(TypeError, "float64.*uint8"):
            self.model.score(self.rows.astype(float))
        with self.assertRaisesRegex(ValueError, "64"):
            self.model.score(self.rows[:, :63].copy())
        with self.assertRaisesRegex(ValueError, "ascontiguousarray"):
            self.model.score(numpy.asfortranarray(self.rows))
        with self.assertRaisesRegex(ValueError, "out must be"):
            self.model.score(self.rows, out=numpy.empty((299, 10), numpy.float32))
        with self.assertRaises(nnscore.Error) as raised:
            nnscore.Model("/nowhere/model.safetensors")
        self.assertIn("/nowhere/model.safetensors", str(raised.exception))
        with self.assertRaises(nnscore.Error):
            nnscore.Model(b"not a model")


unittest.main()
