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
    "eJztXVlz4za2/isov6S7SnHZ7nXcT7bjTjxxt1O2M5maeEqCREjimCI0BGW1a27++z0H4E6QIqnF"
    "FBsvSZvEAagP29nP/w5m3GKOODw7v2fCPzgl/ztw6YzBPzJveuSAzufxc3zg06Ejm9Jh3w8bDYXv"
    "0RF2NaaOYPDIYmLk2XPf5i42PiPYlvAx8ZecUGfCPdufzsQnQom3cF3bnRDuMjLljiWI7QvCXGvO"
    "bdf/Af60iO2SQdCuLxzuDw5xXIuPYGB4tr0hFq793wXr+3zC/CnzYKA//w2Pbddi35gI/5w/9sc2"
    "c6wUlraFHcjnff95Lp9duf5n2RC/ftgfcWcxc+PG82d/yt2oNXwbPp0wl3nUZ9i97y0QXnfhOMFE"
    "hIirL42bqE9M0FhsTBcOThJSqw+Inx30+19v7vt3l/f9/kFuAkOKBODBoxF3cfLhU4X89RP8hB9P"
    "jt9+ePvxzfu3H6GJ/MzoyYe/1NAxMIpQwvP1/uAv+Z76VLWQGGcWqAIoB+7FlHp6dNNUGZTh87Mo"
    "h5iWwRw+iHGO1/4ugJ7Rb32HuRN/Cn8evy9B9R9ntxe/nN2+On7/GgfksFXVFv4avDmRrxD4GGjf"
    "9h0NxvfsW8EKjgg6AW8JnPeX/7zHnmdC/NdJwvjqy9k/JcKz5+DN9c3Xn8PmCdgvrm/Os3B7dDy2"
    "R3UWdYKkE5Bve0ULH7CoA3BEYOCtAG/y7qxx8WXJVl+BGqyDG65LV2AM7BPzLHukwbR45SZIGq3d"
    "LJ5dX7qMCviiGpddTNEFfHd92YnFbEa95zqAJ0h2dxofHHQFcOrUOj/C9h28+N6/rXB6vH9beHrg"
    "qzS4KFzUFUY6Cu7mj+Y59eBfPvNEndMiTdUJoHd9ZIzgigNw+kPNMV28ttNUnQA+s8JPPlZZ4icf"
    "i9c4vtNjTTWH9E/wxrdnrBxvqjuurYD0MPzHHqJftuyvvlze3Z99+S219n86u7/ENyepdR8+fZU9"
    "e6JOyB9X978Q/JP86+brpYSTC3/iyRHjdvf/OsBvoguf912+7FMriUn4OHyUmmYGEDaZ5CTdBqZ4"
    "j5jPfZvhSOt83K+l/c3RNZKC27Z3Ny0IRyidNET3xKBbjO5oSmdz+IZ62GaoDLIaZEM7Uz1kM1QG"
    "2QBZtLeNH7XGoRCyPMqfucfsifsre5ZgX8FXUXekE8MCC+hloqs9A/mvcCWFT+M736PLyFCZXWCA"
    "AfxyEJrw3S1chbdXF/cHBdfbBhD+cn0WdtdhkHM3ex2YTwzMdWE+qQ5zeHUZkCuCnLnrCyDG83lI"
    "R49L6ln9ooN6zkdTjUbnPKD7/Ostc6hva1XsKR+VS+ypQ5inGYcnhs03ARP21FWY+FAw70nisBGw"
    "buL+ugqZx+Bbxbpr68v1repnb7UOeZTw+OInPHFspQ60/KvZySz7hLp0In8Sjo0jaY6sQq+76ERb"
    "6XrXZ1HTlQ5491NGlnCpTX2BLnJUOcuNPT6TTnEzPoMDAv75icAp78LXx63nzIX2LlsSOV7e827D"
    "fa92ufszQkDdRPDffxs3vF264cFEOqgTZ15fzaWGiXI4LVYa5KkzoI+RfH+PXx2sP938fn59SX67"
    "vby4uru6+ZrWX8qX+Age2CFTdXZtTAXfpSI5db5V1XOmiIzCaLXCKOHDvqYEGHvM7xnClSXs1OJa"
    "Q/Yz3Hpb+FApExbzoaHIWIEPjZpW4kOhQ+ZaP3LXeSZ0Ydk+cfgk5hxPyXLKiWUDmzilPvyHuT2y"
    "tP0pAXaQoFPuQjBBhmwMm5RQ1yJ07DNPz5ducSzDp7bjfC/jUx/hZ+VhLfZfCdt30XNl475ZxkXI"
    "uAi1AP0u8f0W86nt1PJ1TJB0YjPt2tHRiFpG1OqUqLV9ySEpchXKDxm5bLUUwTMEK2WJX/gSY7uV"
    "CSKheV5SQTy+gHXRU2w9o6Mpod6MCAqcPjS0/Z5k5qfQg4cKSGD3qSLksPbImDELASMj+GV5wWJX"
    "Az+4D+4ZQQEmDF5/NRjx2RxXw0Ch8hqEFNtxiANEArrG0X7Af4gliCkERSAxgh0Gj0CAEQwGDOQV"
    "JeaEA/aI4A+u/BgK3Y3tyQKJ4t+G5CO+gKUsf4BYzODtE3TjT21B5GQCJXzjIbnmQgQDgnTloBzF"
    "5rIvFKomnoJiCJ1ZzHpwHdm8R+YeH9Kh7di+DdR/v7v5qki4YGT4TEYOFeIUyOCrpTiHL9GGpSCk"
    "4pGAkIZDzBqKZ8GE9kvFtESj3FEWWMOurKKgsSTpZi6NNkhvfzs5efPmw8nRm/cf37398OHdx6Po"
    "7si/KrtEzq9+xnskdWUHD2KlODy4/PnydoXgZ8GJ6vZhM9QRTVJEnWCmth5TDSc2yhb1cE5TGaAr"
    "Ao1h0vEhqRG6S0xuBfTG6FbF6CYWw/+wehHYCZIuRAinl/fJuyrrG1oVLnD5LqPhCBgbjU2AAxNB"
    "3QL1RoIsg/QQ6Lq1mM9vbq5TAvD5VVbC/f3L+SWcLa9zl2aRuz/AwJxaCrwcpVnh1VZ4CNwTdRaa"
    "dV7uMZEhbXhytwz1bXtLhLCNqe0wDcdefrTkqZudMPsD+nYOGJ+5o3rsio7YrPhqKz50rWpysOdo"
    "zdFe9WgPoWt0uOeIzWKvt9ibHvB5enPE1zni4wOj0SGvITcrvw5jM+KepxVNq3E2CXKz7pus+8b4"
    "azowM1CfufSYsK0F1fA5VbjLJLU5d+rduE2R19Eb7Ouc+Wgw0xw49mR1loaQdCNZNl+ard+R9amY"
    "52kyD1liMxNrzIRa1CnDcX5Cil2ninvogti784xx8eJeZ0YK+zBzYpzbWpPSB6NVa+bzSZAYTI3D"
    "4K4dBnPLd2PIdi0HRxbe5M7dgDdmzpcsPxE3Lrvn8J+K01AnD0O7PMiqTkHada7KJKzn5jq3YRMc"
    "6Hxb1ZteqUPr3O4/Bo1WV0ZyydlvVwTa99CjcTm1R4F/IzpLWvYEnS9tQYQPm9PSlD2qR48upQMx"
    "4nAUD6SHpvKvRM9J9PsMc4KJHhnApIxtl1n9sPmSe5Ygjv3IyGAOndkj/9R2R3zG+tI50wZ0vcEp"
    "oXPq+ehQGnhmPrgezBYVTP1tcSaIy33y6PKl9NckE4+iY6nPOXTv+44KtXOZ9C+Fh7PFaHpIBvCV"
    "M+AM1Y8a4K+SUXps5DE/itGD0bgvvYg/EdsPfVbhP7YT9SD/MgWe2hixJ/+fg7XYaBm234wX4ctC"
    "u/0wMti2Y/tbHXxjCuOnWcFPU51NdQCOKTq3hDdfa0FdRXXgjSm6uH5NqGlr1Df7FmrqsSf+2Gia"
    "05QmI32bZznDxNfSxeZJjQq2vgoWJCO/vxCNdlqW1uy1Nu+1lHhah0fJEXZhn22bFUyK8nX3VZbW"
    "7Ku27aucYeBl4t0vqE8dPrllT7YoiHbPNumVqQZHqnHfS7ZeqSO8cRnx+BKjqQWDT5wNmUcm8ESo"
    "IG7Ukz0HyVVVyLbKXNULgrcx5jxS7RFU9aG+MK9L3OI4bVOztV+S3rKeLbkCqzuwJKl2Z8Q82i7G"
    "O/Bbaclx9hO1necL4OsXRadZpkXpYWZhW7TdJBpXStrBx77M+yyjTGTyC5WvglmE4/Pf7y+IRZ8x"
    "HR9q9InFRg7Ft9LMIAlQ8Q/b0Z9+wlQUM6REY8HSs7Hqoz5lx26G1Zx0fwJU0hyUKbkSVa0I/o4j"
    "doKsHPhv1bfKSNH0uCzb0h0zTOzECa0k7wTVxEAgM1qg/KW6mIcU/9ktNRkylKY81o68lLLnS1X/"
    "rwyZwVaDbe3oyvVCKlsH5/ZjKpOXYGVNSoLG4FwN54DBqH4+xATmZNCcDMW1dUrEqpjEYNpCmem3"
    "RNqkIqnpt3RqpVVyUyYTUx3JaRnmDJRpBaVqhibS5z0r3czQdmUaQcmFpySc2jLTdgZEX7Q7zCOI"
    "fmjqTTpdYHqMVwOLz2CFHaLSyRa+PRKHifd9GF4MXq8rg0EvRuoyUtcenrlG6mrH/W+kru1hG5zO"
    "FSENWhskNUgart9w/W3HFJnJPnIzNUBN0RhUNahK9roetxqRdAnQHYeri/8uqKfzwCsFPiYy0DeG"
    "Ho+DfoNln6YzE7C3Ju+7xWxGvWLVTfi+t1ptIxJNK1W7S5VSCPQhPUIF0HhE1n1ggUaETNEkbVnM"
    "Ij6XgXGnKpIvLrYQqE7IjFGXCD5j/hRmW1/6bhcDywoVoeBCjjAkz4V+VZELwcMQPSyB8XDwcHBI"
    "zrBP/KQw/Y/ANrYviNp2klCqmzysD4F1Lxw29ntkgAmD/AGMeBZ+qO0G9njqCpgGLCgZFpkIa3Ng"
    "sT/sER5HpTVeDbg3O4T3ns3EYYDSYTCvfflDN6BHCpLbGz1S286lntEjGT3SPvDpRo+0RWzrFSwx"
    "lUqK7Mn5CFijWDKKpbZjyjyPe3UQjQkMnlpFneMwr18b1hydQVenqofbvF/sDVV8sGbpDLo6vRyW"
    "R6zDYMUEBk/dWVCUEbv4FChMgW0QVde5UpWg7ikPa0m25SyhqfZWJc9yEjWpdGqMeURtgK8FPB0K"
    "wFNXCq4K8ElqA3wj4NdY9rkuzBTUO3SKzISVzpxCc6GBvRLs65z3mR7MBFSZgKDwT/+oBr+YojEc"
    "ozY4SSF03ADVY4PqClRPGqB6YlBdgeqbBqi+MaiuQPVtA1TfGlRXoPquAarvDKorUH3fANX3BtUV"
    "qH5ogOoHg+oKVD82QPWjQXUFqn9rgOrfDKqrpIAmwtWxka5W4tpIvDLy1UpcmwhYx0bCWolrExHr"
    "2MhYK3FtImQdGylrJa5NxKxjI2etxLWJoHVsJK22Jif5B3UWwQfqgluC173VsS1Pccsa2UgYHU2J"
    "JFU5FcUjs2TQhTa7YjYCBcZhPpasGss/5x4fMSFkRIos3aSrebXDsWW9LFVDShac+vvdzddT6DFI"
    "jjt8xqwnPfx/EL8SZSmZ2lhy6/lQfl2YnIRgYE44jqyGNWQT6spMuvJbejK7yoObDGKRMS3Q1LZ6"
    "ZMphWQTxMrKwlYyXkTErqpQWddkyla2Xz2a2n4vnCYZjKqLnwY1DejBEJ8BlyBxAWkb1UBJ46cD0"
    "rxsaE3RvgmJMUMze3BkmKKYdPIwJitlmYgB1Ltc6axNEXQJ1xxHqJshjG47IyCDlES2reBRSdCLS"
    "qwStjVU6aokcdBlcnQcaISh6VyoBsWSr1VV7yUIwMqKCaSrypt+1rfLFnjC9psDsXhaP5EtXF/xZ"
    "DG9E0IkjdwcIJ7+sxt2WIdsd2gcHe3y9mbqoa09Fx6qNJUTRYd/X8+znAeXnX2+ZQwu2XMCdnJ3f"
    "Bw7j+znn8dPgMsvINape1JoghSxcsshaF+GS39b3FuvidYX93C46i1OkzlkTpy/XUfKqrkJVrFmo"
    "B9St6qe7MPnMxZ77qrzhmnjdht1dyN66hFotMV4DcDGwNy675/CfGvBWALadhVn1uDbQeJSVJtVd"
    "m6s1IDWLk54FdfLklMlkg4kaoK/QUhn+dfgfwd3XypYpi+nRR+Z+kvn6ZC5CNFriH1N7MkW7Z2Bj"
    "lSZPnZplJ+NKA/AQGPhHGFeagJfTZ0UXdqV69th4IZggmNMEG9mjaTTEkI25x4jtE5/zx2L7aVIJ"
    "pb5iPSOpURatqyxSk1Ad2JjA6OQ1Ovn6tdHXLIreOkC3XBU9cSbW0w6lyDoB9a71Q+ElUQf3JE0j"
    "0NvJ3RidXLunYh90csafZme+q3mg8yh/BgbWnri/smcJ9hV8FXVHOsuYxuy6ZyAXyWjw2KPLiPfO"
    "LjDAAH45C3Nd3N3fXl0A3i9kEfeoWHjsQCcWBq96pdJgolGFPPcgAFEiFsP/sJESskDgmXAfxPRT"
    "dI5dTvmsh4XVVYL3KV8S+PLn0MVV9MhwAYIX92VLkJlGUloCaWtsu7aY6ryAdzEoSn9/TG1HvkC9"
    "LP5f+eCibBeOjd3LVPQ8Egdxe1jyi2SfQap6Nazgqg2KhqFU+uDCQmKet5jDNiETjon73aAUvY3d"
    "8fkcPogMHCpwwQ3C3PouW6LQGjoLK09hn+D8scKK9EaofEGhMlg1daSgBMlG2MQWuSFspaax3Ih1"
    "AI4IusCFb1vIDI4gjSa3xFE0QdQlTsw4iu4lD6wTIoeaOIfiEyNN1QmNyQ68l4zAXoh+lwT2kIFu"
    "MM8Z0g1MdMtu532f57a4fH8DccmlzlVaYsm/7ZWKuUG7MFRxpaj7h5Q6QWicYhTls/DZLDD50WTA"
    "ZsIYeSrFtLHtiYTEh2VKQ8sjFkDTyLdbGwmF2isp52LgKIbRRvZJEfbcC0VWgeSJEmux9Bp/BYjP"
    "AqgtKZJKiyjWgWMqzhST5Z/KgFYvHkVtd/gl8LfLUUpG5RJ5ZM+FIuuf2blKal8qW0mDT9Zyr4GL"
    "y5VVykdtlIdtg5y7dQ62l8wBCw8uf768XSEiG4XvtpjdzCaqyu1myDrI7p4cHVXRQxwdFesh8F1r"
    "QqI+B4VfLp+YPi4q3aD0lgyLyPRZ1LZS7VPoEfbkjzL3QJAPQZUjDc7SHwSZyDqfeO7500+YZsBh"
    "VOVtYDIRQ1S28+vv19f6QqdbGWW10vTPzI0QXkMmhUHrUhgUF08qNs2XFE7aS6XgS5nmjVbFaFVa"
    "uuz3QdrWKH/bIry89L56WfGlxIvCi2Ml1nSi6GLcRS/jRZFemq1yoriy2GzOZQI8mDMdE51pUcpF"
    "23Hb/mPQuIJ7vSqSCUws0Eh/AmRaMa0Xda1e7L1uy7xgZEYt9knyvj6wwWPbDVwVlFZIpUUjqIvR"
    "edRvcyitSmcOY4/sOXWwBWJicoK15NQrZ6hT81aVt0sRGdauGmsXHBRVMQ6adxDdrfiJwKE1YR4u"
    "zFruOBmyDqK9eaeR+JqvlZMpQ9YJqHctirNvcxtL09UXD9OUuxEPd3mb7rt02BJdc5RvQMchJ3IR"
    "lPDGYeaDalwxZgDGRL7SQilNjJFXbzYUFNMAk4kyh3p8MQEWlhM5HLCuY0b9hQdc7MPBw0HSZxc7"
    "hrUyBp4dBDR9CuJdfgDabC8xoa9M0kvGHp+RZI7gAawmG9EZoNsw2nnVfuqRQfhdA5VImJGBz33q"
    "DIg0ycrPOyQqTt0KrL4PbsLiGyQqlh1WC10NfpSJXX1RN+NwFurwNTFJJy7aHfDn4b6rJ40mqYwy"
    "rrE3rDzIahwdUfsuYb4x1wDjW7x5TMOfUeN6iykMotpVink26iCaoDCIavN+U6+Z9TBNaayHrZMP"
    "jU/29zfPxnfSBMu30Mzb5mD5ZB5IjQorkyayWIs1c/o01bKCeVeCxiwiuwtLUUWpy1B9o7KxDdCJ"
    "cSmC2k5Y90plKkQSWF7+QtWCEsyzqWOLoB6Uzsq75RFlxjSVtkkGqQdaJwDfHicj1DFgf74YOvJm"
    "kYP0ZH84N1IFhm6aVIhDIiMhbPUhFiwqF4d/xnJfaH3mS4xJwAgD2a+IFXGPjM1xbBv6CqdFDcGH"
    "3HqORhdRmIWCZAE7yZNd4UKQFE/ME6Wlr1Kp24KU8QGR0YN9xwn/X/oK3L4GTO4ZBVMNlNNUXcS6"
    "irn6uNhafZwzVofHSQ2UEyRdhNjUVzjtTn0FUzpk20s7mdi3su4sJtmdTHjUalbD+N1/ZxqVnWet"
    "bZl2bNuuYZFc12AjZWmNbrLNOymeLTj/RD0OS0fbhd21c29Aox82+uHu6Yfzhbn6VPSP8+Cb6lw6"
    "oE4MUNWAGk3pbF5ax8bgpawD6xZRSphd7mSHXYVr9zW62skCbazY1AgQKQazep2pxAq8CLrsELDN"
    "DKQSiHIjaYhVNUNpP5ytajllBF94I0yl/S1Mfxb19INQFsNT4lBvwpQ5EYQFzPPiPAeZwMUjs9C8"
    "qM8ls9He10i8HaNTi0vPknUnS9nWzIP6s6JYDA3bd0LpvAvZc60YJc2OyE9WeKBXFKbWrPr5oruh"
    "qjSVPQiqiFObcqEJmLXyOyLm6CreEiImqHRPOHyiOcFDzlSV/8MApyeGLiSJog7J5raMiBqodn3h"
    "cH+gvze2OlqVXGTZCa+djcz4maxb1iFaoFWtBDFFJy6Tbfs/JPZFHZYoTdWII2pX+QyT/n5vLfDG"
    "YNyIFd03M1erpLeX3lXbNbKUiAUNsq2tJRi0YwNtRTTYoSd+qMTUig8JDWep2JDIwLdaWgDJkcw9"
    "Ztky3UFCh0Pup1Fae6zeBgfraZRh2GUMWHg3TOUAhIP4jNZICVsZRfraj7jnsZFythfMV/76UUZj"
    "HEsprmyYA0zuFqX4H8CRZ1sLzAXx6ok6C0ZmtrtIZ0t+LTt4cD2GB6Tg0EFcAgBT/GPmt8kC8/qj"
    "N/4IKH0inffFYoYiUZDq/xA+PEpnERWvm3t8SIe2Y/vPYZwAbC/mVBZ7MlZDlHp6RC8NyefKkJN5"
    "KoeMH/zvIF6swSNMhIM/H9NhhN8RC1Pf+vGS6yP6/WTy4PCQOZDdwFrEP8gfv1zeXkazBJNJru4I"
    "HAMyA/XBX5mvSLSLv7PGR2XoN/FJiZJ0tT8nQVv2KWF5xbLPyCwA/cTXQYraDmyuTcwiOfv6k1rO"
    "8mn4RO204Enu9+RrW2h+FV/4I664vGjtJrbSgbocgs2Gf8kxVXOZf1Jelok1UQ8jVeReFMKS+1Hp"
    "j1n9E2vuOI+rCtplcxQckoj757Pru8vcN4Zn4Ta+kHke91Z9YfgB6eVeS4ezIglw12wCbaxcQj0N"
    "J1osRgfNu+DHtm31TwvKprYK4a0kxLTd+UIDcbE5LCLohApo176YY/gKuCXEHD6jlhUyR2jgbxJy"
    "FPNRlYOOYpJOQJ4+U6qoPIsVnjl1p/rWGuhGBN07rjd/IUasf1V0Y1mhc+hu5TKMpKaMXtHhtOBY"
    "jigyCI+RZP8wLoH0p5vfz68vyW+3lxdXd1c3X9NKePkyzT7fXp5dZ3MnpkXWyihn6AzWFbCegaRK"
    "J7V4jARJFw6MXTMXSVVL1ZWdoGm4qtvGX2x5WZvKbi8gtKSVyXWs2BlSE6zZZit2oDLNz/E55w6j"
    "bpF/bESVmd4hkHVqRs9vbq5Tk3l+ld0+v385vwS2/nVOlZhLzRBrnyvfFkkiwwRVuC3SdojKOKfJ"
    "DNIVkE4bWqv6v6SINuKp99JC6oZ99V7Ssajj0JqweBMW30JvrWph8dozYgMA1/OIa9kJsWGHOM31"
    "tgGEKweC7yu4qTt9jawOkejInpi7bqz056CzS+yrQ6dHRk6X1XzWhCrwKfkclwbqClYNg8v5UDDv"
    "KUJNj2z1GHN1ANykO+3GWVA7ytyeeDQYPO/8G73slTr/pppVKa8c5bSWtdxGUzajyrsVKxs7jAr5"
    "8swbgrTjkSkVsvCxCv9GEu5YmNY6bCtJl9x7FLISm6+ts7yLMdeIPn/ZlMkv61q2rSCgYpexhUAk"
    "+ljTrw7oGbIOeiO8OakA/puTQuzxVcYKBruoZqBbgsRAXADxWiH+mwseuWUz/sSsz9R2kFXRXCKZ"
    "FqU3iafaSo/wsPHK++SzdB+PSxDIWAyaiqggyykXMgxcEBqUBj2Vp7oFxM8YNzGjns0EsThxuU98"
    "5jiytAKhc+ppLpRdDIqRJpEsSI4wgMOFPtSVJHgY0EG9mSxlekjO0uPLK0qMZKVULLaAVUxlHz55"
    "ZHP/VJZbkGlX4KnsoeAOy7n8W1RuzqwUFzrihsa+tYowlNVy7Fh8/E5KOBZfhsFs5o2KevCD5mWG"
    "xD08o8uU82f3l0Zz+R2o2zuP7e4CJVoH5ZYdQ4udYspKP6/pFNNukLfiH2oK5m7+WFAsYg1EYwKD"
    "p86siaGHdVZoTGDw1GXLoY7DvH5tWHN0Bl0Nugu39v5PkhhMNZi6mKWhXxvXLJnBtsi14aWUXSm7"
    "nFbZlbXclSm7wkQRceMKxpOguUx9GOqfSFSIMxQxicVGDvWYrNgZzLzOLLJmb1XyhSR+Hyqb8P/h"
    "Tw+zgSSaqEQHukbJv40mqZWapMQ8VheCIpIOykBbyWgX7qKqEIftuxB4sQMRMz6BKnsrxyTGU7mC"
    "p3LiJM+hvCKfSpq0SwzSS2VWKXEbTaR0W9upsXqhjLbNT1W3u/TSbFWKv1v4DrfIyyd+uYJdTTZb"
    "yaj+wpfE4e4E83OHbOQPiULxaBFFK2SPTKHlmHqBRw0wmCPqeTazCF/4yta5lG9gdGVm1Tn4bHc4"
    "tMRiysCouyFzoJuBzMQipD/IgEzpE1NpA/Eh9PRMZrBPQg8itAUHZGgSDohCw/AhOecwlixrMYH3"
    "PejmwZXJCT3qCiozGAr10cpKrpIYYmZz2HzPQhXDQAJv4cjMgLD1oXfrVP0eeIDjBI3lkNUY+EJW"
    "u0U2sDaw3ltLch4sMgvmrQbOGSoTfqIJAMRtWBPWFI0BVaOslX6WtVObp6iMIFgxtXmAWoPU5ilK"
    "k9q81UHhCS6jpnIrTdiZYvI70XJl7on66KfIDPbNsA+WcOAY2mj5J2jNLKyxAxrNQZbSzECzGciE"
    "4jWbjJJOzLw0nRcV8Nd0QvLUZiaazUQiRrDhbBT1YGak2Yywbz7zXOr0bavhjBT1YGZkE9xUA7lR"
    "24FJKdZm6THJgTWYcQ25me+2zfda/lFV0sTULPe7TpKYvaj1Wy1FzBYMeBdScXdQZsYLmvQqGfP6"
    "o7h1pRq/0Cf8+B+loSqsmKWq8CbNbguHhXanwMimFI7E5z0yxMrtfBbY2pirL++7rYEalriq5XH2"
    "vbibGZvXfgBtbF6mnG9XbF6mnG9XuVgTYL2z+AmTGnJnfP/unfyuMUHVQZmIoFpUlBCcqHGlsr7A"
    "LSBHbo+mWGp2xIQIHNYw88iyRxbQqyPZ8V7EmBP0THOo8InDORbplWm5Rg4fPcZ+ekPm2OxJF8ay"
    "u2HXcJfbipzQeoF624KCD/OmyQlYEgwREnSQ4Xr/tgK/9f5tIbuFrzIFVXDvW325eeryW1law3G1"
    "muNSR2ADvjpFaCa5dZPckuDZPzxMrKljS4I3pezIMm5TSU0ZJfSkRJESFaN1Kj304aYfAmtABlN7"
    "Mu0vYS16A/JqZjuOLRhMvyXCRKHQlM35aPpa8gIYn00WQseD7GpQw4EYDqRNp+O2OZB4s9RzHUjT"
    "dUkTsHMvjrmNLko6xqDcdyNJZyag1gS05M4+Yx4I1Lo7O3hTemfTuM2qO7t4Ctp2333vljlgRoQ2"
    "DX/xhZcg6eCVd/LuXaUcBO9KchC8y956uKlqIBw07yC6x0dHVWxIR0fFNiR8l6tJ5zOdyvvvdzdf"
    "C4xHMUlWxLVHPvk/Akz8Pl5pJeAiGCm5NlfINFuztJcWWLGD85e+zP76f5h0raU="
)
