"""Keeps how long an endpoint's requests are kept, who said so, what went, and the failures that no summary tells."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
# An older release removes nothing. It knows no days that are gone: `arbiter rebuild-summary` is for this one.
USABLE_FROM = "0.1.0"

RETENTION = """
CREATE TABLE "retention" (
    "inputs_days" INT,
    "rows_days" INT,
    "changed_by" VARCHAR(128) NOT NULL,
    "changed_at" {time} NOT NULL,
    "inputs_from" BIGINT NOT NULL,
    "rows_from" BIGINT NOT NULL,
    "inputs_removed" BIGINT NOT NULL,
    "rows_removed" BIGINT NOT NULL,
    "feedback_events_removed" BIGINT NOT NULL,
    "features_removed" BIGINT NOT NULL,
    "observations_removed" BIGINT NOT NULL,
    "external_ids_removed" BIGINT NOT NULL,
    "inputs_removed_at" {time},
    "rows_removed_at" {time},
    "endpoint_id" INT NOT NULL PRIMARY KEY REFERENCES "endpoint" ("id") ON DELETE RESTRICT
)"""
CHANGE = """
CREATE TABLE "retention_change" (
    {id},
    "inputs_days" INT,
    "rows_days" INT,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" {time} NOT NULL,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT
)"""
LEASE = """
CREATE TABLE "retention_lease" (
    "id" INT NOT NULL PRIMARY KEY,
    "token" VARCHAR(64) NOT NULL,
    "leased_until" {time} NOT NULL,
    "looked_at" {time} NOT NULL
)"""
FAILURE = """
CREATE TABLE "removed_failure" (
    {bigid},
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "arm" VARCHAR(16) NOT NULL,
    "feedback" VARCHAR(256) NOT NULL,
    "requests" INT NOT NULL,
    "scored" INT NOT NULL,
    "errors" INT NOT NULL,
    "caller_errors" INT NOT NULL,
    "unscored" INT NOT NULL,
    "never_scored" INT NOT NULL,
    CONSTRAINT "uid_removed_fai_endpoin_4c9a63" UNIQUE ("endpoint_id", "day", "algorithm_id", "arm", "feedback")
)"""
WORDS = {
    "retention": "How long an endpoint''s requests are kept, how far that was carried out, and what went with it.",
    "retention_change": "The append-only history of an endpoint''s rule: what it was changed to, by whom and when.",
    "retention_lease": "One row: which process removes now, until when, and when one last looked at a clock that was "
    "believed.",
    "removed_failure": "Failed requests with a ground truth whose rows are gone: the daily summaries do not tell them "
    "apart.",
}
INDEX = 'CREATE INDEX "idx_retention_c_endpoin_36b6d3" ON "retention_change" ("endpoint_id", "id");\n'


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect."""
    postgres = db.capabilities.dialect == "postgres"
    key = "SERIAL NOT NULL PRIMARY KEY" if postgres else "INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL"
    given = {
        "time": "TIMESTAMPTZ" if postgres else "TIMESTAMP",
        "id": f'"id" {key}',
        "bigid": f'"id" {"BIG" if postgres else ""}{key}',
    }
    text = ""
    for table, (name, words) in zip((RETENTION, CHANGE, LEASE, FAILURE), WORDS.items(), strict=True):
        made = table.format(**given)
        if postgres:
            text += f"{made};\nCOMMENT ON TABLE \"{name}\" IS '{words}';\n"
        else:
            text += made + " /* " + words.replace("''", "'") + " */;\n"
    return text + INDEX


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    return """
DROP TABLE "removed_failure";
DROP TABLE "retention_lease";
DROP TABLE "retention_change";
DROP TABLE "retention";
"""


