"""Puts requests in order of their probability, confidence, value and error, and keeps how far a feature is indexed."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
USABLE_FROM = "0.1.0"

TABLE = """
CREATE TABLE "index_run" (
    {id},
    "feature" VARCHAR(128) NOT NULL,
    "position" BIGINT NOT NULL,
    "last_id" BIGINT NOT NULL,
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
ORDERS = {
    "probability": ('"probability"', "probability IS NOT NULL"),
    "confidence": ('"confidence"', "confidence IS NOT NULL"),
    "wrong": ('"confidence"', "correct IS FALSE"),
    "value": ('"value"', "value IS NOT NULL"),
    "error": ('abs("residual")', "residual IS NOT NULL"),
}
"""The indexes: by what, of which requests."""


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect; the new column is empty in the rows that are there."""
    if db.capabilities.dialect == "postgres":
        key, time, number = '"id" SERIAL NOT NULL PRIMARY KEY', "TIMESTAMPTZ", "DOUBLE PRECISION"
        table = f"{TABLE.format(id=key, time=time)};\nCOMMENT ON TABLE \"index_run\" IS '{WORDS}';"
    else:
        key, time, number = '"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL', "TIMESTAMP", "REAL"
        table = f"{TABLE.format(id=key, time=time)} /* {WORDS} */;"
    indexes = [
        f'CREATE INDEX "idx_ml_request_{name}" ON "ml_request" ({column}, "id", "endpoint_id", "algorithm_id") '
        f"WHERE {among};\n"
        for name, (column, among) in ORDERS.items()
    ]
    return f'{table}\nALTER TABLE "ml_request" ADD COLUMN "confidence" {number};\n{"".join(indexes)}'


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    indexes = [f'DROP INDEX "idx_ml_request_{name}";\n' for name in ORDERS]
    return f"""
{"".join(indexes)}ALTER TABLE "ml_request" DROP COLUMN "confidence";
DROP TABLE "index_run";
"""


MODELS_STATE = (
    "eJztXW1z2zYS/isYf2kyo3ps57XuJztRWl8du2M715trbmSIhCSeKUIlKCueXv/77YLvJE"
    "iRlChTLL4kFokFwQfgYnexL38ezLnJbHF4dn7HhHdwSv48cOicwR+ZOwNyQBeL+Dpe8OjY"
    "lk3peOSFjcbCc6mBXU2oLRhcMpkwXGvhWdzBxmcE2xI+Id6KE2pPuWt5s7n4kVDiLh3Hcq"
    "aEO4zMuG0KYnmCMMdccMvxvoOfJrEcch+0Gwmbe/eH+FyTG/BguNbeI5aO9ceSjTw+Zd6M"
    "ufCg3/8Dly3HZN+YCH8uHkYTi9lmCkvLxA7k9ZH3tJDXLhzvk2yIox+PDG4v507cePHkzb"
    "gTtYax4dUpc5hLPYbde+4S4XWWth1MRIi4P9K4iT/EBI3JJnRp4yQhtT+A+NrBaHR1fTe6"
    "Hd6NRge5CQwpEoAHlwzu4OTDUIV8+ykO4fuT49fvXr9/9fb1e2gihxldefeX/+gYGJ9Qwn"
    "N1d/CXvE896reQGGcWqA9QDtwPM+qq0U1TZVCG4WdRDjEtgzm8EOMcr/1dAD2n30Y2c6be"
    "DH4evy1B9Z9nNx9+Prt5cfz2JT6Qw6fqf8JXwZ0TeQuBj4H2LM9WYHzHvhWs4IigF/CWwH"
    "k3/Ncd9jwX4g87CeOLz2f/kgjPn4I7l9dXP4XNE7B/uLw+z8Lt0snEMuos6gRJLyBve0UL"
    "D7CoA3BEoOGtAG9y76yx8WXJ1m+BCqyDHa5PW2AM7CNzTctQYFq8chMkjdZuFs++L11GBY"
    "yoxmYXU/QB311vdmI5n1P3qQ7gCZLdceODg74ATu1a/CNs38ON7+3rCtzj7etC7oG30uCi"
    "clFXGekpuNtnzQvqwl8ec0UdbpGm6gXQu2YZBmxxAM5orGDTxWs7TdUL4DMr/OR9lSV+8r"
    "54jeM9NdZUwaQ/wh3PmrNyvKmKXZsB6WH4xx6iX7bsLz4Pb+/OPv+aWvsfz+6GeOckte7D"
    "qy+yvCfqhPx2cfczwZ/k39dXQwknF97UlU+M2939+wDHRJceHzl8NaJmEpPwcngpNc0MIG"
    "wyyUm6LUzxHgmf+zbDkdX5eFTL+puja6QFd+3b3bYiHKF00hDdE41uMbrGjM4XMIZ62Gao"
    "NLIKZMNzpnrIZqg0sgGyeN42eVAeDoWQ5VH+xF1mTZ1f2JME+wJGRR1DpYYFJ6DDRFd7Bv"
    "Jf4UoKr8Z7vktX0UFldoEBBvDmoDThvRvYCm8uPtwdFGxvW0D48+VZ2F2PQc7t7HVgPtEw"
    "14X5pDrM4dalQa4IcmavL4AY+fOYGg8r6pqjIka94MZMYdE5D+g+/XLDbOpZShN7ykdliD"
    "31CPO04PDIsPk2YMKe+goTHwvmPkoctgLWddxfXyFzGYxVbLq2Pl/e+P3srdUhjxKyL37C"
    "E2wrxdDyt+Yn8+wV6tCpfCV8Nj5JwbIKve4ijrbW9W7EoqZrHfDuZoysYFObeQJd5KjvLD"
    "dx+Vw6xc35HBgE/PkjAS7vwOjj1gvmQHuHrYh8Xt7zbst9r3e5+z1CwN+J4N//aDe8Xbrh"
    "wUTaaBNn7sifS4UQZXNabDTIU2dAnyD5/rJfFawfr7+cXw7JrzfDDxe3F9dXafulvImX4I"
    "IVClVnl/qo4G9pSE7xt6p2zhSRNhitNxglfNg31ABjj/k9Q7iyhp1aXBvoflpa74ocKnXC"
    "Yjk0VBkryKFR00pyKHTIHPN77thPhC5NyyM2n8aS4ylZzTgxLRATZ9SDf5gzICvLmxEQBw"
    "k65S4FE2TMJvCREuqYhE485qrl0hafpeXUbvD3Mjn1AV4rD2ux/0rYvo+eK1v3zdIuQtpF"
    "qAPo90nuN5lHLbuWr2OCpBcf064dHbWqpVWtXqla7WsOSZWrUH/I6GXrtQieIVirS/zMVx"
    "jb7R9BJCzPKyqIy5ewLga+WM+oMSPUnRNBQdKHhpY3kML8DHpw0QAJ4j71CTmsPTJhzETA"
    "iAFvllcsdvXgr85X54ygAhMGr7+4N/h8gavh3kflJSgplm0TG4gEdI1P+w7/ECtQUwiqQM"
    "KALwwugQIjGDww0Fd8NSd84IAI/tWRg6HQ3cSaLpEofjckN/gSlrJ8AbGcw91H6MabWYLI"
    "yQRKGOMhueRCBA8E7cpGPYotZF+oVE1dH4oxdGYy86tjy+YDsnD5mI4t2/IsoP7H7fWVT8"
    "IFI+MnYthUiFMgg1FLdQ5v4hmWDyEVDwSUNHzEvKF6FkzoqFRNSzTKsbLgNOzCLAoaS5Ju"
    "Z9Pogvb2w8nJq1fvTo5evX3/5vW7d2/eH0V7R/5W2SZyfvET7iOpLTu4EBvF4cLwp+HNGs"
    "XPBI7qjOBjqKOapIh6IUy1HlMNHBt1i3o4p6k00BWBxjDpmEkqlO6SI7cCen3oVuXQTSzH"
    "/2X1IrATJH2IEE4v75M3VdY3tCpc4PJexsIRCDaKMwEOQgR1CswbCbIM0mOg69diPr++vk"
    "wpwOcXWQ33y+fzIfCWl7lNs8jdH2Bgdi0DXo5Sr/BqKzwE7pHaS8U6L/eYyJA25NwdQ71t"
    "b4kQtgm1bKaQ2MtZS566GYfZH9DbYTAec4x64oqKWK/4ais+dK1qwthztJq1V2XtIXSNmH"
    "uOWC/2eou9KYPP02sWX4fFxwyjEZNXkOuVX0ewMbjrKlXTapJNglyv+ybrvjH+ig70DNQX"
    "Ll0mLHNJFXJOFekySa35Tr0dtynyKnqNfR2ejwdmCoZjTddnaQhJt5Jl87nF+h2dPhXLPE"
    "3mIUusZ2KDmfAXdergOD8hxa5TxT30Qe3deca4eHFvMiOFfeg50c5tnUnpg9GqNfP5JEg0"
    "ptphcNcOg7nluzVk+5aDIwtv8svdgjdmzpcsPxHXDrvj8E/FaaiTh6FbHmRVpyDtOldlEj"
    "Zzc11Y8BEcqHxb/TuDUofWhTV6CBqtr4zkkLNfLwi0H6BH42pmGYF/IzpLmtYUnS8tQYQH"
    "H6epKHtUn17XNOpWkJr8Pwdr8Tld2H47jnPPC237kVMLl02sb3XwjSm0a2IF10Sfx9QBOK"
    "bo3RLefnkBYfCFSoku8T2MKPq4fnV0ZWcsFvsWXemyR/7QaJrTlDoJe9dmOWdHeJ7wuA8g"
    "4tl8esMeLVEQHJdtUqpJGH7jkZtsvValAMWRuHyFwVeCwRDnY+aSKVwRfswXe2TuU5CLzY"
    "/w8hNdDIJYLwxRi4qjEu7CZVAv8qpHi8/pmorSfSmkZR0luQKrn3clqXZn8zxqF+MdHHN1"
    "hJ19pJb99IE7k2URN8u0KGVmJrZFU0+icaUYXz7xZJpI6ZQqY2X98FZmEo7Xv9x9ICZ9wu"
    "w9mKSHmMywKd6VIaOSAG0h8Dl6sx8xcnWOlBi7unItLBKljvDdzWMVnO53gEpajzIZ2qMk"
    "18Hv2ME3COLFv/2+/QDWpuyy7JPumVFnJ2fWJWGqVOEyiaJogeJMVS6SKfmzXyoGCpS6ms"
    "aODjWz/KXqcXGGTGOrwLZ2MMZmERidg7P9EIzkJlgV5CSNxrkazoGAUZ0/xASaMyg4Q3Eq"
    "/hK1KibRmHZQZ7oNqlUXaUy3cTXrdfpSovB1teyqqdQ9gY4yIKCMTKhLZJ4hFiggZIY6jW"
    "mCWuJxmTjn1D85jpP7BJoKmTPqEMHnoKPAPKpTre7iwTIjUihvkCM82HagXz+pkuD4G3Uu"
    "TLn09eDrwSE5wz5xSKG7ucA2lieI/zlJQpmrycV8RJhnyWYTb0Du0UHdu4cnnoUDtZxAoQ"
    "M9EKYBExiHSY3CXFCYXBZ7hMtRKqcX99ydH8J912LiMEDpMJjXkXxRcf9yU2UwSKai1T+t"
    "/u0Z89fqXzcEEa3+tYhtvQRZOjNW4eG91ke0PrJ3mDLX5W4dRGMCjacq9AujhNxRbVhzdB"
    "pdBbp4eD8qNqcVM9YsnUZXga5Mx1tHwIoJNJ4qXlCUgaGYCxSmXNCI+tu5bypB21Me1pLo"
    "/iyhzi5aJa4/iZo0OjXGPKLWwNcCno4F4KlKPVoF+CS1Br4R8Bss+1wXegrqMZ0/ltRVxR"
    "dU4jkxsYa9Ceyb8PtMD3oCqkxAkGhudFRDXkzRaIlR6d3iI3TcANVjjeoaVE8aoHqiUV2D"
    "6qsGqL7SqK5B9XUDVF9rVNeg+qYBqm80qmtQfdsA1bca1TWovmuA6juN6hpU3zdA9b1GdQ"
    "2qPzRA9QeN6jotoIlyday1q7W4NlKvtH61FtcmCtax1rDW4tpExTrWOtZaXJsoWcday1qL"
    "axM161jrWWtxbaJoHWtNq4PRLcPAj/pAEdkS3RuURbWwZKv12RHJUjBiUKGowp2517WUIX"
    "sSAaGzGu5lxjK+clROz8XwRgR9dCpvA+HkyHI4F2ewz5DtDu2Dg5awLoG2nToCOhlfk6no"
    "WZq2XCJ4VamVgPLTLzcM5Eb1J9fXJPCpb0aObeQunQ1RusB+bpZOX3GKgtU2xOnzZRSF3F"
    "eoiuOA6gG1QWr6rsLUqoblUrF02YFKwQpuDUr1q0SjCvkCqIdpGZfj/zLDkynLJtydcg90"
    "8FMyxtxmfD7ADGd+oPyMrwiM/CmMdxcDMl56xOGebEm4YzBiyXzzE8uxxEyVsX4XD8U8Ab"
    "/NLFveQLaI/884TIAM1w+fjd3LkH7+wDC4HwaGtRZMOSLZZxDy7z9WcL8NZjKQf8DYvzqw"
    "MJjrLhewrsmUYwIEJ8gJZ2F3fLGAAZF7m8r6BfdhjgKHrTBjQJg5QPYHBDh/rDA1nNZon1"
    "GjDVZNHa0rQbKV8lUdUmtbSS4kP8Q6AEcEfagO1nYq+YAFKXb0kowfCaI+WWN3XKxQR1W3"
    "EPkXqPtjRRKVYo6RptLWMF0h4W9ulEklUQwE6AbznCHVNRK6Ns9dOUL8BuqSQ+2LtMaSvz"
    "soVXODdmH2s7Wq7m9S6wSlETQpIp6Ex+YE00EIUEVDHQwz18UVCU6lmjaxXJHQ+AwYrl/d"
    "wJthIjmFftvak1CpvZB6LqawweTkYwZ6KpPp7IKeB6HKKpA8kaou1l7jUfiFGyxTqqQUVW"
    "DMp4dlG4JycadfHXyL+Cn+5w5vAr8djloyFozEsg0l2cwzc5XMxVU5T126AGCaLwUWpguz"
    "VI7aqgzbBT23dQl2kIylgwvDn4Y3a1RknZ2ttRRC6Y+oqrSbIeuhuHtydFTFDnF0VGyHwH"
    "udcbH5FCTQGT4ytZ9NukHpLhkm4xmxqG2lHLLQI3yT38ucrLD5wF7w5Kd1DXjpdwLr/CzR"
    "eupXt6AEUKV+aQwm07tG6U+vvlxeqhPGtvKU9UbT3zM7QrgN6fyoncuPWpyEqtgBY+Oc7n"
    "ukdrTpfqGtKtqq0tFlvw/atsL42xXl5bm/q+dVX3JiXm6e8pP0yddzf2FPcpYuHDwlNlTu"
    "qj12e4DLLl1FMlJmaQIG8OYsTLxye3dz8QG29+eRoS9MNl9wGUgAc6YSojMtSqVoK247em"
    "AVSzGcET/ZKAixQCP9CVBoNfgcRm0OQssOml+kc8KcmuxHKft6IAZPLCdwVfCtQn7lOYK2"
    "GJUjfJuPUpp0FvBsw1pQWaEIMdEFBzrC9coF6tS8VZXtUkRatKsm2gWMoirGQfMeottOsS"
    "94PnNxYdZyx8mQ9RDt7TuNxNu8wnmhWA3PkPUC6l2r4uzbwsIUf/XVwzTlbtTDXe6m+64d"
    "dsTWHLn7qyTkRChAiWwcBh5Uk4qxrjKWA5MnlPKIMfLqzZyJEqy0TKb+cajLl9OZX4ILHg"
    "ei64RRb+mCFItVvpI+u9gxlpgGmR0UNHVh510OAM9sh4/MfZL1y8hyEVQ8i85g72E5WQiP"
    "dAwOvqZDAnsYbFWmsuaY7yqMLUvOXBNhtsFYN5PR/y4Cemvew+Es1BFXYpJe7J87ELvDr6"
    "mekpmk0ja2xk6u2r9Y+xc/P/Jbc7kIX6PGXhhTaESVq3SyFLUQTVBoRFXVhDzqNjtBTFPq"
    "E8TO6YjaL/vvN8/af7LVpFl5oLdw1pvMe7VnIFc96s0ssE6d9SZTMSjMWJlMDcWWrLk9oq"
    "mWFY54JWjMJLI7tB+htSgE65Dcu+zREtK2M3X5SvgnsYwaM2JI+w6SwPLylsIvYM9ci9qW"
    "YPI8dq466d3BE9fak8JMXY/MxUdpu9LfOM/ac+8S7VuU5Jfmw1QD5TRVH7HeeiHvkJ3UQD"
    "lB0keIdVq70/6ktdMZG9te2qHsU8u8FJPsTm066rSood3TtdFBGx200WHfjQ75DKIjKlQl"
    "KnUaURVQiqIoGigVUMaMzhdqlwONV3xM5S2Fqsx0w6yrt7LDvsK1+9yr3TzT2TD1akKSBU"
    "SKwbx22B2Hf2qtwA9Blz0CtpnVXQJRbnkPsapmfR+Fs1UtWYHgS9fAHK3fwrw6UU/fCWLY"
    "VIhTYlN3CvRo8wbVBBMI2E9BilnxwEx03VQnKdhq7xtkdI3RqSWlZ8n6k/6mNYO6mlcUm8"
    "bC9r0w0+zCKraR87vii8hPVsjQK0frbpTN/Vm/hqraVJYRVFGntnUuGwhr5XtELNFV3CVE"
    "TFBpn7D5VMHBQ8n0R+lnjy72j4y4fJXIFp5sbkmX/Hu/3UjY3LtX7xutPq1KkpvshNdOc6"
    "NPZjfNFx4t0Kom/5iiF5tJ2yeGie+ijkiUpmokEXUrL7vOq7y3Z1b6iKWRKLpvRyyd0t6e"
    "+6tq95ClRC1okManj2WetqEa7NC9MzRiKtWHhIWzVG1IpHZary2A5kgWLjMtGXCbsOGQu1"
    "mULxmjcoGxnkapKx3GQIR3whhhILyPebRCS2jlKRhvfG9w12WGJyOKBfN8J9AoVSY+yzdc"
    "WTAHmDUoyh19DyzPMpfUvicvHqm9ZGRuOct0Gs6XsoOvjsuQQQoOHcS5pTF3NKYUmi4xYT"
    "RmvDaA0iPclRWf5qgSBTmkD2HgUZx0VBVp4fIxHVu25clcoHgJPi9mV1Z7MqeGqPUMiFob"
    "ktf9g5zMVfnI+MKfB/FiDS5hhgV8fQzIDscRK1PfRvGSGyH6o2RWypDJHMhuYC3iD/Lbz8"
    "ObYTRLMJnk4pYAG5CpTQ/+yowi0S4eZ41BZei3MaREraPaw0nQlg0lrNtVNozMAlBPfB2k"
    "qGXDx7WNWSRnVx/95Syvhlf8Ly24knufxBcRjH+QOxtPvWS918t0X/ZWyW+zbAbiz7qNAa"
    "d7Lxtv3PIZh7tyObD7tSOVDBuH+ens8naYG6NcIm0ML+q4bHjxAi3CMNw32hgic13urhti"
    "OID0KGvZu9Zk4uzb+UkXywdQVyG1F5scguZ9yPLctqmsA7ULO4VwK1npLGexVEBcfHQYEf"
    "TCXLZrj/oJjAJ2CbGAYdQ6sc0RavibBDQsPYPXiz1LkPQC8jRPqWIeLjYO50zD/lhroBsR"
    "9I9db39DjFT8quhGBP1Dt5XNMNIsMjZYm9MCthxRZBCeIMn+YVwC6cfrL+eXQ/LrzfDDxe"
    "3F9VX6wELeTIvPN8Ozy2yms7TiXhnlDJ3GugLWc9BU6bSWjJEg6QPD2LVwYVOZb7/Wyk7Q"
    "NFzVXZMvWl7WurzSMygtacN7nRP/DKnO5NTlE//ApJuf43PObUadIl/iiCozvWMg69WMnl"
    "9fX6Ym8/wi+/l8+Xw+BLH+Zc6UmAv8jq3PlXeLJJEWgirsFulzkso4p8k00hWQTh9KV/UV"
    "ShFtxavxuZXULfs1PqcTVs+h1SkEdAqBDnq2VUshoOQRWwC4nvdgxzjElp0HFdvbFhCuHD"
    "S/r+Cm9vQNMmCkC4FvGFeeK0DeE+6R0dNl7Y0NoQp8Sj7FhTz6glXDQHw+Fsx9jFBTI1s9"
    "Ht9nANfpTvvBC2pH5FtTlwYPzztKRzcHpY7SqWZVapxGSWVlQSVjxubU9wTG8qI2o0LePH"
    "PHoO24ZEaFrD7qh8ojCbdNrIIUtpWkK+4+CPQytjxlsdNdPHODSP3nTcj6vK5lbQVMFbuM"
    "LQUiMZq4vJbrWIash94Ir04qgP/qpBB7vJU5BYOvqGZQYIJEQ1wA8UbpELYXaJMRVRSbSF"
    "6YKd5J4jiDuHGF/SRoLiPnoxJ5fr07T8Sl+Uxm2BSEM0LjknmKnWLD3qqEmyTeD1PE4P+J"
    "uugymCTRxFnOx35O12yj5O9aXsu6djbe20XtbF3AbxcB0eFXVBXisH0fzqJ34JUVc6DKBz"
    "gxiT68qXB4k+DkOZTXhJikSftkDn+uYJMSS3oiInhjO2/1PItdm5+qlsj00uxUhPhvLur5"
    "KoE1uFMqqK7iNtWySIX2BUp8UuLzx1MZk20SOuaPjNzPrOlstIJ14N6TF3PLxho7ALIpQr"
    "sFNGULbsxekhWInRg3TbDQYUEyqR08dAOLRyvZo7pv7Gg5fZTHH1itaigRQQ9lzbevK8hC"
    "b18XikJ4K71Pxx9LPaUqTac36Zr6VeIo+9vCAq1b6QhZNgFpOj0BtSagI8amM+Zaxky1Zw"
    "d3SvdsGrdZt2cXT0HX9rs9McK0tt3p8l85/f9NJf3/TYn+/yaXMhE+qhoIB817iO7x0VEV"
    "49XRUbHxCu/lXGQ9pnLO+sft9VWhe2xIknXotwyP/I+AEL+PW1oJuAiGtKwUxlVkQygGaf"
    "987GDjRNKbbmZ//R9ndXs7"
)
