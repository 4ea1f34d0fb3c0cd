# ruff: noqa: E501
"""The first schema, with the one row of catalog_revision."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
USABLE_FROM = "0.1.0"

SQLITE = """
CREATE TABLE "api_key" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(128) NOT NULL UNIQUE,
    "prefix" VARCHAR(16) NOT NULL,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP
) /* An API key, of which only the digest is stored. */;
CREATE TABLE "catalog_revision" (
    "id" INT NOT NULL PRIMARY KEY,
    "revision" BIGINT NOT NULL
) /* One row whose number grows with every change of a status, a test, an endpoint or a key. */;
CREATE TABLE "endpoint" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(128) NOT NULL UNIQUE,
    "owner" VARCHAR(128) NOT NULL,
    "description" TEXT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
) /* A use case. */;
CREATE TABLE "idempotency_key" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "principal" VARCHAR(128) NOT NULL,
    "key" VARCHAR(256) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "request_ids" TEXT NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_idempotency_princip_6dd1d3" UNIQUE ("principal", "key")
) /* A caller's key for one command, with the ids it made; a retry finds the first answer here. */;
CREATE INDEX "idx_idempotency_expires_8bff94" ON "idempotency_key" ("expires_at");
CREATE TABLE "ml_algorithm" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "name" VARCHAR(128) NOT NULL,
    "model_type" VARCHAR(16) NOT NULL,
    "version" VARCHAR(128) NOT NULL,
    "description" TEXT NOT NULL,
    "owner" VARCHAR(128) NOT NULL,
    "revision" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_ml_algorith_endpoin_27a5d5" UNIQUE ("endpoint_id", "name", "version")
) /* A trained model of one endpoint. `revision` grows with each change of status and serialises them. */;
CREATE TABLE "ab_test" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "model_type" VARCHAR(16) NOT NULL,
    "title" TEXT NOT NULL,
    "traffic" VARCHAR(16) NOT NULL,
    "state" VARCHAR(16) NOT NULL,
    "running_slot" INT UNIQUE,
    "verdict" VARCHAR(16),
    "reason" TEXT,
    "summary" TEXT NOT NULL,
    "salt" VARCHAR(64) NOT NULL,
    "mode" VARCHAR(16) NOT NULL,
    "parameters" TEXT NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "algorithm1_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "algorithm2_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "champion_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT
) /* A test of two algorithms; a running one holds its endpoint's id in `running_slot`. */;
CREATE TABLE "ab_test_epoch" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "challenger_weight" REAL NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT
) /* The weights of a test from one moment on; changed weights open a new epoch. */;
CREATE INDEX "idx_ab_test_epo_ab_test_c1e916" ON "ab_test_epoch" ("ab_test_id", "id");
CREATE TABLE "ab_test_event" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "details" TEXT NOT NULL,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT
) /* The append-only audit log of a test: who did what when, with the statuses before and after. */;
CREATE INDEX "idx_ab_test_eve_ab_test_84e700" ON "ab_test_event" ("ab_test_id", "id");
CREATE TABLE "ml_algorithm_code" (
    "code" TEXT NOT NULL,
    "algorithm_id" INT NOT NULL PRIMARY KEY REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT
) /* The source text of an algorithm's class: large, and read only when asked for. */;
CREATE TABLE "ml_algorithm_status" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "active_slot" INT UNIQUE,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "algorithm_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT
) /* The log of an algorithm's statuses; the active row holds the algorithm's id in `active_slot`. */;
CREATE INDEX "idx_ml_algorith_algorit_5f26f9" ON "ml_algorithm_status" ("algorithm_id", "id");
CREATE TABLE "ml_request" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "arm" VARCHAR(16),
    "subject" VARCHAR(256),
    "input" TEXT NOT NULL,
    "full_response" TEXT NOT NULL,
    "outcome" VARCHAR(8) NOT NULL,
    "fault" VARCHAR(16),
    "label" VARCHAR(256),
    "value" REAL,
    "probability" REAL,
    "message" TEXT,
    "latency" REAL NOT NULL,
    "feedback" TEXT,
    "feedback_at" TIMESTAMP,
    "correct" INT,
    "residual" REAL,
    "ab_test_id" INT REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "algorithm_id" INT REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT
) /* One prediction asked for. The id is the time: history needs no index on `created_at`. */;
CREATE INDEX "idx_ml_request_endpoin_68267a" ON "ml_request" ("endpoint_id", "id");
CREATE INDEX "idx_ml_request_algorit_a40768" ON "ml_request" ("algorithm_id", "id");
CREATE INDEX "idx_ml_request_ab_test_101d19" ON "ml_request" ("ab_test_id", "id");
CREATE INDEX "idx_ml_request_label_b0c2eb" ON "ml_request" ("label", "id");
CREATE INDEX "idx_ml_request_with_feedback" ON "ml_request" ("id") WHERE feedback_at IS NOT NULL;
CREATE INDEX "idx_ml_request_feedback_at" ON "ml_request" ("feedback_at", "id") WHERE feedback_at IS NOT NULL;
CREATE TABLE "ab_test_observation" (
    "drawn_arm" VARCHAR(16) NOT NULL,
    "served_arm" VARCHAR(16) NOT NULL,
    "serving_probability" REAL NOT NULL,
    "subject" VARCHAR(256),
    "complete" INT NOT NULL,
    "champion_label" VARCHAR(256),
    "champion_value" REAL,
    "champion_failed" INT,
    "champion_latency" REAL,
    "challenger_label" VARCHAR(256),
    "challenger_value" REAL,
    "challenger_failed" INT,
    "challenger_latency" REAL,
    "champion_correct" INT,
    "challenger_correct" INT,
    "champion_residual" REAL,
    "challenger_residual" REAL,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "epoch_id" INT NOT NULL REFERENCES "ab_test_epoch" ("id") ON DELETE RESTRICT,
    "request_id" INTEGER NOT NULL PRIMARY KEY REFERENCES "ml_request" ("id") ON DELETE RESTRICT
) /* How a request of a test was routed, what each arm said of it, and how right that was once feedback came. */;
CREATE INDEX "idx_ab_test_obs_ab_test_5ba62a" ON "ab_test_observation" ("ab_test_id", "request_id");
CREATE TABLE "feedback_event" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "feedback" TEXT,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "request_id" INTEGER NOT NULL REFERENCES "ml_request" ("id") ON DELETE RESTRICT
) /* The append-only history of a request's ground truth; a cleared one has feedback NULL. */;
CREATE INDEX "idx_feedback_ev_request_f52f46" ON "feedback_event" ("request_id", "id");
CREATE TABLE "request_feature" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "feature" VARCHAR(128) NOT NULL,
    "text" VARCHAR(256),
    "number" REAL,
    "request_id" INTEGER NOT NULL REFERENCES "ml_request" ("id") ON DELETE RESTRICT
) /* A feature of a request that its endpoint declares as indexed. */;
CREATE INDEX "idx_request_fea_feature_148398" ON "request_feature" ("feature", "text", "request_id");
CREATE INDEX "idx_request_fea_feature_e24f0e" ON "request_feature" ("feature", "number", "request_id");
CREATE TABLE "daily_confusion" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "label" VARCHAR(256) NOT NULL,
    "feedback" VARCHAR(256) NOT NULL,
    "writer" INT NOT NULL,
    "requests" INT NOT NULL,
    CONSTRAINT "uid_daily_confu_day_26b7b6" UNIQUE ("day", "endpoint_id", "algorithm_id", "label", "feedback", "writer")
) /* How often a label was answered on a UTC day where a declared class was the truth; summed over writers. */;
CREATE TABLE "daily_summary" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "arm" VARCHAR(16) NOT NULL,
    "writer" INT NOT NULL,
    "requests" INT NOT NULL,
    "errors" INT NOT NULL,
    "caller_errors" INT NOT NULL,
    "with_feedback" INT NOT NULL,
    "scored" INT NOT NULL,
    "correct" INT NOT NULL,
    "residual_sum" REAL NOT NULL,
    "residual_sum_rest" REAL NOT NULL,
    "residual_absolute" REAL NOT NULL,
    "residual_absolute_rest" REAL NOT NULL,
    "residual_squares" REAL NOT NULL,
    "residual_squares_rest" REAL NOT NULL,
    "latency_0" INT NOT NULL,
    "latency_1" INT NOT NULL,
    "latency_2" INT NOT NULL,
    "latency_3" INT NOT NULL,
    "latency_4" INT NOT NULL,
    "latency_5" INT NOT NULL,
    "latency_6" INT NOT NULL,
    "latency_7" INT NOT NULL,
    "latency_8" INT NOT NULL,
    "latency_9" INT NOT NULL,
    "latency_10" INT NOT NULL,
    "latency_11" INT NOT NULL,
    "latency_12" INT NOT NULL,
    "latency_13" INT NOT NULL,
    "latency_14" INT NOT NULL,
    "latency_15" INT NOT NULL,
    "latency_16" INT NOT NULL,
    CONSTRAINT "uid_daily_summa_day_f7724e" UNIQUE ("day", "endpoint_id", "algorithm_id", "arm", "writer")
) /* The figures of a UTC day, as far as one writer has added to them: only sums over writers mean something. */;
CREATE TABLE "writer" (
    "id" INT NOT NULL PRIMARY KEY,
    "token" VARCHAR(64) NOT NULL,
    "high_water" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL
) /* The lease of a writer number: no id above `high_water` (milliseconds of the id epoch) was ever used. */;
CREATE TABLE "aerich" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSON NOT NULL
);
"""

POSTGRES = """
CREATE TABLE "api_key" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "name" VARCHAR(128) NOT NULL UNIQUE,
    "prefix" VARCHAR(16) NOT NULL,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "scopes" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ
);
COMMENT ON TABLE "api_key" IS 'An API key, of which only the digest is stored.';
CREATE TABLE "catalog_revision" (
    "id" INT NOT NULL PRIMARY KEY,
    "revision" BIGINT NOT NULL
);
COMMENT ON TABLE "catalog_revision" IS 'One row whose number grows with every change of a status, a test, an endpoint or a key.';
CREATE TABLE "endpoint" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "name" VARCHAR(128) NOT NULL UNIQUE,
    "owner" VARCHAR(128) NOT NULL,
    "description" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "endpoint" IS 'A use case.';
