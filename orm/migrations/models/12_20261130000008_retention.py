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
    "eJztXWtz2zbW/isYf2kyo/XYzrXOJzt1WrdO3HHc7c7WOxIkQhJritASlBXNvv3v7zkA7wIpkhJl"
    "isWXNiZxAOgBCJz7+d/RjFvMEccXl/dM+Efn5H9HLp0x+EfmTY8c0fk8fo4PfDp0ZFM67Ptho6Hw"
    "PTrCrsbUEQweWUyMPHvu29zFxhcE2xI+Jv6SE+pMuGf705n4QCjxFq5ruxPCXUam3LEEsX1BmGvN"
    "ue3638GfFrFdMgja9YXD/cExjmvxEQwMz5obYuHa/12wvs8nzJ8yDwb64z/w2HYt9o2J8M/5Y39s"
    "M8dKYWlb2IF83vdXc/ns2vU/yYY4+2F/xJ3FzI0bz1f+lLtRa5gbPp0wl3nUZ9i97y0QXnfhOMFC"
    "hIirmcZN1BQTNBYb04WDi4TUagLxs6N+/8vtff/r1X2/f7S2gCFFAvDg0Yi7uPgwVSF//QSn8I+z"
    "09fvXr9/9fb1e2gipxk9efeXGjoGRhFKeL7cH/0l31OfqhYS48wGVQCtgftxSj09ummqDMow/SzK"
    "IaZFMIcPYpzjvb8PoGf0W99h7sSfwp+nbwtQ/efF3cefLu5enL59iQNy+FTVJ/wleHMmXyHwMdC+"
    "7TsajO/Zt5wdHBF0At4COO+v/nWPPc+E+K+ThPHF54t/SYRnq+DNze2XH8PmCdg/3txeZuH26Hhs"
    "j6ps6gRJJyBvekcLH7CoAnBEYOAtAW/y7qxw8WXJNl+BGqyDG65LV2AM7BPzLHukwTR/5yZIau3d"
    "LJ5d37qMCphRhcsupugCvvu+7MRiNqPeqgrgCZL9ncZHR10BnDqVzo+wfQcvvrevS5web1/nnh74"
    "Kg0uChdVhZGOgrv7o3lOPfiXzzxR5bRIU3UC6H0fGSO44gCc/lBzTOfv7TRVJ4DP7PCz92W2+Nn7"
    "/D2O7/RYU80h/QO88e0ZK8ab6o5rKyA9Dv9xgOgXbfvrz1df7y8+/5ra+z9c3F/hm7PUvg+fvsie"
    "PVEn5Pfr+58I/kn+ffvlSsLJhT/x5Ihxu/t/H+Gc6MLnfZcv+9RKYhI+Dh+llpkBhHUWOUm3gyU+"
    "IObz0FY40jqf9itpf9foaknBbft2dy0IRyid1UT3zKCbj+5oSmdzmEM1bDNUBlkNsqGdqRqyGSqD"
    "bIAs2tvGj1rjUAjZOsqfuMfsifsLW0mwr2FW1B3pxLDAAnqV6OrAQP4r3Enh0/jO9+gyMlRmNxhg"
    "AL8chCZ8dwdX4d31x/ujnOttBwh/vrkIu+swyGs3exWYzwzMVWE+Kw9zeHUZkEuCnLnrcyDG83lI"
    "R49L6ln9vIN6zkdTjUbnMqD79Msdc6hva1XsKR+VK+ypQ5inGYcnhs13ARP21FWY+FAw70nisBOw"
    "buP+ugqZx2CuYtu99fnmTvVzsFqHdZTw+OJnPHFspQ609Vezs1n2CXXpRP4kHBtH0hxZuV530Ym2"
    "0fWuz6KmGx3w7qeMLOFSm/oCXeSocpYbe3wmneJmfAYHBPzzA4FT3oXZx63nzIX2LlsSOd66592O"
    "+97scvdHhIC6ieC//zFuePt0w4OFdFAnzry+WksNE+Vwmq80WKfOgD5G8sM9fnWw/nD72+XNFfn1"
    "7urj9dfr2y9p/aV8iY/ggR0yVRc3xlTwt1Qkp863snrOFJFRGG1WGCV82LeUAGOP+QNDuLSEndpc"
    "W8h+hltvCx8qZcJ8PjQUGUvwoVHTUnwodMhc6x/cdVaELizbJw6fxJzjOVlOObFsYBOn1If/MLdH"
    "lrY/JcAOEnTKXQgmyJCN4SMl1LUIHfvM0/OlDY5l+NR2nO9FfOoj/Kx1WPP9V8L2XfRc2blvlnER"
    "Mi5CLUC/S3y/xXxqO5V8HRMknfiY9u3oaEQtI2p1StRqXnJIily58kNGLtssRfAMwUZZ4ie+xNhu"
    "ZYJIaJ6XVBCPL2Bf9BRbz+hoSqg3I4ICpw8Nbb8nmfkp9OChAhLYfaoIOew9MmbMQsDICH7ZumCx"
    "r4Ef3Af3gqAAEwavvxiM+GyOu2GgUHkJQortOMQBIgFd42jf4T/EEsQUgiKQGMEXBo9AgBEMBgzk"
    "FSXmhAP2iOAPrpwMhe7G9mSBRPFvQ/IRX8BWlj9ALGbw9gm68ae2IHIxgRLmeExuuBDBgCBdOShH"
    "sbnsC4WqiaegGEJnFrMeXEc275G5x4d0aDu2bwP1z19vvygSLhgZrsjIoUKcAxnMWopz+BJtWApC"
    "Kh4JCGk4xKymeBYsaL9QTEs0WjvKAmvYtZUXNJYk3c2l0Qbp7fuzs1ev3p2dvHr7/s3rd+/evD+J"
    "7o71V0WXyOX1j3iPpK7s4EGsFIcHVz9e3W0Q/Cw4Ud0+fAxVRJMUUSeYqcZjquHERtmiGs5pKgN0"
    "SaAxTDo+JDVCd4HJLYfeGN3KGN3EYvgnqxaBnSDpQoRwenufvSmzv6FV7gaX7zIajoCx0dgEODAR"
    "1M1RbyTIMkgPga5bm/ny9vYmJQBfXmcl3N8+X17B2fJy7dLMc/cHGJhTSYG3Rml2eLkdHgL3RJ2F"
    "Zp8Xe0xkSGue3C1DvWlviRC2MbUdpuHYi4+Wdep6J8zhgN7MAeMzd1SNXdERmx1fbseHrlV1DvY1"
    "WnO0lz3aQ+hqHe5rxGazV9vsdQ/4dXpzxFc54uMDo9YhryE3O78KYzPinqcVTctxNglys+/r7Pva"
    "+Gs6MCtQnbn0mLCtBdXwOWW4yyS1OXeq3bh1kdfRG+yrnPloMNMcOPZkc5aGkHQnWTafm63fk/Up"
    "n+epsw5ZYrMSW6yE2tQpw/H6guS7TuX30AWxd+8Z4+LNvc2K5PZh1sQ4t7UmpQ9Gq1bM55MgMZga"
    "h8F9Owyubd+dIdu1HBxZeJNf7g68Mdd8ydYX4tZl9xz+U3IZquRhaJcHWdklSLvOlVmE7dxc5zZ8"
    "BEc631b1plfo0Dq3+49Bo82VkVxy8es1gfY99GhcTu1R4N+IzpKWPUHnS1sQ4cPHaWnKHlWjR5fS"
    "gRhxOIoH0kNT+Vei5yT6fYY5wUSPDGBRxrbLrH7YfMk9SxDHfmRkMIfO7JF/brsjPmN96ZxpA7re"
    "4JzQOfV8dCgNPDMfXA9Wiwqm/rY4E8TlPnl0+VL6a5KJR9Gx1Occuvd9R4XauUz6l8LD2WI0PSYD"
    "mOUMOEP1owb4q2SUHht5zI9i9GA07ksv4g/E9kOfVfiP7UQ9yL9Mgac2RuzJ/6/Bmm+0DNvvxovw"
    "eaFtPowMPtux/a0KvjGF8dMs4aepzqYqAMcUndvCu6+1oK6iKvDGFF3cvybUtDXqm0MLNfXYE3+s"
    "tcxpSpORvs2rnGHiK+li10mNCra6ChYkI7+/ELW+tCyt+dba/K2lxNMqPMoaYRe+s6ZZwaQoX/W7"
    "ytKa76pt39WaYeB54t0/Up86fHLHnmyRE+2ebdIrUg2OVOO+l2y9UUd46zLi8SVGUwsGU5wNmUcm"
    "8ESoIG7Uk62C5KoqZFtlruoFwdsYcx6p9giq+lBfuK5LbHCctqnZ2i9JN6xnS+7A8g4sSar9GTFP"
    "msV4D34rLTnOfqC2s/oIfP0i7zTLtCg8zCxsi7abRONSSTv42Jd5n2WUiUx+ofJVMItwfP7b/Udi"
    "0RWm40ONPrHYyKH4VpoZJAEq/uFz9KcfMBXFDCnRWLD0bKz6qE/ZsZ9hNSfdHwCVNAdlSq5EVSuC"
    "v+OInSArB/5b9a0yUtQ9Los+6Y4ZJvbihFaQd4JqYiCQGc1R/lJdzEOK/+yWmgwZSlMea09eStnz"
    "paz/V4bMYKvBtnJ05XYhla2Ds/mYyuQlWFqTkqAxOJfDOWAwyp8PMYE5GTQnQ35tnQKxKiYxmLZQ"
    "Zvo1kTYpT2r6NZ1aaZPclMnEVEVyWoY5A2VaQamaoYn0eSulmxnarkwjKLnwlIRTWWZqZkD0RfuK"
    "eQTRD029SacLTI/xYmDxGeywY1Q62cK3R+I48b4Pw4vBy21lMOjFSF1G6jrAM9dIXe24/43U1Ry2"
    "welcEtKgtUFSg6Th+g3X33ZMkZnsIzdTAdQUjUFVg6pkr6txqxFJlwDdc7i6+O+CejoPvELgYyID"
    "fW3o8Tjo19j2aTqzAAdr8v66mM2ol6+6Cd/3NqttRKJpqWp3qVIKgT6kR6gAGo/Iug8s0IiQKZqk"
    "LYtZxOcyMO5cRfLFxRYC1QmZMeoSwWfMn8Jq60vf7WNgWaEiFFzICYbkudCvKnIheBiihyUwHo4e"
    "jo7JBfaJUwrT/whsY/uCqM9OEkp1k4f1IbDuhcPGfo8MMGGQP4ARL8KJ2m5gj6eugGXAgpJhkYmw"
    "NgcW+8Me4XFUWuPFgHuzY3jv2UwcBygdB+valz90B3qkILm90SO17VzqGT2S0SMdAp9u9EgNYlut"
    "YImpVJJnT16PgDWKJaNYajumzPO4VwXRmMDgqVXUOQ7z+pVhXaMz6OpU9XCb9/O9ofIP1iydQVen"
    "l8PyiFUYrJjA4Kk7C/IyYuefArkpsA2i6jpXqhLUPa3DWpBtOUtoqr2VybOcRE0qnWpjHlEb4CsB"
    "T4cC8NSVgisDfJLaAF8L+C22/VoXZgmqHTp5ZsJSZ06uudDAXgr2bc77TA9mAcosQFD4p39SgV9M"
    "0RiOURucpBA6rYHqqUF1A6pnNVA9M6huQPVVDVRfGVQ3oPq6BqqvDaobUH1TA9U3BtUNqL6tgepb"
    "g+oGVN/VQPWdQXUDqu9roPreoLoB1e9roPq9QXWTFFBHuDo10tVGXGuJV0a+2ohrHQHr1EhYG3Gt"
    "I2KdGhlrI651hKxTI2VtxLWOmHVq5KyNuNYRtE6NpNXW5CT/pM4imKAuuCV43dsc2/IUt6yQjYTR"
    "0ZRIUpVTUTwySwZdaLMrZiNQYBzmY8mqsfxz7vERE0JGpMjSTbqaV3scW9bLUjWkZMGpn7/efjmH"
    "HoPkuMMVZj3p4f+D+JUoS8nUxpJbq2M5uzA5CcHAnHAcWQ1ryCbUlZl05Vx6MrvKg5sMYpExLdDU"
    "tnpkymFbBPEysrCVjJeRMSuqlBZ12TKVrZfPZra/Fs8TDMdURM+DG4f0YIhOgMuQOYC0jOqhJPDS"
    "geXfNjQm6N4ExZigmIO5M0xQTDt4GBMU02RiAHUuVzprE0RdAnXPEeomyKMJR2RkkNYRLap4FFJ0"
    "ItKrAK2dVTpqiRx0FVydRxohKHpXKAGxZKvNVXvJQjAyooJpKvKm37Wt8sWBML2mwOxBFo/kS1cX"
    "/JkPb0TQiSN3DwgnZ1bhbsuQ7Q/to6MDvt5MXdStl6Jj1cYSouiw7+t59suA8tMvd8yhOZ9cwJ1c"
    "XN4HDuOHuebx0+Ayy8g1ql7UliCFLFyyyFoX4ZJz63uLbfG6xn7uFp3FKVLnbInT55soeVVXocrX"
    "LFQD6k71012YfOZiz31V3nBLvO7C7j7K3rqEWiUxXgNwPrC3Lrvn8J8K8JYAtp2FWfW41tB4FJUm"
    "1V2bmzUgFYuTXgR18uSSyWSDiRqgL9BSGf51/Kfg7ktly5TF9Ogjcz/IfH0yFyEaLfGPqT2Zot0z"
    "sLFKk6dOzbKXcaUBeAgM/COMK03Ay+lK0YVdqZ49Nl4IJgjmNMFG9mgaDTFkY+4xYvvE5/wx336a"
    "VEKpWWxnJDXKom2VRWoRygMbExidvEYnX702+pZF0VsHaMNV0RNnYjXtUIqsE1DvWz8UXhJVcE/S"
    "1AK9ndyN0cm1eykOQSdn/Gn25ru6DvQ6yp+AgbUn7i9sJcG+hllRd6SzjGnMrgcGcp6MBo89uox4"
    "7+wGAwzgl7Mw18XX+7vrj4D3M1nEPSoWHjvSiYXBq16hNJhoVCLPPQhAlIjF8E82UkIWCDwT7oOY"
    "fo7Oscspn/WwsLpK8D7lSwIzX4UurqJHhgsQvLgvW4LMNJLSEkhbY9u1xVTnBbyPQVH6+31qO/IF"
    "6mXx/8oHF2W7cGzsXqai55E4iJ+HJWck+wxS1athBVdtUDQMpdIHFzYS87zFHD4TMuGYuN8NStHb"
    "2B2fz2FCZOBQgRtuEObWd9kShdbQWVh5CvsE14/lVqQ3QuUzCpXBrqkiBSVIdsImtsgNoZGaxvJD"
    "rAJwRNAFLrxpITM4gjSa3AJH0QRRlzgx4yh6kDywTogcauIc8k+MNFUnNCZ78F4yAnsu+l0S2EMG"
    "usY6Z0h3sNAtu50PfZ3b4vL9DcQllzrXaYll/W2vUMwN2oWhihtF3d+l1AlC4xSjKFfCZ7PA5EeT"
    "AZsJY+S5FNPGticSEh+WKQ0tj1gATSPfNjYSCrXXUs7FwFEMo43skyLsuReKrALJEyXWYuk1ngWI"
    "zwKoLSmSSoso1oFjKs4Uk+Wfy4BWLx5Ffe7wS+Bvl6OUjMol8shWuSLrH9m1SmpfSltJgylrudfA"
    "xeXaKuSjdsrDtkHObZyD7SVzwMKDqx+v7jaIyEbh2xSzm/mIynK7GbIOsrtnJydl9BAnJ/l6CHzX"
    "mpCoT0Hhl6snpo+LSjcovCXDIjJ9FrUtVfsUeoRv8h8y90CQD0GVIw3O0u8Emcg6n3ju+dMPmGbA"
    "YVTlbWAyEUNUtvPLbzc3+kKnjYyyWWn6R+ZGCK8hk8KgdSkM8osn5ZvmCwonHaRS8LlM80arYrQq"
    "Ld32hyBta5S/bRFenvu7el7xpcCLwotjJbZ0ouhi3EUv40WR3pqtcqK4tthszmUCPFgzHROdaVHI"
    "Rdtx2/5j0LiEe70qkglMLNBIfwJkWjGtF3WtXuy9bsu8YGRGLfZB8r4+sMFj2w1cFZRWSKVFI6iL"
    "0XnUNzmUVqUzh7FH9pw62AIxMTnBWnLqFTPUqXUry9uliAxrV461Cw6KshgHzTuIbiN+InBoTZiH"
    "G7OSO06GrINo795pJL7mK+VkypB1Aup9i+Ls29zG0nTVxcM05X7Ew33epocuHbZE1xzlG9BxyIlc"
    "BAW8cZj5oBxXjBmAMZGvtFBKE2Pk1ZsNBcU0wGSizKEeX0yAheVEDges65hRf+EBF/tw9HCU9NnF"
    "jmGvjIFnBwFNn4J4nxNAm+0VJvSVSXrJ2OMzkswRPIDdZCM6A3QbRjuv+p56ZBDOa6ASCTMy8LlP"
    "nQGRJlk5vWOi4tStwOr74CYsvkGiYtlhudDV4EeZ2NVndTMOV6EKXxOTdOKi3QN/Hn531aTRJJVR"
    "xtX2hpUHWYWjI2rfJcx35hpgfIt3j2n4MypcbzGFQVS7SzHPRhVEExQGUW3eb+rVsx6mKY31sHXy"
    "ofHJ/vuts/GdNMHyLTTztjlYPpkHUqPCyqSJzNdizZw+TbUsYd6VoDGLyO7CUlRR6jJU36hsbAN0"
    "YlyKoLYT1r1SmQqRBLaXv1C1oATzbOrYIqgHpbPyNjyizJim0jbJIPVA6wTg2+NkhDoG7M8XQ0fe"
    "LHKQnuwP10aqwNBNkwpxTGQkhK0mYsGmcnH4FZb7QuszX2JMAkYYyH5FrIh7ZGyOY9vQV7gsagg+"
    "5NYqGl1EYRYKkgV8SZ7sCjeCpHhinigsfZVK3RakjA+IjB7sb5zw/7mvwOY1YPKbUTBVQDlN1UWs"
    "y5irT/Ot1adrxurwOKmAcoKkixCb+grn3amvYEqHNL21k4l9S+vOYpL9yYQnrWY1jN/930yjsves"
    "tS3TjjXtGhbJdTU+pCyt0U22+UuKVwvOP1GNw9LRduHr2rs3oNEPG/1w9/TD64W5+lT0T9fBN9W5"
    "dECdGaDKATWa0tm8sI6NwUtZB7YtopQwu3yVHXYVrv3X6GonC7SzYlMjQCQfzPJ1phI78GPQZYeA"
    "rWcglUAUG0lDrMoZSvvhapXLKSP4whthKu1vYfqzqKfvhLIYnhOHehOmzIkgLGCeF2cVZAIXj8xC"
    "86I+l8xOe98i8XaMTiUuPUvWnSxljZkH9WdFvhgatu+E0nkfsudWMUqaL2J9scIDvaQwtWXVz2f9"
    "GspKU9mDoIw4tSsXmoBZK74jYo6u5C0hYoJS94TDJ5oTPORMVfk/DHB6YuhCkijqkGxuy4iogWrX"
    "Fw73B/p7o9HRyuQiyy545Wxkxs9k27IO0QYtayWIKTpxmTTt/5D4LqqwRGmqWhxRu8pnmPT3B2uB"
    "NwbjWqzooZm5WiW9PfdX1ayRpUAsqJFtbSvBoB0fUCOiwR498UMlplZ8SGg4C8WGRAa+zdICSI5k"
    "7jHLlukOEjoccj+N0tpj9TY4WM+jDMMuY8DCu2EqByAcxGe0RkpoZBTpaz/insdGytleMF/560cZ"
    "jXEspbiyYQ0wuVuU4n8AR55tLTAXxIsn6iwYmdnuIp0t+aXs4MH1GB6QgkMHcQkATPGPmd8mC8zr"
    "j974I6D0iXTeF4sZikRBqv9jmHiUziIqXjf3+JAObcf2V2GcAHxezCkt9mSshij19IheGpLPlSEn"
    "81QOGT/431G8WYNHmAgHfz6mwwjnEQtT3/rxlusj+v1k8uDwkDmS3cBexD/I7z9d3V1FqwSLSa6/"
    "EjgGZAbqo78ys0i0i+dZYVIZ+l1MKVGSrvJ0ErRFUwnLKxZNI7MB9AtfBSlqO/Bx7WIVycWXH9R2"
    "lk/DJ+pLC56s/Z712haaX8UX/ogrLi/au4lP6UhdDsHHhn/JMVVzmX9SXpaJPVENI1XkXuTCsvaj"
    "0pPZ/BMrfnEeVxW0i9YoOCQR908XN1+v1uYYnoVNzJB5Hvc2zTCcQHq7V9LhbEgC3DWbQBsrl1BP"
    "w4nmi9FB8y74sTWt/mlB2dRWIdxIQkzbnS80EOebwyKCTqiA9u2LOYZZwC0h5jCNSlbINUIDf52Q"
    "o5iPKh10FJN0AvL0mVJG5Zmv8FxTd6q5VkA3Iujecb37CzFi/cuiG8sKnUO3kcswkpoyekWH05xj"
    "OaLIIDxGksPDuADSH25/u7y5Ir/eXX28/np9+yWthJcv0+zz3dXFTTZ3YlpkLY1yhs5gXQLrGUiq"
    "dFKJx0iQdOHA2DdzkVS1lN3ZCZqau7pt/EXD29pUdnsGoSWtTK5ixc6QmmDNNluxA5Xp+hpfcu4w"
    "6ub5x0ZUmeUdAlmnVvTy9vYmtZiX19nP57fPl1fA1r9cUyWupWaItc+lb4skkWGCStwWaTtEaZzT"
    "ZAbpEkinDa1l/V9SRDvx1HtuIXXHvnrP6VjUcWhNWLwJi2+ht1a5sHjtGbEDgKt5xLXshNixQ5zm"
    "etsBwqUDwQ8V3NSdvkVWh0h0ZE/M3TZW+lPQ2RX21aHTIyOny2o+W0IV+JR8iksDdQWrmsHlfCiY"
    "9xShpke2fIy5OgBu05124yyoHGVuTzwaDL7u/Bu97BU6/6aalSmvHOW0lrXcRlM2o8q7FSsbO4wK"
    "+fLCG4K045EpFbLwsQr/RhLuWJjWOmwrSZfcexSyEpuvrbO8jzG3iD5/3pTJz+ta1lQQUL7L2EIg"
    "En2s6VcF9AxZB70RXp2VAP/VWS72+CpjBYOvqGKgW4LEQJwD8VYh/rsLHsmwKppLZJ2Zyb9JYt/5"
    "uHGJ+yRoLqPBo/KcUW2CqCqoxUYO9ZgsYhDsBN1NsWVvZUIoEr8P057g/+OiyypAItFE+X7rGiX/"
    "ruS1XFQosWPB53upj2hKgj5vkG/4FZWFOGzfBVv0Hryy4hOotAEnJjHGmxLGm8RJvobyhhCTNGmX"
    "1OHPFWxSoElPRLlurectnzuwbetTVhOZ3pqtinr+3UM5X8ewBm8KGdVl3KZcZqRQv0CJIiXqfDyX"
    "ccYWoUP+xMhgak+m/SXsA29AXsxsB0t8AchWVNELmrI5H01fylJeGAtMsM5qToKkPQy6hcajkYxI"
    "7Vd2NJwSyeePrFK9ooigg7zm7usmxB9LNaEqTWcu6YryVcKU/W1ug9StdYQsWoA0nVmASgvQEmXT"
    "z3you7DxceFt/WfQoFRaEu5hJUqOtxxMZIW5A0WPLKf2aCr1/cwTZEQ9b0X4wiewF3wyXMn/6xOQ"
    "bNGfTDWCXnC+7a9kAo+fv95+wWt5GacCkRSzhQAyRryFK3ORHJOBzGWINFPAFrukBHCARgJ6DMYH"
    "PkAV4YQuUbnl2I/swZ3RFXYky5IK2LHRyMoYMpCh9QMisB7ocrrCwqLC5/N5BQUYpuELExOYnIl7"
    "ZRAe4WdV4Q/C9h1kDxoImA/3dVl0IwIDbxl4tXkoC9DVZ6Csp+ZrkY20ESXfnHrwLz/IMlM2sidN"
    "1YldvO/gnvCGrwJ7ksaAXgP0wI+jymmSIOkE5E1b/pEz1ZwluRxc1L5L0tnOnOVRbqgm8oYUXYJz"
    "z9oGk6jZJGpuAfpdCnEFicert8xpShPI3OZVHtuuLaa1ljlData5zeusNIRVJJeYogvON/sWW6K0"
    "pmXhjggM2juvnRUvy5982M8Rd6oE/vzMh79BL4fLoWwZ8VPdHiTh0tuEQiQL7UJy1coZhy6IF4aQ"
    "SFNKj2AcABk4fEAWc+JzMlz4xOU+sd2Rs7AALnSuGPSU8zB3WWDvITLoBO8uVZRK54Tc1FBoUvp9"
    "yqUTxyMc6oIMpAPAgKDVBxPgM2VcGgGeyiz0AcZFvYcFWPm2I61BtktSniIC5sHI6ffvTnpoakKv"
    "kZHDMRW+dCF5cNEcMUR3FIy5grGXU+ZhEA1TWexhxsdkYMH/lMmKL5WxLLBLDVCUHaAfi/pVGJ0j"
    "KCbw9+W/J/iL/anHF5Npng3qj9AM6HBlckoZpHArKAuS0sgbd+p2ulPneaLmwp/rh3rQapCdaZXg"
    "Y6i0m1X7LkG5Z43S1K4GuGpvAK8NuNGbPgPoeJNXAz2k2B/oJ51C3HgeNOp5sGe32pbJ3U171Sq2"
    "vgq8MUX38G3EupIU4SqyfBnKDmUy2/MZTX2fzeaVbOJJks5cjbuziRvts9E+dxbtWCdV8rCICbok"
    "ujSVFDFQB24ZxhkEHxwYtGUDOOMd1argzTs240/M+kRtJzfrSKpFrzjriGwr61CWzjrySRatDPOD"
    "CFUBlqbquJLllAsmAz4I9ZjUUp9L3bgFxCus1jqjns0EsbhU5vvMcfD9jNA59TTxJPsYFC0EUQZK"
    "coLqeBf6ULEfgodlZKk3Iw9HD0fH5CI9vrRAiBF8Rxb2P0XbhOzDJ49s7p9LhT7mX8CnsodchX0m"
    "EadFpT9VNndkWP4vLDGQVe4bTX4rNfnBaq57huToh6jOmS7lDXK457AOVXTvMPmS9yRIPGeS785j"
    "u7/yrK2DsmGtZH4pnqLsUluW4mk3yI2ERoUMV4WjIUlijgWdwUKyiBUQjQkMnrrECKhqqbJDYwKD"
    "py70gzoO8/qVYV2jM+hq0F24lb//JInBVIOpi159/cq4ZskMtu3KenLHfIz11adoj1/2ilVcyWYb"
    "lVs/8SVxuDsh1I0S3n4nYr0TKpZQmdOTnppj6gXp0KlKZWIzC5OZKJWR9CZdwuhKW6VLk9LscKjQ"
    "wnRoUXdD5kA3A9udL3whk3kPyJQ+MZkWTT4k6Hs6gw8iTP+OKrWADDVrAVGoXzsmlxzG4q6zQl3Y"
    "sgfdPLioJQOcXQFQA65CTVopG4+JnBH0J3yVRoW5Uq3mLRzpEAtcKfRunavfYwcurqqxHDJHaVZW"
    "99UiVUIbdGGNZVsJNpkF61YB5wxVhyzuOw2HrgprisaAquF5ZZGMyuHOKaoO6hSaCXcOUKsR7pyi"
    "NOHOrQ6QTHAZFa1NacLOOP88g/t3DfRTZAb7etgHWziwr9fa/glaswpbfAG11iBLaVag3gpk6ijW"
    "W4yCTsy61F0XVa2x7oKsU5uVqLcSiQKPNVcjrwezInXzbPvMc6nTt62aK5LXg1mRXXBTNeRGbQcm"
    "vU6bpcckB1ZjxTXkZr3btt5bmZnWNfrreyQsjFzSo/0q0dFB6fLLOrVnrBhlPNt3Y8D7KBV3R0Vm"
    "vKBJr5Qxrz+KW5cqQwR9wo//hzRUTW3M9iJTrGTMbguHhXanwMimFI7E5zK7y3LKZ4Gtjbn60kNN"
    "DVSmtkBmeU2FAWPz6oh5xti8mrB5mRS/JsXv86N/6FysiVN5hhDWfJ6/chzrNlx/Oz6dJvj+/Tv5"
    "3cgSE0Uiwk1YhKKMhBBVrChX/Ay4hfOgNtjc4yMmROCwhgGcyx6RSUAkO96LGHOZbtKhwicO54/A"
    "vcuckyr9Y+SnN2SOzZ50lUr3N6ypVdoyQcHUKm00q1Jxyp9ifmtD0h/DcbWL41JHYA2+OkVoFrl1"
    "i9ySGIQL5sHlrGNLgjeF7AiN22ziQvIXtm23999dy/fEPBEElJS9vhMkHbzAz968KRV5/KYg8vhN"
    "9g7Hj6oCwkHzDqJ7enJSRh91cpKvj8J3GX0Ud1FQWkcYqx3nKKJikux1aY988n/EscUBC9E6cBGM"
    "1B25ltwsm8csc/lhBxVLa+z+Mvvr/wExzo1q"
)
