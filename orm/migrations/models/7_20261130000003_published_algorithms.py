"""Keeps from which manifest an algorithm comes, that one was withdrawn, and which declarations an endpoint had."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
USABLE_FROM = "0.1.0"

TABLE = """
CREATE TABLE "endpoint_revision" (
    {id},
    "number" INT NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "declaration" TEXT NOT NULL,
    "breaking" TEXT,
    "created_at" {time} NOT NULL,
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_endpoint_re_endpoin_da9e65" UNIQUE ("endpoint_id", "number")
)"""
WORDS = (
    "A declaration of an endpoint (its endpoint.json) that was taken; the one with the highest number holds."
)
COLUMNS = """
ALTER TABLE "ml_algorithm" ADD COLUMN "digest" VARCHAR(64);
ALTER TABLE "ml_algorithm" ADD COLUMN "withdrawn_at" {time};
ALTER TABLE "ml_algorithm" ADD COLUMN "withdrawn_reason" TEXT;
"""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect; the new columns are empty in the rows that are there."""
    if db.capabilities.dialect == "postgres":
        time = "TIMESTAMPTZ"
        table = TABLE.format(id='"id" SERIAL NOT NULL PRIMARY KEY', time=time)
        return f"{COLUMNS.format(time=time)}{table};\nCOMMENT ON TABLE \"endpoint_revision\" IS '{WORDS}';\n"
    time = "TIMESTAMP"
    table = TABLE.format(id='"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL', time=time)
    return f"{COLUMNS.format(time=time)}{table} /* {WORDS} */;\n"


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    return """
DROP TABLE "endpoint_revision";
ALTER TABLE "ml_algorithm" DROP COLUMN "withdrawn_reason";
ALTER TABLE "ml_algorithm" DROP COLUMN "withdrawn_at";
ALTER TABLE "ml_algorithm" DROP COLUMN "digest";
"""