CREATE TABLE "idempotency_key" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "principal" VARCHAR(128) NOT NULL,
    "key" VARCHAR(256) NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL,
    "request_ids" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    CONSTRAINT "uid_idempotency_princip_6dd1d3" UNIQUE ("principal", "key")
);
CREATE INDEX "idx_idempotency_expires_8bff94" ON "idempotency_key" ("expires_at");
COMMENT ON TABLE "idempotency_key" IS 'A caller''s key for one command, with the ids it made; a retry finds the first answer here.';
CREATE TABLE "ml_algorithm" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "name" VARCHAR(128) NOT NULL,
    "model_type" VARCHAR(16) NOT NULL,
    "version" VARCHAR(128) NOT NULL,
    "description" TEXT NOT NULL,
    "owner" VARCHAR(128) NOT NULL,
    "revision" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_ml_algorith_endpoin_27a5d5" UNIQUE ("endpoint_id", "name", "version")
);
COMMENT ON TABLE "ml_algorithm" IS 'A trained model of one endpoint. `revision` grows with each change of status and serialises them.';
CREATE TABLE "ab_test" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "model_type" VARCHAR(16) NOT NULL,
    "title" TEXT NOT NULL,
    "traffic" VARCHAR(16) NOT NULL,
    "state" VARCHAR(16) NOT NULL,
    "running_slot" INT UNIQUE,
    "verdict" VARCHAR(16),
    "reason" TEXT,
    "summary" TEXT NOT NULL,
    "salt" VARCHAR(64) NOT NULL,
    "mode" VARCHAR(16) NOT NULL,
    "parameters" TEXT NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "algorithm1_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "algorithm2_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "champion_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "ab_test" IS 'A test of two algorithms; a running one holds its endpoint''s id in `running_slot`.';
