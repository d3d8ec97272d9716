-- Schema version 2: the ledger keeps every edit, versions can be deleted and purged, blobs can be kept as a difference, and
-- versions carry golden examples. Schemas/store.md explains every table.
--
-- It runs within one transaction, in a store of version 1, with foreign keys on.

-- The ledger: a version is not concerned by every entry, and some carry a name and a value. The entries so far stay as they are,
-- hashes included. SQLite cannot drop NOT NULL from a column, so the table is made anew.
DROP TRIGGER ledger_refuse_update;
DROP TRIGGER ledger_refuse_delete;
DROP TRIGGER ledger_refuse_disorder;
DROP TRIGGER ledger_refuse_replace;
DROP TRIGGER ledger_refuse_unknown_kind;
DROP TRIGGER ledger_refuse_wrong_predecessor;
DROP TRIGGER ledger_refuse_unknown_version;
DROP INDEX ledger_by_model;
ALTER TABLE ledger RENAME TO ledger_v1;

CREATE TABLE ledger (
  sequence INTEGER PRIMARY KEY CHECK (sequence >= 1),
  at TEXT NOT NULL CHECK (at GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T*Z' AND length(at) = 24),
  actor TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN (
    'register', 'promote', 'rollback', 'retire', 'alias', 'unalias', 'tag', 'untag', 'note', 'delete', 'undelete', 'purge',
    'sign', 'trust', 'distrust', 'policy')),
  model TEXT,
  version INTEGER,
  digest TEXT CHECK (length(digest) = 64 AND digest NOT GLOB '*[^0-9a-f]*'),
  predecessor INTEGER,
  name TEXT,
  value TEXT,
  reason TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE CHECK (length(hash) = 64 AND hash NOT GLOB '*[^0-9a-f]*'),
  CHECK (model IS NOT NULL OR kind IN ('trust', 'distrust', 'policy')),
  CHECK (version IS NOT NULL OR kind IN ('retire', 'unalias', 'tag', 'untag', 'note', 'trust', 'distrust', 'policy')),
  CHECK ((version IS NULL) = (digest IS NULL)),
  CHECK (name IS NOT NULL OR kind NOT IN ('alias', 'unalias', 'tag', 'untag', 'sign', 'trust', 'distrust', 'policy')),
  CHECK (value IS NOT NULL OR kind NOT IN ('tag', 'note', 'sign', 'policy')),
  -- Their hash, of the first form, does not cover these.
  CHECK ((name IS NULL AND value IS NULL) OR kind NOT IN ('promote', 'rollback'))
) STRICT;
INSERT INTO ledger (sequence, at, actor, kind, model, version, digest, predecessor, reason, hash)
  SELECT sequence, at, actor, kind, model, version, digest, predecessor, reason, hash FROM ledger_v1 ORDER BY sequence;
DROP TABLE ledger_v1;

CREATE INDEX ledger_by_model ON ledger (model, sequence);
CREATE INDEX ledger_service ON ledger (model, sequence, version) WHERE kind IN ('promote', 'rollback', 'retire');
CREATE INDEX ledger_aliases ON ledger (model, name, sequence, kind, version) WHERE kind IN ('alias', 'unalias');
CREATE INDEX ledger_tags ON ledger (model, version, name, sequence) WHERE kind IN ('tag', 'untag');
CREATE INDEX ledger_notes ON ledger (model, version, sequence) WHERE kind = 'note';
CREATE INDEX ledger_deletions ON ledger (model, version, sequence, kind) WHERE kind IN ('delete', 'undelete', 'purge');
CREATE INDEX ledger_signatures ON ledger (digest, name, sequence) WHERE kind = 'sign';
CREATE INDEX ledger_policies ON ledger (name, sequence) WHERE kind IN ('trust', 'distrust', 'policy');

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

-- What the entries of the ledger come to, for people and for queries.

-- What is in service: one row a model that was ever promoted; version is NULL once it was retired.
CREATE VIEW service AS
  SELECT model, version, at, actor, reason, max(sequence) AS sequence FROM ledger
  WHERE kind IN ('promote', 'rollback', 'retire') GROUP BY model;

CREATE VIEW aliases AS
  SELECT model, name, version, protected, at, actor FROM (
    SELECT model, name, version, value IS 'protected' AS protected, at, actor, kind, max(sequence) FROM ledger
    WHERE kind IN ('alias', 'unalias') GROUP BY model, name
  ) WHERE kind = 'alias';

-- Of versions, and with version NULL of models.
CREATE VIEW tags AS
  SELECT model, version, name, value, at, actor FROM (
    SELECT model, version, name, value, at, actor, kind, max(sequence) FROM ledger
    WHERE kind IN ('tag', 'untag') GROUP BY model, version, name
  ) WHERE kind = 'tag';

