-- The store, schema version 1. Schemas/store.md explains every table; this file is what a store is made of.
--
-- It runs within one transaction, in an empty database. Digests are SHA-256, as 64 lower-case hexadecimal digits.
-- Times are UTC, as 'YYYY-MM-DDTHH:MM:SS.mmmZ', so that they sort as text. JSON is checked by the program: with trusted_schema
-- off, SQLite 3.40 lets no CHECK use its JSON functions.

PRAGMA application_id = 1852732259;  -- 0x6E6E7363, "nnsc"

-- What is asked for by name.
CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
    CHECK (length(name) BETWEEN 1 AND 128 AND name GLOB '[A-Za-z0-9]*' AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
  created_at TEXT NOT NULL
    CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(created_at) = 24)
) STRICT;

-- Bytes by their digest: weights, biases, cost histories. Equal bytes are stored once, as chunks that follow one another.
-- The row is written after its chunks and seals them.
CREATE TABLE blobs (
  sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  codec TEXT NOT NULL CHECK (length(codec) BETWEEN 1 AND 32),
  element_size INTEGER NOT NULL CHECK (element_size IN (1, 2, 4, 8)),
  raw_size INTEGER NOT NULL CHECK (raw_size >= 0 AND raw_size % element_size = 0),
  chunk_size INTEGER NOT NULL CHECK (chunk_size > 0 AND chunk_size % element_size = 0),
  stored_size INTEGER NOT NULL CHECK (stored_size >= 0)
) STRICT, WITHOUT ROWID;

CREATE TABLE chunks (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL REFERENCES blobs (sha256) DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL CHECK (position >= 0),
  bytes BLOB NOT NULL,
  UNIQUE (sha256, position)
) STRICT;

-- One version of a model. The row is written after those that belong to it (metrics, costs, datasets, tensors) and seals
-- them.
CREATE TABLE versions (
  id INTEGER PRIMARY KEY,
  model INTEGER NOT NULL REFERENCES models (id),
  number INTEGER NOT NULL CHECK (number >= 1),
  digest TEXT NOT NULL CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
  record TEXT NOT NULL CHECK (length(record) = 64 AND record NOT GLOB '*[^0-9a-f]*'),
  created_at TEXT NOT NULL
    CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(created_at) = 24),
  parameter_count INTEGER NOT NULL CHECK (parameter_count >= 0),
  architecture TEXT NOT NULL CHECK (architecture GLOB '{*}'),
  note TEXT NOT NULL,
  input_format TEXT NOT NULL CHECK (input_format GLOB '{*}'),
  labels TEXT NOT NULL CHECK (labels GLOB '[[]*]'),
  hyperparameters TEXT NOT NULL CHECK (hyperparameters GLOB '{*}'),
  parent_model TEXT,
  parent_number INTEGER,
  parent_digest TEXT,
  seed TEXT CHECK (seed NOT GLOB '*[^0-9]*' AND length(seed) BETWEEN 1 AND 20),
  code_version TEXT,
  machine TEXT,
  duration_ms INTEGER CHECK (duration_ms >= 0),
  UNIQUE (model, number),
  CHECK ((parent_model IS NULL) = (parent_number IS NULL) AND (parent_model IS NULL) = (parent_digest IS NULL))
) STRICT;
CREATE INDEX versions_by_digest ON versions (digest);
CREATE INDEX versions_by_creation ON versions (created_at);

CREATE TABLE metrics (
  version INTEGER NOT NULL REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  value REAL NOT NULL,
  PRIMARY KEY (version, name)
) STRICT, WITHOUT ROWID;

-- The cost at every iteration: a blob of little-endian 64-bit floats, the first one at iteration 0.
CREATE TABLE costs (
  version INTEGER PRIMARY KEY REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  count INTEGER NOT NULL CHECK (count >= 1),
  final REAL,
  sha256 TEXT NOT NULL REFERENCES blobs (sha256)
) STRICT;
CREATE INDEX costs_by_blob ON costs (sha256);

