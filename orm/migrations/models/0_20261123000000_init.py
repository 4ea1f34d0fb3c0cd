# ruff: noqa: E501
"""The first schema, with the one row of catalog_revision."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True

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
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "epoch_id" INT NOT NULL REFERENCES "ab_test_epoch" ("id") ON DELETE RESTRICT,
    "request_id" INTEGER NOT NULL PRIMARY KEY REFERENCES "ml_request" ("id") ON DELETE RESTRICT
) /* How a request of a test was routed: which arm was drawn, which served, with which probability. */;
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
    "ab_test_id" INT NOT NULL REFERENCES "ab_test" ("id") ON DELETE RESTRICT,
    "epoch_id" INT NOT NULL REFERENCES "ab_test_epoch" ("id") ON DELETE RESTRICT,
    "request_id" BIGINT NOT NULL PRIMARY KEY REFERENCES "ml_request" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_ab_test_obs_ab_test_5ba62a" ON "ab_test_observation" ("ab_test_id", "request_id");
COMMENT ON TABLE "ab_test_observation" IS 'How a request of a test was routed: which arm was drawn, which served, with which probability.';
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
    "eJztXVtz2zYW/isYvTSZ0WZsxXbc5Ml2nMZbXzq2su206VCQCElck4QKUlY83fz3BcA7CZ"
    "IgRcoUi5c4BnFA+AN4cM7Bufw9sLCOTOfN2fkYOe7gPfh7YEML0f+kngzBAK5WUTtrcOHU"
    "5F3hVHODTlPHJXDGhppD00G0SUfOjBgr18A263wGWF+A58DdYADNBSaGu7ScDwACsrZtw1"
    "4AbCOwxKbuAMN1ALL1FTZs9wf6qw4MG0z8fppjYnfyhr1XxzP6YtrW3ivWtvHXGmkuXiB3"
    "iQh90R9/0mbD1tE35AS/rh61uYFMPYGlobMBeLvmPq9425XtfuId2eyn2gyba8uOOq+e3S"
    "W2w950bqx1gWxEoIvY8C5ZM3jttWn6CxEg7s006uJNMUajozlcm2yRGLU3gahtoGm3d2Pt"
    "4XKsaYPMAgYUMcD9phm22eLTqTr8r1+wKfxrdHj07uj07cnRKe3Cpxm2vPvuvToCxiPk8N"
    "yOB9/5c+hCrwfHOLVBPYAy4F4sIRGjm6RKoUynn0Y5wLQI5qAhwjna+7sA2oLfNBPZC3dJ"
    "fz08KUD1P2f3F5/P7l8dnrxmL8T0U/U+4Vv/yYg/YsBHQLuGawowHqNvOTs4JOgFvAVwji"
    "9/G7ORLcf5y4zD+Orm7DeOsPXsP7m+u/0p6B6D/eL67jwNN4HzuTGrsqljJL2AvO0d7bgU"
    "iyoAhwQKXgl442dnhYMvTVZ+BAqw9k+4Ph2BEbBPiOjGTIBp/s6NkdTau2k8+751EXTojC"
    "ocdhFFH/Dd9WHnrC0LkucqgMdIdseNB4O+AA7NSvwj6N/Dg+/kSIJ7nBzlcg/2KAnujDID"
    "CoY2FWzofIiTVD0E+nB0KsOnR6f5jJo9E2MNBdv5I33iGhYqxhuKNrbuk74J/rOH6BfxlK"
    "uby4fx2c0vCcby8Wx8yZ6MEkwlaH2VPkDDQcCvV+PPgP0Kfr+7veRwYsddEP7GqN/49wGb"
    "E1y7WLPxRoN6HJOgOWhKLDOiENZZ5DhdA0u8R8f0vq1waJ871CrZyTJ0tfSFrn27TasMIU"
    "qjmuiOFLr56M6W0FrROVTDNkWlkBUgG1jkqyGbolLI+siym4n5o9CMHkCWRfkTJshY2D+j"
    "Zw72FZ0VtGciM5h/V3QZG2rPQP4e7KSgNTrzCdyEVzrpDUYxoH85cjkK9/QovL+6GA9yjr"
    "cGEL65PguG6zHImZO9CswjBXNVmEfyMAdHlwJZEuTUWZ8DMePPUzh73ECia3mMeoVnSycL"
    "/LlP9+nne2RC1xAaIxO3+ZdspB5hnhQcnhDr3gRMbKS+woSnDiJPHIdGwLqLxusrZATRuT"
    "rb7q2b63tvnL21OmRRYuwLj3CMbSUYWvaRNbLSLdCGC/4nsXezNwlYVq5/UsjRSp2UNBR2"
    "LXVVGi8R2NBDbek6zJkIem5Fc4It7j5kYYsyCPrfD4ByeZvOPuq9Qjbtb6MN4O/L+ig1PH"
    "a5c9IfIQLeSUT//VM5LO3SYYkupMls4oho3loKhCgTw3yjQZY6Bfqcke8v+xXB+vHuy/n1"
    "Jfjl/vLi6uHq7jZpv+QPWRNtMAKh6uxaXRX8Iw3JCf4ma+dMECmDUbnBKObtu6UGGPkW7x"
    "nC0hp2YnNtofspab0rcijXCfPl0EBllJBDw65ScigdENn6v7BtPgO41g0XmHgRSY7vwWaJ"
    "gW5QMXEJXfoPsodgY7hLQMVBwNwX1w5ywBTN6UcKoK0DOHcREculLb5Lyand4O9Fcuoj/b"
    "OysOb7rwT9++i50riDoXIRUi5CHUC/T3K/jlxomAK5KN+HNEbSi49p116kStVSqlavVK32"
    "NYe4ypWrP6T0snItAqcISnWJz3jDomC9K4iY5XkDHUDwmu4LJt4bsyWAxOKtOsWZCfi8kb"
    "0N6b647zWtCJ7CqWEa7nNWnWj/ddU1Cn82WqFmEeuU+fr8C5wrPS8iJE7aDJ/rgsLx42j0"
    "9u270cHbk9Pjo3fvjk8PQnaXfVTE986vfmKsL3HK+A2RHZc2XP50eV+iq/DdotG9U0WaTh"
    "D14vxvPWCSf4dVcU5SKaAlgWYxkDEuV+mWKIde3RPJ3BMpqbYlX152TV3RkTdGojBVmsKu"
    "NYXM9m0M2b4536XhjX+5DahhGYk8uxB3Nhpj+o+036m8A1a35HDZJUgqIDKLsJ1+uzLoRz"
    "AQKbXek2GhJrsytEe/U3nyKBuc/XIFaP8hUyY9jZDfU7GrJ91YMN3ScIDj0o9TF2SGqk6v"
    "0j5163aK/8zAmq+EBP2bUT9eFtr2r0xWBM2Nb1XwjSiUgieh4Hk8ppK1IqTo3RZuPgODM8"
    "NsjArwRhR93L/qWrUrBoq9u1Yl6Ak/1lrmJKXKvtC1Vc7YEV7mXuyCingmXtyjJ8PJuRVL"
    "dynUJGZeZ43Ee5eqFFRxBARvmE+bg+gUrSkiYEFbHO/WCT0h8uwHYXgXWJ6H29C/yqI/7T"
    "B/LMCENlP1Iqt6tPierqko3ZdCWtZR4jsw5aprLPLzH8aodmfzPGgX49YvDQVm0ZdhZx+h"
    "YT5fYHu+zuNmqR6FzExnfZmpJ9ZZ6nIfz10eH0Y3BTL5jTq0nQ0iSAeYtX8ZXwAdPjO3Xe"
    "adC3Q0MyF7Sn84DidgthD6ObrLD4Al22OUlDmBDTFcRBzxJf9uXivgdH9QqLj1KJWaIYxu"
    "93/nE+MfJEI6W3H2f29szw2gLrss+qR7ZtTZwcdcxFb9hc6KojmKMxTdfSbkz36pGEygVG"
    "l0dnSpmeYvstfFKTKFrQDbiFdLGnFCgh7acEbHMkZI2ivXhsOfJRGOH4KyIMdpFM5yOPsC"
    "hjx/iAgUZxBwhvwcHAVqVUSiMO2gzvTgJ/TO05geooTfZfpSLDe4XFjl3FisCfJTcPg6yh"
    "BQZWQOCfvBcnF4nyRYMp1G16la4mKmq1jvvZtj+k4noakAC0EbONiiOgpdR3GM5S5e/NX+"
    "aoc5tsABu9i26bhDHpPpYPY707mY5/XXwdfBG3DGxmRTojMz9DWFjfVhBZK8z4kT8qBPgt"
    "e2zuoomWjuDsFEoxTuhL7xLJioYfsKHdUD6TKwyGVekYm2Be7gLKqUjUibg7MFvJpgYr3x"
    "1tFAzuT1tnqf732qND2l6e0Zn1eaXjdkDqXptYhttYgCFUqQe0+vVA+leuwdpogQTKogGh"
    "EoPEX56FmOOKJVhjVDp9AVoMvu6bV8y1k+Y03TKXQF6Doz5nNdAdaIQOEp4gWYECQqFpjP"
    "BSIKhahQAvCsIszMlIW1ICozTajCMWXCMeOocftSbcxDagV8JeDh1KF4ikrlygAfp1bA1w"
    "J+i22fGUItQTWm89caElEogRTPiYgV7HVg34bfp0ZQCyCzACZFwp49awcV5MUEjZIYhY4s"
    "HkKC2k+lqB4qVEtQFZR6KkV1pFAtQfVtDVTfKlRLUD2qgeqRQrUE1eMaqB4rVEtQPamB6o"
    "lCtQTVdzVQfadQLUH1tAaqpwrVElR/rIHqjwrVMi2gjnJ1qLSrUlxrqVdKvyrFtY6Cdag0"
    "rFJc66hYh0rHKsW1jpJ1qLSsUlzrqFmHSs8qxbWOonWoNK0OBrJc+n7UA0EQS/hsWBTAgu"
    "K9yhMhgrWDwAw6SJDkMPmsa9lB9iQCQiUw3MvkZHhji5ye8+ENCfroVN4GwvGZZXAuKrmU"
    "INsd2oNBS1gXQNtK0SWVd6/WUvQsI1sm53sjBWH3d82zVWCFsVtbonRzHQbS9hWq/PiWak"
    "BtkV29qzC1qTl88uMCcisLJzsMi3SIIMZgm+LCS4MlP3/2AtP9PfGDwzIVrm09yM8FAWWM"
    "0EvuhXiAehjAffvl+rq8rHBjb5Ep/5XMh1+5oLAK+2bPdhH2nR9bky9Xbp2VZo+Sy7YpVa"
    "qCxCpzdke3/T5I8AJJqiu1I1/6u3rZ6pEZ1UqiolDl0k59lHqHW1cV2pn1/UpH1grz+5Gc"
    "SkSpHoVStBH1rVCZCHgx1FSIpTRgjgkXWmfYorMOKtiy5EeGzjIqAQvq6AOXfV0qBs/p2n"
    "vJmOYGcVw/dy5guXJF9v02XyVMtbSi754ZK8hzLDJMVB6ljnC9YoE6sW6ysl2CSIl2cqKd"
    "zyhkMfa79xDddtKV0vcjwjZmpdJJKbIeot18BaXomBdYAvPV8BRZL6DetSqOvq0MFrlYXT"
    "1MUu5GPXyBypd7qx12xEslfoshEJJTlxz5ErJlajDRU0I85quJdMCHY3ZfJrMGTi9vwCSo"
    "fjJJFMWBs2WsJo5XEcdLX4qIAU3DQVyWtURS8g7eKBSW4548gfPGEyK8jMdWcvM/RWjuqe"
    "tNpwSHVoRg/qV5MFVAOUnVR6wbz+0YsJMKKMdI+gix8nR63x9PJ+XE1/bWzq9QV5DMtIfl"
    "6ZrLtqeu9vqqvKks6zsL3sgC3cDlXDz+Ys9Alr2bS22wypdzWadSDTqirEXKs1QElCBOVg"
    "ElAmq2hNZKXBhX4RXkQeYmJ1HmwZoOyw98wL7CtXu35W46DG7ptRzPG60LzDcBmHc2GmP6"
    "T6UdeOEP2SNg61ndORDFlvcAKznruxaslpyjt4PXZIaAi7653PXaBuFIPzheKeb3wIRkgb"
    "wiYVQ10b1iY5slK+/sPCKdOZyIHbwbHX2LsNVOFezptUFdzCvyTWNB/16YaXZhFdvq4lDw"
    "RWQXK2Do0p6OWwVCvejXIKtNpRmBjDrV1L2sL6wVnxGRRCd5SjgRgdQ5wSozZjl4IJl+8M"
    "pGzlzjCQGCN2CJTd+nMN7d0FkRyInXT3NM7E7E50arb5MJEEoveOUQIXUzu+VBEm1QWZN/"
    "RNGLw6TtG8PYd1FFJEpS1ZKI0lJ9D/axip5S0VOdQr9PVyyd0t5e+qtq95KlQC2oEQLVxw"
    "wJTagGO3TvDIyYQvUhZuEsVBtiYXHl2gLVHMGKIN3gJd5jNhww5hFIQZF5xljfh2H/NkI6"
    "K0YP+HIDSjiJeLRAS2jlLV/tr/bEr3k3YSM4yPWcQMM0A+xdnuHKoGvAIq58cIbMfdQrOD"
    "MBr56guUbAMux1MoXBaz7AV5sgxiAdTAcYAgfTqUIXoCfEw7EWa4LY2+mLKKULMKH/ddYW"
    "U4k89uZIKzKpe0CmxwyBWL/h7d7VTKqVfqPIjBr+HkTbz29i/ubsD6JrEe7KSD36pkWbSM"
    "vUvgzYxoAPQ3cX+wX8+vny/jLEnS4PuHoA9MPmiR4G31OziPWL5llhUin6WlOqpB+WRP32"
    "zd74UrG+wwINc4eVxjt2j9G2aumsp/8VFhotUN4jkv4h3EoEnGGv1gKI803tIUEv1Mtde6"
    "DO6SxYBbkVnUalG44MoYK/jgPw2p3harEaMZJeQJ7kKTLmlHxjSsaU4s21ArohQf/YdfMH"
    "YihAy6IbEvQP3VYOQ65vCWwW+dVBQ4qa1UA7hnEBpE0UA10RPIVTg/YQmLULUE7RKawlsL"
    "aoygoXlWSMGEkfGMauhQu/kkKlnR2jUfWEZba1SuX4AkpL0qxV5YYsRdrAFdkercW+3ZD5"
    "NuvsGp9jbCJo5/nehVSp5Z1Ssl6t6Pnd3XViMc+v0p/Pl5vzSyrWv86YEnMK01c6LeJESg"
    "iSOC2SFxGyN74JokZ8U15adWrYO+Ulr9J7Dq0KBFWBoB30T5ALBBXyiAYAruYD0jEO0bAL"
    "iOB4awBh6dDHfQU3caZvEcecLIWxZXRgpgRHT7hHSnuE7ppsG3fqezp88gbrE1Y1wynx1E"
    "HkKURt26hKjwHcJQftBy+oGleZ2moCn7fsZsx3fIt8g6LOEmkN/e6JQjaef5fhOmG2QaCj"
    "mQnpxwWgA3zYRSkLtxxNxkUs9vexQE32M5bZnTuAxbrYa2vqZVaKd6rk+6SyfbNnuymfE6"
    "6b9L1uRNLDW/NWwhCCr0YW4qB/HyzaO7jbjTiOtLktIlHGNgljmypP0yGX1QLLhypPUyQt"
    "DvenPM2vhC47EQmo/pNCwXQT9ZGL3UbQ8SVIjxR4/PE9j4TQAZziJwQmS2Ox1DZ0H5AJeG"
    "UZJstsTUHWHUbqVY8BaIVny9dgQ8VMFq3A6soLxNZdvbRrhez3xRu/taBtFz+iSjmIQ4Ie"
    "yprNV+KIPpZqSlWSTh3SFfUruXocRQtQWI1DLUDxAmyV8aa5M/sMEWO2FJ3Z/pPCMxtGfc"
    "rO7Pwl6Np5tydGmNaOO5V0P6P/H0vp/8cF+v9xJlEJ/agqIOx37yG6hwcHMsarg4N84xV7"
    "lsqhgW0XiS7T//1wd5vnNxaSpN0CjZkL/geoEL+PR1oBuAwMblnJ9c5MO2IOk15+bICt07"
    "dte5h9/z/2Lf/w"
)
