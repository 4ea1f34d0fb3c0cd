# ruff: noqa: E501
"""Finds the requests of a subject, and keeps note of subjects that were forgotten."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
USABLE_FROM = "0.1.0"

INDEX = """
CREATE INDEX "idx_ml_request_subject" ON "ml_request" ("subject", "id") WHERE subject IS NOT NULL;
"""

SQLITE = """
CREATE TABLE "erasure" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "subject" VARCHAR(256) UNIQUE,
    "token" VARCHAR(64),
    "last_id" BIGINT NOT NULL,
    "requests" INT NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "finished_at" TIMESTAMP
) /* That a subject was forgotten: by whom, when and how many requests, but not whom once it is finished. */;
"""

POSTGRES = """
CREATE TABLE "erasure" (
    "id" SERIAL NOT NULL PRIMARY KEY,
    "subject" VARCHAR(256) UNIQUE,
    "token" VARCHAR(64),
    "last_id" BIGINT NOT NULL,
    "requests" INT NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ
);
COMMENT ON TABLE "erasure" IS 'That a subject was forgotten: by whom, when and how many requests, but not whom once it is finished.';
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect."""
    return INDEX + (POSTGRES if db.capabilities.dialect == "postgres" else SQLITE)


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before; the notes of what was forgotten are lost."""
    return """
DROP TABLE "erasure";
DROP INDEX "idx_ml_request_subject";
"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYfWkyo2Zs57XJJ9tRWl8du2M7184lHQoiIYkXklAJ0oqnl/9+C/CdBC"
    "mSEmWKxRdbArEA9ABc7C52F3+PbGoQiz07PbsjzBu9RX+PHGwT+JB7MkYjvFol5bzAwzNL"
    "VMUzzYsqzZjnYp03NccWI1BkEKa75sozqcMrnyJeF9E58tYUYWtBXdNb2uwdwsj1Hcd0Fo"
    "g6BC2pZTBkegwRx1hR0/F+gK8GMh00DetpzKLe9Bnv16A6dAxl3XXhO+ZfPtE8uiDekrjQ"
    "0ec/odh0DPKNsOjr6qs2N4llZLA0Dd6AKNe8h5Uou3C8D6IiH/1M06nl205SefXgLakT14"
    "ax8dIFcYiLPcKb91yfw+v4lhVORIR4MNKkSjDEFI1B5ti3+CRx6mAASdlI066u77TbyZ2m"
    "jQoTGFGkAA+LdOrwyYehMvHrF3wIP54cv3j94s3zVy/eQBUxzLjk9feg6wSYgFDAc3U3+i"
    "6eYw8HNQTGuQUaAFQA93yJXTm6WaocyjD8PMoRplUwRwUJzsna3wfQNv6mWcRZeEv4evyq"
    "AtV/n96c/3J68+T41VPeIYVXNXiFr8InJ+IRBz4B2jM9S4LxHflWsoJjgkHAWwHn3eSPO9"
    "6yzdhfVhrGJx9P/xAI2w/hk8vrq5+j6inYzy+vz/Jwu3g+N/UmizpFMgjIu17RzAMsmgAc"
    "Eyh4a8Cb3jsbbHx5ss1boATrcIcb0haYAHtPXMPUJZiWr9wUSau1m8dz6EuXYAYjarDZJR"
    "RDwHffmx3zbRu7D00AT5HsjxuPRkMBHFuN+EdUf4Ab36sXNbjHqxel3IM/yoLLlYumyshA"
    "wd09a15hFz55xGVNuEWWahBA75tl6LDFATjaTMKmy9d2lmoQwOdW+MmbOkv85E35GufP5F"
    "hjCZN+D0880ybVeGMZuzZC0mfRhwNEv2rZX3yc3N6dfvwts/bfn95N+JOTzLqPSp/keU/c"
    "CPr94u4XxL+i/1xfTQSclHkLV/SY1Lv7z4iPCfse1Ry61rCRxiQqjooy00wAwjaTnKbbwR"
    "QfkPB5aDMcW52PtUbW3wJdKy24b+/urhXhGKWTluieKHTL0dWX2F7BGJphm6NSyEqQjc6Z"
    "miGbo1LIhsjy87b5V+nhUARZEeUP1CXmwvmVPAiwL2BU2NFlalh4AjpJNXVgIH+PVlJUmu"
    "z5Ll7HB5X5BQYYwC8HpYk/u4Gt8Obi/G5Usr3tAOGPl6dRcwMGubCzN4H5RMHcFOaT+jBH"
    "W5cCuSbIub2+BGLOn2dY/7rGrqGVMeoV1ZcSi85ZSPfh1xtiYc+UmtgzPioT3tKAMM8KDv"
    "eEV98FTLylocJEZ4y49wKHnYB1nbQ3VMhcAmNl266tj5c3QTsHa3UoosTZFz2hKbaVYWjF"
    "R/aJnS/BDl6In8T75j1JWFap113M0Ta63mkkrrrRAe9uSdAaNrWlx7iLHA6c5eYutYVTnE"
    "1tYBDw8R0CLu/A6JPaK+JAfYeskeiv6Hm347Y3u9x9jhEIdiL4+6dyw9unGx5MpMVt4sTV"
    "grmUCFEWxeVGgyJ1DvQ5Jz9c9iuD9f31p7PLCfrtZnJ+cXtxfZW1X4qHvAgKzEioOr1URw"
    "X/SENyhr/VtXNmiJTBaLPBKOXDvqUGmHjMHxjCtTXszOLaQvdT0npf5FChE5bLoZHKWEMO"
    "javWkkOhQeIYP1LHekDYN0wPWXSRSI5v0XpJkWGCmLjEHvwhzhitTW+JQBxE3CnXZ4ShGZ"
    "nDS4qwYyA894grl0s77EvJqf3g71Vy6lf4WUVYy/1XovpD9FzZuW+WchFSLkI9QH9Icr9B"
    "PGxajXwdUySDeJn27eioVC2lag1K1epec0irXKX6Q04v26xF0BzBRl3iF7rmsd3BEUTK8r"
    "zGDLnUh3UxDsR6gvUlwq6NGAZJHyqa3lgI80toweUGSBD3cUBIYe2hOSEGBwzp8MuKisW+"
    "Ov7ifHFOEVdgouD1J1Od2iu+GqYBKk9BSTEtC1lAxKBp3tsP/ANbg5qCuArEdHjDoAgUGE"
    "agw1BfCdScqMMxYvSLIwaDobm5ufA5UfLbOLlOfVjK4gcw34an99CMtzQZEpMJlDDGlrpR"
    "iKZWqSOlKhX4SHgUdWGURWylSXfDsfugOv10cvL8+euTo+ev3rx88fr1yzdHMeMuPqri4G"
    "cXP3Mmntkvw4LEIg0Fk58nNxu0LgPYmaPBSmyiF2SIBiHJdB7QDOySC/bNcM5SKaBrAs1j"
    "lFcuneGZCS+DROOtOO8qoVcnXnVOvJg/+y9pFv6cIhlCeG52eZ+8rLO+oVbpAhfPcuaFUK"
    "qQGOQptQh2SmwLKbIc0jOgG9ZiPru+vsxon2cXefXy08ezCfCWp4VNs8zXHmAgViPrWYFS"
    "rfB6KzwC7h5bvmSdV7sr5Ehbcu6eod61q0IE2xybFpFI7NWspUjdjsMcDujdMBiPOHozcU"
    "VGrFZ8vRUf+TW1YewFWsXa67L2CLpWzL1ArBZ7s8XelsEX6RWLb8LiE4bRislLyNXKbyLY"
    "6NR1pappPckmRa7WfZt13xp/SQNqBpoLly5hpuFjiZxTR7pMUyu+02zHbYu8jF5hXwN75S"
    "XQUW4EHvbTMDFCikRhqjwv9u15UVi+O0N2aMHMeXjTb+4O3FoKfgHFibh2yB2FPzWnoUlA"
    "a7+8AepOQdYNos4kbOcvtDLhJRjJnISCJ+NKz6CVqX0NK22+YsJBp79dIKg/5m4r66WpL5"
    "Hw++eu/Ia54F4sJkPMg5fTkNwf0ZxeXQ7RL29/8b8Aa7nNNaq/GyeIx4W2exf0lUvm5rcm"
    "+CYUys2khptJwGOaAJxQDG4J7z5PM9Mpb6MBvAnFENevClPpi4Hi4MJUXHJPv7aa5iylym"
    "bbt1ku2BEeJ87gHEQ8iy5uyL3JSqIM8lUqNQk9qKy56dobVQpQHJFL1zxGmBEYoj0jLlpA"
    "CQuc58k9cR/CpDaBq3wQMTwOnea5r398yxyiLhSDelFUPTrsp28qSv+lkI51lPQKzB1amY"
    "vyW5JSVPuzeR51i3HnoQsSs+jjsLP32LQezqkz98u4Wa5GJTMzeF1u6klVrhUsReeeyLcl"
    "HIxE0FEQJ0QMRHn5p7tzZOAHngaBZztABtEtzJ/CP8YEAbeFwOvoLd/xECCbU/IgoLVr8t"
    "s25KFS++lWwuk+A1TCepRLdRtnCw2/J85aYTQU/xy0HQQjtWWXVa/0wIw6e3iZq9hqONFF"
    "UbREccYyd5eM/DksFYMLlCot+Z4ONfP8pe5xcY5MYSvBtrFj7XbetL2Ds3t32vQmWBfkNI"
    "3CuR7OoYBRnz8kBIozSDhDeU7jCrUqIVGY9lBnug2v/SzTmG6Ta0E36UupG0TrpanL5EAI"
    "dZQxAmVkjl0kEjaQUAFBS67TGAaoJR7luor9Njg5TrIkhJoKsgl2EKM26Cgwj/KcdfvoWK"
    "SWiOQNdMQPth1oN8hOwSj/znUunrviy+jL6Bk65W3yIUWug4zXMT2GgtdJEIqkFy71g4QV"
    "Fpl7YzTlzobeFHo8jQZqOqFCB3ogTAPPBMlb5mVRUg2epY+3CMVxTownU+raz4J5NAmbPt"
    "1W7wtj4JWmpzS9A+PzStPrh8yhNL0OsW2W10QlNCk9p1eqh1I9Dg5T4rpUdut3+X4VEyg8"
    "ZVFbPPjH1RrDWqBT6ErQ5ef0WrnlrJyx5ukUuhJ0RQrDJgJWQqDwlPGCssDZci5QGimrEA"
    "2288Aqws1MRVgrgjLzhCopXJ1wzDRqwr7UGvOYWgHfCHg8Y4CnLGNcHeDT1Ar4VsBvsewL"
    "TagpaMZ0/vKxKwslqMVzEmIFexvYt+H3uRbUBNSZgDA/kHbUQF7M0CiJUerIEiB03ALVY4"
    "XqBlRPWqB6olDdgOrzFqg+V6huQPVFC1RfKFQ3oPqyBaovFaobUH3VAtVXCtUNqL5ugepr"
    "heoGVN+0QPWNQnUDqj+1QPUnheomLaCNcnWstKuNuLZSr5R+tRHXNgrWsdKwNuLaRsU6Vj"
    "rWRlzbKFnHSsvaiGsbNetY6VkbcW2jaB0rTauHgSyT0I96JAliiZ+NqwJYSLrW5kSIyGcE"
    "6ZhJbi7NPetbdpADiYBQCQwPMjkZXTsyp+dyeGOCITqVd4FwemQFnKuusM+Q7Q/t0agjrC"
    "ug7eQSe5V3r9VUDCwjWyHnu8RF5Syk/PDrDbFwySs31Hzv8titLVH6eBkH0g4VqvL4lmZA"
    "bZFdva8wdao5uJj5LhnJFIfw0bhSb0hVqhHyjj2eWTC4O1lk3ZpTd0E90C3fohlPz0XtMU"
    "/SFcR6L+kawcgfopBtNkYz30MO9URNRB2dIFOkTJ+bjsmWsqTr++iUh7r/vjQt8cD1HR61"
    "Dg3BBIiI86hv3ryISqdfCY9Ph4Hx6wIMMSLRZhi1HnTLaFCHB+OLDzD2Lw4sDOK6/grWNV"
    "pQHsPvhGnNTN4cXa1gQGhqYZGCfxqF2TtkzYPeo+B30R4Q8PkjpdnNlKb2iJpaD24l75G6"
    "1kl+HPEiNgE4Jhjevam7z4YesiDJjl6RySJFNCQr414yWqho4U4j2kI1diZJDlJx6XKGSl"
    "l5VJL/f7ixIZMHMBSgW8xzjlSl+e/bPPfkaOxDGPg+uSfy87FshXGVshsF0WskrlsrzRu0"
    "SBzjR5E2bWny270egsxr4Z77A+Op+H2uHQYJqDGCScJB9moiMrDFGcquPl1eynO6ddLLZq"
    "Xwc+7CN/j7p8pr1su8ZuXJI8oPTrZOu3pAbLXLYxMlNSqpsafL/hCkCYlyKzUthOb/C6NS"
    "yVUGhuZbyzgdwgsFk58nN9W3Qpdemdv47uIhHuuMt742d28y9IVB7BUVDoAlV+3malRK0W"
    "ZSt8HVuyhIEgZCLNCI8xIutOrUhlEb4+ASK37OYRri8MXGBnknZF8PxGBQFsOjmLnpMi+8"
    "HAbxUxOZA1uXXUlzCa+gb91cYXGJAMdEJQruCderFqgz81ZXtssQKdGunmgXMoq6GIfVB4"
    "huN/dxQP/E5Quz0XFjjmyAaO/+UCzZ5iWHM+VqeI5sEFDvWxUn31YmT83TXD3MUu5HPdzn"
    "bnro2mFPbM1pNz2JkJzz4iuXkG1Lw5maNcRjMZvEQKI5bvflMmsU1fEMTaPrPaeZW1+xvk"
    "xd+hpc+Rrcz0FcE1smI0KWtWVS8h56lArL6VCVKDrhnrjinsqt5OZ/itA80NiSXgkOnQjB"
    "4k0LYGqAcpZqiFjv/PKCiJ00QDlFMkSIVSjP2+GE8qgota6XdvkV7BX+dwO8f33nznfqaG"
    "9wypu6Rmxv2QmKQO/gcC6dYODAQK57NpdbYI0P54pRkxpmsrS8KnRSBpQkEZQCSgaUvsT2"
    "Sip2KLzisCphcpKl1m8ZkXsrGhwqXPuPy+2nw+CWYbnpi5EMifkmAvPaIXcU/jRagedhkw"
    "MCtp3VXQBRbXmPsKpnfdei2arn6M2o7+o8fvebJ1yvHRS39ANDuoUZe4ss7C5IcAs2qCZG"
    "cJt2EH7MvhKDO5zIHbx32voW0b69upF20AZ1Oa8oN41F9QdhptmHVWyrg0PJG1GcrIih1/"
    "Z03CrTx6O+DXW1qTwjqKNO7epcNhTWqveIRKKruUuwhKDWPmHRhYSDR5LpO+E+CI2Y9wS5"
    "dJ3KJJGubho8X8Q0qKcxi3pT+b7RaW91AoTyE944REidzG6bSyJeoHVN/gnFIDaTrk8MU+"
    "9FE5EoS9VKIupXzg4Vc3+wZ1bqiKWVKHpoRyy90t4e+63q9pClQi1oEQI1xBSAu1AN9uje"
    "GRkxpepDysJZqTakwuI2awugOaKVSwxT5yUpGw66ExFIUXo3zljfxmH/DiEgwjsUienmGe"
    "KmCY+WaAmd9MKT4k3DS91FGjpGvMAJNE4zwPsKDFcmzAGPuArBGXP30eBG1Sl6co8tnyDb"
    "dPxsCoOnooEvjks4g2QUGkiy5pF7IsKxFj5Pjcd4R0DpIeqKbIA2V4kC9lY3/d3n/Dkg12"
    "PGSK7fiPLgaCZXCu8osZKCv0fJ8guLuL85/0EwF/GqTNSjb1qyiDSOp5aO0Y/Yxkg0A6uL"
    "f0G//zK5mcS4w/Sgi1sEL7ZI9DD6nhtFql4yzgaDytHvYkipzHaNh5OirRpKlKUxM4xGau"
    "qG4OOhmT0fK+R4XKHoYley2ZZrCmH1ISS26FrD7UE6yl4h3EkgnumsfAnE5Rb/mGAQWu6+"
    "HWHnMAp+U/sKhtHooKVAqOBv44fsezptFjKSIhkE5FmeUseqU27TKVh0grE2QDcmGB673v"
    "2GGMvxddGNCYaHbieboVD7JKYTi+ISthxT5BCec5LDw7gC0vfXn84uJ+i3m8n5xe3F9VXW"
    "zigeZsXnm8npZQ7flUtneGZCDYl1vQLlHJ3CugbWNqiqeNFIxkiRDIFh7Fu4CG8sbLSyUz"
    "QtV3Xf5IuOl7XKKPkISkvWutbkoC5HqpIm9/mgLjSdF+f4jFKLYKfMBTCmyk3vDMgGNaNn"
    "19eXmck8u8i/Pp8+nk1ArH9aMCUW4jWDw4ZGu0WaSAlBNXaL7HlI3YPnDNFOXGQeW3XasZ"
    "PMY57oDxxaFY+q4lF76CZRLx5VyiN2AHAzV5SecYgde6JItrcdIFw7AvNQwc3s6VuEU2dv"
    "5NgySLFwE8hAuEdOe8Se724b/hp6OnwIGhsSVi2jOumMEfc+Rm3b4M6AAVxnGx0GL2ga3p"
    "lbahLXu+JiLPe/S1yUkso1siuG1TP36UR3qLI46SEyiG5heLkQZiiEXZY5ccvW6niqpX4f"
    "jxfl/1MJ5oUfWqqK49uzIMFTulIj3yeVdJw/288tPvG81T7XTUgGeGreSTRE9NbUhTiqPw"
    "SL9h7OdhOOU9vclpAoY1sNY5u6JadHLqsVlg91S06VtDg+nFtyfndh2l2ZgBo+qRRM10md"
    "eiHkBLNQggxIUcAf34qADAPhGb0naLo0F0ttDevAnaIntmnxBNsAssE4aXCJDSIrqi+foj"
    "WImTxoAvlMJrbuq9MtEpN0Ejp+KN74ncWOx3fe1xaFIoIBypq7vxAkeVmaKVVZOrVJN9Sv"
    "6l0LUjUBlZeCqAmonoCtEu/sbs8+Ja6pL2V7dvikcs/GSZ1Ne3b5FPRtvzsQI0xn253K/V"
    "/Q/1/W0v9fVuj/Lwv5UuClaoBwWH2A6B4fHdUxXh0dlRuv+LNcKg/qeER2mP6v2+urMr+x"
    "mCTvFmjqHvofAiH+ELe0CnA5GMKyUuqdmXfEHGe9/HgDW2eR23Yz+/5/USS3sA=="
)