-- Notes that were edited; a version's first note is versions.note. With version NULL of models.
CREATE VIEW notes AS
  SELECT model, version, value AS note, at, actor, max(sequence) AS sequence FROM ledger
  WHERE kind = 'note' GROUP BY model, version;

-- Versions that were deleted and not brought back: purged is 1 once their rows are gone.
CREATE VIEW deletions AS
  SELECT model, version, digest, at, actor, reason, kind = 'purge' AS purged FROM (
    SELECT model, version, digest, at, actor, reason, kind, max(sequence) FROM ledger
    WHERE kind IN ('delete', 'undelete', 'purge') GROUP BY model, version
  ) WHERE kind <> 'undelete';

CREATE VIEW signatures AS
  SELECT DISTINCT digest, name AS public_key, value AS signature FROM ledger WHERE kind = 'sign';

CREATE VIEW trusted_keys AS
  SELECT public_key, label, at, actor FROM (
    SELECT name AS public_key, value AS label, at, actor, kind, max(sequence) FROM ledger
    WHERE kind IN ('trust', 'distrust') GROUP BY name
  ) WHERE kind = 'trust';

CREATE VIEW policies AS
  SELECT name, value, at, actor, max(sequence) AS sequence FROM ledger WHERE kind = 'policy' GROUP BY name;