CREATE TABLE "ab_test_epoch" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "challenger_weight" DOUBLE PRECISION NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ab_test_epo_ab_test_c1e916" ON "ab_test_epoch" ("ab_test_id", "id");
COMMENT ON TABLE "ab_test_epoch" IS 'The weights of a test from one moment on; changed weights open a new epoch.';
CREATE TABLE "ab_test_event" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "details" TEXT NOT NULL,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ab_test_eve_ab_test_84e700" ON "ab_test_event" ("ab_test_id", "id");
COMMENT ON TABLE "ab_test_event" IS 'The append-only audit log of a test: who did what when, with the statuses before and after.';
CREATE TABLE "ml_algorithm_code" (
    "code" TEXT NOT NULL,
    "algorithm_id" INT NOT NULL PRIMARY KEY REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "ml_algorithm_code" IS 'The source text of an algorithm''s class: large, and read only when asked for.';
CREATE TABLE "ml_algorithm_status" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "status" VARCHAR(16) NOT NULL,
    "active_slot" INT UNIQUE,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "algorithm_id" INT NOT NULL REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ml_algorith_algorit_5f26f9" ON "ml_algorithm_status" ("algorithm_id", "id");
COMMENT ON TABLE "ml_algorithm_status" IS 'The log of an algorithm''s statuses; the active row holds the algorithm''s id in `active_slot`.';
CREATE TABLE "ml_request" (
    "id" BIGINT NOT NULL PRIMARY KEY,
    "arm" VARCHAR(16),
    "subject" VARCHAR(256),
    "input" TEXT NOT NULL,
    "full_response" TEXT NOT NULL,
    "outcome" VARCHAR(8) NOT NULL,
    "fault" VARCHAR(16),
    "label" VARCHAR(256),
    "value" DOUBLE PRECISION,
    "probability" DOUBLE PRECISION,
    "message" TEXT,
    "latency" DOUBLE PRECISION NOT NULL,
    "feedback" TEXT,
    "feedback_at" TIMESTAMPTZ,
    "correct" BOOL,
    "residual" DOUBLE PRECISION,
    "ab_test_id" INT REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "algorithm_id" INT REFERENCES "ml_algorithm" ("id") ON DELETE RESTRICT,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ml_request_endpoin_68267a" ON "ml_request" ("endpoint_id", "id");
CREATE INDEX "idx_ml_request_algorit_a40768" ON "ml_request" ("algorithm_id", "id");
CREATE INDEX "idx_ml_request_ab_test_101d19" ON "ml_request" ("ab_test_id", "id");
CREATE INDEX "idx_ml_request_label_b0c2eb" ON "ml_request" ("label", "id");
CREATE INDEX "idx_ml_request_with_feedback" ON "ml_request" ("id") WHERE feedback_at IS NOT NULL;
CREATE INDEX "idx_ml_request_feedback_at" ON "ml_request" ("feedback_at", "id") WHERE feedback_at IS NOT NULL;
COMMENT ON TABLE "ml_request" IS 'One prediction asked for. The id is the time: history needs no index on `created_at`.';
CREATE TABLE "ab_test_observation" (
    "drawn_arm" VARCHAR(16) NOT NULL,
    "served_arm" VARCHAR(16) NOT NULL,
    "serving_probability" DOUBLE PRECISION NOT NULL,
    "subject" VARCHAR(256),
    "complete" BOOL NOT NULL,
    "champion_label" VARCHAR(256),
    "champion_value" DOUBLE PRECISION,
    "champion_failed" BOOL,
    "champion_latency" DOUBLE PRECISION,
    "challenger_label" VARCHAR(256),
    "challenger_value" DOUBLE PRECISION,
    "challenger_failed" BOOL,
    "challenger_latency" DOUBLE PRECISION,
    "champion_correct" BOOL,
    "challenger_correct" BOOL,
    "champion_residual" DOUBLE PRECISION,
    "challenger_residual" DOUBLE PRECISION,
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "epoch_id" INT NOT NULL REFERENCES "ab_test_epoch" ("id") ON DELETE RESTRICT,
    "request_id" BIGINT NOT NULL PRIMARY KEY REFERENCES "ml_request" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ab_test_obs_ab_test_5ba62a" ON "ab_test_observation" ("ab_test_id", "request_id");
COMMENT ON TABLE "ab_test_observation" IS 'How a request of a test was routed, what each arm said of it, and how right that was once feedback came.';
CREATE TABLE "feedback_event" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "feedback" TEXT,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "request_id" BIGINT NOT NULL REFERENCES "ml_request" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_feedback_ev_request_f52f46" ON "feedback_event" ("request_id", "id");
COMMENT ON TABLE "feedback_event" IS 'The append-only history of a request''s ground truth; a cleared one has feedback NULL.';
CREATE TABLE "request_feature" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "feature" VARCHAR(128) NOT NULL,
    "text" VARCHAR(256),
    "number" DOUBLE PRECISION,
    "request_id" BIGINT NOT NULL REFERENCES "ml_request" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_request_fea_feature_148398" ON "request_feature" ("feature", "text", "request_id");
CREATE INDEX "idx_request_fea_feature_e24f0e" ON "request_feature" ("feature", "number", "request_id");
COMMENT ON TABLE "request_feature" IS 'A feature of a request that its endpoint declares as indexed.';
CREATE TABLE "daily_confusion" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "label" VARCHAR(256) NOT NULL,
    "feedback" VARCHAR(256) NOT NULL,
    "writer" INT NOT NULL,
    "requests" INT NOT NULL,
    CONSTRAINT "uid_daily_confu_day_26b7b6" UNIQUE ("day", "endpoint_id", "algorithm_id", "label", "feedback", "writer")
);
COMMENT ON TABLE "daily_confusion" IS 'How often a label was answered on a UTC day where a declared class was the truth; summed over writers.';
CREATE TABLE "daily_summary" (
    "id" BIGSERIAL NOT NULL PRIMARY KEY,
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "arm" VARCHAR(16) NOT NULL,
    "writer" INT NOT NULL,
    "requests" INT NOT NULL,
    "errors" INT NOT NULL,
    "caller_errors" INT NOT NULL,
    "with_feedback" INT NOT NULL,
    "scored" INT NOT NULL,
    "correct" INT NOT NULL,
    "residual_sum" DOUBLE PRECISION NOT NULL,
    "residual_sum_rest" DOUBLE PRECISION NOT NULL,
    "residual_absolute" DOUBLE PRECISION NOT NULL,
    "residual_absolute_rest" DOUBLE PRECISION NOT NULL,
    "residual_squares" DOUBLE PRECISION NOT NULL,
    "residual_squares_rest" DOUBLE PRECISION NOT NULL,
    "latency_0" INT NOT NULL,
    "latency_1" INT NOT NULL,
    "latency_2" INT NOT NULL,
    "latency_3" INT NOT NULL,
    "latency_4" INT NOT NULL,
    "latency_5" INT NOT NULL,
    "latency_6" INT NOT NULL,
    "latency_7" INT NOT NULL,
    "latency_8" INT NOT NULL,
    "latency_9" INT NOT NULL,
    "latency_10" INT NOT NULL,
    "latency_11" INT NOT NULL,
    "latency_12" INT NOT NULL,
    "latency_13" INT NOT NULL,
    "latency_14" INT NOT NULL,
    "latency_15" INT NOT NULL,
    "latency_16" INT NOT NULL,
    CONSTRAINT "uid_daily_summa_day_f7724e" UNIQUE ("day", "endpoint_id", "algorithm_id", "arm", "writer")
);
COMMENT ON TABLE "daily_summary" IS 'The figures of a UTC day, as far as one writer has added to them: only sums over writers mean something.';
CREATE TABLE "writer" (
    "id" INT NOT NULL PRIMARY KEY,
    "token" VARCHAR(64) NOT NULL,
    "high_water" BIGINT NOT NULL,
    "expires_at" BIGINT NOT NULL
);
COMMENT ON TABLE "writer" IS 'The lease of a writer number: no id above `high_water` (milliseconds of the id epoch) was ever used.';
CREATE TABLE "aerich" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "version" VARCHAR(255) NOT NULL,
    "app" VARCHAR(100) NOT NULL,
    "content" JSONB NOT NULL
);
"""

FIRST_ROWS = """
INSERT INTO "catalog_revision" ("id", "revision") VALUES (1, 0);
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect."""
    return (POSTGRES if db.capabilities.dialect == "postgres" else SQLITE) + FIRST_ROWS


async def downgrade(db: BaseDBAsyncClient) -> str:
    """There is nothing before the first schema: aerich reports that there is nothing to undo."""
    return ""


MODELS_STATE = (
    "eJztXVtz27YS/isYvSSZUTO2cm3yZDtK4lMn7jjKaadJh4JISGJDEipBWvH05L+fBe8XkA"
    "IpUZZYvNgSiAWpD+Bid7GXfwY2NYjFHp+dTwjzBq/QPwMH2wQ+FK4M0QCvVmk7b/DwzAq6"
    "4pnmxZ1mzHOxzoeaY4sRaDII011z5ZnU4Z3PEO+L6Bx5a4qwtaCu6S1t9hph5PqOYzoLRB"
    "2CltQyGDI9hohjrKjpeA/gq4FMB02jfhqzqDd9zO9rUB1uDG3d3cJ3zL99onl0QbwlceFG"
    "X/6EZtMxyHfC4q+rb9rcJJaRw9I0+ABBu+bdrYK2S8d7G3TkTz/TdGr5tpN2Xt15S+okve"
    "HZeOuCOMTFHuHDe67P4XV8y4omIkY8fNK0S/iIGRqDzLFv8Uni1OEDpG0DTft4PdE+jSea"
    "NihNYEyRATxq0qnDJx8elQW/fsEf4afR6dMXT18+ef70JXQJHjNpefEjvHUKTEgYwPNxMv"
    "gRXMceDnsEGBcWaAhQCdyLJXbF6OapCijD4xdRjjGtgzluSHFO1/4+gLbxd80izsJbwtfT"
    "5zWo/vfs5uL92c3D0+eP+A0pvKrhK/wxujIKLnHgU6A907MEGE/I94oVnBD0At4aOCfj3y"
    "d8ZJuxv60sjA8/nP0eIGzfRVeurj++i7tnYL+4uj4vwu3i+dzUmyzqDEkvIO96RTMPsGgC"
    "cEKg4JWAN7t3Ntj4imSbt0AB1tEO16ctMAX2lriGqQswrV65GZJWa7eIZ9+XLsEMnqjBZp"
    "dS9AHffW92zLdt7N41ATxDsj9uPBj0BXBsNeIfcf8ebnzPn0pwj+dPK7kHv5QHlysXTZWR"
    "noK7e9a8wi588ojLmnCLPFUvgN43y9BhiwNwtJmATVev7TxVL4AvrPDRS5klPnpZvcb5NT"
    "HWWMCk38AVz7RJPd5YxK6NiPRx/OEI0a9b9pcfxp8mZx9+za39N2eTMb8yyq37uPVhkfck"
    "g6DfLifvEf+K/rj+OA7gpMxbuMEd036TPwb8mbDvUc2haw0bWUzi5rgpN80EIGwzyVm6HU"
    "zxEQmfxzbDidX5VGtk/S3RtdKCD+3d3bUinKA0aonuSKFbja6+xPYKnqEZtgUqhawA2fic"
    "qRmyBSqFbIQsP2+bfxMeDsWQlVF+S11iLpxfyF0A9iU8FXZ0kRoWnYCOM0MdGcg/4pUUt6"
    "Z7vovXyUFlcYEBBvDLQWni125gK7y5vJgMKra3HSD84eosHq7HIJd29iYwjxTMTWEeycMc"
    "b10KZEmQC3t9BcScP8+w/m2NXUOrYtQrqi8FFp3ziO7tLzfEwp4pNLHnfFTGfKQeYZ4XHG"
    "4J774LmPhIfYWJzhhxbwMcdgLWdTpeXyFzCTwr23Ztfbi6Ccc5WqtDGSXOvuiIZthWjqGV"
    "L9kju9iCHbwIfhK/N7+TgGVVet0lHG2j651Gkq4bHfAmS4LWsKktPcZd5HDoLDd3qR04xd"
    "nUBgYBH18j4PIOPH3ae0Uc6O+QNQruV/a82/HYm13uviQIhDsR/P1TueHt0w0PJtLiNnHi"
    "auFcCoQoi+Jqo0GZugD6nJMfL/sVwfrm+vP51Rj9ejO+uPx0ef0xb78MLvImaDBjoersSh"
    "0V/CsNyTn+JmvnzBEpg9Fmg1HGh31LDTD1mD8yhKU17Nzi2kL3U9L6ocihgU5YLYfGKqOE"
    "HJp0lZJDYUDiGD9Rx7pD2DdMD1l0kUqOr9B6SZFhgpi4xB78Ic4QrU1viUAcRNwp12eEoR"
    "mZw0uKsGMgPPeIK5ZLO7yXklMPg7/Xyanf4GeVYa32X4n799FzZee+WcpFSLkIHQD6fZL7"
    "DeJh02rk65gh6cXLtG9HR6VqKVWrV6pW95pDVuWq1B8KetlmLYIWCDbqEu/pmsd2h0cQGc"
    "vzGjPkUh/WxTAU6wnWlwi7NmIYJH3oaHrDQJhfwgguN0CCuI9DQgprD80JMThgSIdfVlYs"
    "9nXjr85X5wxxBSYOXn841am94qthGqLyCJQU07KQBUQMhuZ3e8A/sDWoKYirQEyHNwyaQI"
    "FhBG4Y6SuhmhPfcIgY/eoED4NhuLm58DlR+ts4uU59WMrBD2C+DVdvYRhvaTIUTCZQwjO2"
    "1I0iNLVaHSnTqcRHoqOoS6MqYitLuhuOfQiq08+j0ZMnL0YnT56/fPb0xYtnL08Sxl2+VM"
    "fBzy/fcSae2y+jhtQiDQ3jd+ObDVqXAezM0WAlNtELckS9kGQ6D2gGdskF+2Y456kU0JJA"
    "8xjllUtneGbCyyDQeGvOuyro1YmXzIkX82d/kWbhzxmSPoTn5pf36JnM+oZelQs8uFYwL0"
    "RShcAgT6lFsFNhW8iQFZCeAV2/FvP59fVVTvs8vyyql58/nI+BtzwqbZpVvvYAA7EaWc9K"
    "lGqFy63wGLhbbPmCdV7vrlAgbcm5Dwz1rl0VYtjm2LSIQGKvZy1l6nYc5nhA74bBeMTRm4"
    "krImK14uVWfOzX1Iaxl2gVa5dl7TF0rZh7iVgt9maLvS2DL9MrFt+ExacMoxWTF5Crld9E"
    "sNGp6wpVUznJJkOu1n2bdd8af8EAagaaC5cuYabhY4GcIyNdZqkV32m247ZFXkSvsJfAXn"
    "kJdJQbgYf9NEyMkCFRmCrPi317XpSW786Q7VswcxHe7Ju7A7eWkl9AeSKuHTKh8EdyGpoE"
    "tB6WN4DsFOTdIGQmYTt/oZUJL8FA5CQUXhnWegatTO1b1GlziQkHnf16iaD/kLutrJemvk"
    "SB3z935TfMBfdiMRliHrychqB+RHN6VRzisLz9g/8lWKttrnH/3ThB3C+03bugr1wyN783"
    "wTelUG4mEm4mIY9pAnBK0bslvPs8zUynfIwG8KYUfVy/KkzlUAwURxem4pJb+q3VNOcpVT"
    "bbQ5vlkh3hfuIMLkDEs+jihtyarCLKoNilVpPQw86am+29UaUAxRG5dM1jhBmBR7RnxEUL"
    "aGGh8zy5Je5dlNQmdJUPI4aHkdM89/VPqswh6kIzqBdl1aPD+xyainL4UkjHOkp2BRYOrc"
    "xFdZWkDNX+bJ4n3WLceeiCwCx6P+zsDTatuwvqzP0qblboUcvMDN6Xm3oynaWCpejcC/Jt"
    "BQ5GQdBRGCdEDER5++fJBTLwHU+DwLMdIIPoFuZX4R9jAQG3hcDr6C1f8xAgm1PyIKC1a/"
    "JqG+JQqf3cVsDpvgBUgfWokOo2yRYafU+dtaJoKP45HDsMRmrLLute6Z4ZdfbwMtex1Wii"
    "y6JoheKMRe4uOfmzXyoGFyhVWvI9HWoW+YvscXGBTGErwLaxY+123rQHB2f37rTZTVAW5C"
    "yNwlkO50jAkOcPKYHiDALOUJ3TuEatSkkUpgeoM32Kyn5WaUyf0rKgm/SlTAVRuTR1uRwI"
    "kY4yRKCMzLGLgoQNJFJA0JLrNIYBaolHua5ivwpPjtMsCZGmgmyCHcSoDToKzKM4Z90+bh"
    "yklojlDXTCD7YdGDfMTsEo/851Lp674uvg6+AxOuNj8keKXQcZ72N6DIWvU0AYJL1wqR8m"
    "rLDI3BuiKXc29KZwx7P4QU0nUuhAD4Rp4Jkg+ci8LU6qwbP08RGhOcmJ8XBKXftxOI8mYd"
    "NH2+p9UQy80vSUpndkfF5peochcyhNr0Nsm+U1UQlNKs/pleqhVI+jw5S4LhVV/a7erxIC"
    "hacoaosH/7haY1hLdApdAbr8nF6rtpxVM9YinUJXgG6QwrCJgJUSKDxFvKAqcLaaC1RGyi"
    "pEw+08tIpwM1MZ1pqgzCKhSgonE46ZRS2wL7XGPKFWwDcCHs8Y4CnKGCcDfJZaAd8K+C2W"
    "fWkINQXNmM7fPnZFoQRSPCclVrC3gX0bfl8YQU2AzARE+YG0kwbyYo5GSYxCR5YQodMWqJ"
    "4qVDegOmqB6kihugHVJy1QfaJQ3YDq0xaoPlWobkD1WQtUnylUN6D6vAWqzxWqG1B90QLV"
    "FwrVDai+bIHqS4XqBlR/boHqzwrVTVpAG+XqVGlXG3FtpV4p/Wojrm0UrFOlYW3EtY2Kda"
    "p0rI24tlGyTpWWtRHXNmrWqdKzNuLaRtE6VZrWAQayjCM/6oEgiCW5NqwLYCHZXpsTISKf"
    "EaRjJqhcWrh2aNlBjiQCQiUwPMrkZHTtiJyeq+FNCProVN4FwtknK+FcV8I+R7Y/tAeDjr"
    "CugbaTIvYq716rqehZRrZSzneBi8p5RPn2lxti4YpXrq/53sWxW1ui9OEqCaTtK1TV8S3N"
    "gNoiu/qhwtSl5vA2igsY3xKx+pDvMKzTIeIYA40kfaWi4GFEUD9+CqLKlyZPfn4XBqZHa+"
    "IB45kKfceI83NhBIwRh8m9SBCgngRwf/x8dSUOee/kLpu1my+FfPjw908V9n2QYd/VsTXV"
    "cuXWWWmOKLlsl1LlTBBxX1PJNEelVCeVOftfLsELJClhuoBIOro0qryYs6R9svJ2vrUMCw"
    "UNx+/GN/VFsyorCjUu7dRHqXe4dVWhvVnfLw1ir2hwPlJRiajQo1aKNtO+DSoToTCGGoRY"
    "oEFz6gZCq05teGpjGOb45smPTINnVEI2NsjrQPb1QAyew9yHyZjmpsu8KHcu4rlyRfb9Lm"
    "8lTLW0gnvr5iqsJckxUXmUDoTr1QvUuXmTle1yREq0kxPtIkYhi3HUvYfodpOu1OQVbfnC"
    "bFQ6qUDWQ7R3X0Ep3eYFlsBqNbxA1guo962Kk+8rk0cuNlcP85T7UQ/vofLl0WqHB+Klkj"
    "3FEAjJhUOOagnZtjSc6ykhHgezSQwUDMftvlxmjZ1eHqNpXP1kmiuKg/VlpiZOWBEnTF9K"
    "XBNbJiOBLGuLpOQ93FEoLGc9eWLnjVviBmU8tpKb/y1Cc09dbw5KcOhECA7etBCmBijnqf"
    "qI9c5zO8bspAHKGZI+Qqw8nV71x9NJOfF1vbSrK9TVJDPtYXm63WXbU0d7fVXeVJb1vQVv"
    "lIHeweFcNv7iyECWPZsrLLDGh3Nlp1INM1HWIuVZKgJKECergBIBpS+xvRIXxlV4xXmQA5"
    "OTKPNgS4flT8GAfYVr/27Lh+kwuKXXcjZvtCEw38RgXjtkQuFPoxV4EQ3ZI2DbWd0DIOot"
    "7zFWctZ3LZ4tOUdvRn1XJ8gj373A9dpByUgPWFiK+RWysLsgYZEwUE2MsNjYesnLO7NvxO"
    "AOJ2IH752OvkXY6kEV7Om1QV3MK6pNY3H/Xphp9mEV2+rgUPBGlCcrZujSno5bBULd69sg"
    "q00VGYGMOrWrc9lIWKvfI1KJTnKXYCmB1D7BKzOWOXgsmb4Oy0bqnnlLkEvXaEmtyKcw29"
    "00eBHIadhPYxb1puJ9o9O7yQQIFSe8cYiQOpndciNJF6isyT+l6MVm0vWJYea9aCIS5ala"
    "SURFqb4H61hFT6noqYNCv09HLAelvd33W9XtIUuNWtAiBKqPGRJ2oRrs0b0zNmIK1YeMhb"
    "NWbciExW3WFkBzRCuXGGZQ4j1jw0GTIAIpLjLPGeurJOzfIcTgxehRMN0ICKcpjxZoCZ3c"
    "5avz1ZlGNe+mfARGvNAJNEkzwO8VGq5MmAMecRWBM+Tuo2HBmSl6eIstnyDbdPx8CoNHwQ"
    "BfHZdwBskoDDBEjMKjYg+RWxKEYy18l/C7w42A0kPUhY/Mt7lKFLI3Jq3IFM4BuR4zRGL9"
    "JmgPj2YKrfCOEitt+GeQLr+oifub8x8Ec5GsylQ9+q6li0gr1b6M2cYgGAZWF/+Cfns/vh"
    "knuMP0oMtPCF7sINHD4EfhKTL90uds8FAF+laP1Eg/3BD12zd7433F+g5rNMw9Vho/sHOM"
    "rlVL5s/+EhYarVHeU5L+IdxJBJzprHwBxNWm9oSgF+rlvj1Q5/AUvILcCh6j0QlHiVDB38"
    "YB2Pd02ixWI0PSC8jzPEXGnFJtTCmZUsJnbYBuQtA/dr37DTERoGXRTQj6h24nm2Ggbwls"
    "FtXVQROKltVADwzjGkh3UQx05dIZnpnQQ2DWrkG5QKewlsDaBpUVLxrJGBmSPjCMfQsXUS"
    "WFRis7Q6PqCcssa5XK8R6UlrxZq8kJWYF0B0dkRzQXx3ZCFtmsy3N8TqlFsFPle5dQFaZ3"
    "BmS9mtHz6+ur3GSeXxZfn88fzscg1j8qmRIrCtM32i2yREoIktgt8gcRsie+OaKd+Kbct+"
    "q0Y++U+zxK7zm0KhBUBYIeoH+CXCCokEfsAOBmPiAHxiF27AIi2N52gLB06OOxgpvb07eI"
    "Y86XwtgyOrBUgqMn3KOgPWLPd7eNO408Hd6Gg/UJq5bhlHTGiHuboLZtVGXIAK7zg/aDFz"
    "SNqywsNYHPW3kxVju+pb5BaWeJtIZR91whm9C/y/RYkm0QGUS3MLxcCDMUwS5KWbjlaDIu"
    "YpnfxwM1+f9MZvfAASzTxfHtWZhZKdupke+TyvbNr+2nfE4yb9LnuilJD0/NOwlDiN8aWY"
    "jj/n2waO/hbDflONLmtpREGdskjG2qPM0BuazWWD5UeZo6aXF4POVpfnNh2l2RgBpdqRVM"
    "12kfudhtglkkQYakKOSPr4JICAPhGb0laLo0F0ttDevAnaKHtmnxzNYAssE4aVg9BpEV1Z"
    "eP0BrETB6twOvKC8TWfd300ArZH4s3fmdB2x79RhrlIE4Ieihr7r4SR/qyNFOq8nRqk26o"
    "X8nV46ibgNpqHGoC6idgq4w3u9uzz4hr6kvRnh1dqd2zcdpn055dPQWHtt8diRGms+1OJd"
    "0v6f/PpPT/ZzX6/7NSohJ4qRogHHXvIbqnJycyxquTk2rjFb9WyKFBHY+IDtP/8+n6Y5Xf"
    "WEJSdAs0dQ/9D4EQf4xbWg24HIzAslLpnVl0xBzmvfz4AFunb9t2M/vxf81Xxqo="
)
