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
    "eJztXV1z27bS/isY3zSZUT2281nnyk6c1qeO3XGct2dOc0aCSEhiTREqQVnx9OS/v7vgNwlSJCXK"
    "FIubNiaxAPUAWOwD7C7+Pphzk9ni8Oz8jgnv4JT8feDQOYN/ZN4MyAFdLOLn+MCjY1sWpeOhFxYa"
    "C8+lBlY1obZg8MhkwnCthWdxBwufESxL+IR4K06oPeWu5c3m4h2hxF06juVMCXcYmXHbFMTyBGGO"
    "ueCW4/0Af5rEcsgoKDcUNvdGh9iuyQ1oGJ6118TSsf5asqHHp8ybMRca+uO/8NhyTPaNifDPxf1w"
    "YjHbTGFpmViBfD70Hhfy2aXjfZQF8evHQ4Pby7kTF148ejPuRKXh2/DplDnMpR7D6j13ifA6S9sO"
    "OiJE3P/SuIj/iQkZk03o0sZOQmn/A+JnB8Ph9c3d8PPF3XB4kOvAUCIBePDI4A52PnyqkL9+ip/w"
    "48nxyzcv3754/fItFJGfGT15891vOgbGF5TwXN8dfJfvqUf9EhLjzAD1AcqB+35GXTW6aakMyvD5"
    "WZRDTMtgDh/EOMdjfxdAz+m3oc2cqTeDP49fl6D6f2e37385u312/Po5NshhqvpT+Dp4cyJfIfAx"
    "0J7l2QqM79i3ghEcCfQC3hI47y7+fYc1z4X4y07C+OzT2b8lwvPH4M3VzfXPYfEE7O+vbs6zcLt0"
    "MrGMOoM6IdILyNse0cIDLOoAHAloeCvAm1w7ayx8WbH1S6AC62CF69MSGAP7wFzTMhSYFo/chEij"
    "sZvFs+9Dl1EBX1RjsYsl+oDvrhc7sZzPqftYB/CEyO608cFBXwCndi39EZbv4cL3+mUF7fH6ZaH2"
    "wFdpcJFc1CUjPQV3+6p5QV34l8dcUUdbpKV6AfSuVYYBSxyAMxwr1HTx2E5L9QL4zAg/eVtliJ+8"
    "LR7j+E6NNVUo6Q/wxrPmrBxvqlLXZiB6GP5jD9EvG/aXny4+3519+i019j+c3V3gm5PUuA+fPsvq"
    "nqgS8vvl3S8E/yT/ubm+kHBy4U1d2WJc7u4/B/hNdOnxocNXQ2omMQkfh49S3cwAwiadnJTbQhfv"
    "kfG5bz0c7TofD2vt/ubkGrHgrs3dbRPhCKWThuieaHSL0TVmdL6Ab6iHbUZKI6tANjxnqodsRkoj"
    "GyCL522Te+XhUAhZHuWP3GXW1PmVPUqwL+GrqGOoaFhwAnqRqGrPQP4ejqTwabzmu3QVHVRmBxhg"
    "AL8cSBO+u4Wl8Pby/d1BwfK2BYQ/XZ2F1fUY5NzKXgfmEw1zXZhPqsMcLl0a5IogZ9b6AohRP4+p"
    "cb+irjksUtQLbswUOzrngdzHX2+ZTT1LucWe8lG5wJp6hHnacHhgWHwbMGFNfYWJjwVzHyQOWwHr"
    "Jq6vr5C5DL5VbDq2Pl3d+vXs7a5DHiVUX/yEJ9RWSqHlX81P5tkn1KFT+ZOwbWxJobIKve4ijbbW"
    "9W7IoqJrHfDuZoysYFGbeQJd5KjvLDdx+Vw6xc35HBQE/PMdAS3vwNfHpRfMgfIOWxHZXt7zbst1"
    "r3e5+yNCwF+J4L//1W54u3TDg460cU+cuUO/LxVGlM1p8aZBXjoD+gTF91f9qmD9cPPl/OqC/HZ7"
    "8f7y8+XNdXr/Ur7ER/DACo2qsyt9VPCP3EhO6beq+5wpIb1htH7DKOHDviEDjD3m9wzhygw7Nbg2"
    "4H7aWu+KHSo5YbEdGlLGCnZoVLSSHQoVMsf8kTv2I6FL0/KIzaex5XhKVjNOTAvMxBn14D/MGZCV"
    "5c0ImIMEnXKXggkyZhOYpIQ6JqETj7lqu7TFtrSd2g39Xman3sPPysNa7L8Slu+j58rWfbO0i5B2"
    "EeoA+n2y+03mUcuu5euYEOnFZNq1o6OmWppq9Ypqtc8ckpSrkD9keNl6FsEzAmu5xC98hbHd/hFE"
    "Yud5RQVx+RLGxcA36xk1ZoS6cyIoWPpQ0PIG0pifQQ0ubkCCuU99QQ5jj0wYMxEwYsAvyxOLXTX8"
    "1fnqnBEkMGHw+rORwecLHA0jH5XnQFIs2yY2CAmoGlv7Af8hVkBTCFIgYcAMg0dAYASDBgO+4tOc"
    "sMEBEfyrIz+GQnUTa7pEofi3objBlzCU5Q8Qyzm8fYBqvJkliOxMkIRvPCRXXIigQWBXNvIotpB1"
    "Iamauj4UY6jMZOZXx5bFB2Th8jEdW7blWSD9r883174IF4yMH4lhUyFOQQy+WtI5fIlnWD6EVNwT"
    "IGnYxLwhPQs6dFhK0xKFcqosOA27NIuCxpKi21k0usDefjo5efHizcnRi9dvX7188+bV26No7ci/"
    "KltEzi9/xnUktWQHD+JNcXhw8fPF7RriZ4JGdYYwGepQk5RQL4yp1mOqQWMjt6iHc1pKA10RaAyT"
    "jpWkgnSXHLkVyOtDtyqHbmI5/pPVi8BOiPQhQjg9vE9eVRnfUKpwgMt3mR2OwLBRnAlwMCKoU7C9"
    "kRDLID0GuX4N5vObm6sUAT6/zDLcL5/OL0C3PM8tmkXu/gADs2tt4OUk9QivNsJD4B6ovVSM83KP"
    "iYxoQ83dMdTb9pYIYZtQy2YKi71cteSlm2mY/QG9HQXjMceoZ66ohPWIrzbiQ9eqJoo9J6tVe1XV"
    "HkLXSLnnhPVgrzfYmyr4vLxW8XVUfKwwGil5hbge+XUMG4O7rpKaVrNsEuJ63DcZ943xV1Sge6C+"
    "cekyYZlLqrBzqliXSWmtd+qtuE2RV8lr7OvofDwwUygca7o+S0MoupUsm09t1u/o9KnY5mnSD1lh"
    "3RMb9IQ/qFMHx/kOKXadKq6hD7R35xnj4sG9SY8U1qH7RDu3dSalD0ar1sznkxDRmGqHwV07DOaG"
    "79aQ7VsOjiy8yZm7BW/MnC9ZviNuHHbH4T8Vu6FOHoZueZBV7YK061yVTtjMzXVhwSQ4UPm2+m8G"
    "pQ6tC2t4HxRafzOSQ85+uyRQfoAejauZZQT+jegsaVpTdL60BBEeTE5Tce1RPXl0KR0Jg4MqHkkP"
    "Td+/Ej0n0e8zzAkmBmQEnTKxHGYOw+Ir7pqC2NY9I6MFVGYZ3qnlGHzOhtI50wJ03dEpoQvqeuhQ"
    "GnhmfnVc6C0qmP+3yZkgDvfIvcNX0l+TTF2KjqUe51C959l+qJ3DpH8pPJwvjdkhGcFXzsEy9H/U"
    "CH+VjNJjhsu8KEYPWuOe9CJ+Rywv9FmF/1h2VIP8S1/w1MWIPfn/HKzFh5Zh+e14ET4ttO2HkcG0"
    "nVjf6uAbS2g/zQp+mr5uqgNwLNG7Ibz9uxb8pagOvLFEH8evDjXtzPbNvoWauuyB3zfq5rSkzkjf"
    "5V7OGPG19mLzonoLtv4WLDAjb7gUjWZaVlbPtS7PtRQ9rWOj5AT7MM/aNgWTVL7uvMrK6nnVtXmV"
    "Oxh4mnj399SjNp/esgdLFES7Z4sMyrYGDb/w0E2WXrtHeOMw4vIVRlMLBp84HzOXTOGJ8IO4cZ/s"
    "MUiu6ods+5mrBkHwNsacR1t7BLf6cL8wv5fYYjtd22brPpNueZ8tOQKrO7AkpXZ3iHnULsY78Fvp"
    "iDr7QC378T3Y9csibZYpUarMTCyLZzeJwpWSdvCJJ/M+yygTmfzCz1fBTMLx+Ze798Skj5iOD3f0"
    "ickMm+JbecwgBXDjH6ajN3uHqSjmKImHBSvXwlsf1Sk7dtOsQtP9AVDJ46DMlSvRrRXB33HETpCV"
    "A//t1+1npGiqLsumdM8OJnbihFaSd4IqYiDQGC3Y/KWqmIeU/dmvbTI0KPX1WDvyUsrql6r+Xxkx"
    "ja0C29rRlZuFVHYOzvZjKpOLYOWdlISMxrkazoGBUV0/xAJaMyg0Q/HdOiW0KhbRmHaQM30GY5+6"
    "So+w1PvBer4kEkUrpUtP5eILOMqAABmZUJfIxIEsICBkhpzGNIGWeFx6Vp36rmBxtr6AqZA5ow4R"
    "fA4cBfpRnTt9Fw3LFIehvUGO0KfLgXr9LImChz5emEPx68HXg0NyhnXiJ4XxYwLLWJ4g/nSSgjL5"
    "oosJBjFxos0m3oCMMOLMG0GLZ+GHWk5A6IAHQjfgjQRhlsIwuSNmi8ca4XGUm/HZiLvzQ3jvWkwc"
    "BigdBv06lD9UjJ5vSgaD7Gia/mn6t2fKX9O/bhgimv61iG29jJc61WURIcm7UGo+ovlI1zFlrsvd"
    "OojGAhpPVSw3hv26w9qw5uQ0ugp08fB+WLydVqxYs3IaXQW6Mr9+HQMrFtB4qnRBUUqlYi1QmENJ"
    "I+ov5/5WCe495WEtSdeTFdTpwqsk6kmiJjedGmMeSWvgawFPxwLwVOUSrwJ8UloD3wj4DYZ9rgrd"
    "BfWUzl9L6qoiPSrpnFhYw94E9k30faYG3QFVOiDIHDs8qmEvpmS0xaj0bvEROm6A6rFGdQ2qJw1Q"
    "PdGorkH1RQNUX2hU16D6sgGqLzWqa1B91QDVVxrVNai+boDqa43qGlTfNED1jUZ1DapvG6D6VqO6"
    "BtWfGqD6k0Z1HQtoQq6ONbtai2sjeqX51VpcmxCsY82w1uLahGIda461FtcmJOtYs6y1uDahWcea"
    "Z63FtQnROtZMq4PRLReBH/WBIrIlejcoi2phyVLr0x2TpWDEoIIpUhmn33UtZcieREDozLx7mXWT"
    "rxyV03MxvJFAH53K20A4+WU5nIvTIGbEdof2wUFLWJdA287FQDqhbJOu6FmattzNLqq70wLJj7/e"
    "MpsWTLm+3uqS8SvxE21tCFJowiWz0/URrihmbUO8Pl1Fwch9hao4HKgeUBtcOdNVmHZBtMpSSapm"
    "63riVTOZ5FmQ10x2sIztT+RsfIaB9OFfh38K7jz3L22Ryc/oPXPeyfB4GfqPKSHxj5k1nWGsfJAw"
    "csYBDxW720m78oKbMdgN99CuvCNmNXv05cKq/JpdNgG6KQiGEIng3pywieAuGcvD22fuiyP5k9zX"
    "/4rNAvU1R92Uo/qdUB3YWEDvTCl2/J7+OpOnBrTlLNYJnViPlKbEegH1rmlpuEjUwT0p04ck7Xor"
    "YC+6Yh+2AnROl50dFeWBzqNc+y7X5GnPnoFcROgG2Ytc0wNsC3e5bpEfulQsXXagooXBq0EpG0wU"
    "qpBWDu/lJGI5/pMZPskCwjPlnsecUzLGFNh8PsBE2H4+tRlfEfjyxzAtmhiQ8dKTl3hiSeBMhmRL"
    "wLYmlmOJmeqm0l00iuzv95llyxfu0sHMcD4x9K8KDdrG6mXmNx7RQZwepvwiWWeQGc5vNrzJFKlh"
    "yEq/OjCQmOsuFzBNyBTvNAVa66cOt7A6vljAB5GRvMPHMqPrSh22QtIaJpiT9YEA9h8rzCCuSeUT"
    "kspg1NRhQQmRrZiJHTr9bCUHrZyIdQCOBPpghbdNMgMVpNjxLUkMmRDqkyW2kwSROvlWqwliAio4"
    "VuTaLNYYaale7Jjoy2A7wDp6QdhDA7pBP2dE9VV6XevnrniafgO65FD7Ms1Y8m8HpTQ3KBcmyV5L"
    "dX+XrBNIIzApIh6Fx+bBkR+NOFj6MPJU0rSJ5YoE4zPgc8OTR8w3ruC3rbWEpPZS8lzMdIp3WEXn"
    "kyKseRBSVoHiiYzmMXuNv8K/388yJSWVJ6KYdh1v90Pe6jLz9KuDvyJuxZ/u8Evgb4cjS8bNJbzd"
    "r+TSq0xfJXdfKp+SBp+stF4DD4RLs9SO2qoN2wWe27oFO0imXIEHFz9f3K6hyHrDty1jNzOJqlq7"
    "GbEemrsnR0dV9iGOjor3IfBdZyIxPgZ5Vi8emDocI12gdJUMc7YOWVS20lUjUCPMyR/l1R2w+MBa"
    "8Ojf/hHo0h8EXge7xN1T/xJESgBV6t+gyOQtINEtGddfrq7U94q00sr6TdM/MitCuAzpazQ6d41G"
    "ca7i4qP5ja/+2iPa0ebRvN5V0bsqHR32+8C2FZu/XSEvTz2vnpa+lHhRuLEr+4ZOFH10ix9kvCjS"
    "Q7NTThSXJpsvuIw3hz5TGdGZEqVWtBWXHd6zijf2nRH/TgowYkFG+hOg0WrwOXy1OYi91y1TOifM"
    "qcneSdvXAzN4YjmBq4K/K+RfUE5wL0blUd9mU8otnQW0bVgLKi+yRUz0vXQd0XrlBnWq36radikh"
    "bdpVM+0CRVEV46B4D9Ft505oaJ+5ODBrueNkxHqI9vadRuJlXuG8UEzDM2K9gHrXVJx9W1iYCb4+"
    "PUxL7oYe7nI13Xd22JG95mSYs8JIzkRBF1vIc3tIUyUrmMeyN5lJZHW474s2axT6SUZhNOsIN4FX"
    "wrdiGTVmxJhRUOMoAjTMWwr/jmjmWtS2MJIT751WWckttygjTv2wN+nkG9wgDeBbk6SHLzo8L5Zj"
    "W3pLyEb8W66xb6TxjtvcVIhDIk+SLf9DTOBeDjb/KPDObbDe+QrPdPGEVtYbHQEjC2ALbNuCuqI7"
    "tWUTfMzNx6h1ER1T+5AsYS67siocCFLigbkIScXQ1yDTTyCkY2D/wXmaOmUVtWLhyznjw1QD5bRU"
    "H7He+kXAoTqpgXJCpI8Q67RYp/1Ji6UzvrU9tJOJUSo738ciuzt1Oeq0qaHPLf8BzPRJs350zPWi"
    "7a21iNc1mEhZWe1v3+WZFPcW6D9Rz8JSyfZhdu18N1X7JutkFN1zo9g0GUU+n+qQCtWFnTqpqgoo"
    "xRUxGigVUMaMzhdKEqXxijJEyNMB1aXbDZPPfpYV9hWu3aeg7aYJtGEG2gQvB0SKwbxx2B2H/9Qa"
    "ge+DKnsEbLMDUglE+SFpiFW1g9Jh2FvVYnIEX7oGpiL6FoaPRjX9IPwTw1NiU3fK/ONEIAsYJ2M/"
    "BpmUxD0z8XhRHYuz1do3SFwUo1PLSs+K9SfKs7XjQbWuKKahYflebDrvgntu5OOhmBH5zgoVemWn"
    "9I2S2j/pbKjKprKKoAqd2pYLTWCsla8RsUVXcZUQsUCldcLmU4UGDy1TP306pgR4YOhCkkiKlyyO"
    "OQEcMvLLDYXNvZF63Wi1tSqxnNkOrx3Nqf1MNk2LFw3QqqcEsUQvFpO2/R8S86KOSZSWamQRdSv9"
    "oE4ftrcn8PrAuJEpum/HXJ1ib089q9o9ZCmhBQ2iVft429U2qMEOPfHDTUwlfUjscJbShkQE83q2"
    "AMyRLFxmWjJBWGIPh9zNorRgmP0aFOtplKHFYQxMeIcT2d2Y7HoU62gFS2ilFelrb3DXZYbvbC+Y"
    "5/vrRxlhsC1/48qCPsDg2ChF2ghUnmUuqT0izx6ovWRkbjnLdLaZ57KCr47LUEEKDhXEKdQwRRpG"
    "zk6XmBcNvfENkPSIdN4XyzlSoiBVWmUikzkHRB4zIGp+I5/7RzOZpzBHmR0/+PsgHn7BIwwNwh8k"
    "7xQMviOmR9+G8SAaIp7DZDqVUG0cyGpgdOEf5PdfLm4vItyhe8jlZwITW+bkOfie+YpEufg7a3xU"
    "Rn4bn5RI0l37cxKyZZ8SJpwv+4zMAFB3fB2kqGXDdNlGL5Kz6w9Eji35NHziz53gia85K9PuNXkv"
    "+raN28VkfdRVGA/FzCco3gfXo7YZewduCugUwq3EgFvOYqmAuPgEIxLoBWvftfvcBL4C1haxgM+o"
    "dXCUE9TwN4kSWXoGrxfQlxDpBeRpnVJll6p4jyq3Q+V/aw10I4H+qevtL4gRL6mKbiTQP3RbWQyl"
    "Ka7YCrI5LVDLkUQG4QmK7B/GJZB+uPlyfnVBfru9eH/5+fLmOr1vKl+mzefbi7OrDL4Ll4/p2IIS"
    "itOCEpQzchrrCljPgd/SaS0bIyHSB4Wxa+PCpjK7Xa2RnZBpOKq7Zl+0PKx1MuMnIC3p3cI6B48Z"
    "UR1f1+WDx+AoIN/H55zbjDpFLo2RVKZ7xyDWqx49v7m5SnXm+WV2+nz5dH4BZv3z3FZiLprePzyp"
    "tVokhbQRVGG1SJ/vVD1ITwltxeXnqanTlp1+ntJDoefQ6vhaHV/bQbePavG1Sh2xBYDrudZ0TENs"
    "2bNGsbxtAeHKEaX7Cm5qTd8gPDx9GdSGQZe5S6h6oj0y7JF6S3fTcN7A0+GjX1mfsGoYpcrHgrkP"
    "EWqbBqv6CuAmXWk/dEHtcFVr6tKg8bwXYfRyUOpFmCpW5Z6LKDmuvHfUmLE5jW8aBfYt5Mszdwxs"
    "x5XXtuENFH4cKYpw28T8uGFZKbri7r1AFzzLU154sYs2Nwhjfdrcq0/r8NRWNEGxI9NSIBLDictr"
    "OTRlxHp4Rv7ipAL4L04KscdXmbMZmEU1I2YSIhriAog3ihXenhd6xlRRLCJ5Y6Z4JYldduPCFdaT"
    "oHjqKlASJTkP6RwxmWFTl8ls6MFIUK0UG9ZWxXM78fswfwL+P3E3lvTLThRxlvOxn741Wyj5dy1f"
    "Wn1/Er7bzYWkUT9W9hOKRXqo/lqJFgxnUVWIw/J9OCHdga9QrIEqH9/EIvrwpsLhjb7ws0MhECU7"
    "6frCz4MaO5EdvvDzdxd5vspgDd6UGqqruEy1FCvh/gIlvijx9eOpDFg0CR3zB0ZGM2s6G65gHLgj"
    "8mxu2XhXEIBsRlcDQVG24MbsubwTCIMKyVKozNhdNbrBjkcrqVW6v9nRcm4Vj9+zWhefRAI9tDW3"
    "n4A9niz1SFVaTi/SNflVtRsOyzqg9H5D3QHlHdCRzaYz5lrGTLVmB29K12wal1m3Zhd3QdfWuz3Z"
    "hGltudM3feX4/6tK/P9VCf9/lcsnBpOqBsJB8R6ie3x0VGXz6uioePMK32VSXXHHYyrnrH99vrku"
    "8kOORLJu5pbhkf8RMOL3cUkrARfBkDsrhd7+Wcf+QdprHCvYOMvqpovZ9/8Heznmog=="
)