-- The ledger tells the truth about what it concerns.
CREATE TRIGGER ledger_refuse_wrong_predecessor BEFORE INSERT ON ledger
WHEN NEW.kind IN ('promote', 'rollback', 'retire') AND NEW.predecessor IS NOT (
  SELECT version FROM ledger
  WHERE model = NEW.model AND kind IN ('promote', 'rollback', 'retire') ORDER BY sequence DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the predecessor is not what is in service');
END;
CREATE TRIGGER ledger_refuse_unknown_version BEFORE INSERT ON ledger
WHEN NEW.version IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM versions JOIN models ON models.id = versions.model
  WHERE models.name = NEW.model AND versions.number = NEW.version AND versions.digest = NEW.digest
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: there is no such version');
END;
CREATE TRIGGER ledger_refuse_unknown_model BEFORE INSERT ON ledger
WHEN NEW.model IS NOT NULL AND NOT EXISTS (SELECT 1 FROM models WHERE name = NEW.model) BEGIN
  SELECT RAISE(ABORT, 'nnscore: there is no such model');
END;
CREATE TRIGGER ledger_refuse_deleted_version BEFORE INSERT ON ledger
WHEN NEW.kind NOT IN ('undelete', 'purge') AND NEW.version IS NOT NULL AND 'delete' IS (
  SELECT kind FROM ledger WHERE model = NEW.model AND version = NEW.version AND kind IN ('delete', 'undelete', 'purge')
  ORDER BY sequence DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is deleted');
END;
CREATE TRIGGER ledger_refuse_undelete BEFORE INSERT ON ledger
WHEN NEW.kind IN ('undelete', 'purge') AND 'delete' IS NOT (
  SELECT kind FROM ledger WHERE model = NEW.model AND version = NEW.version AND kind IN ('delete', 'undelete', 'purge')
  ORDER BY sequence DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is not deleted');
END;
CREATE TRIGGER ledger_refuse_delete_serving BEFORE INSERT ON ledger
WHEN NEW.kind = 'delete' AND NEW.version IS (
  SELECT version FROM ledger
  WHERE model = NEW.model AND kind IN ('promote', 'rollback', 'retire') ORDER BY sequence DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: a version in service is not deleted');
END;
CREATE TRIGGER ledger_refuse_delete_aliased BEFORE INSERT ON ledger
WHEN NEW.kind = 'delete' AND EXISTS (
  SELECT 1 FROM ledger AS named
  WHERE named.model = NEW.model AND named.kind IN ('alias', 'unalias') AND named.kind = 'alias' AND named.version = NEW.version
    AND NOT EXISTS (
      SELECT 1 FROM ledger AS later
      WHERE later.model = named.model AND later.name = named.name AND later.sequence > named.sequence
        AND later.kind IN ('alias', 'unalias'))
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: a version that an alias names is not deleted');
END;

-- Golden examples: a few inputs and exactly what the version answers to them. Blobs: rows of the input format's element type, and
-- scores as 32-bit floats. Written before the version's row, which seals them.
CREATE TABLE goldens (
  version INTEGER PRIMARY KEY REFERENCES versions (id) DEFERRABLE INITIALLY DEFERRED,
  count INTEGER NOT NULL CHECK (count >= 1),
  inputs TEXT NOT NULL REFERENCES blobs (sha256),
  outputs TEXT NOT NULL REFERENCES blobs (sha256)
) STRICT;
CREATE INDEX goldens_by_inputs ON goldens (inputs);
CREATE INDEX goldens_by_outputs ON goldens (outputs);
CREATE TRIGGER goldens_refuse_update BEFORE UPDATE ON goldens BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of goldens never change');
END;
CREATE TRIGGER goldens_refuse_replace BEFORE INSERT ON goldens
WHEN EXISTS (SELECT 1 FROM goldens WHERE version = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: this row of goldens exists already');
END;
CREATE TRIGGER goldens_refuse_sealed BEFORE INSERT ON goldens
WHEN EXISTS (SELECT 1 FROM versions WHERE id = NEW.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the version is complete, no goldens can be added');
END;

-- A blob may be kept as its difference (exclusive or) from another of the same size; depth is how many of those stand one upon
-- the other.
ALTER TABLE blobs ADD COLUMN base TEXT REFERENCES blobs (sha256);
ALTER TABLE blobs ADD COLUMN depth INTEGER NOT NULL DEFAULT 0 CHECK (depth BETWEEN 0 AND 8);
CREATE INDEX blobs_by_base ON blobs (base) WHERE base IS NOT NULL;
CREATE TRIGGER blobs_refuse_wrong_depth BEFORE INSERT ON blobs
WHEN NEW.depth IS NOT (
  CASE WHEN NEW.base IS NULL THEN 0 ELSE (SELECT depth + 1 FROM blobs WHERE sha256 = NEW.base) END
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the depth of the blob does not follow from its base');
END;

-- Rows are deleted once the ledger says that their version is purged: the version's row first, then what belongs to it, then the
-- blobs that nothing refers to any more (foreign keys see to that), then their chunks.
DROP TRIGGER versions_refuse_delete;
CREATE TRIGGER versions_refuse_delete BEFORE DELETE ON versions
WHEN 'purge' IS NOT (
  SELECT kind FROM ledger
  WHERE model = (SELECT name FROM models WHERE id = OLD.model) AND version = OLD.number AND digest = OLD.digest
    AND kind IN ('delete', 'undelete', 'purge')
  ORDER BY sequence DESC LIMIT 1
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: a version is deleted after the ledger says that it is purged');
END;
DROP TRIGGER metrics_refuse_delete;
CREATE TRIGGER metrics_refuse_delete BEFORE DELETE ON metrics
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of metrics are deleted with their version only');
END;
DROP TRIGGER costs_refuse_delete;
CREATE TRIGGER costs_refuse_delete BEFORE DELETE ON costs
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of costs are deleted with their version only');
END;
DROP TRIGGER datasets_refuse_delete;
CREATE TRIGGER datasets_refuse_delete BEFORE DELETE ON datasets
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of datasets are deleted with their version only');
END;
DROP TRIGGER tensors_refuse_delete;
CREATE TRIGGER tensors_refuse_delete BEFORE DELETE ON tensors
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of tensors are deleted with their version only');
END;
CREATE TRIGGER goldens_refuse_delete BEFORE DELETE ON goldens
WHEN EXISTS (SELECT 1 FROM versions WHERE id = OLD.version) BEGIN
  SELECT RAISE(ABORT, 'nnscore: rows of goldens are deleted with their version only');
END;
DROP TRIGGER blobs_refuse_delete;
CREATE TRIGGER blobs_refuse_delete BEFORE DELETE ON blobs
WHEN EXISTS (SELECT 1 FROM tensors WHERE sha256 = OLD.sha256) OR EXISTS (SELECT 1 FROM costs WHERE sha256 = OLD.sha256)
  OR EXISTS (SELECT 1 FROM goldens WHERE inputs = OLD.sha256 OR outputs = OLD.sha256)
  OR EXISTS (SELECT 1 FROM blobs WHERE base = OLD.sha256) BEGIN
  SELECT RAISE(ABORT, 'nnscore: a blob that something refers to is not deleted');
END;
DROP TRIGGER chunks_refuse_delete;
CREATE TRIGGER chunks_refuse_delete BEFORE DELETE ON chunks
WHEN EXISTS (SELECT 1 FROM blobs WHERE sha256 = OLD.sha256) BEGIN
  SELECT RAISE(ABORT, 'nnscore: chunks are deleted after their blob only');
END;

-- The number of a purged version is never given again, and its row id may not be taken by another's leftovers.
CREATE TRIGGER versions_refuse_purged_number BEFORE INSERT ON versions
WHEN EXISTS (
  SELECT 1 FROM ledger WHERE model = (SELECT name FROM models WHERE id = NEW.model) AND version = NEW.number
    AND kind IN ('delete', 'undelete', 'purge')
) BEGIN
  SELECT RAISE(ABORT, 'nnscore: the number belonged to a version that was purged');
END;

PRAGMA user_version = 2;
