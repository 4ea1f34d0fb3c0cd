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
    "eJztXWtz27bS/isYf2kyo+OxnWudT3aitG4dO2M7p2dOfUaCREhiTREqQVnx9O1/f3cB3glSpG6m"
    "WHxpYxILQA/Axe5iL38dTLnFHHF4dn7HhH9wSv46cOmUwT8ybzrkgM5m8XN84NOBI5vSQc8PGw2E"
    "79EhdjWijmDwyGJi6Nkz3+YuNj4j2JbwEfEXnFBnzD3bn0zFB0KJN3dd2x0T7jIy4Y4liO0Lwlxr"
    "xm3X/wH+tIjtkn7Qricc7vcPcVyLD2FgeLa9Ieau/eec9Xw+Zv6EeTDQ7/+Dx7Zrse9MhH/OHnoj"
    "mzlWCkvbwg7k857/NJPPLlz/s2yIsx/0htyZT9248ezJn3A3ag1zw6dj5jKP+gy79705wuvOHSdY"
    "iBBxNdO4iZpigsZiIzp3cJGQWk0gfnbQ611d3/Vuu3e93kFuAUOKBODBoyF3cfFhqkL++jFO4V8n"
    "x6/fvX7/6u3r99BETjN68u5vNXQMjCKU8FzdHfwt31OfqhYS48wGVQDlwP04oZ4e3TRVBmWYfhbl"
    "ENMymMMHMc7x3t8F0FP6vecwd+xP4M/jtyWo/vvs5uPPZzcvjt++xAE5fKrqE74K3pzIVwh8DLRv"
    "+44G4zv2vWAHRwStgLcEzrvuf+6w56kQfzpJGF98OfuPRHj6FLy5vL76KWyegP3j5fV5Fm6Pjkb2"
    "sM6mTpC0AvJt72jhAxZ1AI4IDLwV4E2enTUOvizZ8iNQg3VwwrXpCIyBfWSeZQ81mBbv3ATJSns3"
    "i2fbty6jAmZU47CLKdqA764POzGfTqn3VAfwBMnuuPHBQVsAp04t/hG2b+HB9/Z1Be7x9nUh98BX"
    "aXBRuairjLQU3M2z5hn14F8+80QdbpGmagXQu2YZQzjiAJzeQMOmi/d2mqoVwGd2+Mn7Klv85H3x"
    "Hsd3eqyphkl/gje+PWXleFMdu7YC0sPwH3uIftm2v/jSvb07+/I1tfc/nd118c1Jat+HT19keU/U"
    "Cfnt4u5ngn+S/15fdSWcXPhjT44Yt7v77wHOic593nP5oketJCbh4/BRapkZQLjKIifpNrDEeyR8"
    "7tsKR1bn414t62+ObiUtuGnf7qYV4QilkxXRPTHoFqM7nNDpDOZQD9sMlUFWg2x4z1QP2QyVQTZA"
    "Fu/bRg/ay6EQsjzKn7nH7LH7K3uSYF/ArKg71KlhwQ1oN9HVnoH8d7iTwqfxme/RRXRRmd1ggAH8"
    "clCa8N0NHIU3Fx/vDgqOtw0g/OXyLOyuxSDnTvY6MJ8YmOvCfFId5vDoMiBXBDlz1hdAjPx5QIcP"
    "C+pZvSJGPePDicaicx7Qff71hjnUt7Um9pSPShd7ahHmacHhkWHzTcCEPbUVJj4QzHuUOGwErOu4"
    "v7ZC5jGYq1h3b325vFH97K3VIY8Ssi9+whNsK8XQ8q+mJ9PsE+rSsfxJODaOpGFZhV53EUdb6nrX"
    "Y1HTpQ54dxNGFnCoTXyBLnJUOcuNPD6VTnFTPgUGAf/8QIDLuzD7uPWMudDeZQsix8t73m247+Uu"
    "d79HCKiTCP77P+OGt0s3PFhIB23izOuptdQIUQ6nxUaDPHUG9BGS7y/71cH66frb+WWXfL3pfry4"
    "vbi+Stsv5Ut8BA/sUKg6uzRXBf9IQ3KKv1W1c6aIjMFoucEo4cO+pgYYe8zvGcKVNezU5lpD9zPS"
    "elPkUKkTFsuhocpYQQ6NmlaSQ6FD5lr/4q7zROjcsn3i8HEsOZ6SxYQTywYxcUJ9+A9zO2Rh+xMC"
    "4iBBp9y5YIIM2Ag+UkJdi9CRzzy9XLrFsYyc2gz+XianPsDPysNa7L8Stm+j58rGfbOMi5BxEWoA"
    "+m2S+y3mU9up5euYIGnFx7RrR0ejahlVq1Wq1vY1h6TKVag/ZPSy5VoEzxAs1SV+5guM7VZXEAnL"
    "84IK4vE57IuOEusZHU4I9aZEUJD0oaHtd6QwP4EePDRAgrhPFSGHvUdGjFkIGBnCL8srFrsa+N69"
    "d88IKjBh8PqL/pBPZ7gb+gqVl6Ck2I5DHCAS0DWO9gP+QyxATSGoAokhfGHwCBQYwWDAQF9Rak44"
    "YIcIfu/KyVDobmSP50gU/zYkH/I5bGX5A8R8Cm8foRt/YgsiFxMoYY6H5JILEQwI2pWDehSbyb5Q"
    "qRp7CooBdGYx6951ZPMOmXl8QAe2Y/s2UP9ye32lSLhgZPBEhg4V4hTIYNZSncOXeIelIKTigYCS"
    "hkNMV1TPggXtlappiUY5Vhbchl1YRUFjSdLNHBpN0N5+PDl59erdydGrt+/fvH737s37o+jsyL8q"
    "O0TOL37CcyR1ZAcPYqM4POj+1L1ZovhZwFHdHnwMdVSTFFErhKmtx1QDx0bdoh7OaSoDdEWgMUw6"
    "ZpIapbvkyq2A3ly6Vbl0E/PBH6xeBHaCpA0RwuntffKmyv6GVoUbXL7LWDgCwUZzJ8BBiKBugXkj"
    "QZZBegB07drM59fXlykF+Pwiq+F++3LeBd7yMndoFrn7AwzMqWXAy1GaHV5th4fAPVJnrtnn5R4T"
    "GdIVOXfDUN+2t0QI24jaDtNI7OWsJU+9GofZH9C3w2B85g7riSs6YrPjq+340LVqFcaeozWsvSpr"
    "D6FbibnniM1mr7fZV2XweXrD4uuw+JhhrMTkNeRm59cRbIbc87SqaTXJJkFu9v0q+35l/DUdmBWo"
    "L1x6TNjWnGrknCrSZZLa8J16J+6qyOvoDfZ1eD5emGkYjj1enqUhJN1Ils3nFut3dPtULPOssg5Z"
    "YrMSa6yE2tSpi+P8ghS7ThX30Aa1d+cZ4+LNvc6KFPZh1sQ4tzUmpQ9Gq9bM55MgMZgah8FdOwzm"
    "tu/GkG1bDo4svMkvdwPemDlfsvxCXLvsjsN/Ki5DnTwMzfIgq7oEade5KouwnpvrzIaP4EDn26re"
    "dEodWmd27yFotLwykkvOvl4QaN9Bj8bFxB4G/o3oLGnZY3S+tAURPnyclqbsUT16dCntiyEHVtyX"
    "HprKvxI9J9HvM8wJJjqkD4sysl1m9cLmC+5Zgjj2AyP9GXRmD/1T2x3yKetJ50wb0PX6p4TOqOej"
    "Q2ngmXnverBaVDD1t8WZIC73yYPLF9Jfk4w9io6lPufQve87KtTOZdK/FB5O58PJIenDLKcgGaof"
    "1cdfJaP02NBjfhSjB6NxX3oRfyC2H/qswn9sJ+pB/mUKPDUxYk/+Pwdr8aVl2H4zXoTPC+32w8jg"
    "sx3Z3+vgG1MYP80KfpqKN9UBOKZo3RbefK0FdRTVgTemaOP+NaGmjTHf7Fuoqcce+cNKy5ymNBnp"
    "m7zKGSG+li02T2pMsPVNsKAZ+b25WOlLy9Kab63J31pKPa0jo+QI2/CdbVsUTKrydb+rLK35rpr2"
    "XeUuBp4n3v0j9anDxzfs0RYF0e7ZJp0y0+BQNe55ydZLbYTXLiMeX2A0tWAwxemAeWQMT4QK4kY7"
    "2VOQXFWFbKvMVZ0geBtjziPTHkFTH9oL87bELY7TNDNb8zXpLdvZkjuwugNLkmp3l5hH28V4B34r"
    "DWFnn6jtPH0EuX5exM0yLUqZmYVt8e4m0bhS0g4+8mXeZxllIpNfqHwVzCIcn3+7+0gs+oTp+NCi"
    "Tyw2dCi+ldcMkgAN//A5+pMPmIpiipR4WbDwbKz6qE/ZsZthNZzud4BKXgdlSq5EVSuCv+OInSAr"
    "B/5b9a0yUqzKLss+6ZZdTOzECa0k7wTVxECgMFpg/KW6mIeU/NkuMxkKlKY81o68lLL8par/V4bM"
    "YKvBtnZ05XohlY2Dc/sxlclDsLIlJUFjcK6GcyBgVOcPMYHhDBrOUFxbp0StikkMpg3Umb4m0iYV"
    "aU1f06mVlulNmUxMdTSnRZgzUKYVlKYZmkif96RsMwPblWkEpRSe0nBq60zbGRB90W4xjyD6oak3"
    "6XSB6TFe9C0+hR12iEYnW/j2UBwm3vdgeNF/ua4OBr0YrctoXXvIc43W1Yzz32hd28M24M4VIQ1a"
    "GyQ1SBqp30j9TccUhckeSjM1QE3RGFQ1qErxup60GpG0CdAdh6uLP+fU03nglQIfExnoV4Ye2UFv"
    "hW2fpjMLsLdX3rfz6ZR6xaab8H1nudlGJJpWqnaXKqUQ2EM6hAqg8Yis+8ACiwiZ4JW0ZTGL+FwG"
    "xp2qSL642EJgOiFTRl0i+JT5E1htfem7XQwsK1SEigs5wpA8F/pVRS4ED0P0sATG/cH9wSE5wz5x"
    "SmH6H4FtbF8Q9dlJQmlu8rA+BNa9cNjI75A+Jgzy+zDiWThR2w3u46krYBmwoGRYZCKszYHF/rBH"
    "eByV1njR5970EN57NhOHAUqHwbr25A/dgB0pSG5v7EhN40sdY0cydqR9kNONHWmL2NYrWGIqlRTd"
    "J+cjYI1hyRiWmo4p8zzu1UE0JjB4ag11jsO8Xm1Yc3QGXZ2pHk7zXrE3VDFjzdIZdHV2OSyPWEfA"
    "igkMnjpeUJQRu5gLFKbANoiq41yZStD2lIe1JNtyltBUe6uSZzmJmjQ6rYx5RG2ArwU8HQjAU1cK"
    "rgrwSWoD/ErAr7Htc12YJajHdIquCSvxnMLrQgN7JdjX4feZHswCVFmAoPBP76iGvJiiMRKjNjhJ"
    "IXS8AqrHBtUlqJ6sgOqJQXUJqq9WQPWVQXUJqq9XQPW1QXUJqm9WQPWNQXUJqm9XQPWtQXUJqu9W"
    "QPWdQXUJqu9XQPW9QXUJqj+ugOqPBtVlWsAqytWx0a6W4rqSemX0q6W4rqJgHRsNaymuq6hYx0bH"
    "WorrKkrWsdGyluK6ipp1bPSspbiuomgdG02rqclJ/k2deTBBXXBL8LqzPLblMW5ZIxsJo8MJkaQq"
    "p6J4YJYMutBmV8xGoMA4zMeSVSP558zjQyaEjEiRpZt0Na92OLasl6VqSMmCU7/cXl+dQo9BctzB"
    "E2Y96eD/g/iVKEvJxMaSW0+HcnZhchKCgTnhOLIa1oCNqSsz6cq5dGR2lXs3GcQiY1qgqW11yITD"
    "tgjiZWRhKxkvI2NWVCkt6rJFKlsvn05tPxfPEwzHVETPvRuH9GCIToDLgDmAtIzqoSTw0oHlXzc0"
    "JujeBMWYoJi9OTNMUEwzZBgTFLPNxACKL9fitQmiNoG64wh1E+SxDUdkFJDyiJZVPAopWhHpVYLW"
    "xiodNUQP6gZH54FGCYrelWpALNlqedVeMheMDKlgmoq86XdNq3yxJ0KvKTC7l8Uj+cLVBX8WwxsR"
    "tILl7gDh5MxqnG0Zst2hfXCwx8ebqYu69lK0rNpYQhUd9Hy9zH4eUH7+9YY5tOCTC6STs/O7wGF8"
    "P9c8fhocZhm9RtWLWhOkUIRLFllrI1xybj1vvi5eF9jPzby1OEXmnDVx+nIZJa9qK1TFloV6QN2o"
    "ftoE0y4U0rLKkTqutlxBrVk78iwoYyYXWOaCS5RofIEXSeFfh38I7r5UV02y1hl9YO4HmU5NporD"
    "OyX8Y2KPJ3gtFVyByRspnRa8k3Hl/dwA5KsHGFfe0C0mT4ou7Er17LERqOWCYMoJbGQPJ9EQAzbi"
    "HiO2T3zOH4qvt5I2AjWL9e6wjC6/ri6vFqE6sDGBMZlqTKb1S1evWbO6cYBuuWh1gifWU95TZK2A"
    "etfqe3hI1ME9SdOGmuzGZLIXS7EPJhPj7rAz18I80HmUP4MAa4/dX9mTBPsCZkXdoe7iQnMrtmcg"
    "Fyl08Niji0j2zm4wwAB+OQtTEdze3Vx8BLyf6cLSo2LusQOdWhi86pRqg4lGFdKQgwJEiZgP/mBD"
    "pWSBwjPmvs/cU/RdXEz4tIN1r1X+7QlfEJj5U+iBKDpkMAfFi/uyJehMQ6ktgbY1sl1bTHROmrsY"
    "FLW/3ya2I1+g2Qz/r1wkUbcLx8buZaZwHqmD+HlYckayzyCTuBpWcNUGVcNQK713YSMxz5vP4DMh"
    "Y4551d2gUriN3fHZDCZE+g4VuOH6Yepzly1QaQ19OZUjp09w/VhhwXCjVD6jUhnsmjpaUIJkI2Ji"
    "g26Jt1JyVn6IdQCOCNoghW9byQxYkMbiW+LHlyBqkyRm/Pj2UgbWKZEDjRt6McdIU7XCYrID5xKj"
    "sBei3yaFPRSgV1jnDOkGFrphp/O+r3NTPHK/g7rkUucirbHk33ZK1dygXRhJtlTV/U1qnaA0TjDI"
    "7Un4bBpc+dFkPF3iMvJUqmkj2xMJjU+WMQ9uHrE+lUa/3dpIqNReSD0X4/owyjG6nxRhz51QZRWq"
    "3npUASvWXuNZgPosgNqSKqm8EcUyXUyFAWIu81MZb+jFo6jPXRVmdzlqyWhcIg/sqVBl/T27Vknr"
    "S+Vb0mDKWuk18EC4sErlqI3KsE3Qc7cuwXaSKTrhQfen7s0SFdkYfLcl7GY+oqrSboasheLuydFR"
    "FTvE0VGxHQLfNSZi5XNQl6P7yPRhK+kGpadkWOOjx6K2lUpTQo/wTf5LhoYH4eqqWmTAS38QZCzL"
    "MCLf8ycfMArcYVSF1TMZJx9VVbz6dnmpr0O5lVGWG01/z5wI4TFkIswbF2FeXNum+Gq+pK7NXhoF"
    "n+tq3lhVjFWlodt+H7RtjfG3KcrLc39Xz6u+lHhReLEr+5pOFG10i+9kvCjSW7NRThQXFpvOuMxP"
    "BmumE6IzLUqlaDtu23tgFSu8nxFVwxCEWKCR/gQotGLWJepandh73ZZpm8iUWuyDlH19EINHthu4"
    "KiirkMpaRdAWo/Oo3+ZQWpPODMYe2jPqYAvExKRsagjXKxeoU+tWVbZLERnRrppoFzCKqhgHzVuI"
    "7lb8RIBpjZmHG7OWO06GrIVob95pJD7ma6XMyZC1Aupdq+Ls+8zGymH11cM05W7Uw12epvuuHTbE"
    "1hyFg+sk5ESoeIlsHAamV5OKMUEr5lmVN5TyijHy6s2GgmKWVjJW16Een49BhOVEDgei64hRf+6B"
    "FHt/cH+Q9NnFjmGvjEBmBwVNnyF2lxPAO9su5luVOVTJyONTkkzh2ofdZCM6fXQbxnte9T11SD+c"
    "V1/leWWk73OfOn0ir2Tl9A4JnHVwpFnBre+9m7jxDfLIyg6rha4GP8rErj6rm3G4CnXkmpikFQft"
    "DuTz8Lurp40mqYwxbmVvWMnIarCOqH2bMN9gGXjjW7xpTMOfUeN4iykMotpdink26iCaoDCIatMy"
    "U2+128M0pbk9bJx+aHyy/3nrbHwnTbB8A695mxwsn0zTpzFhZbL4FVuxpk6PplpWuN6VoDGLyO7C"
    "SkFR6jI036hsbH10YlyIoPQOliUaSpsNksD28ueqVI9gnk0dWwTlenS3vFseUWZMU2mbZJB6YHUC"
    "8O1RMkIdA/Zn84EjTxY5SEf2h2sjTWDopkmFOCQyEsJWE7FgU7k4/BNWY8LbZ77AmASMMJD9itgQ"
    "98DYDMe2oa9wWdQQfMCtp2h0EYVZKEjm8CV5sivcCJLikXmitDJRKnVbkNE7IDJ2sH9wPvbnPgK3"
    "bwGT34yCqQbKaao2Yl3luvq4+Lb6OHdZHbKTGignSNoIsUl/f9qe9PemssO2t3YysW9l21lMsjud"
    "8KjRoobxu/+HWVR2nrW2YdaxbbuGRXrdCh9SltbYJpv8JcWrBfxP1JOwdLRt+Lp27g1o7MPGPtw+"
    "+3C+blKPit5xHnxTPEkH1IkBqhpQwwmdzvQOXwav2KPAx2Io62GUuHa5lR22Fa7dl1Bqpgi0ZgWl"
    "ZGVmS2OMDsG8dtkdh//U2oEfgy5bBOxqF6QSiPJL0hCrahelvXC1quWUEXzuDTGV9vcw/VnU0w9C"
    "3RieEod6Y6auE0FZwDwvzlOQCVw8MAuvF/W5ZDba+xqJt2N0aknpWbL2ZCnb2vWgnleU1XC32nNl"
    "tQvdc60YJc0XkV+skKFXVKbWLMr4rF9DVW0qywiqqFObcqEJhLXyMyKW6CqeEiImqHROOHys4eCh"
    "ZKrK/2GA0yNDF5JEUYdkc1tGRPVVu55wuN/XnxtbHa1KLrLsgtfORmb8TNYt6xBt0Kq3BDFFKw6T"
    "bfs/JL6LOiJRmmoliahZ5TNM+vu9vYE3F8YriaL7ds3VKO3tub+q7V6ylKgFK2Rba2O19k2oBjv0"
    "xA+NmFr1IWHhLFUbEhn4lmsLoDmSmccsW6Y7SNhwyN0kSmuP1duAsZ5GGYZdxkCEd8NUDkDYj3m0"
    "RkvYyijS137IPY8NlbO9YL7y148yGuNYynBlwxpgcrcoxX8fWJ5tzTEXxItH6swZmdruPJ0t+aXs"
    "4N71GDJIwaGDuAQApvjHzG/jOeb1R2/8IVD6RDrvi/kUVaIg1f8hTDxKZxEVr5t5fEAHtmP7T2Gc"
    "AHxezKms9mRuDVHr6RC9NiSfq4uczFM5ZPzgr4N4swaPMBEO/nxMhxHOI1amvvfiLddD9HvJ5MEh"
    "kzmQ3cBexD/Ibz93b7rRKsFikotbAmxAZqA++Dszi0S7eJ41JpWh38SUEiXpak8nQVs2lbC8Ytk0"
    "MhtAv/B1kKK2Ax/XJlaRnF19UttZPg2fqC8teJL7PfnaFppfxef+kCspL9q7iU/pQB0OwceGf8kx"
    "VXOZf1Ielok9UQ8jVeReFMKS+1HpySz/iTW/OI+rCtplaxQwScT989nlbTc3x5AXbmOGzPO4t2yG"
    "4QTS272WDWdJEuC23Qk0sXIJ9TSSaLEaHTRvgx/bts0/DSib2iiEt5IQ03Zncw3ExddhEUErTEC7"
    "9sUcwSzglBAzmEatW8gcoYF/lZCjWI6qHHQUk7QC8jRPqWLyLDZ45sydaq410I0I2seuN38gRqJ/"
    "VXRjXaF16G7lMIy0poxd0eG0gC1HFBmER0iyfxiXQPrp+tv5ZZd8vel+vLi9uL5KG+Hly7T4fNM9"
    "u8zmTkyrrJVRztAZrCtgPQVNlY5ryRgJkjYwjF0LF0lTS9WdnaBZcVc3Tb7Y8rY2ld2eQWlJG5Pr"
    "3GJnSE2wZpNvsQOTaX6Nzzl3GHWL/GMjqszyDoCsVSt6fn19mVrM84vs5/Pty3kXxPqXOVNiLjVD"
    "bH2ufFokiYwQVOG0SN9DVMY5TWaQroB0+qK1qv9LimgjnnrPraRu2FfvOR2LWg6tCYs3YfEN9Naq"
    "Fhav5REbALieR1zDOMSGHeI0x9sGEK4cCL6v4KbO9DWyOkSqI3tk7rqx0p+DzrrYV4u4R0ZPl9V8"
    "1oQq8Cn5HJcGagtWKwaX84Fg3mOEmh7Z6jHmigFcpzttBy+oHWVujz0aDJ53/o1edkqdf1PNqpRX"
    "jnJay1puwwmbUuXdipWNHUaFfHnmDUDb8ciECln4WIV/Iwl3LExrHbaVpAvuPQhZic3X1lnexZhr"
    "RJ8/b8rk53Ut21YQULHL2FwgEj2s6VcH9AxZC70RXp1UAP/VSSH2+CpzCwZfUc1AtwSJgbgA4rVC"
    "/DcXPJIRVTSHSF6YKT5JYt/5uHGF8yRoLqPBo/KcUW2CqCqoxYYO9ZgsYhDsBN1JsWZvVUIoEr8P"
    "057g/+OiyypAItFE+X7rGiX/ruW1XFYosWXB5zupj2hKgj5vkG/4FVWFOGzfhrvoHXhlxRyo8gVO"
    "TGIubypc3iQ4eQ7lJSEmadI2mcOfK9ikxJKeiHJd285bPXdg09anqiUyvTUbFfX8m4d6vk5gDd6U"
    "CqqLuE21zEihfYESRUoUfzyVccYWoQP+yEh/Yo8nvQXsA69PXkxtB0t8AchWVNELmrIZH05eylJe"
    "GAtMsM5qQYKkHQy6hsVjKxmRmm/s2HJKJJ8/sFr1iiKCFsqam6+bEH8s9ZSqNJ05pGvqV4mr7O8z"
    "G7RurSNk2QKk6cwC1FqAhhibzphnDye6Mzt4U3pm07jNsjO7eAmadt7tiRFma8edKdCX0//fVNL/"
    "35To/29yaQDho6qBcNC8hegeHx1VMV4dHRUbr/BdzkXWZzrnrF9ur68K3WNDkqxDvz30yf8REOL3"
    "8UgrARfBkJaVwriKbAhFJ+2fjx2snRx53cPs7/8HDzBPrQ=="
)
