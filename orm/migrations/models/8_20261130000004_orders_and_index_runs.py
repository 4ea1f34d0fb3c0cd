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
    "eJztXe1z2zbS/1cw/tJkRuexndc6n+xEaX114o7jPL255kaCSEjimSJUgLLi6fV/f3bBdx"
    "KUSOrFFIsviUViAfAHYLG7WOz+eTTjNnPl8cXlHZP+0Tn588ijMwZ/5N70yBGdz5Pn+MCn"
    "I1cVpaOBHxUaSV9QC6saU1cyeGQzaQln7jvcw8IXBMsSPib+khPqTrhw/OlMviOUiIXnOd"
    "6EcI+RKXdtSRxfEubZc+54/g/w0yaOR4ZhuYF0uT88xnZtbkHD8Gx3TSw8548FG/h8wvwp"
    "E9DQ7/+Bx45ns+9MRj/n94Oxw1w7g6VjYwXq+cB/nKtnV57/URXE3o8GFncXMy8pPH/0p9"
    "yLS0Pf8OmEeUxQn2H1vlggvN7CdcOBiBAPepoUCbqYorHZmC5cHCSkDjqQPDsaDD7f3A2+"
    "9O8Gg6PCAEYUKcDDRxb3cPChq1J9/QS78I+z05dvXr598frlWyiiuhk/efNX0HQCTECo4P"
    "l8d/SXek99GpRQGOcmaABQAdz3Uyr06GapcihD9/MoR5iugjl6kOCczP19AD2j3wcu8yb+"
    "FH6evl6B6v9d3L7/+eL22enr59ggh6UaLOHP4Zsz9QqBT4D2Hd/VYHzHvpfM4JigE/CugP"
    "Ou/687rHkm5R9uGsZnny7+pRCePYZvrm8+/xQVT8H+/vrmMg+3oOOxY9WZ1CmSTkC+6xkt"
    "fcCiDsAxgYG3ArzpvbPGxpcnW78FarAOd7gubYEJsA9M2I6lwbR85qZIGs3dPJ5dn7qMSu"
    "hRjc0uoegCvvve7ORiNqPisQ7gKZL9ceOjo64ATt1a/CMq38GN7/XLCtzj9ctS7oGvsuCi"
    "clFXGekouNtnzXMq4C+fCVmHW2SpOgH0vlmGBVscgDMYadh0+dzOUnUC+NwMP3tbZYqfvS"
    "2f4/hOjzXVMOkP8MZ3Zmw13lTHru2Q9Dj64wDRXzXtrz71v9xdfPo1M/c/XNz18c1ZZt5H"
    "T5/leU9cCfnt6u5ngj/Jv28+9xWcXPoToVpMyt39+wj7RBc+H3h8OaB2GpPocfQoM8wMIG"
    "wyyGm6LQzxAQmfhzbCsdX5dFDL+luga6QFt23tblsRjlE6a4jumUG3HF1rSmdz6EM9bHNU"
    "BlkNstE5Uz1kc1QG2RBZPG8b32sPhyLIiih/5II5E+8X9qjAvoJeUc/SqWHhCWg/VdWBgf"
    "xXNJOip8meL+gyPqjMTzDAAL4clCZ8dwtb4e3V+7ujku1tCwh/ur6IquswyIWdvQ7MZwbm"
    "ujCfVYc52roMyBVBzu31JRAjfx5R635JhT0oY9Rzbk01Fp3LkO7jL7fMpb6jNbFnfFT6WF"
    "OHMM8KDg8Mi28DJqypqzDxkWTiQeGwFbBukvq6Cplg0Fe56dz6dH0b1HOwVociSsi++BlP"
    "sa0MQyu+mp3N8k+oRyfqk7BtbEnDskq97mKOttb1bsDiomsd8O6mjCxhU5v6El3kaOAsNx"
    "Z8ppziZnwGDAL+fEeAy3vQ+6T0nHlQ3mNLotoret5tue71Lne/xwgEOxH8+x/jhrdPNzwY"
    "SBdt4kwMgrHUCFEup+VGgyJ1DvQxkh8u+9XB+uHm6+V1n/x6239/9eXq5nPWfqle4iN44E"
    "RC1cW1OSr4WxqSM/ytqp0zQ2QMRusNRikf9g01wMRj/sAQrqxhZybXBrqfkdbbIocqnbBc"
    "Do1UxgpyaFy0khwKFTLP/gf33EdCF7bjE5dPEsnxnCynnNgOiIlT6sM/zOuRpeNPCYiDBJ"
    "1yF5JJMmJjWKSEejahY58JvVy6w7aMnNoO/r5KTr2HzyrCWu6/EpXvoufK1n2zjIuQcRFq"
    "Afpdkvtt5lPHreXrmCLpxGLat6OjUbWMqtUpVWv3mkNa5SrVH3J62XotgucI1uoSP/Ml3u"
    "0OjiBSlucllUTwBcyLXiDWM2pNCRUzIilI+lDQ8XtKmJ9CDQINkCDu04CQw9wjY8ZsBIxY"
    "8GVFxWJfDX/zvnkXBBWY6PL6s6HFZ3OcDcMAleegpDiuS1wgklA1tvYD/iGXoKYQVIGkBS"
    "sMHoECIxk0GOorgZoTNdgjkn/zVGcoVDd2JgskSr4NyS2+gKmsPkAuZvD2Aarxp44kajCB"
    "Evp4TK65lGGDoF25qEexuaoLlaqJCKAYQWU2s795rireI3PBR3TkuI7vAPU/v9x8Dki4ZG"
    "T0SCyXSnkOZNBrpc7hSzzDCiCk8p6AkoZNzBqqZ+GADlaqaalCBVYWnoZd2WWXxtKk29k0"
    "2qC9/Xh29uLFm7OTF6/fvnr55s2rtyfx3lF8tWoTubz6CfeRzJYdPkiM4vCg/1P/do3iZw"
    "NH9QawGOqoJhmiTghTO79TDRwbdYt6OGepDNAVgcZr0gmT1CjdK47cSujNoVuVQze5GP2X"
    "1buBnSLpwg3h7PQ+e1VlfkOp0gmu3uUsHKFgozkT4CBEUK/EvJEiyyE9ArpuTebLm5vrjA"
    "J8eZXXcL9+uuwDb3le2DTL3P0BBubWMuAVKM0MrzbDI+AeqLvQzPPVHhM50oacu2Wo79pb"
    "IoJtTB2XaST21aylSN2MwxwO6LthMD7zrHriio7YzPhqMz5yrWrC2Au0hrVXZe0RdI2Ye4"
    "HYTPZ6k70pgy/SGxZfh8UnDKMRk9eQm5lfR7CxuBBa1bSaZJMiN/O+ybxvjL+mAjMC9YVL"
    "waRjL6hGzqkiXaapDd+pt+M2RV5Hb7Cvw/PxwEzDcJzJ+igNEelWomw+tVi/p9OncpmnyT"
    "jkic1IbDASwaTOHBwXB6Tcdaq8hi6ovXuPGJdM7k1GpLQOMybGua01IX3wtmrNeD4pEoOp"
    "cRjct8NgYfpuDdmuxeDIw5teuVvwxiz4khUH4sZjdxz+qTgMdeIwtMuDrOoQZF3nqgzCZm"
    "6ucwcWwZHOtzV401vp0Dp3BvdhofWZkTxy8esVgfI99GhcTh0r9G9EZ0nbmaDzpSOJ9GFx"
    "2pq0R/Xo0aV0KC0OrHioPDQD/0r0nES/zygmmOyRIQzK2PGYPYiKL7mwJXGde0aGc6jMsf"
    "xzx7P4jA2Uc6YD6IrhOaFzKnx0KA09M795AkaLShb8tjmTxOM+uff4Uvlrkomg6Fjqcw7V"
    "+74bXLXzmPIvhYezhTU9JkPo5Qwkw+CjhvhV6pYeswTz4zt60Br3lRfxO+L4kc8q/OO4cQ"
    "3ql0nw1MYbe+r/Aqzlh5ZR+e14ET4ttLu/RgbLdux8r4NvQmH8NCv4aQa8qQ7ACUXnpvD2"
    "cy0EW1EdeBOKLs5fc9W0NeabQ7tqKtgDv280zFlKE5G+zaOcE+Jr2WKLpMYEW98EC5qRP1"
    "jIRistT2vWWpvXWkY9rSOjFAi7sM52LQqmVfm66ypPa9ZV29ZV4WDgae67v6c+dfnklj04"
    "suS2e75Ib5Vp0AoKD0S69Fob4Y3HiOBLvE0tGXRxNmKCTOCJDC5xo53sMQyuGlzZDiJX9c"
    "LL23jnPDbtETT1ob2waEvcYTttM7O1X5PesZ0tPQOrO7CkqfZ3iHmyW4z34LfSEnb2gTru"
    "43uQ6xdl3CxXYiUzs7Esnt2kClcK2sHHvor7rG6ZqOAXQbwKZhOOz7/evSc2fcRwfGjRJz"
    "azXIpv1TGDIkDDPyxHf/oOQ1HMkBIPC5bCwayP+pAd+2lWw+l+B6jUcVAu5UqctSL8ndzY"
    "CaNy4N9B3UFEiqbsctWS7tjBxF6c0FbEnaCaOxAojJYYf6nuzkNG/uyWmQwFSpMea09eSn"
    "n+UtX/K0dmsNVgW/t25WZXKlsH5+7vVKY3wcqWlBSNwbkazqGAUZ0/JASGM2g4Q3lunRVq"
    "VUJiMG2hzvQFhH0qtB5hmfe99fqSTBWtFC49E4sv1FF6BJSRMRVEBQ5koQJCpqjT2DaoJT"
    "5XnlXngStYEq0v1FTIjFGPSD4DHQXGUR87fR8NqxCHkbxBTtCny4N6gyiJkkc+XhhD8dvR"
    "t6NjcoF1Ypei+2MSyzi+JMFyUoQq+KLAAIMYONFlY79HhnjjzB9CixdRRx0vVOhAD4RhwI"
    "wEUZTCKLgjRovHGuFxHJvx2ZCL2TG8Fw6TxyFKx+G4DtSHyuHzTZXBMDqaUf+M+ndgzN+o"
    "f+0QRIz6t0Ns60W8NKEuyxSSogul0UeMPtJ2TJkQXNRBNCEweOrucuO1XzGoDWuBzqCrQR"
    "cP7wfl5rRyxpqnM+hq0FXx9esIWAmBwVPHC8pCKpVzgdIYSgbRYDsPTCVoeyrCuiJcT57Q"
    "hAuvEqgnjZoyOjXGPKY2wNcCno4k4KmLJV4F+DS1Ab4R8BtM+0IVZgjqMZ0/FlTobnpU4j"
    "kJsYG9Ceyb8PtcDWYAqgxAGDl2cFJDXszQGIlR690SIHTaANVTg+oaVM8aoHpmUF2D6osG"
    "qL4wqK5B9WUDVF8aVNeg+qoBqq8MqmtQfd0A1dcG1TWovmmA6huD6hpU3zZA9a1BdQ2qPz"
    "ZA9UeD6jotoIlydWq0q7W4NlKvjH61FtcmCtap0bDW4tpExTo1OtZaXJsoWadGy1qLaxM1"
    "69ToWWtxbaJonRpNq4W3W/qhH/WR5mZL/K636lYLS5daH+6YLCQjFpVME8o4+65tIUMO5A"
    "aEicx7kFE3+dLTOT2XwxsTdNGpfBcIp3tWwLk8DGKObH9oHx3tCOsV0O4mMZAJKNtkKDoW"
    "pq2Q2UWXOy2k/PjLLXNpyZLralaXzJpRfRuIhbchSldYz+3C6ypO8WW1DXH6dB3fQu4qVO"
    "X3gOoBtUGumbbCtFMNS1C5EOxIp2CFr3or9atUoQrxAjDhCpGL0X+Z5auQZWMuJtwHHfyc"
    "jDC2GZ/1MMJZcFF+ypcEev4Y3XeXPTJa+Co7C5Yk3LMYZlFxoB7Hc+RUl4JmH41inIDfpo"
    "6rXiBbxP+nHAYgyAETto3Vqyv9/J55QboZTJ5kqx6pOsMr/0GzUYoajGSg/oC+f/NgYjAh"
    "FnOY12SCyWq4F8aEc7A6Pp9Dh8hQBWd27DgPjceWGDEgihyg6gMCHD9WGhrOaLRPqNGGs6"
    "aO1pUi2UqQ5haptTsJLqQWYh2AYwITA3t9DOyQBWl29BURP1JEXbLG7jn7sLlVvYObf6G6"
    "P9IEUSnnGFkqYw0zWX7+5kaZTBDFUIBuMM45UpMjoW3j3JYjxO+gLnnUvcpqLMW3vZVqbl"
    "guin62VtX9TWmdoDSCJkXko/TZjGA4CAmqaKSDYeS6JCPBuVLTxo6QKY3Pgu4G2Q38KQaS"
    "0+i3O2sJldorpediCBsMTh4mMcVwdmHNvUhllUieClWXSrAa9yJI3ODYSiWlqAJjPD2VRj"
    "XI/3r+zcOvSFoJlrtUqWA9jloyZoDGtA0ropnnxiodi6tynLpsRt8sXwotTFf2SjlqqzJs"
    "G/TcnUuwvfRdOnjQ/6l/u0ZFNtHZdhZCKLuIqkq7ObIOirtnJydV7BAnJ+V2CHzXGhebj2"
    "EAnf4D0/vZZAus3CWjYDwDFpetFEMWaoQ1+Q8VkxU2H9gLHoOwriEv/UFinp8FWk+D7BaU"
    "AKo0SI3BVHjXOPzp56/X1/qAsTtpZb3R9PfcjhBtQyY+auvio5YHoSp3wNg4pvsBqR27dL"
    "8wVhVjVWnptD8EbVtj/G2L8vLU6+pp1ZeCmFcYp+IgfQz03F/YoxqlKw9PiS2du2qH3R7g"
    "saDLWEbKTU3AAL6cRYFXvtzdXr2H7f1pZOgrm83mXF0kgDHTCdG5EiulaCcpO7hnFVMxXJ"
    "Ag2CgIsUCj/AlQaLX4DHpt9yLLDppflHPCjNrsnZJ9fRCDx44XuioEVqEg8xxBW4zOEX6X"
    "TWlNOnNo23LmVGUoQkxMwoGWcL3VAnVm3KrKdhkiI9pVE+1CRlEV47B4B9HdTbIvaJ8JnJ"
    "j1MqdnyTqI9vadRpJtXuO8UK6G58g6AfW+VXH2fe5giL/66mGWcj/q4T5300PXDltia47d"
    "/XUScuoqwArZOLp4UE0qxrzKmA5MnVCqI8bYqzd3Jkow0zKZBMehgi8m0yAFFzQHouuYUX"
    "8hQIrFLF9pn12sGFNMg8wOCpo+sfM+O4Bntv0HJh5V/jIyFnyWSRg2hNnkIDpDdBvGc95g"
    "PfXIMOrXMEoyNvS5T90hUUeyqnvHBPY62NLs8NT3m5dJThb4FGOFKw5nU/dxw4/aTJj/u0"
    "jyO3MzjkahjlyTkHRio92DfB6tu3raaJrKGOMae8MqRlaDdcTlu4S5ydjUYkyjz6ixvSUU"
    "BlHtLB0vZC1EUxQGUV0mIZ+KZqeHWUpzetg6/dD4ZP/9xtn4Tu40YFYR6C2c86ZjXh0YyF"
    "WPeXMTrFXnvOkwDBoTVi5KQ7kVa+YOaKZkheNdBRqziaoOTTRoKYrAOkbzzYMjlWFnIvhS"
    "BqewjFpTYimbDZLA9PIXMkhez4RDXUcydRY7053y7qHFtSaiKErXAxPYlDEV/Y1jrD31Lr"
    "F7I5FaaQFMNVDOUnUR660n8Y7YSQ2UUyRdhNiEtDvvTkg7E61x11M7kn1qmZcSkv2pTSet"
    "FjWMa7oxOhijgzE6HLrRoRg9dEClLj2lCSGqA0qTEMUApQPKmtLZXO9FYPBKjqn8hdSlmG"
    "4YcfWLqrCrcO0/7mo7z3Q2DLuakmQBkXIwbzx2x+GfWjPwfVhlh4BtZnVXQKy2vEdYVbO+"
    "D6LRqhaoQPKFsDA+6/copk5c0w+SWC6V8py4VEyAHm3eoJpg8AD3MQwvK++ZjW6b+gAFW6"
    "19g2iuCTq1pPQ8WXdC3+zMoK7nFeWmsah8J8w0+7CKbeT4rlkRxcGKGHrlm7obRXJ/0tVQ"
    "VZvKM4Iq6tS2zmVDYW31HpFIdBV3CZkQVNonXD7RcPBIMn2n3OvRa/6BEcGXqUjh6eKOcr"
    "MfBuUG0uX+UL9v7LS1KgFu8gNeO8SNOZndNFZ4PEGrmvwTik5sJrs+MUytizoiUZaqkUTU"
    "rpjsJqbywZ5ZmSOWRqLooR2xtEp7e+pVtdtDlhVqQYMQPl1M8bQN1WCP7p2REVOrPqQsnC"
    "vVhlRYp/XaAmiOZC6Y7ag7tCkbDrmbxrGSMSUQMNbzOGylxxiI8F50PxgIhwmP1mgJO2kF"
    "7xoPLS4Es3yVZkgyP3ACjcNkYluB4cqBMcCIQXHc6CGwPMde4AXjZw/UXTAyc7xFNgTnc1"
    "XBN08wZJCSQwVJXGmMG43hhCYLDBaN0a4toPQJFyrb0wxVojB+9DF0PL4jHWdEmgs+oiPH"
    "dfzH6MozLC/mVlZ7cqeGqPX0iF4bUs+Dg5zcU9Vk8uDPo2Syho8wugJ+Pt6xjvqRKFPfB8"
    "mUGyD6g3REyojJHKlqYC7iD/Lbz/3bfjxKMJjk6gsBNqDCmh79letFqlzSzxqdytFvo0up"
    "PEe1u5OiXdWVKGfXqm7kJoB+4OsgRR0XFtc2RpFcfP4QTGf1NHoSrLTwSeF7igHTNV/FF7"
    "7FAykvnruppXQUbA7hYsNfqs2guApqpjbL1Jyoh5G3mI2YkKWwFD4q25n1n1hzxQkOLHbN"
    "GIVMEnH/eHH9pV/oY8QLd9FDJgQX63oYdSA73WvZcNZEluzamUAbw+FToZFEy9XosHgXoh"
    "bv2vzTglx8rUJ4J1HWHG++0EBcfhwWE3TCBLRvL/Ex9AJ2CTmHbtQ6hSwQGvibOOknclRl"
    "N/2EpBOQZ3lKFZNnucGzYO4M+loD3Zige+x6+xtiLPpXRTfRFTqH7k42w1hrytkVXU5L2H"
    "JMkUN4jCSHh/EKSD/cfL287pNfb/vvr75c3XzOGuHVy6z4fNu/uM4H5MqqrJVRztEZrCtg"
    "PQNNlU5qyRgpki4wjH0LF2lTS9WZnaJpOKvbJl/seFqbdEFPoLRkjcl1TrFzpCY6UZtPsU"
    "OTaXGMLzl3GfXK/GNjqtzwjoCsUyN6eXNznRnMy6v88vn66bIPYv3zgimxcJk5sT5X3i3S"
    "REYIqrBbZM8hKuOcJTNIV0A6e9Ba1f8lQ7QVT72nVlK37Kv3lI5FHYfWXIs31+Jb6K1V7V"
    "q8lkdsAeB6HnEt4xBbdojTbG9bQLjyRfBDBTezp28Q1SGb2HrDu9KFhNod4R45PV2liNgQ"
    "qtCn5GOSb6IrWDW8XM5HkomHGDU9stXvmAcM4CZbaTd4Qe1b5s5E0LDxovNv/LK30vk3U6"
    "xKzs44UKpKEGRN2YwG3q2YLtNlVKqXF2IE2o5QKegxm2Zw/RtJuGtjWp+orCJdcnEvVXof"
    "X5u8cx9tbnD7/GmDjD6ta9muLgGVu4wtJCIxwERRdUDPkXXQG+HFWQXwX5yVYo+vcqdgsI"
    "pqXnRLkRiISyDe6Ir/9i6P5EQVzSZSFGbKd5LEdz4pXGE/CYur2+BxzrcgLZsvk1RzNrNc"
    "CsIZoXECON1OsWFtVa5QpL4Pw57g/6k83+qCRKpI4PutK5T+Xctr2eSCxnf7yAVt8szt45"
    "JvtIqqQhyV78JZ9B68shIOVPkAJyExhzcVDm9SnLyA8porJlnSLpnDn+qyyQpLeuqW68Z2"
    "3uqxA9s2PlUtkdmp2apbz78J1PN1Amv4ZqWgukzKVIuMFNkXKAlIScAfz9U9Y5vQEX9gZD"
    "h1JtPBEuaBGJJnM8fFvDEAsi0juwUUZXNuTZ+TJYideBeYYPK+kgBJe2h0A4vHTiIitd/Y"
    "seOQSD6/Z7UyfMQEHZQ1X7+sIAu9flkqCuGr7D6dLJZ6SlWWzmzSNfWr1FH297kDWrfWEX"
    "LVAGTpzADUGoCWGJsumHCsqW7PDt+s3LNpUmbdnl0+BG3b7w7ECLOz7c6ktCro/68q6f+v"
    "Vuj/rwphAGFR1UA4LN5BdE9PTqoYr05Oyo1X+K7gIusznXPWP7/cfC51j41I8g79juWT/x"
    "EQ4g9xS1sBLoKhLCul9yryVyh6Wf98rGDj4MibbmZ//T9ZEa5/"
)