MODELS_STATE = (
    "eJztXWtz2zbW/isYfWkyo3ps51rnk506rbdO3HHc7c7WOxIkQhJritASlBXPvv3v7zkA7wQpkrqY"
    "YvGljUkcgHpwO/fzv96cW8wRR+cXd0z4vTPyv55L5wz+kXnTJz26WMTP8YFPR45sSkcDP2w0Er5H"
    "x9jVhDqCwSOLibFnL3ybu9j4nGBbwifEX3FCnSn3bH82Fx8IJd7SdW13SrjLyIw7liC2LwhzrQW3"
    "Xf87+NMitkuGQbuBcLg/PMJxLT6GgeHZ7oZYuvZ/l2zg8ynzZ8yDgf74Dzy2XYt9YyL8c/EwmNjM"
    "sVJY2hZ2IJ8P/KeFfHbl+p9kQ/z60WDMneXcjRsvnvwZd6PW8G34dMpc5lGfYfe+t0R43aXjBBMR"
    "Iq6+NG6iPjFBY7EJXTo4SUitPiB+1hsMvtzcDb5e3g0GvdwEhhQJwINHY+7i5MOnCvnrp/gJ35+e"
    "vH73+v2rt6/fQxP5mdGTd3+poWNgFKGE58td7y/5nvpUtZAYZxaoAigH7scZ9fTopqkyKMPnZ1EO"
    "MS2DOXwQ4xyv/X0APaffBg5zp/4M/jx5W4LqP89vP/58fvvi5O1LHJDDVlVb+Evw5lS+QuBjoH3b"
    "dzQY37FvBSs4IugEvCVw3l3+6w57ngvxXycJ44vP5/+SCM+fgjfXN19+CpsnYP94fXORhdujk4k9"
    "rrOoEySdgHzXK1r4gEUdgCMCA28FeJN3Z42LL0u2/grUYB3ccF26AmNgH5ln2WMNpsUrN0HSaO1m"
    "8ez60mVUwBfVuOxiii7gu+/LTiznc+o91QE8QbK/07jX6wrg1Kl1foTtO3jxvX1d4fR4+7rw9MBX"
    "aXBRuKgrjHQU3O0fzQvqwb985ok6p0WaqhNA7/vIGMMVB+AMRppjunhtp6k6AXxmhZ++r7LET98X"
    "r3F8p8eaag7pH+GNb89ZOd5Ud1xbAelR+I8DRL9s2V99vvx6d/7519Ta//H87hLfnKbWffj0Rfbs"
    "iTohv1/d/UzwT/Lvmy+XEk4u/KknR4zb3f27h99Elz4fuHw1oFYSk/Bx+Cg1zQwgbDLJSbotTPEB"
    "MZ+HNsOR1vlkUEv7m6NrJAW3be9uWxCOUDptiO6pQbcY3fGMzhfwDfWwzVAZZDXIhnameshmqAyy"
    "AbJob5s8aI1DIWR5lD9xj9lT9xf2JMG+gq+i7lgnhgUW0MtEVwcG8l/hSgqfxne+R1eRoTK7wAAD"
    "+OUgNOG7W7gKb68+3vUKrrctIPz5+jzsrsMg5272OjCfGpjrwnxaHebw6jIgVwQ5c9cXQIzn84iO"
    "H1bUswZFB/WCj2cajc5FQPfpl1vmUN/WqthTPiqX2FOHME8zDo8Mm28DJuypqzDxkWDeo8RhK2Dd"
    "xP11FTKPwbeKTdfW5+tb1c/Bah3yKOHxxU954thKHWj5V/PTefYJdelU/iQcG0fSHFmFXnfRibbW"
    "9W7AoqZrHfDuZoys4FKb+QJd5Khylpt4fC6d4uZ8DgcE/PMDgVPeha+PWy+YC+1dtiJyvLzn3Zb7"
    "Xu9y90eEgLqJ4L//MW54+3TDg4l0UCfOvIGaSw0T5XBarDTIU2dAnyD54R6/Olh/vPnt4vqS/Hp7"
    "+fHq69XNl7T+Ur7ER/DADpmq82tjKvhbKpJT51tVPWeKyCiM1iuMEj7sG0qAscf8gSFcWcJOLa4N"
    "ZD/DrbeFD5UyYTEfGoqMFfjQqGklPhQ6ZK71PXedJ0KXlu0Th09jzvGMrGacWDawiTPqw3+Y2ycr"
    "258RYAcJOuUuBRNkxCawSQl1LUInPvP0fOkOxzJ8ajvO9zI+9QF+Vh7WYv+VsH0XPVe27ptlXISM"
    "i1AL0O8S328xn9pOLV/HBEknNtO+HR2NqGVErU6JWruXHJIiV6H8kJHL1ksRPEOwVpb4ma8wtluZ"
    "IBKa5xUVxONLWBd9xdYzOp4R6s2JoMDpQ0Pb70tmfgY9eKiABHafKkIOa49MGLMQMDKGX5YXLPY1"
    "8L17754TFGDC4PUXwzGfL3A1DBUqL0FIsR2HOEAkoGsc7Tv8h1iBmEJQBBJj2GHwCAQYwWDAQF5R"
    "Yk44YJ8Ifu/Kj6HQ3cSeLpEo/m1IPuZLWMryB4jlHN4+Qjf+zBZETiZQwjcekWsuRDAgSFcOylFs"
    "IftCoWrqKShG0JnFrHvXkc37ZOHxER3Zju3bQP2PrzdfFAkXjIyeyNihQpwBGXy1FOfwJdqwFIRU"
    "PBAQ0nCIeUPxLJjQQamYlmiUO8oCa9iVVRQ0liTdzqXRBunth9PTV6/enR6/evv+zet37968P47u"
    "jvyrskvk4uonvEdSV3bwIFaKw4PLny5v1wh+Fpyo7gA2Qx3RJEXUCWZq5zHVcGKjbFEP5zSVAboi"
    "0BgmHR+SGqG7xORWQG+MblWMbmI5+pPVi8BOkHQhQji9vE/fVFnf0Kpwgct3GQ1HwNhobAIcmAjq"
    "Fqg3EmQZpEdA163FfHFzc50SgC+ushLub58vLuFseZm7NIvc/QEG5tRS4OUozQqvtsJD4B6ps9Ss"
    "83KPiQxpw5O7Zajv2lsihG1CbYdpOPbyoyVP3eyEORzQd3PA+Mwd12NXdMRmxVdb8aFrVZODPUdr"
    "jvaqR3sIXaPDPUdsFnu9xd70gM/TmyO+zhEfHxiNDnkNuVn5dRibMfc8rWhajbNJkJt132TdN8Zf"
    "04GZgfrMpceEbS2phs+pwl0mqc25U+/GbYq8jt5gX+fMR4OZ5sCxp+uzNISkW8my+dxs/Z6sT8U8"
    "T5N5yBKbmdhgJtSiThmO8xNS7DpV3EMXxN69Z4yLF/cmM1LYh5kT49zWmpQ+GK1aM59PgsRgahwG"
    "9+0wmFu+W0O2azk4svAmd+4WvDFzvmT5ibhx2R2H/1Schjp5GNrlQVZ1CtKuc1UmYTM314UNm6Cn"
    "821Vb/qlDq0Le/AQNFpfGckl579eEWjfR4/G1cweB/6N6Cxp2VN0vrQFET5sTktT9qgePbqUDsWY"
    "w1E8lB6ayr8SPSfR7zPMCSb6ZAiTMrFdZg3C5ivuWYI49gMjwwV0Zo/9M9sd8zkbSOdMG9D1hmeE"
    "Lqjno0Np4Jl573owW1Qw9bfFmSAu98mDy1fSX5NMPYqOpT7n0L3vOyrUzmXSvxQezpfj2REZwlfO"
    "gTNUP2qIv0pG6bGxx/woRg9G4770Iv5AbD/0WYX/2E7Ug/zLFHhqY8Se/H8O1mKjZdh+O16Ezwvt"
    "7sPIYNtO7G918I0pjJ9mBT9NdTbVATim6NwS3n6tBXUV1YE3puji+jWhpq1R3xxaqKnHHvlDo2lO"
    "U5qM9G2e5QwTX0sXmyc1Ktj6KliQjPzBUjTaaVlas9favNdS4mkdHiVH2IV9tmtWMCnK191XWVqz"
    "r9q2r3KGgeeJd/9Iferw6S17tEVBtHu2Sb9MNThWjQdesvVaHeGNy4jHVxhNLRh84nzEPDKFJ0IF"
    "caOe7ClIrqpCtlXmqn4QvI0x55Fqj6CqD/WFeV3iDsdpm5qt/ZL0jvVsyRVY3YElSbU/I+bxbjHe"
    "g99KS46zH6ntPH0Evn5ZdJplWpQeZha2RdtNonGlpB184su8zzLKRCa/UPkqmEU4Pv/t7iOx6BOm"
    "40ONPrHY2KH4VpoZJAEq/mE7+rMPmIpijpRoLFh5NlZ91Kfs2M+wmpPuD4BKmoMyJVeiqhXB33HE"
    "TpCVA/+t+lYZKZoel2VbumOGib04oZXknaCaGAhkRguUv1QX85DiP7ulJkOG0pTH2pOXUvZ8qer/"
    "lSEz2GqwrR1duVlIZevg3H1MZfISrKxJSdAYnKvhHDAY1c+HmMCcDJqTobi2TolYFZMYTFsoM/2a"
    "SJtUJDX9mk6ttE5uymRiqiM5rcKcgTKtoFTN0ET6vCelmxnZrkwjKLnwlIRTW2bazYDoi/YV8wii"
    "H5p6k04XmB7jxdDic1hhR6h0soVvj8VR4v0AhhfDl5vKYNCLkbqM1HWAZ66Rutpx/xupa3fYBqdz"
    "RUiD1gZJDZKG6zdcf9sxRWZygNxMDVBTNAZVDaqSva7HrUYkXQJ0z+Hq4r9L6uk88EqBj4kM9I2h"
    "x+Ng0GDZp+nMBBysyfvrcj6nXrHqJnzfX6+2EYmmlardpUopBPqQPqECaDwi6z6wQCNCZmiStixm"
    "EZ/LwLgzFckXF1sIVCdkzqhLBJ8zfwazrS99t4+BZYWKUHAhxxiS50K/qsiF4GGIHpbAuO/d947I"
    "OfaJnxSm/xHYxvYFUdtOEkp1k4f1IbDuhcMmfp8MMWGQP4QRz8MPtd3AHk9dAdOABSXDIhNhbQ4s"
    "9oc9wuOotMaLIffmR/Des5k4ClA6CuZ1IH/oFvRIQXJ7o0dq27nUN3oko0c6BD7d6JF2iG29giWm"
    "UkmRPTkfAWsUS0ax1HZMmedxrw6iMYHBU6uocxzmDWrDmqMz6OpU9XCbD4q9oYoP1iydQVenl8Py"
    "iHUYrJjA4Kk7C4oyYhefAoUpsA2i6jpXqhLUPeVhLcm2nCU01d6q5FlOoiaVTo0xj6gN8LWApyMB"
    "eOpKwVUBPkltgG8E/AbLPteFmYJ6h06RmbDSmVNoLjSwV4J9k/M+04OZgCoTEBT+GRzX4BdTNIZj"
    "1AYnKYROGqB6YlBdg+ppA1RPDaprUH3VANVXBtU1qL5ugOprg+oaVN80QPWNQXUNqm8boPrWoLoG"
    "1XcNUH1nUF2D6vsGqL43qK5B9YcGqP5gUF0nBTQRrk6MdLUW10bilZGv1uLaRMA6MRLWWlybiFgn"
    "RsZai2sTIevESFlrcW0iZp0YOWstrk0ErRMjabU1Ock/qbMMPlAX3BK87q+PbXmMW9bIRsLoeEYk"
    "qcqpKB6YJYMutNkVsxEoMA7zsWTVRP658PiYCSEjUmTpJl3Nqz2OLetlqRpSsuDUP77efDmDHoPk"
    "uKMnzHrSx/8H8StRlpKZjSW3no7k14XJSQgG5oTjyGpYIzalrsykK7+lL7Or3LvJIBYZ0wJNbatP"
    "ZhyWRRAvIwtbyXgZGbOiSmlRl61S2Xr5fG77uXieYDimInru3TikB0N0AlxGzAGkZVQPJYGXDkz/"
    "pqExQfcmKMYExRzMnWGCYtrBw5igmF0mBlDncq2zNkHUJVD3HKFugjx24YiMDFIe0bKKRyFFJyK9"
    "StDaWqWjlshBl8HV2dMIQdG7UgmIJVutr9pLloKRMRVMU5E3/a5tlS8OhOk1BWYPsngkX7m64M9i"
    "eCOCThy5e0A4+WU17rYM2f7Q7vUO+HozdVE3noqOVRtLiKKjga/n2S8Cyk+/3DKHFmy5gDs5v7gL"
    "HMYPc87jp8FllpFrVL2oDUEKWbhkkbUuwiW/beAtN8XrCvu5XXYWp0idsyFOn6+j5FVdhapYs1AP"
    "qFvVT3dh8pmLPQ9UecMN8boNu/soe+sSarXEeA3AxcDeuOyOw39qwFsB2HYWZtXj2kDjUVaaVHdt"
    "rteA1CxOeh7UyZNTJpMNJmqAvkBLZfjX0Z+Cuy+VLVMW06MPzP0g8/XJXIRotMQ/ZvZ0hnbPwMYq"
    "TZ46NctexpUG4BEw8A8wrjQBr2ZPii7sSvXssclSMEEwpwk2ssezaIgRm3CPEdsnPucPxfbTpBJK"
    "fcVmRlKjLNpUWaQmoTqwMYHRyWt08vVro29YFL11gO64KnriTKynHUqRdQLqfeuHwkuiDu5Jmkag"
    "t5O7MTq5dk/FIejkjD/N3nxX80DnUf4EDKw9dX9hTxLsK/gq6o51ljGN2fXAQC6S0eCxR1cR751d"
    "YIAB/HIW5rr4end79RHwfiaLuEfF0mM9nVgYvOqXSoOJRhXy3IMARIlYjv5kYyVkgcAz5T6I6Wfo"
    "HLua8XkfC6urBO8zviLw5U+hi6vok9ESBC/uy5YgM42ltATS1sR2bTHTeQHvY1CU/n6f2Y58gXpZ"
    "/L/ywUXZLhwbu5ep6HkkDuL2sOQXyT6DVPVqWMFVGxQNQ6n03oWFxDxvuYBtQqYcE/e7QSl6G7vj"
    "iwV8EBk6VOCCG4a59V22QqE1dBZWnsI+wfljhRXpjVD5jEJlsGrqSEEJkq2wiS1yQ9hJTWO5EesA"
    "HBF0gQvftZAZHEEaTW6Jo2iCqEucmHEUPUgeWCdEjjRxDsUnRpqqExqTPXgvGYG9EP0uCewhA91g"
    "njOkW5jolt3Ohz7PbXH5/gbikkudq7TEkn/bLxVzg3ZhqOJaUfd3KXWC0DjDKMon4bN5YPKjyYDN"
    "hDHyTIppE9sTCYkPy5SGlkcsgKaRb3c2Egq1V1LOxcBRDKON7JMi7LkfiqwCyRMl1mLpNf4KEJ8F"
    "UFtSJJUWUawDx1ScKSbLP5MBrV48itru8Evgb5ejlIzKJfLAngpF1j+yc5XUvlS2kgafrOVeAxeX"
    "K6uUj9oqD9sGOXfnHGw/mQMWHlz+dHm7RkQ2Ct9dMbuZTVSV282QdZDdPT0+rqKHOD4u1kPgu9aE"
    "RH0KCr9cPjJ9XFS6QektGRaRGbCobaXap9Aj7MnvZe6BIB+CKkcanKXfCTKVdT7x3PNnHzDNgMOo"
    "ytvAZCKGqGznl9+ur/WFTncyynql6R+ZGyG8hkwKg9alMCgunlRsmi8pnHSQSsHnMs0brYrRqrR0"
    "2R+CtK1R/rZFeHnuffW84kuJF4UXx0ps6ETRxbiLfsaLIr00W+VEcWWx+YLLBHgwZzomOtOilIu2"
    "47aDh6BxBfd6VSQTmFigkf4EyLRiWi/qWv3Ye92WecHInFrsg+R9fWCDJ7YbuCoorZBKi0ZQF6Pz"
    "qN/lUFqVzgLGHtsL6mALxMTkBGvJqVfOUKfmrSpvlyIyrF011i44KKpiHDTvILo78ROBQ2vKPFyY"
    "tdxxMmQdRHv7TiPxNV8rJ1OGrBNQ71sUZ98WNpamqy8epin3Ix7u8zY9dOmwJbrmKN+AjkNO5CIo"
    "4Y3DzAfVuGLMAIyJfKWFUpoYI6/ebCgopgEmU2UO9fhyCiwsJ3I4YF0njPpLD7jY+959L+mzix3D"
    "WpkAzw4Cmj4F8T4/AG22l5jQVybpJROPz0kyR/AQVpON6AzRbRjtvGo/9ckw/K6hSiTMyNDnPnWG"
    "RJpk5ecdERWnbgVW33s3YfENEhXLDquFrgY/ysSuPqubcTgLdfiamKQTF+0e+PNw39WTRpNURhnX"
    "2BtWHmQ1jo6ofZcw35prgPEt3j6m4c+ocb3FFAZR7SrFPBt1EE1QGES1eb+p18x6mKY01sPWyYfG"
    "J/vvN8/Gd9IEy7fQzNvmYPlkHkiNCiuTJrJYizV3BjTVsoJ5V4LGLCK7C0tRRanLUH2jsrEN0Ylx"
    "JYLaTlj3SmUqRBJYXv5S1YISzLOpY4ugHpTOyrvjEWXGNJW2SQapB1onAN+eJCPUMWB/sRw58maR"
    "g/Rlfzg3UgWGbppUiCMiIyFs9SEWLCoXh3/Ccl9ofeYrjEnACAPZr4gVcQ+MLXBsG/oKp0UNwUfc"
    "eopGF1GYhYJkCTvJk13hQpAUj8wTpaWvUqnbgpTxAZHRg/2NE/4/9xW4ew2Y3DMKphoop6m6iHUV"
    "c/VJsbX6JGesDo+TGignSLoIsamvcNad+gqmdMiul3YysW9l3VlMsj+Z8LjVrIbxu/+baVT2nrW2"
    "ZdqxXbuGRXJdg42UpTW6yTbvpHi24PwT9TgsHW0XdtfevQGNftjoh7unH84X5hpQMTjJg2+qc+mA"
    "OjVAVQNqPKPzRWkdG4OXsg5sWkQpYXb5KjvsKlz7r9HVThZoa8WmxoBIMZjV60wlVuDHoMsOAdvM"
    "QCqBKDeShlhVM5QOwtmqllNG8KU3xlTa38L0Z1FP3wllMTwjDvWmTJkTQVjAPC/OU5AJXDwwC82L"
    "+lwyW+19g8TbMTq1uPQsWXeylO3MPKg/K4rF0LB9J5TO+5A9N4pR0uyI/GSFB3pFYWrDqp/Puhuq"
    "SlPZg6CKOLUtF5qAWSu/I2KOruItIWKCSveEw6eaEzzkTFX5PwxwemToQpIo6pBsbsuIqKFqNxAO"
    "94f6e2Ono1XJRZad8NrZyIyfyaZlHaIFWtVKEFN04jLZtf9DYl/UYYnSVI04onaVzzDp7w/WAm8M"
    "xo1Y0UMzc7VKenvuXbVbI0uJWNAg29pGgkE7NtBORIM9euKHSkyt+JDQcJaKDYkMfOulBZAcycJj"
    "li3THSR0OORuFqW1x+ptcLCeRRmGXcaAhXfDVA5AOIzPaI2UsJNRpK/9mHseGytne8F85a8fZTTG"
    "sZTiyoY5wORuUYr/IRx5trXEXBAvHqmzZGRuu8t0tuSXsoN712N4QAoOHcQlADDFP2Z+my4xrz96"
    "44+B0ifSeV8s5ygSBan+j+DDo3QWUfG6hcdHdGQ7tv8UxgnA9mJOZbEnYzVEqadP9NKQfK4MOZmn"
    "csj4wf968WINHmEiHPz5mA4j/I5YmPo2iJfcANEfJJMHh4dMT3YDaxH/IL//fHl7Gc0STCa5+krg"
    "GJAZqHt/Zb4i0S7+zhoflaHfxiclStLV/pwEbdmnhOUVyz4jswD0E18HKWo7sLm2MYvk/MuPajnL"
    "p+ETtdOCJ7nfk69toflVfOmPueLyorWb2Eo9dTkEmw3/kmOq5jL/pLwsE2uiHkaqyL0ohCX3o9If"
    "s/4n1txxHlcVtMvmKDgkEfdP59dfL3PfGJ6Fu/hC5nncW/eF4Qekl3stHc6aJMBdswm0sXIJ9TSc"
    "aLEYHTTvgh/brtU/LSib2iqEd5IQ03YXSw3ExeawiKATKqB9+2JO4CvglhAL+IxaVsgcoYG/SchR"
    "zEdVDjqKSToBefpMqaLyLFZ45tSd6ltroBsRdO+43v6FGLH+VdGNZYXOobuTyzCSmjJ6RYfTgmM5"
    "osggPEGSw8O4BNIfb367uL4kv95efrz6enXzJa2Ely/T7PPt5fl1NndiWmStjHKGzmBdAes5SKp0"
    "WovHSJB04cDYN3ORVLVUXdkJmoarum38xY6Xtans9gxCS1qZXMeKnSE1wZpttmIHKtP8HF9w7jDq"
    "FvnHRlSZ6R0BWadm9OLm5jo1mRdX2e3z2+eLS2DrX+ZUibnUDLH2ufJtkSQyTFCF2yJth6iMc5rM"
    "IF0B6bShtar/S4poK556zy2kbtlX7zkdizoOrQmLN2HxLfTWqhYWrz0jtgBwPY+4lp0QW3aI01xv"
    "W0C4ciD4oYKbutM3yOoQiY7skbmbxkp/Cjq7xL46dHpk5HRZzWdDqAKfkk9xaaCuYNUwuJyPBPMe"
    "I9T0yFaPMVcHwE26026cBbWjzO2pR4PB886/0ct+qfNvqlmV8spRTmtZy208Y3OqvFuxsrHDqJAv"
    "z70RSDsemVEhCx+r8G8k4Y6Faa3DtpJ0xb0HISux+do6y/sYc4Po8+dNmfy8rmW7CgIqdhlbCkRi"
    "gDX96oCeIeugN8Kr0wrgvzotxB5fZaxgsItqBrolSAzEBRBvFOK/veCRDKuiuUTyzEzxTRL7zseN"
    "K9wnQXMZDR6V54xqE0RVQS02dqjHZBGDYCXobooNe6sSQpH4fZj2BP8fF11WARKJJsr3W9co+Xct"
    "r+WyQokdCz7fS31EUxL0eYN8w11UFeKwfRds0XvwyopPoMoGnJjEGG8qGG8SJ3kO5TUhJmnSLqnD"
    "nyvYpESTnohy3VjPWz13YNvmp6omMr00WxX1/LuHcr6OYQ3elDKqq7hNtcxIoX6BEkVK1Pl4JuOM"
    "LUJH/JGR4cyezgYrWAfekLyY2w6W+AKQraiiFzRlCz6evZSlvDAWmGCd1YIESXsYdAONx04yIrVf"
    "2bHjlEg+f2C16hVFBB3kNbdfNyHeLPWEqjSduaRrylcJU/a3hQ1St9YRsmwC0nRmAmpNQGuUTXO4"
    "saxP1HYKlU2pFqV3uKfayvQDlZVNn2SugrjepUz8QVPpO8hqxoXMOSgI9RiZcpedyYvUAuInTNIx"
    "p57NBLE43MQ+8ZnjyDqehC6op7Fe7GNQTGsSOR6QY8wW4kIfyv4heJg9hHpzct+77x2R8/T4UkEm"
    "xsAFY61PfwafrvrwyQNb+GdSeSZz/MJT2UMB+5DLL2FRqQnOugyEUd+hZ/lGFT+NPmxf+rBgNvMe"
    "7Hrwg+ZlXusHeHKXKRPO7y6Nm9zfwLez89juLytH66DccRRycQRWmVFhwwisdoO8E7V3cZGQwqMh"
    "SWKOBc2xoFjEGojGBAZPnTyMea7qrNCYwOCpS81MHYd5g9qw5ugMuhp0l27t/Z8kMZhqMHVRIz+o"
    "jWuWzGDbNmWXz9wiz9z4Zb9cxZVstla59TNfEYe7U6ypEYqPcfJapVhCZU6fzKDlhHqBFywVZEw9"
    "z2YW4UtfqYxW8g2MrrRVOqfc3Q6HCi20gkXdjZgD3Qxl9jQhfTiHZEYfmUr1iw+hpycyhw0Rev2i"
    "Si0gQ81aQBTq147IBYexZCmqKbzvQzf3rkwo7FFXUJl1WKiPVspGlXgYq5EInz4JVcAKCbylI7P5"
    "AlcKvVtn6vfAAxwnaCyH3NDm1iJVQht0YTuzwgWLzIJ5q2PkTFOZkFFN0D5uw5qwpmgMqBqeV8ZG"
    "1C5HkqLqoE5hN+VIAtQalCNJUZpyJK1O5JLgMmpam9KE++PKj3d7WO3ZTSBi1+qhnyIz2DfDPljC"
    "gX290fJP0JpZ2GAHNJqDLKWZgWYzkAmfbzYZJZ2YeWk6LypIv+mE5KnNTDSbiURcf8PZKOrBzEhT"
    "90qfeS51BrbVcEaKejAzsg1uqoHcqO3ApAFts/SY5MAazLiG3Mx32+Z7IzNTldRuYT6civFomyR2"
    "e1ZdftVgtGpp3XZgwPsoFXe9MjNe0KRfyZg3GMetK0WfQZ/w47+XhqqwyiWGhaXNbkuHhXanwMim"
    "FI7E530yekIP83lga2OuPuJsVwM1LEu539CzA/H/NjavwwDa2Lx2a/MKSvrWtHmlqIzNq6LNKyqf"
    "XNvmlaI0Nq/WcbEmTmVvbmgmnfPe+P79O/ldY66GXpmIoFpUlBCcqPFaAQEkRPRIQ47cHs+wPPyY"
    "CRE4rGEA56pPltCrI9nxfsSYE/RMc6jwicP5A3DvMpXm2OHjh9hPb8Qcmz3qElTsb1iToqJlgoJJ"
    "UbHTFBVy71sDuXnq8ltZWsNxtZrjUkdgA746RWgmuXWT3JIYhHPmweWsY0uCN6XsCI3brONCiie2"
    "bbf3313L98g8oU3DX3x9J0g6eIGfvnlTKfL4TUnk8ZvsHY6bqgbCQfMOontyfFxFH3V8XKyPwne5"
    "mnQ+04nP//h686VAERWTZK9Le+yT/yOOfciZHHXgIhipOzJXyDRbszRz+WEHF88dUPfX/wMzPa2l"
)
