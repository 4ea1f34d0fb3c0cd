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
    "eJztXVtz27YS/isYvSSZUTOOcm3yZLtK41PH7jjKaadNh4ZISEJNESpBWfH05L+fBe8XkC"
    "YkUZYQvCQ2iAXhD8vF7mJ38W9vzhzi8qfHJyPCg95b9G/Pw3MCP5Se9FEPLxZZu2gI8NgN"
    "u+KxFSSdxjzwsS2GmmCXE2hyCLd9uggo80TnYyT6IjZBwYoh7E6ZT4PZnL9DGPlLz6PeFD"
    "GPoBlzHY5owBHxnAWjXvAIfnUQ9dB13M/iLguun4r3OsyGF0Nbd69YevSfJbECNiXBjPjw"
    "oj//gmbqOeQr4cmvixtrQonrFLCkjhggbLeCu0XYduYF78OOYvZjy2bucu5lnRd3wYx5aW"
    "+Ym2idEo/4OCBi+MBfCni9pevGC5EgHs006xJNMUfjkAleumKRBHU0gaytZ1kXlyPr03Bk"
    "Wb3KAiYUOcDjJpt5YvFhqjz866diCj8Mnr14/eLN81cv3kCXcJppy+tv0aszYCLCEJ6LUe"
    "9b+BwHOOoRYlxi0AigCrinM+zL0S1SlVCG6ZdRTjBtgjlpyHDOeH8XQM/xV8sl3jSYwa/P"
    "XjWg+t/jq9MPx1ePn716Il7I4FONPuGL+MkgfCSAz4AOaOBKMB6RrzUcnBJoAW8DnKPh7y"
    "Mx8pzzf9w8jI8/Hv8eIjy/i5+cX178nHTPwX56fnlShtvHkwm1VZg6R6IF5F1zNA8ACxWA"
    "UwIDbwt483unwsZXJrt/C5RgHe9wOm2BGbC3xHeoLcG0nnNzJGvxbhlP3VmXYA4zUtjsMg"
    "od8N31ZseX8zn271QAz5HsThr3eroAjl0l+ZH013Dje/WihfR49aJWeohHRXCFcaFqjGgK"
    "7vZF8wL78FNAfK4iLYpUWgC9a5FhwxYH4FhjiZiu5+0ilRbAlzh88KYNiw/e1PO4eCbHGk"
    "uE9E/wJKBz0ow3lolrJyZ9mvxwgOg3sf3Zx+Gn0fHHXwu8/9PxaCieDAp8n7Q+LsuedBD0"
    "29noAxK/oj8uL4YhnIwHUz98Y9Zv9EdPzAkvA2Z5bGVhJ49J0pw0FZaZAITrLHKebgtLfE"
    "DK56GtcOp1fmYpeX8rdGtZwfv27W7bEE5RGqyJ7sCgW4+uPcPzBcxBDdsSlUFWgmxyzqSG"
    "bInKIBsjK87bJjfSw6EEsirK75lP6NT7hdyFYJ/BrLBny8yw+AR0mBvqwED+lnBS0prt+T"
    "5epQeVZQYDDOAvB6NJPLuCrfDq7HTUq9netoDwx/PjZDiNQa7s7CowDwzMqjAP2sOcbF0G"
    "5JYgl/b6GoiFfB5j+2aFfceqE9QLZs8kHp2TmO79L1fExQGVutgLMSpDMZJGmBcVh1sium"
    "8DJjGSrjCxMSf+bYjDVsC6zMbTFTKfwFz5prz18fwqGudgvQ5VlIT4YgOWE1sFgVZ9NB/M"
    "yy3Yw9PwTxLvFm+SiKzaqLtUot0bemeRtOu9AXijGUEr2NRmARchcjgKlpv4bB4Gxc3ZHA"
    "QE/PgOgZT3YPZZ7wXxoL9HVih8XzXybstj3x9y92eKQLQTwb9/mTC8XYbhwUK6widOfCta"
    "S4kS5TJc7zSoUpdAnwjywxW/Mlh/uvx8cj5Ev14NT88+nV1eFP2X4UPRBA00UaqOz81RwX"
    "fpSC7It7Z+zgKRcRjd7zDKxbBvaAFmEfMHhnBrC7vAXBvYfkZb3xc9NLQJ6/XQxGRsoYem"
    "XVvpoTAg8ZwfmOfeIbx0aIBcNs00x7doNWPIoaAmznAA/xCvj1Y0mCFQB5EIyl1ywtGYTO"
    "AjRdhzEJ4ExJfrpR2+y+ip+yHfm/TUG/izqrDWx68k/XWMXNl6bJYJETIhQnuAvk56v0MC"
    "TF2lWMcciRYf064DHY2pZUwtrUyt7i2HvMlVaz+U7LL7rQhWIrjXlvjAViK3OzqCyHmeV5"
    "gjny2BL/qRWk+wPUPYnyOOQdOHjjToh8r8DEbwhQMS1H0cETLgPTQhxBGAIRv+sqphsasX"
    "f/G+eMdIGDBJ8vrja5vNF4IbriNUnoCRQl0XuUDEYWjxtkfiB74CMwUJE4jb8IVBExgwnM"
    "ALY3slMnOSF/YRZ1+8cDIYhpvQ6VIQZX+bILfZElg5/AP4cg5Pb2GYYEY5ChcTKGGOa9pG"
    "MZpWo42U61SRI/FR1JlTl7GVJ92OxN4H0+nHweD589eDo+ev3rx88fr1yzdHqeCuPmqS4C"
    "dnPwshXtgv44bMIw0Nw5+HV/dYXQ6IM88CTlSxCwpEWmgynSc0g7gUir0azkUqA3RLoEWO"
    "8sJnYzym8DFILN6G864aenPi1ebEiy/HfxO19OcciQ7puUX2Hrxsw9/Qq5bBw2cl90KsVU"
    "gc8oy5BHs1voUcWQnpMdDpxcwnl5fnBevz5KxsXn7+eDIE2fKksmnWxdoDDMRV8p5VKA2H"
    "t+PwBLhb7C4lfN4crlAiXVNy7xnqXYcqJLBNMHWJRGNvFi1V6vUkzOGA3o2ACYhnq6krMm"
    "LD8e04PolrWkewV2iNaG8r2hPo1hLuFWLD7GrMvq6Ar9IbEa8i4jOBsZaQl5AbzldRbGzm"
    "+1LTtJ1mkyM3fL8O36+Nv2QAswLqyqVPOHWWWKLntNEu89RG7qjtuOsiL6M32LfA3kQJdF"
    "QbQaT9KBZGyJEYTE3kxa4jLyrsuzVkdUtmLsOb/3K3ENZSiQuoLsSlR0YM/mm5DCoJrfsV"
    "DdB2CYphEG0WYbN4oQWFj6AnCxKKnvQbI4MW1LqJO91/xYSHjn89Q9C/L8JWVjNqz1AY9y"
    "9C+R06FVEslCMewMfpSO6PUKc3l0PsV7R/+H8F1nqfa9J/O0EQDwtt9yHoC59M6FcVfDMK"
    "E2bSIswkkjEqAGcU2rHw9us0c5uJMRTgzSh05F+TprIvDoqDS1PxyS27WWuZi5Smmu2+rX"
    "LFj/AweQanoOK5bHpFbimvyTIod2m0JOyos+Xne99rUoDhiHy2EjnCnMAU52Pioym08Ch4"
    "ntwS/y4uahOFykcZw/04aF7E+qe3zCHmQzOYF1XTo8P37JuJsv9aSMc2Sp4DS4dWdFp/S1"
    "KOanc+z6NuMe48dUHiFn0YcZZWk5XIsXyl2XoBli9t2+a6zSUIEhtzSfJS6dm+CQjjwzA+"
    "jO7sE7YCPFTgTQmMBdgO4fzMKjg3ZbEXyMwdX2tf2GNM7+/ZKKsc+26lxtbhrnlzGdzslv"
    "DNUNKz/nfJ5bPrisEHA1OXlsP7OD+/tlhbsUO/yYZIcv03qdc2o+L88y7yQsQ88YgLZ8XS"
    "cwQcwewdPAHBiH3ihDULZphndQ0uPp+f31+pbWtvaVOHoHgkrlyjrcls18zo2YHB3m8wjZ"
    "LlVdEr8zQ6pNM8lFZparyZw7M9ZftD0OAlmtS+FLF56O/qYcvYNMTN1gYVrnE9kH5ab3/j"
    "wMKded/PHDJfsDDHrSYYsdSjUYumWV+F4ERki9wLH5RYoEET5odKq83mMGsnV3KYOhzRAM"
    "2xQ96Fum8AavAE1p6HjyfUF7W4wupeCBRaqX+/y1dJFOo/ewt4t00XUTqJwOSvTY4QjEK9"
    "K4W6sG7tg/pyREa1a6faxYKiLcZxdw3R7aQAAAitKfEFYypFT5bINER7+0GU2TavVKS4RK"
    "YF1Ls2xcnXBQUzZJ0L5AuUuzEPHyD55WCtwz2JUsmfYkiU5NIhR72GPHctXOjZQj0OV5M4"
    "KBxO+H2FzpoEvTxF10kA1HUhLk6U183C4qKguKg8LfEpdqm4uwPU1LlMS97BG6XKcj6SJw"
    "neuCV+GN21kd78vSjNmobe7JXi0IkSHH5pEUwKKBepdMR664lEiThRQDlHoiPEJtLprT6R"
    "TiaIr2vWrg9S/74i1LdW5sQc7a0lPQ7BeCuY6LFur1jQpkil07FeVzVt8kbUhodz+fyLAw"
    "O57dlcicE2uLw1CSq1MLeeSY5uTGSpBKiBAaodUElpQINXPV7JnbSbYZTz5X0KB9QVrt2H"
    "Le9nwOCGUcv5m0Ic2S0hMVlSb0uJA0/jITUCdj2vewhEs+c9waqd991KVqtdoDdnS98mKC"
    "Bfo1vtPJSO9Igj28Wcv0Uu9qckusUOTBMnKpElLs5GmN8QRwScyAO8tzr6BmmrGTpqxTxL"
    "ZCbX/V6HulxW1LvGkv5auGl24RXb6OBQ8kVUF0u5gOJGiVAHUUKxLAg6L6JYVdaa94hMo2"
    "u5S/CMoNU+4bKpRIInmum7MHwQBqG3UVmTGXPjmMJ8d+og6qHrqJ/FXRZcy/eNTt/W6qLS"
    "0oIrpwiZk9kNN5KMQdu6/DMKLTaTrk8Mc9+FikpUpFpLIypr9RrwscmeMtlTe4W+Tkcse2"
    "W9PfRX1fHFAfVmwRopUDpWSNiGabDD8M7EiSk1H3IezkazIZcW166C4sInDrVFS86Hg0Zh"
    "BpIoqC5UdSFY36Zp/x4hoMJ7DIXLjYDwOpPREiuhk7d88b541/EFUddh4XcSREGgaZkB8a"
    "7IcUVhDUTGVQxOX4SPRjfsXKPH4b2CaE69ZbGEwZNwgC+eT4SA5AwG6CPOYKo4iGs+Tuh0"
    "6RPxdngRUMbVHflyLkyiSLzx1oZM6RxQ2DF9JLdvwvbCbRhJa3o7ZdTwby9jv7hJxJuLPw"
    "jWIuXKzDz6amVMZAk8rXyOfiI2euEwwF3iF/Tbh+HVMMUdlgedfULwYYeFHqIbOXKzyPXL"
    "5qkwqRL9WlNSsg/vyfrVzd/4ULm+/QYLE/uSXa5eRY+761BRomvTki/Hf0sv6Wsw3jMS/R"
    "DuJAOOeoulBOJ6V3tKoIV5uesI1AnMQtyht4BpKJ1wVAgN/OsEAC8Dm6nlauRItIC8KFPa"
    "uFPqnSkVV0o0VwV0UwL9xPX2N0Tlq+HNffBqm6H6JfDm5neVu1AXPhvjMYUealeOl+gM1i"
    "2wnoPJiqdKOkaORAeBsWvlwsVhbR8lzs7RrMnV+6ZfdMzWppTjAxgtRbeWyglZidRc27TP"
    "J2Sxz7q6xieMuQR7dbF3KVVpecdAptWKnlxenhcW8+Ss/Pl8/ngyBLX+ScWVWEmUjLz8Sr"
    "tFnsgoQS12i+JBRNsT3wLRVmJTHtp02nJ0ykMepWsOrUkENYmgexif0C4RVCojtgCwWgzI"
    "nkmILYeASLa3LSDcOvXxUMEt7Okb5DEXr8LYMDuwcgWHJtKjZD3iYOlvmncaRzq8jwbTCa"
    "s10ynZmBP/NkVt06zKSABcFgfVQxao5lWWWE0S81ZlxvrAtyw2KOvcoqxh3L1wkU0U30UD"
    "nl3Z6xDbxfBxIcxRDLusZOGGo7UJEcv9fSJRU/yfq+weBoDlukRXFZc7KcU+mWrf4tlurs"
    "9J1631uW5GouGpeSdpCMlX0xbipL8OHu0dnO1mEqe1uy0jMc62Fs42cz3NHoWsNng+zPU0"
    "Tdpi/3Cup/nNh2X3ZQpq/KRRMV1lfdrlbhPMYw0yIkWRfHwbZkI4CI/ZLUHXMzqdWSvgA/"
    "8aPZ5TV1S2BpAdLkij22MQWTB79gStQM0U2QriXnmJ2rqrl+7bRfaHEo3fWdJ2wG6IUg3i"
    "lEBDXXP7N3FkH4uaUVWkM5u0on3V7j6OpgVovI3DLEDzAmxU8WZ7e/Yx8ak9k+3Z8ZPGPR"
    "tnfe7bs+uXYN/2uwNxwnS23Zmi+xX7/2Ur+/9lg/3/slKoBD4qBYTj7hqi++zoqI3z6uio"
    "3nklnpVqaDAvILLD9P98uryoixtLScphgdQO0P8QKPGHuKU1gCvACD0rtdGZ5UDMfjHKTw"
    "ywcfm2TTezb/8H09FwuA=="
)
