"""Keeps jobs over many rows, and who works on which range of them."""

from tortoise import BaseDBAsyncClient

RUN_IN_TRANSACTION = True
# An older release neither makes jobs nor works on them.
USABLE_FROM = "0.1.0"

JOB = """
CREATE TABLE "job" (
    {id},
    "kind" VARCHAR(16) NOT NULL,
    "state" VARCHAR(16) NOT NULL,
    "slot" VARCHAR(256) UNIQUE,
    "parameters" TEXT NOT NULL,
    "identity" TEXT NOT NULL,
    "release" VARCHAR(32) NOT NULL,
    "units" INT NOT NULL,
    "rows" BIGINT NOT NULL,
    "created_by" VARCHAR(128) NOT NULL,
    "created_at" {time} NOT NULL,
    "started_at" {time},
    "finished_at" {time},
    "result" TEXT,
    "error" TEXT
)"""
UNIT = """
CREATE TABLE "job_unit" (
    {id},
    "number" INT NOT NULL,
    "lo" BIGINT NOT NULL,
    "hi" BIGINT NOT NULL,
    "rows" BIGINT NOT NULL,
    "done" BIGINT NOT NULL,
    "state" VARCHAR(16) NOT NULL,
    "token" VARCHAR(64),
    "worker" VARCHAR(128),
    "leased_until" BIGINT,
    "attempts" INT NOT NULL,
    "result" TEXT,
    "error" TEXT,
    "job_id" INT NOT NULL REFERENCES "job" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_job_unit_job_id_9fa8bf" UNIQUE ("job_id", "lo")
)"""
INDEXES = """CREATE INDEX "idx_job_state_9f985a" ON "job" ("state", "id");
CREATE INDEX "idx_job_unit_job_id_706a9b" ON "job_unit" ("job_id", "state");
"""
OF_JOB = "One order over many rows, which workers carry out unit by unit."
OF_UNIT = "A range of a job, from lo up to but not including hi, that one worker at a time holds."


async def upgrade(db: BaseDBAsyncClient) -> str:
    """The statements for the database's dialect."""
    if db.capabilities.dialect == "postgres":
        job = JOB.format(id='"id" SERIAL NOT NULL PRIMARY KEY', time="TIMESTAMPTZ")
        unit = UNIT.format(id='"id" BIGSERIAL NOT NULL PRIMARY KEY')
        return f"""{job};
COMMENT ON TABLE "job" IS '{OF_JOB}';
{unit};
COMMENT ON TABLE "job_unit" IS '{OF_UNIT}';
{INDEXES}"""
    key = '"id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL'
    return f"""{JOB.format(id=key, time="TIMESTAMP")} /* {OF_JOB} */;
{UNIT.format(id=key)} /* {OF_UNIT} */;
{INDEXES}"""


async def downgrade(db: BaseDBAsyncClient) -> str:
    """Back to the schema before."""
    return """
DROP TABLE "job_unit";
DROP TABLE "job";
"""


