# ruff: noqa: E501
"""Keeps how often probabilities came true, and how often each value was asked and answered, by day."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
# An older release writes neither: of its requests nothing is counted here until `arbiter rebuild-summary`.
USABLE_FROM = "0.1.0"

PROBABILITY = """
CREATE TABLE "daily_probability" (
    {id},
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "bin" INT NOT NULL,
    "writer" INT NOT NULL,
    "requests" INT NOT NULL,
    "came_true" INT NOT NULL,
    "steps" BIGINT NOT NULL,
    "squares" BIGINT NOT NULL,
    "true_steps" BIGINT NOT NULL,
    CONSTRAINT "uid_daily_proba_day_b5db99" UNIQUE ("day", "endpoint_id", "algorithm_id", "bin", "writer")
)"""
VALUES = """
CREATE TABLE "daily_values" (
    {id},
    "day" DATE NOT NULL,
    "endpoint_id" INT NOT NULL,
    "algorithm_id" INT NOT NULL,
    "stretch" BIGINT NOT NULL,
    "requests" INT NOT NULL,
    "counts" TEXT NOT NULL,
    CONSTRAINT "uid_daily_value_day_a855fb" UNIQUE ("day", "endpoint_id", "algorithm_id", "stretch")
)"""
OF_PROBABILITY = (
    "How often what was said with a probability of a bin came true on a UTC day; summed over writers."
)
OF_VALUES = "How often each value was asked and answered on a UTC day, as far as one stretch of one process has counted."


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect."""
    if db.capabilities.dialect == "postgres":
        key = '"id" BIGSERIAL NOT NULL PRIMARY KEY'
        return f"""{PROBABILITY.format(id=key)};
COMMENT ON TABLE "daily_probability" IS '{OF_PROBABILITY}';
{VALUES.format(id=key)};
COMMENT ON TABLE "daily_values" IS '{OF_VALUES}';
"""
    key = '"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL'
    return f"""{PROBABILITY.format(id=key)} /* {OF_PROBABILITY} */;
{VALUES.format(id=key)} /* {OF_VALUES} */;
"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    return """
DROP TABLE "daily_values";
DROP TABLE "daily_probability";
"""


MODELS_STATE = (
    "eJztXWtz27bS/isYf2kyo3ps51rnk50orVvHztjO6ZlTn6EgEpJ4TBIqQFnx9O1/f7HgnQQpkrqY"
    "YvGljUksAD0AF7uLvfx14FKLOPzw7PyOcP/gFP114GGXiH/k3gzQAZ7Pk+fwwMdjRzbFY8OPGo25"
    "z7AJXU2ww4l4ZBFuMnvu29SDxmcI2iI6Qf6SIuxMKbP9mcs/IIzYwvNsb4qoR9CMOhZHts8R8aw5"
    "tT3/B/GnhWwPjcJ2BneoPzqEcS1qioHFs+0NsfDsPxfE8OmU+DPCxEB//Fc8tj2LfCc8+nP+YExs"
    "4lgZLG0LOpDPDf9pLp9deP5n2RBmPzZM6ixcL2k8f/Jn1Itbi7nB0ynxCMM+ge59tgB4vYXjhAsR"
    "IR7MNGkSTDFFY5EJXjiwSEAdTCB5dmAYV9d3xu3wzjAOCgsYUaQADx+Z1IPFF1Pl8tdPYQo/nhy/"
    "fvf6/au3r9+LJnKa8ZN3fwdDJ8AEhBKeq7uDv+V77OOghcQ4t0EDgArgfpxhpkY3S5VDWUw/j3KE"
    "aRXM0YME52Tv7wJoF383HOJN/Zn48/htBar/Orv5+MvZzYvjty9hQCo+1eATvgrfnMhXAHwCtG/7"
    "jgLjO/K9ZAfHBL2AtwLOu+G/76Bnl/M/nTSML76c/Vsi7D6Fby6vr36Omqdg/3h5fZ6Hm+HJxDab"
    "bOoUSS8g3/aO5r7AognAMYGGtwa86bOzwcGXJ1t9BCqwDk+4Ph2BCbCPhFm2qcC0fOemSFrt3Tye"
    "fd+6BHMxowaHXULRB3x3fdjxheti9tQE8BTJ7rjxwUFfAMdOI/4Rte/hwff2dQ3u8fZ1KfeAV1lw"
    "Qbloqoz0FNzNs+Y5ZuJfPmG8CbfIUvUC6F2zDFMccQIcY6xg0+V7O0vVC+BzO/zkfZ0tfvK+fI/D"
    "OzXWWMGkP4k3vu2Saryxil1bIelh9I89RL9q2198Gd7enX35mtn7n87uhvDmJLPvo6cv8rwn7gT9"
    "fnH3C4I/0X+ur4YSTsr9KZMjJu3u/nMAc8ILnxoeXRrYSmMSPY4eZZaZCAjbLHKabgNLvEfC576t"
    "cGx1PjYaWX8LdK204K59u5tWhGOUTlqie6LRLUfXnGF3LubQDNsclUZWgWx0z9QM2RyVRjZEFu7b"
    "Jg/Ky6EIsiLKnykj9tT7jTxJsC/ErLBnqtSw8AZ0mOpqz0D+O9pJ0dPkzGd4GV9U5jeYwED8cqE0"
    "wbsbcRTeXHy8Oyg53jaA8JfLs6i7HoNcONmbwHyiYW4K80l9mKOjS4NcE+TcWV8CMfDnMTYflphZ"
    "RhmjnlNzprDonId0n3+7IQ72baWJPeOjMoSeeoR5VnB4JNB8EzBBT32FiY45YY8Sh42AdZ3011fI"
    "GBFz5evurS+XN0E/e2t1KKIE7Iue0BTbyjC04iv3xM0/wR6eyp8EY8NICpZV6nUXc7SVrncGiZuu"
    "dMC7mxG0FIfazOfgIocDZ7kJo650inOpKxiE+OcHJLi8J2aftJ4TT7T3yBLJ8Yqedxvue7XL3R8x"
    "AsFJJP77X+2Gt0s3PLGQDtjECTOCtVQIUQ7F5UaDInUO9AmQ7y/7VcH66frb+eUQfb0Zfry4vbi+"
    "ytov5Ut4JB7YkVB1dqmvCv6RhuQMf6tr58wQaYPRaoNRyod9TQ0w8ZjfM4Rra9iZzbWG7qel9a7I"
    "oVInLJdDI5WxhhwaN60lh4oOiWf9SD3nCeGFZfvIodNEcjxFyxlFli3ExBn2xX+IN0BL258hIQ4i"
    "cMpdcMLRmEzER4qwZyE88QlTy6VbHEvLqd3g71Vy6oP4WUVYy/1XovZ99FzZuG+WdhHSLkIdQL9P"
    "cr9FfGw7jXwdUyS9+Jh27eioVS2tavVK1dq+5pBWuUr1h5xetlqLoDmClbrEL3QJsd3BFUTK8rzE"
    "HDG6EPtiEIj1BJszhJmLOBaSvmho+wMpzM9EDwwMkELcxwEhFXsPTQixADBkil9WVCx2NfC9d++d"
    "IVBgouD1FyOTunPYDaMAlZdCSbEdBzmCiIuuYbQf4B98KdQUBCoQN8UXJh4JBYYTMWCorwRqTjTg"
    "AHF678nJYNHdxJ4ugCj5bUBu0oXYyvIH8IUr3j6KbvyZzZFcTEEp5niILinn4YBCu3JAjyJz2Rco"
    "VVMWQDEWnVnEuvcc2XyA5oyO8dh2bN8W1L/eXl8FJJQTNH5CpoM5PxVkYtZSnYOXcIcVQIj5AxJK"
    "GgzhtlTPwgU1KtW0VKMCKwtvwy6ssqCxNOlmDo0uaG8/nZy8evXu5OjV2/dvXr979+b9UXx2FF9V"
    "HSLnFz/DOZI5ssMHiVFcPBj+PLxZofhZgqN6hvgYmqgmGaJeCFNbj6kWHBt0i2Y4Z6k00DWBhjDp"
    "hEkqlO6KK7cSen3pVufSjS/G/yPNIrBTJH2IEM5u75M3dfa3aFW6weW7nIUjFGwUdwJUCBHYKzFv"
    "pMhySI8FXb828/n19WVGAT6/yGu4376cDwVveVk4NMvc/QUMxGlkwCtQ6h1eb4dHwD1iZ6HY59Ue"
    "EznSlpy7Y6hv21sigm2CbYcoJPZq1lKkbsdh9gf07TAYn3hmM3FFRax3fL0dH7lWtWHsBVrN2uuy"
    "9gi6Vsy9QKw3e7PN3pbBF+k1i2/C4hOG0YrJK8j1zm8i2JiUMaVqWk+ySZHrfd9m37fGX9GBXoHm"
    "wiUj3LYWWCHn1JEu09Sa7zQ7cdsir6LX2Dfh+XBhpmA49nR1loaIdCNZNp9brN/R7VO5zNNmHfLE"
    "eiXWWIlgU2cujosLUu46Vd5DH9TenWeMSzb3OitS2odeE+3c1pmUPhCt2jCfT4pEY6odBnftMFjY"
    "vhtDtm85OPLwpr/cDXhjFnzJigtx7ZE7Kv5Tcxma5GHolgdZ3SXIus7VWYT13FzntvgIDlS+rcGb"
    "QaVD69w2HsJGqysjeejs6wUS7Qfg0bic2Wbo3wjOkpY9BedLmyPui4/TUpQ9akYPLqUjblLBikfS"
    "QzPwrwTPSfD7jHKC8QEaiUWZ2B6xjKj5kjKLI8d+IGg0F53Zpn9qeyZ1iSGdM22BLhudIjzHzAeH"
    "0tAz895jYrUwJ8HfFiUcedRHDx5dSn9NNGUYHEt9SkX3vu8EoXYekf6l4qG7MGeHaCRm6QrJMPhR"
    "I/hVMkqPmIz4cYyeGI360ov4A7L9yGdV/Md24h7kX7rAUxcj9uT/C7CWX1pG7TfjRfi80G4/jEx8"
    "thP7exN8Ewrtp1nDTzPgTU0ATih6t4U3X2shOIqawJtQ9HH/6lDTzphv9i3UlJFH+tBqmbOUOiN9"
    "l1c5J8Q3ssUWSbUJtrkJVmhGvrHgrb60PK3+1rr8rWXU0yYySoGwD9/ZtkXBtCrf9LvK0+rvqmvf"
    "VeFi4Hni3T9iHzt0ekMebV4S7Z5vMqgyDZpBY4OlW6+0EV57BDG6hGhqTsQU3TFhaCqe8CCIG+xk"
    "T2Fy1SBkO8hcNQiDtyHmPDbtITD1gb2waEvc4jhdM7N1X5Pesp0tvQPrO7CkqXZ3iXm0XYx34LfS"
    "EXb2CdvO00ch1y/KuFmuRSUzs6At3N2kGtdK2kEnvsz7LKNMZPKLIF8FsRCF59/uPiILP0E6PrDo"
    "I4uYDoa38ppBEoDhX3yO/uwDpKJwgRIuC5bMhqqP6pQduxlWwen+EFDJ66BcyZW4akX4dxKxE2bl"
    "gH8HfQcZKdqyy6pPumcXEztxQqvIO4EVMRAgjJYYf7Eq5iEjf/bLTAYCpS6PtSMvpTx/qev/lSPT"
    "2CqwbRxduV5IZefg3H5MZfoQrG1JSdFonOvhHAoY9flDQqA5g4IzlNfWqVCrEhKNaQd1pq+ptEll"
    "WtPXbGqlVXpTLhNTE81pGeUMlGkFpWkGp9LnPQW2mbHtyTSCUgrPaDiNdabtDAi+aLeQRxD80II3"
    "2XSB2TFejCzqih12CEYnm/u2yQ9T7w0xPB+9XFcHE71orUtrXXvIc7XW1Y3zX2td28M25M41IQ1b"
    "ayQVSGqpX0v9XccUhEkDpJkGoGZoNKoKVKV43UxajUn6BOiOw9X5nwvMVB54lcAnRBr61tADOzBa"
    "bPssnV6Avb3yvl24Lmblppvo/WC12YanmtaqdpcppRDaQwYIc0HDkKz7QEKLCJrBlbRlEQv5VAbG"
    "nQaRfEmxhdB0glyCPcSpS/yZWG116btdDCwrVESKCzqCkDxP9BsUueA0CtGDEhj3B/cHh+gM+oQp"
    "Rel/OLSxfY6Cz04SSnMTg/oQUPfCIRN/gEaQMMgfiRHPoonaXngfjz0ulgEKSkZFJqLaHFDsD3oU"
    "j+PSGi9GlLmH4j2zCT8MUToM19WQP3QDdqQwub22I3WNLw20HUnbkfZBTtd2pC1i26xgia5UUnaf"
    "XIyA1YYlbVjqOqaEMcqaIJoQaDyVhjrHIcxoDGuBTqOrMtWL09wo94YqZ6x5Oo2uyi4H5RGbCFgJ"
    "gcZTxQvKMmKXc4HSFNga0eA4D0wlYHsqwlqRbTlPqKu91cmznEZNGp1aYx5Ta+AbAY/HXOCpKgVX"
    "B/g0tQa+FfBrbPtCF3oJmjGdsmvCWjyn9LpQw14L9nX4fa4HvQB1FiAs/GMcNZAXMzRaYlQGJwUI"
    "HbdA9VijugLVkxaonmhUV6D6qgWqrzSqK1B93QLV1xrVFai+aYHqG43qClTftkD1rUZ1BarvWqD6"
    "TqO6AtX3LVB9r1FdgepPLVD9SaO6Sgtoo1wda+1qJa6t1CutX63EtY2Cdaw1rJW4tlGxjrWOtRLX"
    "NkrWsdayVuLaRs061nrWSlzbKFrHWtPqanKSf2FnEU5QFdwSvh6sjm15TFo2yEZCsDlDkjTIqcgf"
    "iCWDLpTZFfMRKGIc4kPJqon8c86oSTiXESmydJOq5tUOx5b1soIaUrLg1K+311enoscwOe74CbKe"
    "DOD/YfxKnKVkZkPJradDObsoOQmCwJxoHFkNa0ym2JOZdOVcBjK7yr2XDmKRMS2iqW0N0IyKbRHG"
    "y8jCVjJeRsasBKW0sEeWmWy91HVtvxDPEw5Hgoieey8J6YEQnRCXMXEE0jKqB6PQS0cs/7qhMWH3"
    "OihGB8XszZmhg2K6IcPooJhtJgYI+HIjXpsi6hOoO45Q10Ee23BEBgGpiGhVxaOIoheRXhVobazS"
    "UUf0oGF4dB4olKD4XaUGRNKtVlftRQtOkIk5UVTkzb7rWuWLPRF6dYHZvSweSZeeKvizHN6YoBcs"
    "dwcIp2fW4GzLke0O7YODPT7edF3UtZeiZ9XGUqro2PDVMvt5SPn5txvi4JJPLpROzs7vQofx/Vzz"
    "5Gl4mGW+GTk3gy28NVG6gH5uFl5fcYrtE2vi9OUyzsbUV6jKVeVmQN0E/fQJpq1qWAzzBSMHKgUr"
    "fDWo1K9SjWrkTcM+3Iksxv8jZpB5fkLZlPo+8U7hsmU5o+4ACnUFCcNmdInEzJ+iKxM+QOOFjzzq"
    "y5aIeiZBtg8XGRPbs/lMdau0i0HhOun3me3IF8AW4f/BnQ7c+ERjQ/cytRl9IF5w+cN98VDOSPYZ"
    "pj4LhuU0aAOXWH6Yqv/eExuDMLaYi32NphQSwXlhaTMbuqPzuZgQGskaw7Y1inK1eWQJl07R5VNw"
    "8+QjWD9SWuFMa7TPqNGGu6aJ1pUi2Uit4Q6ptVupkSM/xCYAxwS6lHMe3mIp55AFNbt4SBH1yfyt"
    "Lx72/+IhVPfHinvzco6RpdLWsHrWMG2UKUV/340ymVqAoQDdYp1zpBtY6I6dzvu+zl25Qvwu1CUP"
    "OxdZjaX4dlCp5obtIte3laru71LrFErjDLzynrhPXARp8cDlLuUAiD0U3VCeSjVtYjOe0vhk3TXp"
    "9ufPIKG2Qr/d2kig1F5IPRccEcEtc0yEnkqkm2LY8yBSWXlQIC5O2Z1or8kshPrMBbUlVVIMKjDk"
    "FSeB3yIkXzuVDpIsGSX43INKch4FLZnYUw89kKeKoty5tUq7X9V2TQynrJReQwvThVUpR21Uhu2C"
    "nrt1CXaQzikiHgx/Ht6sUJG1Q962hN3cR1RX2s2R9VDcPTk6qmOHODoqt0PAu8642HwOE4kOH4na"
    "zybboPKUjJKSGiRuW6uWhuhRfJM/Sl/20L8+KG8R8tIfOJrKuhHA9/zZB3BbdwgO4gCIdOyPy0Bc"
    "fbu8VBfO2Mooq42mf+ROhOgY0i7xnXOJL0/GW+6AsXZp8j1SO7bpfqGtKtqq0tFtvw/atsL42xXl"
    "5bm/q+dVXwpiXmGdiov0OdBzfyNPcpUuPLglNlXuqj12exCPGV7GMlJuawoMxC8nUQLK27ubi4/i"
    "eH8eGfrCIu6cyoBqsWYqITrXolKKtpO2xgOpWZLuDAVFF4QQK2ikPwEIrRAmij1rEFl2wPwinRNc"
    "bJEPUvb1hRg8sb3QVSGwCgVhtghsMSpH+G0OpTTpzMXYpj3HDrQATHSMaUe4XrVAnVm3urJdhkiL"
    "dvVEu5BR1MU4bN5DdLfiJyKY1pQw2JiN3HFyZD1Ee/NOI8kx3yjGL0fWC6h3rYqT73MbUp03Vw+z"
    "lLtRD3d5mu67dtgRW3Ps7q+SkFOhABWycRR4UE8qhowykBhG3lDKK8bYqzd3J4ogrQyaBtehjC6m"
    "s6AUsRhOiK4Tgv0FE1IsVDtO++xCx2KvTITMLhQ0dUqbXU4A7myHkCBGJn1BE0bdTOHkkdhNNqAz"
    "ArdhuOcNvqcBGkXzGkXFlkc+9bEzQvJKVk7vEImzThxpVnjre+9lijQHPsXQYcXlbCoeN/xR6wnz"
    "/xRJfmtuxtEqNJFrEpJeHLQ7kM+j766ZNpqm0sa41t6wkpE1YB1x+z5hrivXdhjT6Gc0ON4SCo2o"
    "cpdOFrwRoikKjagyjxRm7W4Ps5T69rBz+qH2yf7nrbP2ndxq4uAi0Bu4503nvNozkOte8+Y2WKfu"
    "edNpGBQmrFyWhnIrlusYONOyxvWuBI1YSHYXpTaOwDoE882jzaVhZ8rokoe5giGPsiltNkAitpe/"
    "CHILc8Js7Ng8zC+suuXdwYgrTURRlq5HwmAobSr6B+dYe+5TYvtGIvmlBTA1QDlL1Ues69zoHpdf"
    "6B4X7nMjdtIA5RRJHyHWKe1O+5PSTmdr3PbWjmSfRualhGR3atNRp0UN7ZqujQ7a6KCNDvtudChm"
    "DzUwNxR1JHUKURVQisKQGigVUOYMu3O1F4HGK7mm8hecbC7j6q3ssK9w7T7vajfvdNZMu5quT2Ip"
    "zDcRmNceuaPiP4124Mewyx4B287qLoGotrxHWNWzvhvRatVLVMDpgpmQn/V7lFMn7ukHjkwHc36K"
    "HMymgh5s3kI1sYISfUF6WVnHcEKZOkHBRntfI5trp4px9dqgruYVVZWMrP4YeXdhFVvL8V3xRRQX"
    "K2LotSN118rk/qxfQ11tKs8I6qhTm7qXDYW16jMikehqnhI8Iah1Tjh0quDgkWT6QbrXg9f8I0GM"
    "LlOZwtPNbelmPwraGdyh/kh9bmx1tDoJbvIL3jjFjb6ZXTdXeLxB65r8E4peHCbbvjFMfRdNRKIs"
    "VSuJqFs52XVO5b29s9JXLK1E0X27YumU9vbcX9V2L1kq1IIWKXz6WOJpE6rBDt07IyOmUn1IWTgr"
    "1YZUWqfV2oLQHNGcEcuWMbQpGw66m8W5kqEkkGCsp3HaSo8QIcJ7UXywIBwlPFqhJWxlFIg1HpmU"
    "MWL6sswQJ37gBBqnyYSxAsOVLdYAMgbFeaNHguXZ1gICjF88YmdBkGt7i2wKzpeyg3uPEWCQnIoO"
    "krzSkDca0glNF5AsGrJdyzrPiDJZ7ckFlSjMH30oJh7HSMcVkeaMjvHYdmz/KQp5Fp8XcWqrPblb"
    "Q9B6BkitDcnnwUVO7qkcMnnw10GyWcNHkF0Bfj7EWEfzSJSp70ay5QxA30hnpIyYzIHsRuxF+AP9"
    "/svwZhivklhMdHGLBBuQaU0P/s7NItUumWeDSeXoNzGlVJ2jxtNJ0VZNJarZVTWN3AZQL3wTpLDt"
    "iI9rE6uIzq4+BdtZPo2eBF9a+KTwe4oJ0xW/ii58kwZSXrx3U5/SQXA4hB8b/CXHDJrLpGbysEzt"
    "iWYYeQt3TBgvhaXwo7KTWf0TG35xjAoWu2KNQiYJuH8+u7wdFuYY8cJtzJAwRtmqGUYTyG73Rjac"
    "FZkl+3Yn0MV0+JgpJNFyNTps3oesxds2/3SgFl+nEN5KljXbmy8UEJdfh8UEvTAB7dpLfCJmIU4J"
    "PhfTaHQLWSDU8Ldx0k/kqNpu+glJLyDP8pQ6Js9yg2fB3BnMtQG6MUH/2PXmD8RY9K+LbqIr9A7d"
    "rRyGsdaUsys6FJew5Zgih/AESPYP4wpIP11/O78coq83w48XtxfXV1kjvHyZFZ9vhmeX+YRcWZW1"
    "Nso5Oo11DaxdoaniaSMZI0XSB4axa+EibWqpu7NTNC13ddfkiy1va10u6BmUlqwxucktdo5UZyfq"
    "8i12aDItrvE5pQ7BXpl/bEyVW96xIOvVip5fX19mFvP8Iv/5fPtyPhRi/cuCKbEQzJxYn2ufFmki"
    "LQTVOC2y9xC1cc6SaaRrIJ29aK3r/5Ih2oin3nMrqRv21XtOx6KeQ6vD4nVYfAe9teqFxSt5xAYA"
    "buYR1zEOsWGHOMXxtgGEaweC7yu4mTN9jawO2cLWa8ZKFwpq94R75PR0WSJiTahCn5LPSb2JvmDV"
    "MricjjlhjzFqamTrx5gHDOA622k/eEHjKHN7ynA4eNH5N345qHT+zTSrU7MzTpQqCwSZM+LiwLsV"
    "ymU6BHP58oyNhbbDZAl6qKYZhH8DCXUsKOsTtZWkS8oeuCzv4yuLd+5izDWiz583yejzupZtKwio"
    "3GVswQEJAwpFNQE9R9ZDb4RXJzXAf3VSij28yt2Cia+oYaBbikRDXALxWiH+mwseyYkqikOkKMyU"
    "nySJ73zSuMZ5EjaX0eBxzbegLJvPk1JzFjEdLIQzhOMCcKqTYs3e6oRQpH4fpD2B/6fqfMsAiVST"
    "wPdb1Sj9dyOvZV0LGt7toha0rjO3iyDf6CuqC3HUvg930Tvwyko4UO0LnIREX97UuLxJcfICyitC"
    "TLKkfTKHP1ewSYUlPRXluradt37uwK6tT11LZHZrdirq+XcGer5KYA3fVAqqy6RNvcxIkX0Bo4AU"
    "BfzxVMYZWwiP6SNBo5k9nRlLsQ/YCL1wbQfqxgiQLR7ZLURTMqfm7CVaCrETYoERFO8rSZC0g0HX"
    "sHhsJSNS940dW06J5NMH0qjCR0zQQ1nz7esastDb16WiELzKntPJx9JMqcrS6UO6oX6Vusr+PreF"
    "1q10hKxagCydXoBGC9ARY9MZYbY5U53Z4ZvKMxsnbVad2eVL0LXzbk+MMFs77nRJq4L+/6aW/v+m"
    "Qv9/U0gDKD6qBgiHzXuI7vHRUR3j1dFRufEK3hVcZH2ics769fb6qtQ9NiLJO/Tbpo/+Dwkhfh+P"
    "tApwAQxpWSmNq8iHUAyy/vnQwdrJkdc9zP7+f6T8fuc="
)
