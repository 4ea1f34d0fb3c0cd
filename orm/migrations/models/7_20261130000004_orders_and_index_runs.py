"""Puts requests in order of their probability, confidence, value and error, and keeps how far a feature is indexed."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
USABLE_FROM = "0.1.0"

TABLE = """
CREATE TABLE "index_run" (
    {id},
    "feature" VARCHAR(128) NOT NULL,
    "position" BIGINT NOT NULL,
    "total" INT NOT NULL,
    "requests" INT NOT NULL,
    "indexed" INT NOT NULL,
    "refused" INT NOT NULL,
    "started_at" {time} NOT NULL,
    "finished_at" {time},
    "endpoint_id" INT NOT NULL REFERENCES "endpoint" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_index_run_endpoin_99406c" UNIQUE ("endpoint_id", "feature")
)"""
WORDS = (
    "How far the stored requests of an endpoint were gone through to index a feature; "
    '"" stands for the confidence.'
)
NUMBERS = (
    '"id", "endpoint_id", "algorithm_id", "outcome", "label", '
    '"probability", "confidence", "value", "latency", "feedback_at"'
)
INDEXES = {
    "numbers": f"({NUMBERS})",
    "wrong": '("confidence", "id", "endpoint_id", "algorithm_id") WHERE correct IS FALSE',
    "error": '(abs("residual"), "id", "endpoint_id", "algorithm_id") WHERE residual IS NOT NULL',
}


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect; the new column is empty in the rows that are there."""
    if db.capabilities.dialect == "postgres":
        key, time, number = '"id" SERIAL NOT NULL PRIMARY KEY', "TIMESTAMPTZ", "DOUBLE PRECISION"
        table = f"{TABLE.format(id=key, time=time)};\nCOMMENT ON TABLE \"index_run\" IS '{WORDS}';"
    else:
        key, time, number = '"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL', "TIMESTAMP", "REAL"
        table = f"{TABLE.format(id=key, time=time)} /* {WORDS} */;"
    indexes = [
        f'CREATE INDEX "idx_ml_request_{name}" ON "ml_request" {what};\n' for name, what in INDEXES.items()
    ]
    return f'{table}\nALTER TABLE "ml_request" ADD COLUMN "confidence" {number};\n{"".join(indexes)}'


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    indexes = [f'DROP INDEX "idx_ml_request_{name}";\n' for name in INDEXES]
    return f"""
{"".join(indexes)}ALTER TABLE "ml_request" DROP COLUMN "confidence";
DROP TABLE "index_run";
"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYf2kyo3ps57XpJztRWl+duGM715trbiSIhCSeKUIlKCueXv/77YLvJE"
    "iRlChTLL4kFokFwQfgYnexL38eLbjJbHF8fnHHhHf0jvx55NAFgz8ydwbkiC6X8XW84NGJ"
    "LZvSycgLG02E51IDu5pSWzC4ZDJhuNbSs7iDjc8JtiV8Srw1J9Secdfy5gvxI6HEXTmO5c"
    "wIdxiZc9sUxPIEYY655JbjfQc/TWI5ZBy0Gwmbe+NjfK7JDXgwXGvvESvH+mPFRh6fMW/O"
    "XHjQ7/+By5Zjsm9MhD+X96OpxWwzhaVlYgfy+sh7XMprl473UTbE0U9GBrdXCyduvHz05t"
    "yJWsPY8OqMOcylHsPuPXeF8Dor2w4mIkTcH2ncxB9igsZkU7qycZKQ2h9AfO1oNPp8fTe6"
    "Hd6NRke5CQwpEoAHlwzu4OTDUIV8+xkO4fuz05dvXr598frlW2gihxldefOX/+gYGJ9Qwv"
    "P57ugveZ961G8hMc4sUB+gHLjv59RVo5umyqAMw8+iHGJaBnN4IcY5Xvv7AHpBv41s5sy8"
    "Ofw8fV2C6j/Pb97/fH7z7PT1c3wgh0/V/4Q/B3fO5C0EPgbaszxbgfEd+1awgiOCXsBbAu"
    "fd8F932PNCiD/sJIzPPp3/SyK8eAzuXF1//ilsnoD9/dX1RRZul06nllFnUSdIegF52yta"
    "eIBFHYAjAg1vBXiTe2eNjS9LtnkLVGAd7HB92gJjYB+Ya1qGAtPilZsgabR2s3j2fekyKm"
    "BENTa7mKIP+O57sxOrxYK6j3UAT5DsjxsfHfUFcGrX4h9h+x5ufK9fVuAer18Wcg+8lQYX"
    "lYu6ykhPwd09a15SF/7ymCvqcIs0VS+A3jfLMGCLA3BGEwWbLl7baapeAJ9Z4Wdvqyzxs7"
    "fFaxzvqbGmCib9Ae541oKV401V7NoMSI/DPw4Q/bJlf/lpeHt3/unX1Nr/cH43xDtnqXUf"
    "Xn2W5T1RJ+S3y7ufCf4k/77+PJRwcuHNXPnEuN3dv49wTHTl8ZHD1yNqJjEJL4eXUtPMAM"
    "Imk5yk28EUH5DweWgzHFmdT0e1rL85ukZacNe+3V0rwhFKZw3RPdPoFqNrzOliCWOoh22G"
    "SiOrQDY8Z6qHbIZKIxsgi+dt03vl4VAIWR7lj9xl1sz5hT1KsC9hVNQxVGpYcAI6THR1YC"
    "D/Fa6k8Gq857t0HR1UZhcYYABvDkoT3ruBrfDm8v3dUcH2tgOEP12dh931GOTczl4H5jMN"
    "c12Yz6rDHG5dGuSKIGf2+gKIkT9PqHG/pq45KmLUS27MFRadi4Du4y83zKaepTSxp3xUht"
    "hTjzBPCw4PDJvvAibsqa8w8Ylg7oPEYSdgXcf99RUyl8FYxbZr69PVjd/PwVod8igh++Jn"
    "PMG2Ugwtf2txtsheoQ6dyVfCZ+OTFCyr0Osu4mgbXe9GLGq60QHvbs7IGja1uSfQRY76zn"
    "JTly+kU9yCL4BBwJ8/EuDyDow+br1kDrR32JrI5+U973bc92aXu98jBPydCP79j3bD26cb"
    "HkykjTZx5o78uVQIUTanxUaDPHUG9CmSHy77VcH64frLxdWQ/HozfH95e3n9OW2/lDfxEl"
    "ywQqHq/EofFfwtDckp/lbVzpki0gajzQajhA/7lhpg7DF/YAhX1rBTi2sL3U9L612RQ6VO"
    "WCyHhipjBTk0alpJDoUOmWN+zx37kdCVaXnE5rNYcnxH1nNOTAvExDn14B/mDMja8uYExE"
    "GCTrkrwQSZsCl8pIQ6JqFTj7lqubTFZ2k5tRv8vUxOvYfXysNa7L8Stu+j58rOfbO0i5B2"
    "EeoA+n2S+03mUcuu5euYIOnFx7RvR0etamlVq1eqVvuaQ1LlKtQfMnrZZi2CZwg26hI/8z"
    "XGdvtHEAnL85oK4vIVrIuBL9YzaswJdRdEUJD0oaHlDaQwP4ceXDRAgrhPfUIOa49MGTMR"
    "MGLAm+UVi309+Kvz1TknqMCEwevPxgZfLHE1jH1UnoOSYtk2sYFIQNf4tO/wD7EGNYWgCi"
    "QM+MLgEigwgsEDA33FV3PCBw6I4F8dORgK3U2t2QqJ4ndDcoOvYCnLFxCrBdx9gG68uSWI"
    "nEyghDEekysuRPBA0K5s1KPYUvaFStXM9aGYQGcmM786tmw+IEuXT+jEsi3PAup/3F5/9k"
    "m4YGTySAybCvEOyGDUUp3Dm3iG5UNIxT0BJQ0fsWiongUTOipV0xKNcqwsOA27NIuCxpKk"
    "u9k0uqC9/XB29uLFm7OTF6/fvnr55s2rtyfR3pG/VbaJXFz+hPtIassOLsRGcbgw/Gl4s0"
    "HxM4GjOiP4GOqoJimiXghTrcdUA8dG3aIezmkqDXRFoDFMOmaSCqW75MitgF4fulU5dBOr"
    "yX9ZvQjsBEkfIoTTy/vsVZX1Da0KF7i8l7FwBIKN4kyAgxBBnQLzRoIsg/QE6Pq1mC+ur6"
    "9SCvDFZVbD/fLpYgi85Xlu0yxy9wcYmF3LgJej1Cu82goPgXug9kqxzss9JjKkDTl3x1Bv"
    "21sihG1KLZspJPZy1pKnbsZhDgf0dhiMxxyjnriiItYrvtqKD12rmjD2HK1m7VVZewhdI+"
    "aeI9aLvd5ib8rg8/Saxddh8THDaMTkFeR65dcRbAzuukrVtJpkkyDX677Jum+Mv6IDPQP1"
    "hUuXCctcUYWcU0W6TFJrvlNvx22KvIpeY1+H5+OBmYLhWLPNWRpC0p1k2XxqsX5Pp0/FMk"
    "+TecgS65nYYib8RZ06OM5PSLHrVHEPfVB7954xLl7c28xIYR96TrRzW2dS+mC0as18PgkS"
    "jal2GNy3w2Bu+e4M2b7l4MjCm/xyd+CNmfMly0/EtcPuOPxTcRrq5GHolgdZ1SlIu85VmY"
    "Tt3FyXFnwERyrfVv/OoNShdWmN7oNGmysjOeT810sC7Qfo0bieW0bg34jOkqY1Q+dLSxDh"
    "wcdpKsoe1afXNY26FaQm/8/BWnxOF7bfjePc00LbfuTU0mVT61sdfGMK7ZpYwTXR5zF1AI"
    "4pereEd19eQBh8qVKiS3wPI4o+rl8dXdkZi8WhRVe67IHfN5rmNKVOwt61Wc7ZEZ4mPO49"
    "iHg2n92wB0sUBMdlm5RqEobfeOQmW29UKUBxJC5fY/CVYDDExYS5ZAZXhB/zxR6Y+xjkYv"
    "MjvPxEF4Mg1gtD1KLiqIS7cBnUi7zq0eJzuqaidF8KaVlHSa7A6uddSar92TxP2sV4D8dc"
    "HWFnH6hlP77nznRVxM0yLUqZmYlt0dSTaFwpxpdPPZkmUjqlylhZP7yVmYTj9S9374lJHz"
    "F7DybpISYzbIp3ZcioJEBbCHyO3vxHjFxdICXGrq5dC4tEqSN89/NYBaf7HaCS1qNMhvYo"
    "yXXwO3bwDYJ48W+/bz+AtSm7LPuke2bU2cuZdUmYKlW4TKIoWqA4U5WLZEr+7JeKgQKlrq"
    "axp0PNLH+pelycIdPYKrCtHYyxXQRG5+BsPwQjuQlWBTlJo3GuhnMgYFTnDzGB5gwKzlCc"
    "ir9ErYpJNKYd1Jlug2rVRRrTbVzNepO+lCh8XS27aip1T6CjDAgoI1PqEplniAUKCJmjTm"
    "OaoJZ4XCbOeeefHMfJfQJNhSwYdYjgC9BRYB7VqVb38WCZESmUN8gJHmw70K+fVElw/I06"
    "F6Zc+nr09eiYnGOfOKTQ3VxgG8sTxP+cJKHM1eRiPiLMs2SzqTcgY3RQ98bwxPNwoJYTKH"
    "SgB8I0YALjMKlRmAsKk8tij3A5SuX0bMzdxTHcdy0mjgOUjoN5HckXFePn2yqDQTIVrf5p"
    "9e/AmL9W/7ohiGj1r0Vs6yXI0pmxCg/vtT6i9ZGDw5S5LnfrIBoTaDxVoV8YJeSOasOao9"
    "PoKtDFw/tRsTmtmLFm6TS6CnRlOt46AlZMoPFU8YKiDAzFXKAw5YJG1N/OfVMJ2p7ysJZE"
    "92cJdXbRKnH9SdSk0akx5hG1Br4W8HQiAE9V6tEqwCepNfCNgN9i2ee60FNQj+n8saKuKr"
    "6gEs+JiTXsTWDfht9netATUGUCgkRzo5Ma8mKKRkuMSu8WH6HTBqiealQ3oHrWANUzjeoG"
    "VF80QPWFRnUDqi8boPpSo7oB1VcNUH2lUd2A6usGqL7WqG5A9U0DVN9oVDeg+rYBqm81qh"
    "tQ/aEBqj9oVDdpAU2Uq1OtXW3EtZF6pfWrjbg2UbBOtYa1EdcmKtap1rE24tpEyTrVWtZG"
    "XJuoWadaz9qIaxNF61RrWh2MbhkGftRHisiW6N6gLKqFJVttzo5IVoIRgwpFFe7Mva6lDD"
    "mQCAid1fAgM5bxtaNyei6GNyLoo1N5GwgnR5bDuTiDfYZsf2gfHbWEdQm07dQR0Mn4mkxF"
    "z9K05RLBq0qtBJQff7lhIDeqP7m+JoFPfTNybCN35WyJ0iX2c7Ny+opTFKy2JU6frqIo5L"
    "5CVRwHVA+oLVLTdxWmVjUsl4qVy45UClZwa1CqXyUaVcgXQD1My7ia/JcZnkxZNuXujHug"
    "g78jE8xtxhcDzHDmB8rP+ZrAyB/DeHcxIJOVRxzuyZaEOwYjlsw3P7UcS8xVGev38VDME/"
    "Db3LLlDWSL+P+cwwTIcP3w2di9DOnn9wyD+2FgWGvBlCOSfQYh//5jBffbYCYD+QeM/asD"
    "C4O57moJ65rMOCZAcIKccBZ2x5dLGBAZ21TWLxiHOQoctsaMAWHmANkfEOD8scLUcFqjfU"
    "KNNlg1dbSuBMlOyld1SK1tJbmQ/BDrABwR9KE6WNup5AMWpNjRSzJ+JIj6ZI3dc7FCHVXd"
    "QuRfoO5PFElUijlGmkpbw3SFhL+5USaVRDEQoBvMc4ZU10jo2jx35QjxG6hLDrUv0xpL/u"
    "6gVM0N2oXZzzaqur9JrROURtCkiHgUHlsQTAchQBUNdTDMXBdXJHgn1bSp5YqExmfAcP3q"
    "Bt4cE8kp9NvWnoRK7aXUczGFDSYnnzDQU5lMZxf0PAhVVoHkiVR1sfYaj8Iv3GCZUiWlqA"
    "JjPj0s2xCUi3v31cG3iJ/if+7wJvDb4aglY8FILNtQks08M1fJXFyV89SlCwCm+VJgYbo0"
    "S+WoncqwXdBzW5dgB8lYOrgw/Gl4s0FF1tnZWkshlP6Iqkq7GbIeirtnJydV7BAnJ8V2CL"
    "zXGRebj0ECneEDU/vZpBuU7pJhMp4Ri9pWyiELPcI3+b3MyQqbD+wFj35a14CXfiewzs8K"
    "rad+dQtKAFXql8ZgMr1rlP7085erK3XC2Faestlo+ntmRwi3IZ0ftXP5UYuTUBU7YGyd0/"
    "2A1I423S+0VUVbVTq67A9B21YYf7uivDz1d/W06ktOzMvNU36SPvp67i/sUc7SpYOnxIbK"
    "XbXHbg9w2aXrSEbKLE3AAN6chYlXbu9uLt/D9v40MvSlyRZLLgMJYM5UQnSmRakUbcVtR/"
    "esYimGc+InGwUhFmikPwEKrQZfwKjNQWjZQfOLdE5YUJP9KGVfD8TgqeUErgq+VcivPEfQ"
    "FqNyhG/zUUqTzhKebVhLKisUISa64EBHuF65QJ2at6qyXYpIi3bVRLuAUVTFOGjeQ3TbKf"
    "YFz2cuLsxa7jgZsh6ivXunkXibVzgvFKvhGbJeQL1vVZx9W1qY4q++epim3I96uM/d9NC1"
    "w47YmiN3f5WEnAgFKJGNw8CDalIx1lXGcmDyhFIeMUZevZkzUYKVlsnMPw51+Wo290twwe"
    "NAdJ0y6q1ckGKxylfSZxc7xhLTILODgqYu7LzPAeCZ7fCBuY+yfhmZunyRKhg2htVkITpj"
    "dBvGc17/exqQcTiucVhkbOxxj9pjIo9k5fCOCex1sKWZwanvVydVnMz3KcYOSw5nE/G4wU"
    "ttJ8z/XST51tyMw1moI9fEJL3YaPcgn4ffXT1tNEmljXGNvWElI6vBOqL2fcJcV2zqMKbh"
    "a9TY3mIKjahylU5XohaiCQqNqKqSkEfdZqeHaUp9etg5/VD7ZP/95ln7TraaMCsP9A7OeZ"
    "M5rw4M5KrHvJkF1qlz3mQaBoUJK5OlodiKtbBHNNWywvGuBI2ZRHaHJhq0FIVgHaP55sES"
    "0rAzc/la+KewjBpzYkibDZLA8vJWwi9ez1yL2pZg8ix2oTrl3cMTN5qIwixdD8zFR2lT0d"
    "84x9pT7xLtG4nkl+bDVAPlNFUfsd55Ee+QndRAOUHSR4h1Srt3/Ulpp7M1tr20Q9mnlnkp"
    "Jtmf2nTSaVFDu6Zro4M2Omijw6EbHfLZQ0dUqMpT6hSiKqAUBVE0UCqgjDldLNVeBBqv+J"
    "jKWwlViemGGVdvZYd9hWv/eVe7eaazZdrVhCQLiBSDee2wOw7/1FqB74MuewRsM6u7BKLc"
    "8h5iVc36Pgpnq1qiAsFXroH5Wb+FOXWinr4TxLCpEO+ITd0Z0KPNG1QTTB5gPwbpZcU9M9"
    "FtU52gYKe9b5HNNUanlpSeJetP6pvWDOpqXlFsGgvb98JMsw+r2FaO74ovIj9ZIUOvHKm7"
    "VSb3J/0aqmpTWUZQRZ3a1blsIKyV7xGxRFdxlxAxQaV9wuYzBQcPJdMfpXs9es0/MOLydS"
    "JTeLK5Jd3sx367kbC5N1bvG60+rUqCm+yE105xo09mt80VHi3Qqib/mKIXm0nbJ4aJ76KO"
    "SJSmaiQRdSsnu86pfLBnVvqIpZEoemhHLJ3S3p76q2r3kKVELWiQwqePJZ52oRrs0b0zNG"
    "Iq1YeEhbNUbUikddqsLYDmSJYuMy0ZQ5uw4ZC7eZQrGUsCAWN9F6WtdBgDEd4J44OBcBzz"
    "aIWW0MpTMNZ4bHDXZYYnywwJ5vlOoFGaTHyWb7iyYA4wY1CUN3oMLM8yVxhg/OyB2itGFp"
    "azSqfgfC47+Oq4DBmk4NBBnFca80ZjOqHZCpNFY7ZrAyg9wl1Z7WmBKlGQP/oYBh7FSEcV"
    "kZYun9CJZVveYxjyDJ8XsyurPZlTQ9R6BkStDcnr/kFO5qp8ZHzhz6N4sQaXMLsCvj7GWI"
    "fjiJWpb6N4yY0Q/VEyI2XIZI5kN7AW8Qf57efhzTCaJZhMcnlLgA3ItKZHf2VGkWgXj7PG"
    "oDL0uxhSos5R7eEkaMuGEtbsKhtGZgGoJ74OUtSy4ePaxSyS888f/OUsr4ZX/C8tuJJ7n3"
    "zCdMVb8ZVncF/Ki9Zu4lM68jeH4GPDX/KZfnOZ1Exulok1UQ8jZ7WYMFcUwpJ7qfRgNr9i"
    "zS/O5cBiN8xRwCQR94/nV7fD3BhDXtjGCJnrcnfTCMMBpJd7LRvOhsySfTsT6GI6fOoqJN"
    "FiNTpo3oesxW2bfzpQi69TCLeSZc1ylisFxMXHYRFBL0xA+/YSn8IoYJcQSxhGrVPIHKGG"
    "v4mTfixHVXbTj0l6AXmap1QxeRYbPHPmTn+sNdCNCPrHrne/IUaif1V0Y12hd+i2shlGWl"
    "PGrmhzWsCWI4oMwlMkOTyMSyD9cP3l4mpIfr0Zvr+8vbz+nDbCy5tp8flmeH6VTciVVlkr"
    "o5yh01hXwHoBmiqd1ZIxEiR9YBj7Fi6SppaqKztB03BVd02+aHlZ63JBT6C0pI3JdU6xM6"
    "Q6O1GXT7EDk2l+ji84txl1ivxjI6rM9E6ArFczenF9fZWazIvL7Ofz5dPFEMT65zlTYi6Y"
    "ObY+V94tkkRaCKqwW6TPISrjnCbTSFdAOn3QWtX/JUW0E0+9p1ZSd+yr95SORT2HVofF67"
    "D4DnprVQuLV/KIHQBczyOuYxxixw5xiu1tBwhXDgQ/VHBTe/oWWR3Sha23jJXOFdTuCffI"
    "6OmyRMSWUAU+JR/jehN9waphcDmfCOY+RKipka0eY+4zgOt0p/3gBbWjzK2ZS4OH551/o5"
    "uDUuffVLMqNTujRKmyQJAxZwvqe7diuUybUSFvnrsT0HZcWYIeq2n64d9Iwm0Ty/qEbSXp"
    "mrv3Qpb38ZTFO/fxzC2iz582yejTupa1FQRU7DK2EojECAtF1QE9Q9ZDb4QXZxXAf3FWiD"
    "3eypyCwVdUM9AtQaIhLoB4qxD/3QWPZEQVxSaSF2aKd5LYdz5uXGE/CZrLaPCo5ptfls0T"
    "cak5kxk2BeGM0KgAnGqn2LK3KiEUiffDtCf4f6LOtwyQSDTxfb9VjZK/a3kt61rQeG8fta"
    "B1nbl9BPmGX1FViMP2fTiL3oNXVsyBKh/gxCT68KbC4U2Ck+dQ3hBikibtkzn8qYJNSizp"
    "iSjXre281XMHdm1+qloi00uzU1HPv7mo56sE1uBOqaC6jttUy4wU2hco8UmJzx/fyThjk9"
    "AJf2BkPLdm89Ea1oE7Js8Wlo11YwBkU4R2C2jKltyYPydrEDsxFphg8b6CBEl7eOgWFo9W"
    "MiJ139jRckokj9+zWhU+IoIeypqvX1aQhV6/LBSF8FZ6n44/lnpKVZpOb9I19avEUfa3pQ"
    "Vat9IRsmwC0nR6AmpNQEeMTefMtYy5as8O7pTu2TRus2nPLp6Cru13B2KEaW270yWtcvr/"
    "q0r6/6sS/f9VLg0gfFQ1EA6a9xDd05OTKsark5Ni4xXey7nIekzlnPWP2+vPhe6xIUnWod"
    "8yPPI/AkL8IW5pJeAiGNKyUhhXkQ2hGKT987GDrZMjb7uZ/fV/waUfRA=="
)