MODELS_STATE = (
    "eJztXWtz2zbW/isYf2kyo/XYzrXOJzt1WrdO3HHc7c7WOxIkQhJritASlBXNvv3v7zkA7wQpkrqY"
    "YvGljUkcAHoAAud+/nc04xZzxPHF5T0T/tE5+d+RS2cM/pF50yNHdD6Pn+MDnw4d2ZQO+37YaCh8"
    "j46wqzF1BINHFhMjz577Nnex8QXBtoSPib/khDoT7tn+dCY+EEq8heva7oRwl5EpdyxBbF8Q5lpz"
    "brv+d/CnRWyXDIJ2feFwf3CM41p8BAPDs90NsXDt/y5Y3+cT5k+ZBwP98R94bLsW+8ZE+Of8sT+2"
    "mWOlsLQt7EA+7/uruXx27fqfZEOc/bA/4s5i5saN5yt/yt2oNcwNn06YyzzqM+ze9xYIr7twnGAh"
    "QsTVTOMmaooJGouN6cLBRUJqNYH42VG//+X2vv/16r7fP8otYEiRADx4NOIuLj5MVchfP8Ep/OPs"
    "9PW71+9fvX39HprIaUZP3v2lho6BUYQSni/3R3/J99SnqoXEOLNBFUA5cD9OqadHN02VQRmmn0U5"
    "xLQM5vBBjHO89/cB9Ix+6zvMnfhT+PP0bQmq/7y4+/jTxd2L07cvcUAOn6r6hL8Eb87kKwQ+Btq3"
    "fUeD8T37VrCDI4JOwFsC5/3Vv+6x55kQ/3WSML74fPEvifBsFby5uf3yY9g8AfvHm9vLLNweHY/t"
    "UZ1NnSDpBOS73tHCByzqABwRGHgrwJu8O2tcfFmy9VegBuvghuvSFRgD+8Q8yx5pMC3euQmSRns3"
    "i2fXty6jAmZU47KLKbqA774vO7GYzai3qgN4gmR/p/HRUVcAp06t8yNs38GL7+3rCqfH29eFpwe+"
    "SoOLwkVdYaSj4G7/aJ5TD/7lM0/UOS3SVJ0Aet9HxgiuOACnP9Qc08V7O03VCeAzO/zsfZUtfva+"
    "eI/jOz3WVHNI/wBvfHvGyvGmuuPaCkiPw38cIPpl2/7689XX+4vPv6b2/g8X91f45iy178OnL7Jn"
    "T9QJ+f36/ieCf5J/3365knBy4U88OWLc7v7fRzgnuvB53+XLPrWSmISPw0epZWYAYZNFTtJtYYkP"
    "iPk8tBWOtM6n/Vra3xxdIym4bd/utgXhCKWzhuieGXSL0R1N6WwOc6iHbYbKIKtBNrQz1UM2Q2WQ"
    "DZBFe9v4UWscCiHLo/yJe8yeuL+wlQT7GmZF3ZFODAssoFeJrg4M5L/CnRQ+je98jy4jQ2V2gwEG"
    "8MtBaMJ3d3AV3l1/vD8quN62gPDnm4uwuw6DnLvZ68B8ZmCuC/NZdZjDq8uAXBHkzF1fADGez0M6"
    "elxSz+oXHdRzPppqNDqXAd2nX+6YQ31bq2JP+ahcYU8dwjzNODwxbL4NmLCnrsLEh4J5TxKHrYB1"
    "G/fXVcg8BnMVm+6tzzd3qp+D1TrkUcLji5/xxLGVOtDyr2Zns+wT6tKJ/Ek4No6kObIKve6iE22t"
    "612fRU3XOuDdTxlZwqU29QW6yFHlLDf2+Ew6xc34DA4I+OcHAqe8C7OPW8+ZC+1dtiRyvLzn3Zb7"
    "Xu9y90eEgLqJ4L//MW54+3TDg4V0UCfOvL5aSw0T5XBarDTIU2dAHyP54R6/Olh/uP3t8uaK/Hp3"
    "9fH66/Xtl7T+Ur7ER/DADpmqixtjKvhbKpJT51tVPWeKyCiM1iuMEj7sG0qAscf8gSFcWcJOba4N"
    "ZD/DrbeFD5UyYTEfGoqMFfjQqGklPhQ6ZK71D+46K0IXlu0Th09izvGcLKecWDawiVPqw3+Y2yNL"
    "258SYAcJOuUuBBNkyMbwkRLqWoSOfebp+dIdjmX41Hac72V86iP8rDysxf4rYfsueq5s3TfLuAgZ"
    "F6EWoN8lvt9iPrWdWr6OCZJOfEz7dnQ0opYRtTolau1eckiKXIXyQ0YuWy9F8AzBWlniJ77E2G5l"
    "gkhonpdUEI8vYF/0FFvP6GhKqDcjggKnDw1tvyeZ+Sn04KECEth9qgg57D0yZsxCwMgIfllesNjX"
    "wA/ug3tBUIAJg9dfDEZ8NsfdMFCovAQhxXYc4gCRgK5xtO/wH2IJYgpBEUiM4AuDRyDACAYDBvKK"
    "EnPCAXtE8AdXToZCd2N7skCi+Lch+YgvYCvLHyAWM3j7BN34U1sQuZhACXM8JjdciGBAkK4clKPY"
    "XPaFQtXEU1AMoTOLWQ+uI5v3yNzjQzq0Hdu3gfrnr7dfFAkXjAxXZORQIc6BDGYtxTl8iTYsBSEV"
    "jwSENBxi1lA8Cxa0XyqmJRrljrLAGnZtFQWNJUm3c2m0QXr7/uzs1at3Zyev3r5/8/rduzfvT6K7"
    "I/+q7BK5vP4R75HUlR08iJXi8ODqx6u7NYKfBSeq24ePoY5okiLqBDO185hqOLFRtqiHc5rKAF0R"
    "aAyTjg9JjdBdYnIroDdGtypGN7EY/snqRWAnSLoQIZze3mdvquxvaFW4weW7jIYjYGw0NgEOTAR1"
    "C9QbCbIM0kOg69Zmvry9vUkJwJfXWQn3t8+XV3C2vMxdmkXu/gADc2op8HKUZodX2+EhcE/UWWj2"
    "ebnHRIa04cndMtR37S0RwjamtsM0HHv50ZKnbnbCHA7ouzlgfOaO6rErOmKz46vt+NC1qsnBnqM1"
    "R3vVoz2ErtHhniM2m73eZm96wOfpzRFf54iPD4xGh7yG3Oz8OozNiHueVjStxtkkyM2+b7LvG+Ov"
    "6cCsQH3m0mPCthZUw+dU4S6T1ObcqXfjNkVeR2+wr3Pmo8FMc+DYk/VZGkLSrWTZfG62fk/Wp2Ke"
    "p8k6ZInNSmywEmpTpwzH+QUpdp0q7qELYu/eM8bFm3uTFSnsw6yJcW5rTUofjFatmc8nQWIwNQ6D"
    "+3YYzG3frSHbtRwcWXiTX+4WvDFzvmT5hbh12T2H/1Rchjp5GNrlQVZ1CdKuc1UWYTM317kNH8GR"
    "zrdVvemVOrTO7f5j0Gh9ZSSXXPx6TaB9Dz0al1N7FPg3orOkZU/Q+dIWRPjwcVqaskf16NGldCBG"
    "HI7igfTQVP6V6DmJfp9hTjDRIwNYlLHtMqsfNl9yzxLEsR8ZGcyhM3vkn9vuiM9YXzpn2oCuNzgn"
    "dE49Hx1KA8/MB9eD1aKCqb8tzgRxuU8eXb6U/ppk4lF0LPU5h+5931Ghdi6T/qXwcLYYTY/JAGY5"
    "A85Q/agB/ioZpcdGHvOjGD0YjfvSi/gDsf3QZxX+YztRD/IvU+CpjRF78v85WIuNlmH77XgRPi+0"
    "uw8jg892bH+rg29MYfw0K/hpqrOpDsAxRee28PZrLairqA68MUUX968JNW2N+ubQQk099sQfGy1z"
    "mtJkpG/zKmeY+Fq62DypUcHWV8GCZOT3F6LRl5alNd9am7+1lHhah0fJEXbhO9s1K5gU5et+V1la"
    "81217bvKGQaeJ979I/Wpwyd37MkWBdHu2Sa9MtXgSDXue8nWa3WEty4jHl9iNLVgMMXZkHlkAk+E"
    "CuJGPdkqSK6qQrZV5qpeELyNMeeRao+gqg/1hXld4g7HaZuarf2S9I71bMkdWN2BJUm1PyPmyW4x"
    "3oPfSkuOsx+o7aw+Al+/KDrNMi1KDzML26LtJtG4UtIOPvZl3mcZZSKTX6h8FcwiHJ//dv+RWHSF"
    "6fhQo08sNnIovpVmBkmAin/4HP3pB0xFMUNKNBYsPRurPupTduxnWM1J9wdAJc1BmZIrUdWK4O84"
    "YifIyoH/Vn2rjBRNj8uyT7pjhom9OKGV5J2gmhgIZEYLlL9UF/OQ4j+7pSZDhtKUx9qTl1L2fKnq"
    "/5UhM9hqsK0dXblZSGXr4Nx9TGXyEqysSUnQGJyr4RwwGNXPh5jAnAyak6G4tk6JWBWTGExbKDP9"
    "mkibVCQ1/ZpOrbRObspkYqojOS3DnIEyraBUzdBE+ryV0s0MbVemEZRceErCqS0z7WZA9EX7inkE"
    "0Q9NvUmnC0yP8WJg8RnssGNUOtnCt0fiOPG+D8OLwctNZTDoxUhdRuo6wDPXSF3tuP+N1LU7bIPT"
    "uSKkQWuDpAZJw/Ubrr/tmCIz2UdupgaoKRqDqgZVyV7X41Yjki4BuudwdfHfBfV0HnilwMdEBvrG"
    "0ONx0G+w7dN0ZgEO1uT9dTGbUa9YdRO+761X24hE00rV7lKlFAJ9SI9QATQekXUfWKARIVM0SVsW"
    "s4jPZWDcuYrki4stBKoTMmPUJYLPmD+F1daXvtvHwLJCRSi4kBMMyXOhX1XkQvAwRA9LYDwcPRwd"
    "kwvsE6cUpv8R2Mb2BVGfnSSU6iYP60Ng3QuHjf0eGWDCIH8AI16EE7XdwB5PXQHLgAUlwyITYW0O"
    "LPaHPcLjqLTGiwH3Zsfw3rOZOA5QOg7WtS9/6Bb0SEFye6NHatu51DN6JKNHOgQ+3eiRdohtvYIl"
    "plJJkT05HwFrFEtGsdR2TJnnca8OojGBwVOrqHMc5vVrw5qjM+jqVPVwm/eLvaGKD9YsnUFXp5fD"
    "8oh1GKyYwOCpOwuKMmIXnwKFKbANouo6V6oS1D3lYS3JtpwlNNXequRZTqImlU6NMY+oDfC1gKdD"
    "AXjqSsFVAT5JbYBvBPwG2z7XhVmCeodOkZmw0plTaC40sFeCfZPzPtODWYAqCxAU/umf1OAXUzSG"
    "Y9QGJymEThugempQXYPqWQNUzwyqa1B91QDVVwbVNai+boDqa4PqGlTfNED1jUF1DapvG6D61qC6"
    "BtV3DVB9Z1Bdg+r7Bqi+N6iuQfX7Bqh+b1BdJwU0Ea5OjXS1FtdG4pWRr9bi2kTAOjUS1lpcm4hY"
    "p0bGWotrEyHr1EhZa3FtImadGjlrLa5NBK1TI2m1NTnJP6mzCCaoC24JXvfWx7Y8xS1rZCNhdDQl"
    "klTlVBSPzJJBF9rsitkIFBiH+Viyaiz/nHt8xISQESmydJOu5tUex5b1slQNKVlw6uevt1/Ooccg"
    "Oe5whVlPevj/IH4lylIytbHk1upYzi5MTkIwMCccR1bDGrIJdWUmXTmXnsyu8uAmg1hkTAs0ta0e"
    "mXLYFkG8jCxsJeNlZMyKKqVFXbZMZevls5nt5+J5guGYiuh5cOOQHgzRCXAZMgeQllE9lAReOrD8"
    "m4bGBN2boBgTFHMwd4YJimkHD2OCYnaZGECdy7XO2gRRl0Ddc4S6CfLYhSMyMkh5RMsqHoUUnYj0"
    "KkFra5WOWiIHXQVX55FGCIrelUpALNlqfdVeshCMjKhgmoq86Xdtq3xxIEyvKTB7kMUj+dLVBX8W"
    "wxsRdOLI3QPCyZnVuNsyZPtD++jogK83Uxd146XoWLWxhCg67Pt6nv0yoPz0yx1zaMEnF3AnF5f3"
    "gcP4Ya55/DS4zDJyjaoXtSFIIQuXLLLWRbjk3PreYlO8rrGfu0VncYrUORvi9PkmSl7VVaiKNQv1"
    "gLpT/XQJpn0IpGWVI3Wn2noBtWbtyIugjJlcYJkLLlGi8QUaksK/jv8U3H2pTE2y1hl9ZO4HmU5N"
    "popDmxL+MbUnUzRLBSYwaZHSScF7GVfa54bAXz3CuNJCt5yuFF3YlerZY2MQywXBlBPYyB5NoyGG"
    "bMw9Rmyf+Jw/Fpu3kjoCNYvNbFhGlt9UlleLUB3YmMCoTDUq0/qlqzesWd06QHdctDpxJtYT3lNk"
    "nYB63+J7eEnUwT1J04Wa7EZlchBLcQgqE+PusDfXwjzQeZQ/AQNrT9xf2EqCfQ2zou5IZ7jQWMUO"
    "DOQigQ4ee3QZ8d7ZDQYYwC9nYSqCr/d31x8B72cyWHpULDx2pBMLg1e9Umkw0ahCGnIQgCgRi+Gf"
    "bKSELBB4Jtz3mXuOvovLKZ/1sO61yr895UsCM1+FHoiiR4YLELy4L1uCzDSS0hJIW2PbtcVU56S5"
    "j0FR+vt9ajvyBarN8P/KRRJlu3Bs7F5mCueROIifhyVnJPsMMomrYQVXbVA0DKXSBxc2EvO8xRw+"
    "EzLhmFfdDSqF29gdn89hQmTgUIEbbhCmPnfZEoXW0JdTOXL6BNePFRYMN0LlMwqVwa6pIwUlSLbC"
    "JrbISryTkrPyQ6wDcETQBS5810JmcARpNL4lfnwJoi5xYsaP7yB5YJ0QOdS4oRefGGmqTmhM9uBc"
    "YgT2QvS7JLCHDHSDdc6QbmGhW3Y7H/o6t8Uj9xuISy51rtMSS/5tr1TMDdqFkWRrRd3fpdQJQuMU"
    "g9xWwmezwORHk/F0CWPkuRTTxrYnEhKfLGMeWB6xPpVGvt3ZSCjUXks5F+P6MMoxsk+KsOdeKLIK"
    "VW89qoAVS6/xLEB8FkBtSZFUWkSxTBdTYYCYy/xcxht68Sjqc1eF2V2OUjIql8gjWxWKrH9k1yqp"
    "falsJQ2mrOVeAw+Ea6uUj9oqD9sGOXfnHGwvmaITHlz9eHW3RkQ2Ct9dMbuZj6gqt5sh6yC7e3Zy"
    "UkUPcXJSrIfAd62JWPkU1OW4emL6sJV0g9JbMqzx0WdR20qlKaFH+Cb/IUPDg3B1VS0yOEu/E2Qi"
    "yzDiuedPP2AUuMOoCqtnMk4+qqr45bebG30dyp2Msl5p+kfmRgivIRNh3roI8+LaNsWm+ZK6Ngep"
    "FHwu07zRqhitSku3/SFI2xrlb1uEl+f+rp5XfCnxovBiV/YNnSi66Bbfy3hRpLdmq5wori02m3OZ"
    "nwzWTMdEZ1qUctF23Lb/yCpWeL8gqoYhMLFAI/0JkGnFrEvUtXqx97ot0zaRGbXYB8n7+sAGj203"
    "cFVQWiGVtYqgLkbnUb/LobQqnTmMPbLn1MEWiIlJ2dSSU6+coU6tW1XeLkVkWLtqrF1wUFTFOGje"
    "QXR34icCh9aEebgxa7njZMg6iPb2nUbia75WypwMWSeg3rcozr7NbawcVl88TFPuRzzc52166NJh"
    "S3TNUTi4jkNOhIqX8MZhYHo1rhgTtGKeVWmhlCbGyKs3GwqKWVrJRJlDPb6YAAvLiRwOWNcxo/7C"
    "Ay724ejhKOmzix3DXhkDzw4Cmj5D7D4ngDbbK8y3KnOokrHHZySZwnUAu8lGdAboNox2XvU99cgg"
    "nNdA5XllZOBznzoDIk2ycnrHBO46uNKswOr74CYsvkEeWdlhtdDV4EeZ2NVndTMOV6EOXxOTdOKi"
    "3QN/Hn539aTRJJVRxjX2hpUHWY2jI2rfJcy3WAbe+BZvG9PwZ9S43mIKg6h2l2KejTqIJigMotq0"
    "zNRrZj1MUxrrYevkQ+OT/fdbZ+M7aYLlW2jmbXOwfDJNn0aFlcniV6zFmjl9mmpZwbwrQWMWkd2F"
    "lYKi1GWovlHZ2AboxLgUQekdLEs0kjobJIHt5S9UqR7BPJs6tgjK9eisvDseUWZMU2mbZJB6oHUC"
    "8O1xMkIdA/bni6EjbxY5SE/2h2sjVWDopkmFOCYyEsJWE7FgU7k4/AqrMaH1mS8xJgEjDGS/IlbE"
    "PTI2x7Ft6CtcFjUEH3JrFY0uojALBckCviRPdoUbQVI8MU+UViZKpW4LMnoHREYP9jfOx/7cV+Du"
    "NWDym1Ew1UA5TdVFrKuYq0+LrdWnOWN1eJzUQDlB0kWITfr78+6kvzeVHXa9tZOJfSvrzmKS/cmE"
    "J61mNYzf/d9Mo7L3rLUt047t2jUskusafEhZWqObbPOXFK8WnH+iHoelo+3C17V3b0CjHzb64e7p"
    "h/N1k/pU9E/z4JviSTqgzgxQ1YAaTelsrnf4MnjFHgU+FkPZDKOE2eWr7LCrcO2/hFI7WaANKygl"
    "KzNbGmV0COaty+45/KfWDvwYdNkhYJsZSCUQ5UbSEKtqhtJ+uFrVcsoIvvBGmEr7W5j+LOrpO6Es"
    "hufEod6EKXMiCAuY58VZBZnAxSOz0LyozyWz1d43SLwdo1OLS8+SdSdL2c7Mg/qzoqyGu9Udk9U+"
    "ZM+NYpQ0X0R+scIDvaIwtWFRxmf9GqpKU9mDoIo4tS0XmoBZK78jYo6u4i0hYoJK94TDJ5oTPORM"
    "Vfk/DHB6YuhCkijqkGxuy4iogWrXFw73B/p7Y6ejVclFll3w2tnIjJ/JpmUdog1a1UoQU3TiMtm1"
    "/0Piu6jDEqWpGnFE7SqfYdLfH6wF3hiMG7Gih2bmapX09txf1W6NLCViQYNsa12s1r4N0WCPnvih"
    "ElMrPiQ0nKViQyID33ppASRHMveYZct0BwkdDrmfRmntsXobHKznUYZhlzFg4d0wlQMQDuIzWiMl"
    "7GQU6Ws/4p7HRsrZXjBf+etHGY1xLKW4smENMLlblOJ/AEeebS0wF8SLJ+osGJnZ7iKdLfml7ODB"
    "9RgekIJDB3EJAEzxj5nfJgvM64/e+COg9Il03heLGYpEQar/Y5h4lM4iKl439/iQDm3H9ldhnAB8"
    "XsypLPZkrIYo9fSIXhqSz5UhJ/NUDhk/+N9RvFmDR5gIB38+psMI5xELU9/68ZbrI/r9ZPLg8JA5"
    "kt3AXsQ/yO8/Xd1dRasEi0muvxI4BmQG6qO/MrNItIvnWWNSGfptTClRkq72dBK0ZVMJyyuWTSOz"
    "AfQLXwcpajvwcW1jFcnFlx/UdpZPwyfqSwue5H5PvraF5lfxhT/iisuL9m7iUzpSl0PwseFfckzV"
    "XOaflJdlYk/Uw0gVuReFsOR+VHoy639izS/O46qCdtkaBYck4v7p4ubrVW6O4Vm4ixkyz+PeuhmG"
    "E0hv91o6nDVJgLtmE2hj5RLqaTjRYjE6aN4FP7Zdq39aUDa1VQjvJCGm7c4XGoiLzWERQSdUQPv2"
    "xRzDLOCWEHOYRi0rZI7QwN8k5CjmoyoHHcUknYA8faZUUXkWKzxz6k411xroRgTdO663fyFGrH9V"
    "dGNZoXPo7uQyjKSmjF7R4bTgWI4oMgiPkeTwMC6B9Ifb3y5vrsivd1cfr79e335JK+HlyzT7fHd1"
    "cZPNnZgWWSujnKEzWFfAegaSKp3U4jESJF04MPbNXCRVLVV3doKm4a5uG3+x421tKrs9g9CSVibX"
    "sWJnSE2wZput2IHKNL/Gl5w7jLpF/rERVWZ5h0DWqRW9vL29SS3m5XX28/nt8+UVsPUvc6rEXGqG"
    "WPtc+bZIEhkmqMJtkbZDVMY5TWaQroB02tBa1f8lRbQVT73nFlK37Kv3nI5FHYfWhMWbsPgWemtV"
    "C4vXnhFbALieR1zLTogtO8RprrctIFw5EPxQwU3d6RtkdYhER/bE3E1jpT8FnV1hXx06PTJyuqzm"
    "syFUgU/Jp7g0UFewahhczoeCeU8Ranpkq8eYqwPgNt1pN86C2lHm9sSjweB559/oZa/U+TfVrEp5"
    "5SintazlNpqyGVXerVjZ2GFUyJcX3hCkHY9MqZCFj1X4N5Jwx8K01mFbSbrk3qOQldh8bZ3lfYy5"
    "QfT586ZMfl7Xsl0FARW7jC0EItHHmn51QM+QddAb4dVZBfBfnRVij68yVjD4imoGuiVIDMQFEG8U"
    "4r+94JEMq6K5RPLMTPFNEvvOx40r3CdBcxkNHpXnjGoTRFVBLTZyqMdkEYNgJ+huig17qxJCkfh9"
    "mPYE/x8XXVYBEokmyvdb1yj5dy2v5bJCiR0LPt9LfURTEvR5g3zDr6gqxGH7Ltii9+CVFZ9AlQ04"
    "MYkx3lQw3iRO8hzKa0JM0qRdUoc/V7BJiSY9EeW6sZ63eu7Atq1PVU1kemu2Kur5dw/lfB3DGrwp"
    "ZVSXcZtqmZFC/QIlipSo8/FcxhlbhA75EyODqT2Z9pewD7wBeTGzHSzxBSBbUUUvaMrmfDR9KUt5"
    "YSwwwTqrBQmS9jDoBhqPnWREar+yY8cpkXz+yGrVK4oIOshrbr9uQvyx1BOq0nTmkq4pXyVM2d/m"
    "NkjdWkfIsgVI05kFqLUALVE2/cyHugsbH5fe1n8GDSqlJeEeVqLkeMvBRFaYO1D0yHJqj6ZS3888"
    "QUbU81aEL3wCe8Enw5X8vz4ByQb9yVQj6AXn2/5KJvD4+evtF7yWl3EqEEkxWwggY8RbuDIXyTEZ"
    "yFyGSDMFbLFLSgAHaCSgx2B84ANUEU7oEpVbjv3IHtwZXWFHsiypgB0bjayMIQMZWj8gAuuBLqcr"
    "LCwqfD6f11CAYRq+MDGByZm4VwbhEX5WHf4gbN9B9mAHAfPhvq6KbkRg4K0CrzYPZQm6+gyUzdR8"
    "LbKR7kTJN6ce/MsPssxUjexJU3ViF+87uCe84evAnqQxoDcAPfDjqHOaJEg6AfmuLf/ImWrOkkIO"
    "LmrfJelsa87yKDfUE3lDii7BuWdtg0nUbBI1twD9LoW4gsTjNVvmNKUJZG7zKo9t1xbTRsucITXr"
    "3OZ1VhrCOpJLTNEF55t9iy1RWtOqcEcEBu2t186Kl+VPPuwXiDt1An9+5sPfoJfD5VA2jPipbw+S"
    "cOltQiGSpXYhuWrVjEMXxAtDSKQppUcwDoAMHD4giznxORkufOJyn9juyFlYABc6Vwx6ynmYuyyw"
    "9xAZdIJ3lypKpXNC3tVQaFL6fcqlE8cjHOqCDKQDwICg1QcT4DNlXBoBnsos9AHGRb2HBVj5tiOt"
    "QbZLUp4iAubByOn37056aGpCr5GRwzEVvnQheXDRHDFEdxSMuYKxl1PmYRANU1nsYcbHZGDB/5TJ"
    "ii+VsSywSw1QlB2gH4v6VRidIygm8Pflvyf4i/2pxxeTaZEN6o/QDOhwZXJKGaRwKygLktLIG3fq"
    "drpTF3miFsJf6Id60GqQrWmV4GOotZtV+y5BuWeN0tSuB7hqbwBvDLjRmz4D6HiT1wM9pNgf6Ced"
    "Qtx4HuzU82DPbrUtk7t37VWr2Po68MYU3cN3J9aVpAhXk+XLUHYok9mez2jq+2w2r2UTT5J05mrc"
    "nk3caJ+N9rmzaMc6qYqHRUzQJdFlV0kRA3XghmGcQfDBgUFbNYAz3lGtCt68YJ49mh5p9P7Bm16Z"
    "2p/GbdYp/YsBbVvg44Goj3cW1vDEPKFND1csQyRIOigDn715U8lH/E2Jj/ibrBSBH1UNhIPmHUT3"
    "9OSkiox2clIso+G7XK50n+my9GLwVYHrW0ySdZSxRz75P+LYh5xhQAcuglHOa2XZql7a7wU7qGnp"
    "3/5l9tf/A9H4L3I="
)
