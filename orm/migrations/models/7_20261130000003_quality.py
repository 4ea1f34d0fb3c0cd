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
    "eJztXWtz27bS/isYfWkyo3ps51rnk+0orVrHztjO6ZnTnJEgEZJ4TBEqQVnx9O1/f3fBOw"
    "lSJHUxxeJLYpNYAH4ALnYXe/mrM+cGs8TR+cU9E27njPzVsemcwQ+pN13SoYtF9BwfuHRk"
    "yaZ0NHCDRiPhOnSMXU2oJRg8MpgYO+bCNbmNjc8JtiV8QtwVJ9Sacsd0Z3PxgVDiLG3btK"
    "eE24zMuGUIYrqCMNtYcNN2f4BfDWLaZOi3GwiLu8MjHNfgYxgYnu1uiKVt/rlkA5dPmTtj"
    "Dgz0x3/hsWkb7DsTwa+Lh8HEZJaRwNI0sAP5fOA+LeSzvu1+kg1x9qPBmFvLuR01Xjy5M2"
    "6HrWFu+HTKbOZQl2H3rrNEeO2lZfkLESDuzTRq4k0xRmOwCV1auEhI7U0getYZDK5v7gd3"
    "vfvBoJNZwIAiBrj/aMxtXHyYqpB//RSn8OPpyet3r9+/evv6PTSR0wyfvPvbGzoCxiOU8F"
    "zfd/6W76lLvRYS49QG9QDKgHs5o44a3SRVCmWYfhrlANMimIMHEc7R3t8H0HP6fWAxe+rO"
    "4NeTtwWo/uv89vKX89sXJ29f4oAcPlXvE77235zKVwh8BLRrupYC43v2PWcHhwStgLcAzv"
    "vev++x57kQf1pxGF98Pv+3RHj+5L+5urn+OWgeg/3y6uYiDbdDJxNzXGVTx0haAfmud7Rw"
    "AYsqAIcEGt4S8MbPzgoHX5ps/RGowNo/4dp0BEbAPjLHMMcKTPN3boyk1t5N49n2rcuogB"
    "lVOOwiijbgu+/DTiznc+o8VQE8RrI/btzptAVwalXiH0H7Fh58b1+X4B5vX+dyD3yVBBeV"
    "i6rKSEvB3T5rXlAHfnKZI6pwiyRVK4DeN8sYwxEH4AxGCjadv7eTVK0APrXDT9+X2eKn7/"
    "P3OL5TY00VTPojvHHNOSvGm6rYteGTHgU/HCD6Rdu+/7l3d3/++Uti7388v+/hm9PEvg+e"
    "vkjznrAT8nv//heCv5L/3Fz3JJxcuFNHjhi1u/9PB+dEly4f2Hw1oEYck+Bx8CixzAwgrL"
    "PIcbotLPEBCZ+HtsKh1flkUMn6m6GrpQU37dvdtiIconRaE91TjW4+uuMZnS9gDtWwTVFp"
    "ZBXIBvdM1ZBNUWlkfWTxvm3yoLwcCiDLovyJO8yc2r+xJwl2H2ZF7bFKDfNvQHuxrg4M5L"
    "+DnRQ8jc58h67Ci8r0BgMM4C8HpQnf3cJReNu/vO/kHG9bQPjz1XnQXYtBzpzsVWA+1TBX"
    "hfm0PMzB0aVBLgly6qzPgRj584iOH1bUMQZ5jHrBxzOFRefCp/v02y2zqGsqTewJH5Ue9t"
    "QizJOCwyPD5tuACXtqK0x8JJjzKHHYClg3UX9thcxhMFex6d76fHXr9XOwVocsSsi++CmP"
    "sa0EQ8u+mp/O00+oTafyT8KxcSQFy8r1ugs52lrXuwELm651wLufMbKCQ23mCnSRo56z3M"
    "Thc+kUN+dzYBDw4wcCXN6G2UetF8yG9jZbETle1vNuy32vd7n7I0TAO4ng3/9qN7x9uuHB"
    "QlpoE2fOwFtLhRBlcZpvNMhSp0CfIPnhsl8VrB9vvl5c9ciX295l/65/c520X8qX+AgemI"
    "FQdX6lrwr+kYbkBH8ra+dMEGmD0XqDUcyHfUMNMPKYPzCES2vYic21ge6npfWmyKFSJ8yX"
    "QwOVsYQcGjYtJYdCh8w2fuS29UTo0jBdYvFpJDmekdWME8MEMXFGXfiH2V2yMt0ZAXGQoF"
    "PuUjBBRmwCHymhtkHoxGWOWi7d4VhaTm0Gfy+SUx/gz8rCmu+/ErRvo+fK1n2ztIuQdhFq"
    "APptkvsN5lLTquTrGCNpxce0b0dHrWppVatVqtbuNYe4ypWrP6T0svVaBE8RrNUlfuErjO"
    "32riBilucVFcThS9gXXU+sZ3Q8I9SZE0FB0oeGptuVwvwMenDQAAniPvUIOew9MmHMQMDI"
    "GP6yrGKxr4G/2d/sc4IKTBC8/mI45vMF7oahh8pLUFJMyyIWEAnoGkf7AX8QK1BTCKpAYg"
    "xfGDwCBUYwGNDXVzw1JxiwSwT/ZsvJUOhuYk6XSBT9bUg+5kvYyvIPEMs5vH2EbtyZKYhc"
    "TKCEOR6RKy6EPyBoVxbqUWwh+0Klaup4UIygM4MZ32xLNu+ShcNHdGRapmsC9a93N9ceCR"
    "eMjJ7I2KJCnAEZzFqqc/gS77A8CKl4IKCk4RDzmuqZv6CDQjUt1ijDyvzbsL6RFzQWJ93O"
    "odEE7e2n09NXr96dHr96+/7N63fv3rw/Ds+O7KuiQ+Si/zOeI4kj238QGcXhQe/n3u0axc"
    "8AjmoP4GOoopokiFohTO08pho4NuoW1XBOUmmgSwKNYdIRk1Qo3QVXbjn0+tKtzKWbWI7+"
    "x6pFYMdI2hAhnNzep2/K7G9olbvB5buUhcMXbBR3AhyECGrnmDdiZCmkR0DXrs18cXNzlV"
    "CAL/ppDffr54se8JaXmUMzz90fYGBWJQNehlLv8HI7PADukVpLxT4v9phIkdbk3A1Dfdfe"
    "EgFsE2paTCGxF7OWLHU9DnM4oO+GwbjMHlcTV1TEeseX2/GBa1Udxp6h1ay9LGsPoKvF3D"
    "PEerNX2+x1GXyWXrP4Kiw+Yhi1mLyCXO/8KoLNmDuOUjUtJ9nEyPW+r7Pva+Ov6ECvQHXh"
    "0mHCNJZUIeeUkS7j1JrvVDtx6yKvotfYV+H5eGGmYDjmdH2WhoB0K1k2n1us39PtU77MU2"
    "cd0sR6JTZYCW9TJy6OswuS7zqV30Mb1N69Z4yLNvcmK5Lbh14T7dzWmJQ+GK1aMZ9PjERj"
    "qh0G9+0wmNm+W0O2bTk40vDGv9wteGNmfMmyC3Fjs3sO/5Rchip5GJrlQVZ2CZKuc2UWYT"
    "M314UJH0FH5dvqvekWOrQuzMGD32h9ZSSbnH/pE2jfRY/G1cwc+/6N6CxpmFN0vjQFES58"
    "nIai7FF1el3TqFlBavL/DKz593RB++04zj0vtLuPnFo4bGJ+r4JvRKFdE0u4Jno8pgrAEU"
    "XrtvD2ywuIMV+olOgC38OQoo37V0dXNsZicWjRlQ575A+1ljlJqZOwN22VM3aE5wmPuwQR"
    "z+LTW/ZoipzguHSTQk1i7DUeOPHWa1UKUByJw1cYfCUYTHE+Yg6ZwhPhxXyxR+Y8+bnYvA"
    "gvL9FF14/1whC1sDgq4Q48BvUiq3rscJymqSjNl0J2rKPEd2D5+6441f5snse7xXgP11wN"
    "YWcfqWk9XXJ7sszjZqkWhczMwLZo6ok1LhXjyyeuTBMpnVJlrKwX3soMwvH51/tLYtAnzN"
    "6DSXqIwcYWxbcyZFQSoC0EPkd39gEjV+dIibGrK8fEIlHqCN/9DKvgdH8AVNJ6lMrQHia5"
    "9n+PHHz9IF782evbC2Ctyy6LPumWGXX2cmddEKZKFS6TKIrmKM5U5SKZkD/bpWKgQKmrae"
    "zpUjPNX8peF6fINLYKbCsHY2wWgdE4OHcfghE/BMuCHKfROJfD2RcwyvOHiEBzBgVnyE/F"
    "X6BWRSQa0wbqTF9iWRbytKYvyUwM6/SmVOKGKprTKkgxJLMQSdMMjWXbefJsMyPTllmHpB"
    "Se0HAq60y7GRCzId1h2iFMLOS9SWYXSo7xYmjwOeywIzQ6mcI1x+Io9n4Aw4vhy011MOhF"
    "a11a6zpAnqu1rmac/1rr2h22PncuCanfWiOpQFJL/VrqbzqmKEwOUJqpAGqCRqOqQFWK19"
    "Wk1ZCkTYDuObpN/LmkjsrvqxD4iEhDXxt6ZAeDGts+SacX4GCvvO+W8zl18k03wfvuerON"
    "iDUtVRwnkXnZt4d0CRVA4xCZJpr5FhEywytpw2AGcbnMe3zmOf5HuZl90wmZM2oTwefMnc"
    "Fqqyvl7GNgmdA6UFzIMcYl2NCvlxNbcPwdr8wxY/a3zrfOETnHPnFKQbYAgW1MVxDvs5OE"
    "0tzkYDppTJNtsYnbJUPML+AOYcTzYKKm7d/HU1vAMmD9qSAndZDKG2sDYY/wOMzE/WLInf"
    "kRvHdMJo58lI78dR3IP3QLdiQ/F662IzWNL3W1HUnbkQ5BTtd2pB1iWy2/uU5snnefnI0e"
    "0oYlbVhqOqbMcbhTBdGIQOOpNNRZFnMGlWHN0Gl0VaZ6OM0H+d5Q+Yw1TafRVdnlsJpSFQ"
    "ErItB4qnhBXgLNfC6QmzFTI+od556pBG1PWVgLkjOmCXVxmDJpGeOoSaNTbcxDag18JeDp"
    "SACeqsoxZYCPU2vgawG/wbbPdKGXoBrTybsmLMVzcq8LNeylYN+E36d60AtQZgH8OgGD4w"
    "ryYoJGS4zK4CQPoZMaqJ5oVNegeloD1VON6hpUX9VA9ZVGdQ2qr2ug+lqjugbVNzVQfaNR"
    "XYPq2xqovtWorkH1XQ1U32lU16D6vgaq7zWqa1D9qQaqP2lU12kBdZSrE61drcW1lnql9a"
    "u1uNZRsE60hrUW1zoq1onWsdbiWkfJOtFa1lpc66hZJ1rPWotrHUXrRGtaTU1O8i+sMe1N"
    "UBXc4r/uro9teYxaVshGwuh4RiSpl1NRPDBDBl0osyumI1BgHOZihYuJ/HXh8DETQkakjP"
    "nSdlUlMvY4Nga4DOUvYoiRKr/e3VyfQY9+ctzRE2Y96eL/fvxKmKVkZmKFjqcjObsgOQnB"
    "wJxgHBfDXEZsSm2ZSVfOpSuzq3yz40EsMqYFmppGl8w4bAs/XgYn5cXLyJgVGbgDv7NVIl"
    "svn89NNxPP4w/HvIieb3YU0oMhOj4uI2YB0sfEpQ/QUAbPhJlgJtyZchfWoIuJfn0Xno0z"
    "YPoj63gZHS9zMMeJjpdphnij42V2mTPA48uVeG2MqE2g7jl4Xcd/7MJHGWWnLKIFdWxDil"
    "YEgRWgtbWytQ1RkXr+0dlR6Efhu0LliMVbra//R5aCkTEVTFHbL/muaUUxDkTo1XX7DrIm"
    "F1/ZqrjQfHhDglaw3D0gHJ9ZhbMtRbY/tDudAz7edLm5jZeiZYXIMqXOVemmfMpPv90yi+"
    "Z8cm0tc65W1zdE6fNVmICorVDlq4DVgNqgqHhTYdqp5uBQsXRYR6U4+K+6hXpDrFGJVGHU"
    "xWuA5eh/bJwysZ/h/cJqxuddrE3l5cia8RWBmT8FtwSiS0ZLl9jclS0Jt8eMmLJS+MS0TT"
    "FTXaTsY1C8Qfl9ZlryhbO08fbCv8bAS45gbOxeZvPiD8z27juECw/ljGSffrYvb1jBvTZ4"
    "b+P6dxLfbNgYzHGWC9jXZMox95ntV/MysTu+WMCEyNCisvL8MEhPZrMV3rME9y3eZYtLcP"
    "1Y7pWG1tSeUVPzd00VbSJGUkvCTRd4bZC6tpOyMPJDrAJwSLAVeBulrW2/CLjPgqoZ1GNE"
    "bTLraoP64RvUfTV2pLgPzucYSSpt5dG17f/hxoZE+TtfgK6xzilSXd2+aevclKux76Au2d"
    "TqJzWW7NtuoZrrtwtcutaqur9LrROUxhk6oj0Jl80JZoIToIrGfN5iteTPpJo2MR0R0/hk"
    "qTHp6ebOMIe0Qr/d2Uio1Palnou+d+iJOGKgpzLpmef33A1UVuHVRAuzVEfaazQLUJ8FUB"
    "tSJaWoAmMqbea56mG+sTPpE+hEo3ifu1c8zeaoJTNzapMH9lTghZdaq7hbUWmXO3/KSunV"
    "tzD1jUI5aqsybBP03J1LsN14Gg140Pu5d7tGRdaOZrsSdlMfUVlpN0XWQnH39Pi4jB3i+D"
    "jfDoHvGuM68snPndl7ZGr/kWSDwlMyyMM5YGHbUuUjoEf4Jn+U7tu+S7lX0cHnpT8IMpWl"
    "EpDvubMP8AZQpZ7rO5O+7GHlg+uvV1fqWhE7GWW90fSP1IkQHEPa1btxrt75+WfzHQs2rs"
    "Z9QGrHLt0KtFVFW1Uauu0PQdtWGH+borw893f1vOpLRszLrFN2kT55eu5v7EmuUt/GW+Kx"
    "yg2zxW4P8Nihq1BGSm1NwAD+chbkXLy7v+1fwvH+PDJ032DzBZcxxLBmKiE61aJQijajto"
    "MHVrIK2znx6gyAEAs00p8AhVaMjKS20Q0sO2h+kc4Jc2qwD1L2dUEMnpi276rgWYW8yFKC"
    "thiVg/cuh1KadBYw9thcUAtbICY6drIhXK9YoE6sW1nZLkGkRbtyop3PKMpi7DdvIbo78R"
    "MBpjVlDm7MSu44KbIWor19p5HomK8Uu5YiawXU+1bF2feFidm9q6uHScr9qIf7PE0PXTts"
    "iK057sauEJJTXu75EvLcGtBEyxLisVxNZhDZXZANJbgJOiJDhz2aAloP0Qi8En56EUy9Mp"
    "5RYONIAmqYu/TSkQjmmNQyhZ+SRCUl72FE9f1nLJQziN57ZA4OtZnc/E8Rmlsae9kowWEn"
    "QrD80jyYKqCcpGoj1luvfxqwkwoox0jaCLEOdT1rT6irjuLe9dYOZJ8KQkacZH8XE8eNFj"
    "X01d4/QHnTmdV29QEV3M3FlagNL+fiCXgODOSyd3OpDVb5ci6bVWBAhaqyl04toAJKkUte"
    "A6UCajyj84VS7NB4RWkQ0eSkqs5ZM2PFneywrXDtP29FMx0GN0xbEc9baCjMNwGYNza75/"
    "BPpR146XfZImDrWd0lEMWW9wCrctb3QbBa5Ry9BV86Y8xv8T2ISQp7+kGQsUWFOCMWdaZA"
    "jzZvUE0ML6u3l55Dpj6fcEft4L3V3jfIhtGoJL2tNqireUVRhlOjPUbefVjFNro4VHwR2c"
    "UKGHppT8eNMmE969dQVptKM4Iy6tS27mV9Ya34jIgkupKnhIgISp0TFp8qOHggmX6Q7oMY"
    "Z/rIiMNXsUxL8eYYaGqTodduICzuDtXnxk5HKxMglF7wyiFC+mZ201xL4QYta/KPKFpxmO"
    "z6xjD2XVQRiZJUtSSiZuW00jlpDvbOSl+x1BJFD+2KpVHa23N/Vbu9ZClQC2qEQLUxRe42"
    "VIM9uncGRkyl+hCzcBaqDbGwuPXawo2saccMU2adidlwZBU6P9cMplQFxnoWhv3bjIEIb3"
    "MilxszqA4jHq3QEnYyil92TxaVk2laBXM9J9AwzYAs7CcNVyasAUZchXl3hsDyTGNJrSF5"
    "4RUHnJv2MpnC4KXs4JvtMGSQgkMHUV4er3TexJwuMdkOZguS9V+w0h1my52jSuTn3ymtyK"
    "TuAVGP6RK1fiOfe1czqafwjTIrevBXJ9p+/iP0N8c/CNYi3JWRevR9EG2iAeI5iMfoB2yj"
    "I7uB3YW/kN9/6d32QtxheUj/jsCHLRM9dP5OzSLWLppnhUml6LcxpVjm18rTidEWTSXIYl"
    "w0jTWlD6sjRU0LPpdtrCI5v/5I5N6ST4Mn3rfjP/E4Z2m1e00wddvMuE3MAEUdhfCQr/n4"
    "zduQqGPXGnsD0k83CuGdBBaa9mKpgDj/BiMkaIXWvm/H3gnMAs4WsYBpVLo4yhBq+Ov4VS"
    "/dMa8WAhMjaQXkSZ5SxkqVb6PKWKi8uVZANyRoH7ve/oEY6iVl0Q0J2ofuTg5DKYorTEEW"
    "pzlsOaRIITxBksPDuADSjzdfL6565Mtt77J/17+5TtpN5cuk+HzbO79K4btw+IiOTGihuC"
    "0oQDlFp7EugfUc9Fs6rSRjxEjawDD2LVxYVKZMqrSzYzQ1d3XT5Isdb2udIfMZlJaktbDK"
    "xWOKVBdJaPLFo38VkF3jC84tRu08l8aQKrW8IyBr1Ype3NxcJRbzop/+fL5+vuiBWP8yY0"
    "rMxJ96lyeVTos4kRaCSpwWyfudshfpCaKtuPw8t+q0Zaef5/RQaDm0Or5Wx9c20O2jXHyt"
    "kkdsAeBqrjUN4xBb9qxRHG9bQLh0ROmhgps40zcID09WGNkw6DJT2aQl3COlPVJ36Wwazu"
    "t7OnzyOmsTVjWjVPlIMOcxRG3TYFWPAdwkO20HL6gcrmpOHeoPnvUiDF92C70IE83KJE8P"
    "My7KYnbjGZvTqHwdaN9Cvjx3RqDtOLIWEKY174Yl3blleOXVvbZeuXbuPMjy7KarzKK+jz"
    "E3CGN93myFDSo9vsVognxHpqVAJAYTh1dyaEqRtfCO/NVpCfBfneZij69SdzPwFVWMmImR"
    "aIhzIN4oVnh7XugpUUVxiGSFmfyTJHLZjRqXOE/85on6ch6DxrKmgTpHDDa2KAhnBHi7vx"
    "NUJ8WGvZXx3I79fZg/Af+PFVyRftmxJvZyPvISHqYbxX+v5Euri3Lgu/1UuQvXsbSfUETS"
    "Qva3k2jB4CsqC3HQvg03pHvwFYo4UOnrm4hEX96UuLzRVeQaFAJRYEnXVeQ6FSyRDa4i97"
    "uDer5KYPXfFAqqq6hNuRQrgX2BEo+UePzxTAYsGoSO+CMjw5k5nQ1WsA+cIXkxNy0sQAEg"
    "GyKwW0BTtuDj2UuyArETgwrJUqjE2H0NuoHFYyepVZpv7NhxbhWXP7BKpQJCghbKmtsvmB"
    "V9LNWUqiSdPqQr6lflymYVLUBh0Sy9AMUL0BBj0zlzzPFMdWb7bwrPbBq1WXdm5y9B0867"
    "AzHC7Oy407VxMvr/m1L6/5sC/f9NJp8YfFQVEPabtxDdk+PjMsar4+N84xW+S6W64rbLVM"
    "5Zv97dXOf5IYckaTdzc+yS/yMgxB/ikVYALoIhLSu53v5px/5u0mscO9g4y+qmh9nf/w/w"
    "sWEG"
)
