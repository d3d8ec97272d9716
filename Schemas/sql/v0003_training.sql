-- Schema version 3: metrics by epoch, and which trial of which search a version came from; checkpoints of trainings that are not
-- finished; searches for hyperparameters (sweeps). Schemas/store.md explains every table.
--
-- It runs within one transaction, in a store of version 2, with foreign keys on.

-- What was measured after epochs of training: a blob of little-endian 64-bit floats, count rows of the epoch and then a value for each
-- of the names. Written before the version's row, which seals them.
CREATE TABLE epoch_metrics (
  version INTEGER PRIMARY KEY REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  count INTEGER NOT NULL CHECK (count >= 1),
  names TEXT NOT NULL CHECK (names GLOB '[[]*]'),
  sha256 TEXT NOT NULL REFERENCES blobs (sha256)
) STRICT;
CREATE INDEX epoch_metrics_by_blob ON epoch_metrics (sha256);
CREATE TRIGGER epoch_metrics_refuse_update BEFORE UPDATE ON epoch_metrics BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of epoch_metrics never change');
END;
CREATE TRIGGER epoch_metrics_refuse_delete BEFORE DELETE ON epoch_metrics
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of epoch_metrics are deleted with their version only');
END;
CREATE TRIGGER epoch_metrics_refuse_replace BEFORE INSERT ON epoch_metrics
WHEN EXISTS (SELECT 1 FROM epoch_metrics WHERE version = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of epoch_metrics exists already');
END;
CREATE TRIGGER epoch_metrics_refuse_sealed BEFORE INSERT ON epoch_metrics
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no epoch_metrics can be added');
END;
DROP TRIGGER blobs_refuse_delete;
CREATE TRIGGER blobs_refuse_delete BEFORE DELETE ON blobs
WHEN EXISTS (SELECT 1 FROM tensors WHERE sha256 = OLD.sha256) OR EXISTS (SELECT 1 FROM costs WHERE sha256 = OLD.sha256)
  OR EXISTS (SELECT 1 FROM goldens WHERE inputs = OLD.sha256 OR outputs = OLD.sha256)
  OR EXISTS (SELECT 1 FROM epoch_metrics WHERE sha256 = OLD.sha256)
  OR EXISTS (SELECT 1 FROM blobs WHERE base = OLD.sha256) BEGIN
  SELECT RAISE(ABORT, 'nnscore: a blob that something refers to is not deleted');
END;

-- The trial that a version was trained in. The sweep need not be there any more, or not in this store.
ALTER TABLE versions ADD COLUMN sweep TEXT
  CHECK (length(sweep) BETWEEN 1 AND 128 AND sweep GLOB '[A-Za-z0-9]*' AND sweep NOT GLOB '*[^A-Za-z0-9._-]*');
ALTER TABLE versions ADD COLUMN trial INTEGER CHECK (trial >= 1 AND (trial IS NULL) = (sweep IS NULL));
CREATE INDEX versions_by_sweep ON versions (sweep, trial) WHERE sweep IS NOT NULL;

-- What follows can be deleted at any time: no version needs it.

-- The state of a training that is not finished, one for each name. A later one takes the place of the one before; none is changed. Its
-- bytes follow one another as they are, in chunks of one size.
CREATE TABLE checkpoints (
  name TEXT NOT NULL PRIMARY KEY
    CHECK (length(name) BETWEEN 1 AND 128 AND name GLOB '[A-Za-z0-9]*' AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
  created_at TEXT NOT NULL
    CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(created_at) = 24),
  iteration INTEGER NOT NULL CHECK (iteration >= 0),
  iterations INTEGER NOT NULL CHECK (iterations >= iteration),
  description TEXT NOT NULL CHECK (length(description) >= 1),
  size INTEGER NOT NULL CHECK (size >= 0),
  chunk_size INTEGER NOT NULL CHECK (chunk_size > 0),
  sha256 TEXT NOT NULL CHECK (length(sha256) = 64 AND sha256 NOT GLOB '*[^0-9a-f]*'),
  record TEXT NOT NULL CHECK (length(record) = 64 AND record NOT GLOB '*[^0-9a-f]*')
) STRICT, WITHOUT ROWID;
CREATE TRIGGER checkpoints_refuse_update BEFORE UPDATE ON checkpoints BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of checkpoints never change');
END;
CREATE TRIGGER checkpoints_refuse_replace BEFORE INSERT ON checkpoints
WHEN EXISTS (SELECT 1 FROM checkpoints WHERE name = NEW.name) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of checkpoints exists already');
END;

CREATE TABLE checkpoint_chunks (
  checkpoint TEXT NOT NULL REFERENCES checkpoints (name) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position >= 0),
  bytes BLOB NOT NULL,
  PRIMARY KEY (checkpoint, position)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER checkpoint_chunks_refuse_update BEFORE UPDATE ON checkpoint_chunks BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of checkpoint_chunks never change');
END;
CREATE TRIGGER checkpoint_chunks_refuse_delete BEFORE DELETE ON checkpoint_chunks
WHEN EXISTS (SELECT 1 FROM checkpoints WHERE name = OLD.checkpoint) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of checkpoint_chunks are deleted with their checkpoint only');
END;
CREATE TRIGGER checkpoint_chunks_refuse_replace BEFORE INSERT ON checkpoint_chunks
WHEN EXISTS (SELECT 1 FROM checkpoint_chunks WHERE checkpoint = NEW.checkpoint AND position = NEW.position) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of checkpoint_chunks exists already');
END;

-- A search for hyperparameters: what is searched never changes, how far its trials are does.
CREATE TABLE sweeps (
  name TEXT NOT NULL PRIMARY KEY
    CHECK (length(name) BETWEEN 1 AND 128 AND name GLOB '[A-Za-z0-9]*' AND name NOT GLOB '*[^A-Za-z0-9._-]*'),
  model TEXT NOT NULL
    CHECK (length(model) BETWEEN 1 AND 128 AND model GLOB '[A-Za-z0-9]*' AND model NOT GLOB '*[^A-Za-z0-9._-]*'),
  created_at TEXT NOT NULL
    CHECK (created_at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(created_at) = 24),
  description TEXT NOT NULL CHECK (length(description) >= 1)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sweeps_refuse_update BEFORE UPDATE ON sweeps BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of sweeps never change');
END;
CREATE TRIGGER sweeps_refuse_replace BEFORE INSERT ON sweeps
WHEN EXISTS (SELECT 1 FROM sweeps WHERE name = NEW.name) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of sweeps exists already');
END;

CREATE TABLE trials (
  sweep TEXT NOT NULL REFERENCES sweeps (name) ON DELETE CASCADE,
  number INTEGER NOT NULL CHECK (number >= 1),
  hyperparameters TEXT NOT NULL CHECK (hyperparameters GLOB '{*}'),
  status TEXT NOT NULL CHECK (status IN ('planned', 'running', 'finished', 'failed', 'stopped')),
  rung INTEGER NOT NULL CHECK (rung >= 0),
  iterations INTEGER NOT NULL CHECK (iterations >= 0),
  score REAL,
  metrics TEXT NOT NULL CHECK (metrics GLOB '{*}'),
  version INTEGER CHECK (version >= 1),
  message TEXT NOT NULL,
  PRIMARY KEY (sweep, number)
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 3;
