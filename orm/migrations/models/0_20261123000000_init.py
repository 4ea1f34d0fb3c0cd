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
    "eJztXVlz2zgS/isovUxSpUk5yrnJk+1RJtpx7JSj2UzNUTREQhLWJKEhKMuu2fz3BcD7FC"
    "GRMoXgJY5BNAB/ABrdjUb3PwOHWMimz07Ppoj6g3fgn4ELHcT+k/syBAO4WiXlvMCHM1tU"
    "hTPDjyrNqO9Bkzc1hzZFrMhC1PTwysfE5ZVPAa8LyBz4GwKgvSAe9pcOfQ8g8Naui90FIC"
    "4CS2JbFGCfAuRaK4Jd/wf2qwWwC27Cega1iX/zjPdrEZN1zMq662Lt4r/XyPDJAvlL5LGO"
    "/viLFWPXQveIRr+ubo05RraVwRJbvAFRbvgPK1E2cf0PoiIf/cwwib123KTy6sFfEjeuzc"
    "bGSxfIRR70EW/e99YcXndt2+FERIgHI02qBENM0VhoDtc2nyROHQwgKRsYxuXV1PgynhrG"
    "oDCBEUUK8LDIJC6ffDZUKv76BR/Cj6PnL9+8fPvi9cu3rIoYZlzy5lvQdQJMQCjguZwOvo"
    "nv0IdBDYFxboEGABXAPV9CrxzdLFUOZTb8PMoRpnUwRwUJzsnaPwTQDrw3bOQu/CX79fnr"
    "GlT/c3p9/vH0+snz1095h4Rt1WALX4ZfRuITBz4B2se+XYLxFN1XrOCYQAl4a+Ccjn+b8p"
    "YdSv+20zA++XT6m0DYeQi/XFxd/hxVT8F+fnF1lofbg/M5NmUWdYpECci7XtHUZ1jIABwT"
    "aHgbwJs+OyUOvjzZ9iOwBOvwhFPpCEyAvUOehc0STKtXbopkp7Wbx1P1pYsgZSOSOOwSCh"
    "XwPfRhR9eOA70HGcBTJIfjxoOBKoBDW4p/RPUVPPhev2zAPV6/rOQe/FMWXJMxAwaGMStZ"
    "0NUQZ6kUBPr56G0TPj16W82o+bdyrGHJcv6JffGxg+rxhmUL2wpJn0X/OUL063jK5NP4y/"
    "T00+cMY/npdDrmX0YZphKVPskfoHEj4Otk+hHwX8HvV5djASeh/sITPSb1pr8P+Jjg2ieG"
    "SzYGtNKYRMVRUWaaEYNwl0lO07UwxUd0TB/bDMf2ueeGlJ2sQLeTvtC3vdu2yhCjNNoR3Z"
    "FGtxpdcwmdFRuDHLY5Ko1sCbKRRV4O2RyVRjZElt9MzG9LzegRZEWUPxAP4YX7C3oQYE/Y"
    "qKBrlpnBwruicaqpIwP5W7SSotLkzPfgJr7SyS8whgH7y5EvULhmR+H15Hw6qDjeWkD408"
    "Vp1JzCIBdOdhmYRxpmWZhHzWGOji4NckOQc2d9BcScP8+gebuBnmVUMeoVMZe0CPxZSPfh"
    "l2tkQx+XGiMzt/lj3pJCmGcFhzvEq7cBE29JVZjIjCLvTuDQClhXSXuqQuYhNla679r6dH"
    "EdtHO0VociSpx9kRFJsa0MQyt+ckZOvgS6cCH+JN4376mEZVX6J8UcbauTkoHiqltdlaZL"
    "BDbsUFv6lDsTwcCtaO4RR7gPOcRhDIL99z1gXN5lo09qr5DL6rtoA0R/RR+lltve7pz0R4"
    "xAcBKxf//SDkuHdFhiE2lzmzjyjGAuS4Qom8Bqo0GROgf6nJMfL/stg/Wnq1/PLsbg8/X4"
    "fPJlcnWZtV+Kj7yIFeBIqDq90FcF36UhOcPfmto5M0TaYLTdYJTy9t1TA0x8i48M4cYadm"
    "Zx7aH7aWm9L3Ko0Amr5dBIZWwgh8ZVG8mhrEHkWj8S134AcG1hH9hkkUiO78BmSYCFmZi4"
    "hD77B7lDsMH+EjBxEHD3xTVFFMzQnG1SAF0LwLmPvHK5tMO+tJzaD/5eJ6fesj+rCGu1/0"
    "pUX0XPldYdDLWLkHYR6gH6Ksn9FvIhtkvkomof0hSJEpvp0F6kWtXSqpZSqlb3mkNa5arU"
    "H3J62XYtguQItuoSH8mGv4INriBSlucNpMAja7YuuHiPzSWAniNKLYYzF/BFIe8NWaG4Hx"
    "StPDKDM2xj/6GoTnTfnbxGEY7GqNUsUpUKuy+8wJlYVS9C0qTt8Lk+KBz/Go1evHgzOnnx"
    "+u2rl2/evHp7ErO74qc6vnc2+ZmzvswpExYkdlxWMP55fL1FVxGrxWBrR0aazhApcf53/m"
    "BS7ENZnLNUGuiGQPM3kCkuJ3VLVEGv74ma3BNpqbYjX15+TS3pyJsi0ZhqTeHQmkJh+baG"
    "rGrOd3l40zu3BTWsIJEXJ+LKRVPC/mnsd9rcAatfcnjTKcgqIE0mYT/9doXZJhiUKbXBl2"
    "GtJrvCxm1YaXvwKBecfp4AVn/IlclAIxT3VPzqycILrltiCqjPNqdVEhlKnl6HferX7ZT4"
    "WYC1WgmJ6rejfjwutN1fmaw8NMf3MvgmFFrBa6DgBTxGyloRUyi3hNuPwEBNwtuQgDehUH"
    "H96mvVvhgoju5a1UN35Hanac5S6ugLfZvlgh3hce7FzpmIZ5PFNbrDtOJWLF+lVpMwg8qG"
    "l669VaVgiiPwyIb7tFHEhujMkAcWrIQGt07oDnkP4SOM4AIr8HAbhldZ7Kcbx48FxGPFTL"
    "0oqh4d9tM3FaX/UkjHOkp6BeZcdfGiOv5hiupwNs+TbjHu/NKwxCz6OOwsjn5QwsfSkRGq"
    "GVg6FEOTQNprxkhMSFFZBOzMt74xCG3D0DaM7vQTsmF4yMAbE2gNsBnC6ZEVcK7zusyQ6e"
    "id0n6XWvXeaSoUU8oK176tvAk73jmvD9uQ5P/YDyU149U8coSLo4GpS83hA0IWb6nycWG2"
    "wrBOh5iHVfd5X7jE/P7zIbBChGviB8qNFWvX4nD4S55KhzFG6CErSKUDKYi6Bpe/Xlxsf1"
    "nYWi9NPICzV+LSbwrr1HbFlJ4DKOzDGtUoml4ZuTJNo4Pw7y5V6jeJ+vKsp8v+GCT4Ekmq"
    "L89HHntfPe4Dkhq/2Uqnwh3CWaon9Q73diw8mPV9YiFnRXzkmg8Vzoi5GrVSNE7qSjgnAp"
    "OH6PKYEMtowJx4Qmg1icNGbaVCZGCRdRI40EIiJSXymRg8Z3NPxec59qgPoEs3yANMoC21"
    "73fZVYlA/cdgxfo28QravAbH5K99rhC0QH0ogTozb82d+lJEWrRrJtqFjKIpxmF1BdEdvW"
    "riNslqVaIrvmXRZUxrgTy+MKW8J3NkCqLdvhNlcsxLBdXIkSkB9aFVcXS/wkwN2SXhUYby"
    "MOrhIzx+OVrtsCdeKulbjBIhOXfJUS0hO7YBMzWbJH7ns4ksIJrjdl8us0ZOL8/ATeQAdZ"
    "Pxi4PmMuUWFzjFiahyFHkY2pjHmmNiqlOaB777HkuF5bQnT+S8cYc84d21l9z8vQjNirre"
    "9Epw6EQIFjstgEkC5SyVili3/pAoYicSKKdIVIRYezq9U8fTSTvxdb20q53Uvy8P9faSQe"
    "qrPVWVN52Z8hFi2ujMlKmt01JmShmnUgNSoyRppfYsLQOqJO2kBqoMqOoMkhqvOIpBmENh"
    "P4xStrwvokFV4dKJ+apQkrIkpyRZhkg1mFG8LakVeB42qRCwu1ndBRD1lvcIq2bWdyOarW"
    "aO3pSsPRMBH90H8ZhdELf0AwWmDSl9B2zoLdBQ2LyZamIFIbJ4ohcA6S2yuMNJuYN3q63v"
    "8Ww1QUcumGeOTL91357VsJRXVJvGovpKmGkOYRXb6+KwZEcUJ0s6gOJeD6GOIoRinhF0Hk"
    "SxKKzVnxGJRNfwlKAJQaNzIkr5leXgkWT6XrgPskbwXRDWZEns0KcwXR1bALvgJqhnUJv4"
    "N+XnRqe9NUoRkJtwnXbs0AdJskCbmvwTCiUOk65vDFP7QkYkylLtJBHlpXoF1rF+PaVfT/"
    "UKfZWuWHqlvT32ruo4cUC1WrDDEygVIyS0oRoc0L0zMmKWqg8pC2et2pB6FtcsguLKQxY2"
    "eUnKhgOm4gUSD6jORXXOWN/Fz/5dhJgI7xIgphswwpuER5doCZ308qf7p3tjEs9Dpn8jAr"
    "8jP3ACjcMM8L4CwxVmc8BfXIXgDLn7KMXWGto34MkdtNcIONhdZ0MYPBUN/Ol6iDNISlgD"
    "Q0AJGyr0w5iPc7xYe4j3zjpilGF0R7p2uEoUsDfaWJHJ3QNyPWYIyvUbUV5ItsxL2R5Fdl"
    "LwzyBZfmER9zfnf5DISB6OI1GP7o1kERkcTyP9Rj9iGwPRDFtd/Bfw9eP4ehzjzqYHTL4A"
    "trFFoIcgI0dqFKl6yTglBpWj32lIUvrhlle/qtkb+5gsTjJ92T55y3p2j9F52rL17L+MhU"
    "op7wmJegh38gIOu6t1CcTVpvaYQAn18tAeqHM2CnZc0BUbhtQNR4FQw7+LA/DaN4ncW40U"
    "iRKQZ3lKE3NKtTGlYEoJxiqBbkygHrtu/0CMBeim6MYE6qHbyWEo9K0Sm0V1atSYYsdkqD"
    "3DuAbSNnKh7pqAtp3Es98X1g5TWeFCSsZIkajAMA4tXNhQxPaRWtkpGp1Oucmy1qEcH0Fp"
    "yZq1ZG7IcqQ6bVOfb8hCm3Vxjs8IsRF0q3zvYqrc9M4YmVIzenZ1dZGZzLNJfvv8+ulszM"
    "T6pwVTYuGhZGDllzot0kRaCGpwWmQvIpre+GaIWvFNeWzVqWXvlMe8SlccWv0QVD8E7aF/"
    "QrOHoKU8ogWA5XxAesYhWnYBKTneWkC48dPHYwU3c6bv8Y45mwpjz9eBhRQcinCPnPYI/b"
    "W377vT0NPhQ9CYSljt+JySzCjy7mLU9n1VGTCAq2yjavAC2XeVuaVW4vNWXIzVjm+Jb1BS"
    "uUFYw7B6JpFN4N+FfZqk7LWQaUO2uQCkIIS9LGThnq01cRFL/X38oSb/mYrsLhzAUlWCVM"
    "X5SlK+TzraN/92mPQ58bw1vtdNSBS8Ne/kGUK0a5pCHNVXwaJ9gLvdhOM0NrclJNrY1sDY"
    "ptPT9MhltcbyodPT1EmLw+NJT/PVY9PulQmo4ZdawXST1Gn2dhtBGkqQASkI+OM78RLCAn"
    "BG7hC4WeLF0tiwdeDdgCcOtnlkawayRTlpkD0GoBUxl0/BhomZ/LUCzytfIrYeqtO+JbI/"
    "Fm/8zh5t++QWScUgjgkUlDXbz8SRbBY5pSpLpw9pSf2qWT6OugmozcahJ6B+AvaKeNPemX"
    "2KPGwuy87s8EvtmQ2TOtvO7Oop6Nt5dyRGmM6OOx10v6D/v2qk/7+q0f9fFQKVsE0lgXBY"
    "XUF0n5+cNDFenZxUG6/4t1wMDeL6qOwy/d9fri6r/MZikrxbIDZ98D/AhPhjPNJqwOVgCM"
    "tKpXdm3hFzmPXy4w3sHb5t38Ps2/8BUbqp/g=="
)