CREATE TABLE datasets (
  version INTEGER NOT NULL REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  role TEXT NOT NULL CHECK (role IN ('training', 'validation')),
  fingerprint TEXT NOT NULL,
  count INTEGER NOT NULL CHECK (count >= 0),
  path TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (version, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE tensors (
  version INTEGER NOT NULL REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  position INTEGER NOT NULL CHECK (position >= 0),
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
  dtype TEXT NOT NULL CHECK (length(dtype) BETWEEN 2 AND 8),
  shape TEXT NOT NULL CHECK (shape GLOB '[[]*]'),
  sha256 TEXT NOT NULL REFERENCES blobs (sha256),
  PRIMARY KEY (version, position),
  UNIQUE (version, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tensors_by_blob ON tensors (sha256);

-- Who put which version into service, when and why. The last entry of a model says what is in service.
CREATE TABLE ledger (
  sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
  at TEXT NOT NULL CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(at) = 24),
  actor TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (length(kind) BETWEEN 1 AND 32),
  model TEXT NOT NULL,
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  predecessor INTEGER,
  reason TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*')
) STRICT;
CREATE INDEX ledger_by_model ON ledger (model, sequence, version);

-- What is written stays as it was written. INSERT OR REPLACE would slip past the triggers on UPDATE and DELETE, hence the
-- third of each table.

CREATE TRIGGER models_refuse_update BEFORE UPDATE ON models BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of models never change');
END;
CREATE TRIGGER models_refuse_delete BEFORE DELETE ON models BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of models are not deleted');
END;
CREATE TRIGGER models_refuse_replace BEFORE INSERT ON models
WHEN EXISTS (SELECT 1 FROM models WHERE id = NEW.id OR name = NEW.name) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of models exists already');
END;

CREATE TRIGGER versions_refuse_update BEFORE UPDATE ON versions BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of versions never change');
END;
CREATE TRIGGER versions_refuse_delete BEFORE DELETE ON versions BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of versions are not deleted');
END;
CREATE TRIGGER versions_refuse_replace BEFORE INSERT ON versions
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.id OR (model = NEW.model AND number = NEW.number)) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of versions exists already');
END;

CREATE TRIGGER metrics_refuse_update BEFORE UPDATE ON metrics BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of metrics never change');
END;
CREATE TRIGGER metrics_refuse_delete BEFORE DELETE ON metrics BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of metrics are not deleted');
END;
CREATE TRIGGER metrics_refuse_replace BEFORE INSERT ON metrics
WHEN EXISTS (SELECT 1 FROM metrics WHERE version = NEW.version AND name = NEW.name) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of metrics exists already');
END;

CREATE TRIGGER costs_refuse_update BEFORE UPDATE ON costs BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of costs never change');
END;
CREATE TRIGGER costs_refuse_delete BEFORE DELETE ON costs BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of costs are not deleted');
END;
CREATE TRIGGER costs_refuse_replace BEFORE INSERT ON costs
WHEN EXISTS (SELECT 1 FROM costs WHERE version = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of costs exists already');
END;

CREATE TRIGGER datasets_refuse_update BEFORE UPDATE ON datasets BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of datasets never change');
END;
CREATE TRIGGER datasets_refuse_delete BEFORE DELETE ON datasets BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of datasets are not deleted');
END;
CREATE TRIGGER datasets_refuse_replace BEFORE INSERT ON datasets
WHEN EXISTS (SELECT 1 FROM datasets WHERE version = NEW.version AND role = NEW.role) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of datasets exists already');
END;

CREATE TRIGGER tensors_refuse_update BEFORE UPDATE ON tensors BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of tensors never change');
END;
CREATE TRIGGER tensors_refuse_delete BEFORE DELETE ON tensors BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of tensors are not deleted');
END;
CREATE TRIGGER tensors_refuse_replace BEFORE INSERT ON tensors
WHEN EXISTS (SELECT 1 FROM tensors WHERE version = NEW.version AND (position = NEW.position OR name = NEW.name)) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of tensors exists already');
END;

CREATE TRIGGER blobs_refuse_update BEFORE UPDATE ON blobs BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of blobs never change');
END;
CREATE TRIGGER blobs_refuse_delete BEFORE DELETE ON blobs BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of blobs are not deleted');
END;
CREATE TRIGGER blobs_refuse_replace BEFORE INSERT ON blobs
WHEN EXISTS (SELECT 1 FROM blobs WHERE sha256 = NEW.sha256) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of blobs exists already');
END;

CREATE TRIGGER chunks_refuse_update BEFORE UPDATE ON chunks BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of chunks never change');
END;
CREATE TRIGGER chunks_refuse_delete BEFORE DELETE ON chunks BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of chunks are not deleted');
END;
CREATE TRIGGER chunks_refuse_replace BEFORE INSERT ON chunks
WHEN EXISTS (SELECT 1 FROM chunks WHERE sha256 = NEW.sha256 AND position = NEW.position) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of chunks exists already');
END;

-- What belongs to a version comes before the version's row, and nothing after it.
CREATE TRIGGER metrics_refuse_sealed BEFORE INSERT ON metrics
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no metrics can be added');
END;
CREATE TRIGGER costs_refuse_sealed BEFORE INSERT ON costs
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no costs can be added');
END;
CREATE TRIGGER datasets_refuse_sealed BEFORE INSERT ON datasets
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no datasets can be added');
END;
CREATE TRIGGER tensors_refuse_sealed BEFORE INSERT ON tensors
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no tensors can be added');
END;
CREATE TRIGGER chunks_refuse_sealed BEFORE INSERT ON chunks
WHEN EXISTS (SELECT 1 FROM blobs WHERE sha256 = NEW.sha256) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the blob is complete, no chunks can be added');
END;

-- The ledger only grows, one entry after the other, and tells the truth about what it follows.
CREATE TRIGGER ledger_refuse_update BEFORE UPDATE ON ledger BEGIN
  SELECT RAISE(ABORT, 'nnscore: entries of the ledger never change');
END;
CREATE TRIGGER ledger_refuse_delete BEFORE DELETE ON ledger BEGIN
  SELECT RAISE(ABORT, 'nnscore: entries of the ledger are not deleted');
END;
CREATE TRIGGER ledger_refuse_disorder BEFORE INSERT ON ledger
WHEN NEW.sequence IS NOT (SELECT coalesce(max(sequence), 0) + 1 FROM ledger) BEGIN
  SELECT RAISE(ABORT, 'nnscore: an entry of the ledger must take the next sequence number');
END;
CREATE TRIGGER ledger_refuse_replace BEFORE INSERT ON ledger
WHEN EXISTS (SELECT 1 FROM ledger WHERE hash = NEW.hash) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this entry of the ledger exists already');
END;
CREATE TRIGGER ledger_refuse_unknown_kind BEFORE INSERT ON ledger
WHEN NEW.kind NOT IN ('promote', 'rollback') BEGIN
  SELECT RAISE(ABORT, 'nnscore: an entry of the ledger is a promote or a rollback');
END;
CREATE TRIGGER ledger_refuse_wrong_predecessor BEFORE INSERT ON ledger
WHEN NEW.predecessor IS NOT (SELECT version FROM ledger WHERE model = NEW.model ORDER BY sequence DESC LIMIT 1) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the predecessor is not what is in service');
END;
CREATE TRIGGER ledger_refuse_unknown_version BEFORE INSERT ON ledger
WHEN NOT EXISTS (
  SELECT 1 FROM versions JOIN models ON models.id = versions.model
  WHERE models.name = NEW.model AND versions.number = NEW.version AND versions.digest = NEW.digest
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: no such version can be put into service');
END;

PRAGMA user_version = 1;