MODELS_STATE = (
    "eJztXV1z27bS/isY3TSZUTO281n3yk6U1qeO3XGct2dOc0aGSEhiTREqQVnx9PS/v7vgNwlSJCXK"
    "FIubxCaxAPwAXOwD7C7+Giy4yWzx4uz8lglvcEr+Gjh0weCHzJshGdDlMn6ODzw6sWVROhl7YaGJ"
    "8FxqYFVTagsGj0wmDNdaehZ3sPAZwbKET4m35oTaM+5a3nwhfiSUuCvHsZwZ4Q4jc26bglieIMwx"
    "l9xyvO/gV5NYDrkLyo2Fzb27F9iuyQ1oGJ6118TKsf5csbHHZ8ybMxca+v2/8NhyTPaNifDX5f14"
    "ajHbTGFpmViBfD72Hpfy2YXjfZQFsfeTscHt1cKJCy8fvTl3otLQN3w6Yw5zqcewes9dIbzOyraD"
    "gQgR93saF/G7mJAx2ZSubBwklPY7ED8bjMdX17fjz6Pb8XiQG8BQIgF48MjgDg4+dFXIv36GXfj+"
    "5PjV21fvXr559Q6KyG5GT97+7TcdA+MLSniubgd/y/fUo34JiXFmgvoA5cB9P6euGt20VAZl6H4W"
    "5RDTMpjDBzHO8dzfB9AL+m1sM2fmzeHX4zclqP7f2c37n89unh2/eY4NcvhU/U/4KnhzIl8h8DHQ"
    "nuXZCoxv2beCGRwJ9ALeEjhvR/++xZoXQvxpJ2F89uns3xLhxWPw5vL66qeweAL295fX51m4XTqd"
    "WkadSZ0Q6QXkbc9o4QEWdQCOBDS8FeBNrp01Fr6s2OYlUIF1sML1aQmMgX1grmkZCkyLZ25CpNHc"
    "zeLZ96nLqIAe1VjsYok+4LvvxU6sFgvqPtYBPCGyP208GPQFcGrX0h9h+R4ufG9eVdAeb14Vag98"
    "lQYXyUVdMtJTcHevmpfUhZ885oo62iIt1Qug960yDFjiAJzxRKGmi+d2WqoXwGdm+Mm7KlP85F3x"
    "HMd3aqypQkl/gDeetWDleFOVujYD0RfhDweIftm0v/g0+nx79unX1Nz/cHY7wjcnqXkfPn2W1T1R"
    "JeS3i9ufCf5K/nN9NZJwcuHNXNliXO72PwPsE115fOzw9ZiaSUzCx+Gj1DAzgLDJICfldjDEB2R8"
    "HtoIR7vOx+Nau785uUYsuGvf7q6JcITSSUN0TzS6xegac7pYQh/qYZuR0sgqkA3Pmeohm5HSyAbI"
    "4nnb9F55OBRClkf5I3eZNXN+YY8S7AvoFXUMFQ0LTkBHiaoODOS/w5kUPo3XfJeuo4PK7AQDDOAv"
    "B9KE725gKby5eH87KFjedoDwp8uzsLoeg5xb2evAfKJhrgvzSXWYw6VLg1wR5MxaXwAx6ucJNe7X"
    "1DXHRYp6yY25YkfnPJD7+MsNs6lnKbfYUz4qI6ypR5inDYcHhsV3ARPW1FeY+EQw90HisBOwruP6"
    "+gqZy6CvYtu59enyxq/nYHcd8iih+uInPKG2Ugot/2pxssg+oQ6dyT8J28aWFCqr0Osu0mgbXe/G"
    "LCq60QHvds7IGha1uSfQRY76znJTly+kU9yCL0BBwI8/EtDyDvQ+Lr1kDpR32JrI9vKedzuue7PL"
    "3e8RAv5KBP/+V7vh7dMNDwbSxj1x5o79sVQYUTanxZsGeekM6FMUP1z1q4L1w/WX88sR+fVm9P7i"
    "88X1VXr/Ur7ER/DACo2qs0t9VPCP3EhO6beq+5wpIb1htHnDKOHDviUDjD3mDwzhygw7Nbm24H7a"
    "Wu+KHSo5YbEdGlLGCnZoVLSSHQoVMsf8njv2I6Er0/KIzWex5XhK1nNOTAvMxDn14B/mDMna8uYE"
    "zEGCTrkrwQSZsCl8pIQ6JqFTj7lqu7TFtrSd2g39Xman3sOflYe12H8lLN9Hz5Wd+2ZpFyHtItQB"
    "9Ptk95vMo5Zdy9cxIdKLj2nfjo6aammq1Suq1T5zSFKuQv6Q4WWbWQTPCGzkEj/zNcZ2+0cQiZ3n"
    "NRXE5SuYF0PfrGfUmBPqLoigYOlDQcsbSmN+DjW4uAEJ5j71BTnMPTJlzETAiAF/WZ5Y7Kvhr85X"
    "54wggQmD15/dGXyxxNlw56PyHEiKZdvEBiEBVWNr3+EPYg00hSAFEgZ8YfAICIxg0GDAV3yaEzY4"
    "JIJ/dWRnKFQ3tWYrFIr/NhQ3+AqmsvwDxGoBbx+gGm9uCSIHEyShjy/IJRciaBDYlY08ii1lXUiq"
    "Zq4PxQQqM5n51bFl8SFZunxCJ5ZteRZI/+vz9ZUvwgUjk0di2FSIUxCDXks6hy/xDMuHkIp7AiQN"
    "m1g0pGfBgI5LaVqiUE6VBadhF2ZR0FhSdDeLRhfY2w8nJy9fvj05evnm3etXb9++fncUrR35V2WL"
    "yPnFT7iOpJbs4EG8KQ4PRj+NbjYQPxM0qjOGj6EONUkJ9cKYaj2mGjQ2cot6OKelNNAVgcYw6VhJ"
    "Kkh3yZFbgbw+dKty6CZWkz9YvQjshEgfIoTT0/vkdZX5DaUKJ7h8l9nhCAwbxZkAByOCOgXbGwmx"
    "DNITkOvXZD6/vr5MEeDziyzD/fLpfAS65Xlu0Sxy9wcYmF1rAy8nqWd4tRkeAvdA7ZVinpd7TGRE"
    "G2rujqHetrdECNuUWjZTWOzlqiUv3UzDHA7o7SgYjzlGPXNFJaxnfLUZH7pWNVHsOVmt2quq9hC6"
    "Rso9J6wne73J3lTB5+W1iq+j4mOF0UjJK8T1zK9j2BjcdZXUtJplkxDX877JvG+Mv6ICPQL1jUuX"
    "CctcUYWdU8W6TEprvVNvxW2KvEpeY19H5+OBmULhWLPNWRpC0Z1k2Xxqs35Pp0/FNk+TccgK65HY"
    "YiT8SZ06OM4PSLHrVHENfaC9e88YF0/ubUaksA49Jtq5rTMpfTBatWY+n4SIxlQ7DO7bYTA3fXeG"
    "bN9ycGThTX65O/DGzPmS5Qfi2mG3HP6pOAx18jB0y4Os6hCkXeeqDMJ2bq5LCz6Cgcq31X8zLHVo"
    "XVrj+6DQ5puRHHL26wWB8kP0aFzPLSPwb0RnSdOaofOlJYjw4OM0Fdce1ZfXdxp1K0hN/p+Dtfic"
    "Liy/G8e5p4W2/cippcum1rc6+MYS2jWxgmuir2PqABxL9G4K7/56AWHwpYpEl/geRhJ9nL86urIz"
    "OxaHFl3psgd+32iY05I6CXvXRjm3j/A04XHvwcSz+eyGPViiIDguW6SUSRh+4bGbLL2RUgBxJC5f"
    "Y/CVYNDFxYS5ZAZPhB/zxR6Y+xjkYvMjvPxEF8Mg1gtD1KLLUQl34THQizz1aLGdrlGU7lshLXOU"
    "5Aysft6VlNrfnudRuxjv4ZirI+rsA7Xsx/fcma6KtFmmRKkyM7EsbvUkCleK8eVTT6aJlE6pMlbW"
    "D29lJuH4/Mvte2LSR8zeg0l6iMkMm+JbGTIqBXAvBD5Hb/4jRq4uUBJjV9euhZdEqSN899OsQtP9"
    "DlDJ3aNMhvYoyXXwe+zgGwTx4s9+3X4Aa1N1WfZJ92xTZy9n1iVhqlThMommaAFxpioXyZT92S+K"
    "gQalvk1jT4eaWf1S9bg4I6axVWBbOxhjuwiMzsHZfghGchGsCnJSRuNcDefAwKiuH2IBrRkUmqE4"
    "FX8JrYpFNKYd5Eyfg9uqixjT5/g26018KXHxdbXsqqnUPQFHGRIgI1PqEplniAUEhMyR05gm0BKP"
    "y8Q5p/7JcZzcJ2AqZMGoQwRfAEeBcVSnWt1HwzIjUmhvkCM82HagXj+pkuD4O3IuTLn0dfB18IKc"
    "YZ3YpdDdXGAZyxPE/5ykoMzV5GI+IsyzZLOpNyR36KDu3UGLZ2FHLScgdMADYRgwgXGY1CjMBYXJ"
    "ZbFGeBylcnp2x93FC3jvWky8CFB6EYzrWP6h4u75tmQwSKai6Z+mfwem/DX964Yhoulfi9jWS5Cl"
    "M2MVHt5rPqL5yMFhylyXu3UQjQU0nqrQL4wScse1Yc3JaXQV6OLh/bh4O61YsWblNLoKdGU63joG"
    "Viyg8VTpgqIMDMVaoDDlgkbUX879rRLce8rDWhLdnxXU2UWrxPUnUZObTo0xj6Q18LWApxMBeKpS"
    "j1YBPimtgW8E/BbTPleFHoJ6SufPFXVV8QWVdE4srGFvAvs2+j5Tgx6AKgMQJJobH9WwF1My2mJU"
    "erf4CB03QPVYo7oB1ZMGqJ5oVDeg+rIBqi81qhtQfdUA1Vca1Q2ovm6A6muN6gZU3zRA9Y1GdQOq"
    "bxug+lajugHVdw1QfadR3YDqDw1Q/UGjuokFNCFXx5pdbcS1Eb3S/Gojrk0I1rFmWBtxbUKxjjXH"
    "2ohrE5J1rFnWRlyb0KxjzbM24tqEaB1rptXB6JZR4Ec9UES2RO+GZVEtLFlqc3ZEshKMGFQobuHO"
    "vOtaypADiYDQWQ0PMmMZXzsqp+dieCOBPjqVt4Fwsmc5nIsz2GfE9of2YNAS1iXQtnOPgE7G12Qo"
    "epamLZcIXnXVSiD58ZcbBnaj+pPraxL4jF+Jn2hrS5BCEy6Zna6PcEUxa1vi9ekyCkbuK1TF4UD1"
    "gNoiQ31XYdoH0SpLJan6WjcTr5rJJM+CvGZygGVsfyJn4zMMpA9/e/GH4M5z4mEwvUx+Ru+Z86MM"
    "j5eh/5gSEn+ZW7M5xsoHCSPnHPBQsbu9tIsJBe4mYDfcQ7t3mBtgPX/05cKq/JpdNgW6KQiGEIkg"
    "zX7YxIRNucuI5RGP8/viSP4k9/V7sV2gvuao23JUfxCqAxsL6J0pxY7f06eCf2pAW04Gn9CJ9Uhp"
    "SqwXUO+bloaLRB3ckzL6+jq9FaC3AsJHOqfL/o6K8kDnUa599VvytOfAQC4idMPsvW/pCbaDq992"
    "yA9dKlYuG6hoYfBqWMoGE4UqpJUDAkSJWE3+YIZPsoDwzLjnMeeUTDAFNl8MMRG2n09tztcEev4Y"
    "pkUTQzJZAfHiniwJnMmQbAnY1tRyLDFXXWy2j0aR/f02t2z5wl05mBnOJ4aS24VtY/Uy8xuP6CB+"
    "HqbskawzyAznNyu4XwapYchKvzowkZjrrpbwmZAZxzx5TpA63MLq+HIJHSJ3NpXX3N2FqewctkbS"
    "GiaYk/WBAI4fK8wgrknlE5LKYNbUYUEJkZ2YiR06/WwlB638EOsAHAn0wQpvm2QGKkix41uSGDIh"
    "1CdLbM932uvkWy0kiAmo4ESRa7NYY6SlerFjoi/S6wDr6AVhDw3oBuOcEdVX6XVtnLviafoN6JJD"
    "7Ys0Y8m/HZbS3KBcmCR7I9X9TbJOII3ApIh4FB5bBEd+NOJg6cPIU0nTppYrEozPgO6GJ4+Yb1zB"
    "b1trCUntheS5mOkU77CKzidFWPMwpKwCxRMZzWP2GvfCv9/PMiUllSeimHYdb/cLbhU//ergXxG3"
    "4n/u8JfA7w5HloybS3i7X8mlV5mxSu6+VD4lTd8Tn9ZLgQfChVlqR+3Uhu0Cz23dgh0mU67Ag9FP"
    "o5sNFFlv+LZl7GY+oqrWbkash+buydFRlX2Io6PifQh815lIjI9BntXRA1OHY6QLlK6SYc7WMYvK"
    "VrpqBGqEb/J7eXUHLD6wFjz6t38EuvQ7gdfBrnD31L8EkRJAlfo3KDJ5C0h0S8bVl8tL9b0irbSy"
    "edP098yKEC5D+hqNzl2jUZyruPhofuurvw6IdrR5NK93VfSuSken/SGwbcXmb1fIy1N/V09LX0q8"
    "KNzYlX1LJ4o+usUPM14U6anZKSeKC5MtllzGm8OYqYzoTIlSK9qKy47vWcUb+86IfycFGLEgI/0J"
    "0Gg1+AJ6bQ5j73XLlM4JC2qyH6Xt64EZPLWcwFXB3xXyLygnuBej8qhvsynlls4S2jasJZUX2SIm"
    "+l66jmi9coM6NW5VbbuUkDbtqpl2gaKoinFQvIfotnMnNLTPXJyYtdxxMmI9RHv3TiPxMq9wXiim"
    "4RmxXkC9byrOvi0tzARfnx6mJfdDD/e5mh46O+zIXnMyzFlhJGeioIst5IU9pqmSFcxjOZrMJLI6"
    "3PdFmzUK/SR3YTTrHW4Cr4VvxTJqzIkxp6DGUQRomLcS/h3RzLWobWEkJ947rbKSW25RRpz6YW/S"
    "yTe4QRrAt6ZJD190eF6uJrb0lpCN+Ldc49hI4x23uakQL4g8Sbb8jpjAvRxs/lHgndtgvfM1nuni"
    "Ca2sNzoCRhbAlti2BXVFd2rLJviEm49R6yI6pvYhWcG37MqqcCJIiQfmIiQVQ1+DTD+BkI6B/Qfn"
    "aeqUVdSKhS+/GR+mGiinpfqI9c4vAg7VSQ2UEyJ9hFinxTrtT1osnfGt7amdTIxS2fk+FtnfqctR"
    "p00NfW75D2CmT5r1o2OuF21vrUW8rsGHlJXV/vZd/pLi0QL9J+pZWCrZPnxde99N1b7JOhlF99wo"
    "tk1Gkc+nOqZCdWGnTqqqAkpxRYwGSgWUMaeLpZJEabyiDBHydEB16XbD5LOfZYV9hWv/KWi7aQJt"
    "mYE2wcsBkWIwrx12y+GfWjPwfVBlj4BtdkAqgSg/JA2xqnZQOg5Hq1pMjuAr18BURN/C8NGopu+E"
    "f2J4Smzqzph/nAhkAeNk7Mcgk5K4ZyYeL6pjcXZa+xaJi2J0alnpWbH+RHm2djyo1hXFNDQs34tN"
    "531wz618PBRfRH6wQoVe2Sl9q6T2T/o1VGVTWUVQhU7tyoUmMNbK14jYoqu4SohYoNI6YfOZQoOH"
    "lqmfPh1TAjwwdCFJJMVLFsecAA6588uNhc29O/W60WprVWI5swNeO5pT+5lsmxYvmqBVTwliiV4s"
    "Jm37PyS+izomUVqqkUXUrfSDOn3YwZ7A6wPjRqbooR1zdYq9PfVX1e4hSwktaBCt2sfbrnZBDfbo"
    "iR9uYirpQ2KHs5Q2JCKYN7MFYI5k6TLTkgnCEns45HYepQXD7NegWE+jDC0OY2DCO5zI4cZk13ex"
    "jlawhFZakb72BnddZvjO9oJ5vr9+lBEG2/I3riwYAwyOjVKk3YHKs8wVte/IswdqrxhZWM4qnW3m"
    "uazgq+MyVJCCQwVxCjVMkYaRs7MV5kVDb3wDJD0inffFaoGUKEiVVpnIZM4BkccMiZrfyOf+0Uzm"
    "KXyjzI4f/DWIp1/wCEOD8A+SdwoG/Yjp0bdxPInGiOc4mU4lVBsDWQ3MLvyF/Pbz6GYU4Q7DQy4+"
    "E/iwZU6ewd+ZXiTKxf2s0amM/C66lEjSXbs7CdmyroQJ58u6kZkA6oGvgxS1bPhcdjGK5OzqA5Fz"
    "Sz4Nn/jfTvDE15yVafeGvBd928btYrI+6iqMh2LmExTvg+tR24y9AzcFdArhVmLALWe5UkBcfIIR"
    "CfSCte/bfW4KvYC1RSyhG7UOjnKCGv4mUSIrz+D1AvoSIr2APK1TquxSFe9R5Xao/L7WQDcS6J+6"
    "3v2CGPGSquhGAv1Dt5XFUJriiq0gm9MCtRxJZBCeosjhYVwC6YfrL+eXI/Lrzej9xeeL66v0vql8"
    "mTafb0Znlxl8ly6f0IkFJRSnBSUoZ+Q01hWwXgC/pbNaNkZCpA8KY9/GhU1ldrtaMzsh03BWd82+"
    "aHla62TGT0Ba0ruFdQ4eM6I6vq7LB4/BUUB+jM85txl1ilwaI6nM8E5ArFcjen59fZkazPOL7Ofz"
    "5dP5CMz657mtxFw0vX94Umu1SAppI6jCapE+36l6kJ4S2onLz1NTpx07/Tylh0LPodXxtTq+toNu"
    "H9Xia5U6YgcA13Ot6ZiG2LFnjWJ52wHClSNKDxXc1Jq+RXh4+jKoLYMuc5dQ9UR7ZNgj9VbutuG8"
    "gafDR7+yPmHVMEqVTwRzHyLUtg1W9RXAdbrSfuiC2uGq1sylQeN5L8Lo5bDUizBVrMo9F1FyXHnv"
    "qDFnCxrfNArsW8iXZ+4E2I4rr23DGyj8OFIU4baJ+XHDslJ0zd17gS54lqe88GIfbW4Rxvq0uVef"
    "1uGprWiCYkemlUAkxlOX13Joyoj18Iz85UkF8F+eFGKPrzJnM/AV1YyYSYhoiAsg3ipWeHde6BlT"
    "RbGI5I2Z4pUkdtmNC1dYT4LiqatASZTkPKRzxGSGTV0ms6EHM0G1UmxZWxXP7cTfh/kT8P/E3VjS"
    "LztRxFktJn761myh5O+1fGn1/Un4bj8XkkbjWNlPKBbpofprJVow/IqqQhyW78MJ6R58hWINVPn4"
    "JhbRhzcVDm/0hZ8dCoEo2UnXF34OauxEdvjCz99c5PkqgzV4U2qoruMy1VKshPsLlPiixNePpzJg"
    "0SR0wh8YuZtbs/l4DfPAvSPPFpaNdwUByGZ0NRAUZUtuzJ/LO4EwqJCshMqM3VejW+x4tJJapfub"
    "HS3nVvH4Pat18Ukk0ENbc/cJ2OOPpR6pSsvpRbomv6p2w2HZAJTeb6gHoHwAOrLZdMZcy5ir1uzg"
    "TemaTeMym9bs4iHo2np3IJswrS13+qavHP9/XYn/vy7h/69z+cTgo6qBcFC8h+geHx1V2bw6Oire"
    "vMJ3mVRX3PGYyjnrX5+vr4r8kCORrJu5ZXjkfwSM+ENc0krARTDkzkqht3/WsX+Y9hrHCrbOsrrt"
    "Yvb3/wPBCVdn"
)
