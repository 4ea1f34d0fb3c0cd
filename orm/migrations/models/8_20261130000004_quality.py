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
    "eJztXWtz27bS/isYfWkyo3ps51rnk504rVvHztjO6ZlTn6EgEpJ4TBIqQVnx9O1/f7EA7w"
    "QpkrqYYvElsUksQD8AFruLvfw1cKlFHHZwenZHWDA4QX8NPOwS/kPuzRAN8HyePIcHAR47"
    "oikeG0HUaMwCH5vQ1QQ7jPBHFmGmb88Dm3rQ+BRBW0QnKFhShJ0p9e1g5rIPCCN/4Xm2N0"
    "XUI2hGHYshO2CIeNac2l7wA//VQraHRmE7gzk0GB3AuBY1+cD82faGWHj2nwtiBHRKghnx"
    "+UB//Jc/tj2LfCcs+nX+YExs4lgZLG0LOhDPjeBpLp5deMFn0RC+fmyY1Fm4XtJ4/hTMqB"
    "e35t8GT6fEIz4OCHQf+AuA11s4TjgREeLyS5Mm8hNTNBaZ4IUDkwTU8gOSZwPDuLq+M27P"
    "7wxjUJjAiCIFePjIpB5MPv9UJv76KXzCj8dHr9+9fv/q7ev3vIn4zPjJu7/l0AkwklDAc3"
    "U3+Fu8xwGWLQTGuQUqASqA+3GGfTW6Waocyvzz8yhHmFbBHD1IcE7W/i6AdvF3wyHeNJjx"
    "X4/eVqD6r9Obj7+c3rw4evsSBqR8q8otfBW+ORavAPgE6MAOHAXGd+R7yQqOCXoBbwWcd+"
    "f/voOeXcb+dNIwvvhy+m+BsPsUvrm8vvo5ap6C/ePl9Vkebh9PJrbZZFGnSHoB+bZXNAs4"
    "Fk0Ajgk0vDXgTZ+dDQ6+PNnqI1CBdXjC9ekITIB9JL5lmwpMy1duiqTV2s3j2felSzDjX9"
    "TgsEso+oDvrg87tnBd7D81ATxFsjtuPBj0BXDsNOIfUfseHnxvX9fgHm9fl3IPeJUFF5SL"
    "pspIT8HdPGueY5//FBCfNeEWWapeAL1rlmHyI46DY4wVbLp8bWepegF8boUfv6+zxI/fl6"
    "9xeKfGGiuY9Cf+JrBdUo03VrFrKyQ9iH7YQ/Srlv3Fl/Pbu9MvXzNr/9Pp3Tm8Oc6s++jp"
    "izzviTtBv1/c/YLgV/Sf66tzASdlwdQXIybt7v4zgG/Ci4AaHl0a2EpjEj2OHmWmmXAI20"
    "xymm4DU7xHwue+zXBsdT4yGll/C3SttOCu7d1NK8IxSsct0T3W6Jaja86wO+ff0AzbHJVG"
    "VoFsdM/UDNkclUY2RBbu2yYPysuhCLIiyp+pT+yp9xt5EmBf8K/CnqlSw8Ib0PNUV3sG8t"
    "/RSoqeJme+j5fxRWV+gXEM+F/OlSZ4d8OPwpuLj3eDkuNtAwh/uTyNuusxyIWTvQnMxxrm"
    "pjAf14c5Oro0yDVBzp31JRADfx5j82GJfcsoY9Rzas4UFp2zkO7zbzfEwYGtNLFnfFTOoa"
    "ceYZ4VHB4JNN8ETNBTX2GiY0b8R4HDRsC6TvrrK2Q+4d/K1l1bXy5vZD97a3UoogTsix7T"
    "FNvKMLTiK/fYzT/BHp6KPwnGhpEULKvU6y7maCtd7wwSN13pgHc3I2jJD7VZwMBFDktnuY"
    "lPXeEU51KXMwj+4wfEubzHvz5pPSceb++RJRLjFT3vNtz3ape7P2IE5EnE//2vdsPbpRse"
    "n0gHbOLEN+RcKoQoh+Jyo0GROgf6BMj3l/2qYP10/e3s8hx9vTn/eHF7cX2VtV+Kl/CIP7"
    "Ajoer0Ul8V/CMNyRn+VtfOmSHSBqPVBqOUD/uaGmDiMb9nCNfWsDOLaw3dT0vrXZFDhU5Y"
    "LodGKmMNOTRuWksO5R0Sz/qRes4TwgvLDpBDp4nkeIKWM4osm4uJMxzwf4g3REs7mCEuDi"
    "Jwyl0wwtCYTPgmRdizEJ4ExFfLpVscS8up3eDvVXLqA/+zirCW+69E7fvoubJx3yztIqRd"
    "hDqAfp/kfosE2HYa+TqmSHqxmXbt6KhVLa1q9UrV2r7mkFa5SvWHnF62WougOYKVusQvdA"
    "mx3fIKImV5XmKGfLrg62IoxXqCzRnCvosY5pI+b2gHQyHMz3gPPhggubiPJSHlaw9NCLEA"
    "MGTyv6yoWOxq4Hvv3jtFoMBEwesvRiZ157AaRhKVl1xJsR0HOZyI8a5htB/gB7bkagoCFY"
    "iZfIfxR1yBYYQPGOorUs2JBhwiRu898TGYdzexpwsgSv42IDfpgi9l8QewhcvfPvJugpnN"
    "kJhMTsm/8QBdUsbCAbl25YAeReaiL1Cqpr6EYsw7s4h17zmi+RDNfTrGY9uxA5tT/3p7fS"
    "VJKCNo/IRMBzN2wsn4Vwt1Dl7CHZaEELMHxJU0GMJtqZ6FE2pUqmmpRgVWFt6GXVhlQWNp"
    "0s0cGl3Q3n46Pn716t3x4au379+8fvfuzfvD+Owovqo6RM4ufoZzJHNkhw8Sozh/cP7z+c"
    "0Kxc/iHNUz+GZooppkiHohTG09pppzbNAtmuGcpdJA1wQawqQTJqlQuiuu3Ero9aVbnUs3"
    "thj/jzSLwE6R9CFCOLu8j9/UWd+8VekCF+9yFo5QsFHcCVAuRGCvxLyRIsshPeZ0/VrMZ9"
    "fXlxkF+Owir+F++3J2znnLy8KhWebuz2EgTiMDXoFSr/B6KzwC7hE7C8U6r/aYyJG25Nwd"
    "Q33b3hIRbBNsO0QhsVezliJ1Ow6zP6Bvh8EExDObiSsqYr3i6634yLWqDWMv0GrWXpe1R9"
    "C1Yu4FYr3Ymy32tgy+SK9ZfBMWnzCMVkxeQa5XfhPBxqS+r1RN60k2KXK97tus+9b4KzrQ"
    "M9BcuPQJs60FVsg5daTLNLXmO81O3LbIq+g19k14PlyYKRiOPV2dpSEi3UiWzecW63d0+1"
    "Qu87SZhzyxnok1ZkIu6szFcXFCyl2nynvog9q784xxyeJeZ0ZK+9Bzop3bOpPSB6JVG+bz"
    "SZFoTLXD4K4dBgvLd2PI9i0HRx7e9M7dgDdmwZesOBHXHrmj/J+a09AkD0O3PMjqTkHWda"
    "7OJKzn5jq3+SYYqHxb5ZthpUPr3DYewkarKyN56PTrBeLth+DRuJzZZujfCM6Slj0F50ub"
    "IRbwzWkpyh41oweX0hEzKWfFI+GhKf0rwXMS/D6jnGBsiEZ8Uia2Rywjar6kvsWQYz8QNJ"
    "rzzmwzOLE9k7rEEM6ZNkfXH50gPMd+AA6loWfmvefz2cKMyN8tShjyaIAePLoU/ppo6mNw"
    "LA0o5d0HgSND7Twi/Ev5Q3dhzg7QiH+lyyVD+UeN4K8SUXrE9EkQx+jx0WggvIg/IDuIfF"
    "b5P7YT9yB+0wWeuhixJ/4vwFp+aRm134wX4fNCu/0wMr5tJ/b3JvgmFNpPs4afpuRNTQBO"
    "KHq3hDdfa0EeRU3gTSj6uH51qGlnzDf7Fmrqk0f60Gqas5Q6I32XZzknxDeyxRZJtQm2uQ"
    "mWa0aBsWCtdlqeVu+1Lu+1jHraREYpEPZhn21bFEyr8k33VZ5W76uu7avCxcDzxLt/xAF2"
    "6PSGPNqsJNo932RYZRo0ZWPDT7deaSO89gjy6RKiqRnhn+iOiY+m/AmTQdxgJ3sKk6vKkG"
    "2ZuWoYBm9DzHls2kNg6gN7YdGWuMVxumZm674mvWU7W3oF1ndgSVPt7hLzcLsY78BvpSPs"
    "7BO2naePXK5flHGzXItKZmZBW7i7STWulbSDTgKR91lEmYjkFzJfBbEQheff7j4iCz9BOj"
    "6w6COLmA6Gt+KaQRCA4Z9vx2D2AVJRuEAJlwVL34aqj+qUHbsZVsHp/uBQieugXMmVuGpF"
    "+HsSsRNm5YCfZd8yI0Vbdlm1pXt2MbETJ7SKvBNYEQMBwmiJ8RerYh4y8me/zGQgUOryWD"
    "vyUsrzl7r+Xzkyja0C28bRleuFVHYOzu3HVKYPwdqWlBSNxrkezqGAUZ8/JASaMyg4Q3lt"
    "nQq1KiHRmHZQZ/qaSptUpjV9zaZWWqU35TIxNdGcllHOQJFWUJhmcCp93pO0zYxtT6QRFF"
    "J4RsNprDNtZ0DwRbuFPILghybfZNMFZsd4MbKoy1fYARidbBbYJjtIvTf48Gz0cl0djPei"
    "tS6tde0hz9VaVzfOf611bQ/bkDvXhDRsrZFUIKmlfi31dx1TECYNkGYagJqh0agqUBXidT"
    "NpNSbpE6A7Dldnfy6wr/LAqwQ+IdLQt4Ye2IHRYtln6fQE7O2V9+3CdbFfbrqJ3g9Xm21Y"
    "qmmtaneZUgqhPWSIMOM0PhJ1H0hoEUEzuJK2LGKhgIrAuBMZyZcUWwhNJ8gl2EOMuiSY8d"
    "lWl77bxcCiQkWkuKBDCMnzeL+yyAWjUYgelMC4H9wPDtAp9AmfFKX/YdDGDhiS204QCnOT"
    "D/UhoO6FQybBEI0gYVAw4iOeRh9qe+F9PPYYnwYoKBkVmYhqc0CxP+iRP45La7wYUd894O"
    "99m7CDEKWDcF4N8YduwI4UJrfXdqSu8aWhtiNpO9I+yOnajrRFbJsVLNGVSsruk4sRsNqw"
    "pA1LXceU+D71myCaEGg8lYY6xyG+0RjWAp1GV2Wq56e5Ue4NVc5Y83QaXZVdDsojNhGwEg"
    "KNp4oXlGXELucCpSmwNaLyOJemErA9FWGtyLacJ9TV3urkWU6jJoxOrTGPqTXwjYDHY8bx"
    "VJWCqwN8mloD3wr4NZZ9oQs9Bc2YTtk1YS2eU3pdqGGvBfs6/D7Xg56AOhMQFv4xDhvIix"
    "kaLTEqg5MkQkctUD3SqK5A9bgFqsca1RWovmqB6iuN6gpUX7dA9bVGdQWqb1qg+kajugLV"
    "ty1QfatRXYHquxaovtOorkD1fQtU32tUV6D6UwtUf9KortIC2ihXR1q7WolrK/VK61crcW"
    "2jYB1pDWslrm1UrCOtY63EtY2SdaS1rJW4tlGzjrSetRLXNorWkda0upqc5F/YWYQfqApu"
    "CV8PV8e2PCYtG2QjIdicIUEqcyqyB2KJoAtldsV8BAofhwRQsmoifp371CSMiYgUUbpJVf"
    "Nqh2OLelmyhpQoOPXr7fXVCe8xTI47foKsJ0P4P4xfibOUzGwoufV0IL4uSk6CIDAnGkdU"
    "wxqTKfZEJl3xLUORXeXeSwexiJgW3tS2hmhG+bII42VEYSsRLyNiVmQpLeyRZSZbL3VdOy"
    "jE84TDERnRc+8lIT0QohPiMiYOR1pE9WAUeunw6V83NCbsXgfF6KCYvTkzdFBMN2QYHRSz"
    "zcQAki834rUpoj6BuuMIdR3ksQ1HZBCQiohWVTyKKHoR6VWB1sYqHXVEDzoPj86BQgmK31"
    "VqQCTdanXVXrRgBJmYEUVF3uy7rlW+2BOhVxeY3cvikXTpqYI/y+GNCXrBcneAcPrLGpxt"
    "ObLdoT0Y7PHxpuuirj0VPas2llJFx0agltnPQsrPv90QB5dsuVA6OT27Cx3G93POk6fhYa"
    "ZW19dE6ctlnGWor1CVq4DNgLqR/fQJpq1qDj5mC58MVIpD+GpYqTekGtXIB4YDsPUvxv8j"
    "psyoPqH+lAYB8U7gEmE5o+4QClDJRFgzukT8y5+iqwA2RONFgDwaiJaIeiZBdgAG+ont2W"
    "ymui3ZxaBwTfL7zHbEC3/hwRVFeFcBNxnR2NC9SNlFH4gnLzVYwB+KLxJ9him95LCMyjZw"
    "OROEKejvPb4wiO8v5nxdoymFBGdeWLLLhu7ofM4/CI1E7VzbGkU5yDyyhMuU6FJF3qgECO"
    "aPlFbu0praM2pq4appok2kSDZSQ7dD6tpWar+IjdgE4JhAlyjOw1ssURyyoGYG9RRRn8y6"
    "2qC+/wb1UI0dK+6DyzlGlkpbeepZebSxoRT9fTc2ZGrchQJ0i3nOkeoS9l2b565cjX3n6p"
    "KHnYusxlJ8O6xUc8N2kUvXSlX3d6F1cqVxBt5mTywgLoJ0b+BKlnJsSxWMPxFq2sT2WUrj"
    "E/XEhDtbMINE0Qr9dmsjgVJ7IfRccLADd8Mx4XoqEe53Yc/DSGVlsvBZnIo60V6Tr+DqM+"
    "PUllBJMajAkC+bSH88SCp2Ihz//GQUud1lhTSPgpZM7KmHHshTRbHp3Fyl3Ypqu9yFn6yU"
    "XkML04VVKUdtVIbtgp67dQl2mM6VwR+c/3x+s0JF1o5m2xJ2c5uorrSbI+uhuHt8eFjHDn"
    "F4WG6HgHedcR35HCbIPH8kav+RbIPKUzJKtmmQuG2tGhG8R74nfxQ+2qHfuCzbEPLSHxia"
    "inoIwPeC2Qdwx3YIlv7tRDisx+UNrr5dXqoLQmxllNVG0z9yJ0J0DGlX7865epcnmS13LF"
    "i75PYeqR3bdCvQVhVtVenost8HbVth/O2K8vLc++p51ZeCmFeYp+IkfZZ67m/kSczShQe3"
    "xKbKDbPHbg/8sY+XsYyUW5ocA/6Xkyix4u3dzcVHfrw/jwx9YRF3TkWgMJ8zlRCda1EpRd"
    "tJW+OB1Cy1dopkMQEuxHIa4U8AQiuEP2LPGkaWHTC/COcEF1vkg5B9Ay4GT2wvdFWQViEZ"
    "PorAFqNy8N7mUEqTzpyPbdpz7EALwETHTnaE61UL1Jl5qyvbZYi0aFdPtAsZRV2Mw+Y9RH"
    "crfiKcaU2JDwuzkTtOjqyHaG/eaSQ55hvFruXIegH1rlVx8n1uQwrv5uphlnI36uEuT9N9"
    "1w47YmtOu7ErhOScl3u5hOw6Bs60rCEei9kkFhLdRSlPopugAzTyyaPNeOsRGIGXLMwhAv"
    "lVzBnmbBxIuBoWLGTOEUZ8Gzs2C/OOqKTkHYyovv9MhXJG0XuPxIeh1pOb/ylCc09jLzsl"
    "OGxFCBY7TcLUAOUsVR+x3niR04idNEA5RdJHiHWo60l/Ql11FPe2l3Yk+zQQMtIku7uYOO"
    "y0qKGv9v4BypvOrLatDVRxN5dWota8nEsn4NkzkOvezeUWWOPLuWJWAQMzVfkunVpABZQi"
    "YbwGSgWUOcPuXCl2aLySNIhgclKV4GyZseJWdNhXuHaft6KbDoNrpq1I5y20FOabCMxrj9"
    "xR/k+jFfgx7LJHwLazugsgqi3vEVb1rO9GNFv1HL0ZXfgm5Lf4HsUkxT39wJDpYMZOkIP9"
    "KacHmzdXTSyZulum5xD5zSfUVzt4b7T3NbJhdCpJb68N6mpeUZXh1OqPkXcXVrG1Lg4VO6"
    "I4WRFDr+3puFYmrGfdDXW1qTwjqKNObepeNhTWqs+IRKKreUqwhKDWOeHQqYKDR5LpB+E+"
    "CHGmjwT5dJnKtJRuDoGmHhrJdgZzaDBSnxtbHa1OgFB+whuHCOmb2XVzLcULtK7JP6HoxW"
    "Gy7RvD1L5oIhJlqVpJRN3KaaVz0uztnZW+Ymkliu7bFUuntLfn3lXbvWSpUAtahED1MUXu"
    "JlSDHbp3RkZMpfqQsnBWqg2psLjV2sK1KFxHLFtknUnZcESpuTDXDKRU5Yz1JA779wjhIr"
    "xHkZhuyKA6Sni0QkvYyihhbT1RVk6kaWUkkE6gcZoBUb1PGK5sPgcQcRXn3RlxlmdbC+yM"
    "0AtZAdC1vUU2hcFL0cG95xNgkIzyDpK8PLI+3sSeLiDZjixxt/ACRH2RLdcFlSjMv1Nbkc"
    "ndA4IeM0Rq/UY8l1czuad8jxInefDXIFl+4SPwN4c/iM9FvCoT9ei7kSwiA/A00jH6EdsY"
    "iG746oJf0O+/nN+cx7jz6UEXt4hvbJHoYfB37itS7ZLvbPBROfpNfFIq82vjz0nRVn1KlM"
    "W46jNWlD5sjhS2Hb5dNjGL6PTqExJrSzyNnsi9Ez6RnLO22r0imLpvZtwuZoDCvkJ4KNd8"
    "wuZ9SNSxbY29A+mnO4XwVgILbW++UEBcfoMRE/RCa9+1Y++EfwU/W9icf0aji6MCoYa/jV"
    "/1IjBpsxCYFEkvIM/ylDpWqnIbVcFCJb+1AboxQf/Y9eYPxFgvqYtuTNA/dLdyGApRXGEK"
    "ciguYcsxRQ7hCZDsH8YVkH66/nZ2eY6+3px/vLi9uL7K2k3Fy6z4fHN+epnDd+7TMR7bvI"
    "XitqAC5RydxroG1i7Xb/G0kYyRIukDw9i1cOFgkTKp0cpO0bRc1V2TL7a8rHWGzGdQWrLW"
    "wiYXjzlSXSShyxeP4VVAcY7PKHUI9spcGmOq3PSOOVmvZvTs+voyM5lnF/nt8+3L2TkX61"
    "8WTImF+FN5edLotEgTaSGoxmmRvd+pe5GeIdqIy89zq04bdvp5Tg+FnkOr42t1fG0H3T7q"
    "xdcqecQGAG7mWtMxDrFhzxrF8bYBhGtHlO4ruJkzfY3w8GyFkTWDLguVTXrCPXLaIw4W/r"
    "rhvKGnw2fZWZ+wahmlSseM+I8xausGq0oGcJ3ttB+8oHG4qj31cTh40Yswfjms9CLMNKuT"
    "PD3OuCiK2Zkz4uKkfB3Xvpl4eeqPubbji1pAkNZ8GJd0p44ly6vLtrJcO/UfRHl2O1BmUd"
    "/FmGuEsT5vtsIOlR7fYDRBuSPTggESxsSnjRyacmQ9vCN/dVwD/FfHpdjDq9zdDN9FDSNm"
    "UiQa4hKI14oV3pwXek5UURwiRWGm/CRJXHaTxjXOk7B5pr6cZNBQ1jRS55BFTAdz4Qxx3h"
    "6uBNVJsWZvdTy3U38f5E+A/1MFV4RfdqqJt3DHMuFhvlH690a+tLooB7zbTZW7eB5r+wkl"
    "JD1kf1uJFox2UV2Io/Z9uCHdga9QwoFqX98kJPrypsblja4i16EQiApLuq4iN2hgiexwFb"
    "nffdDzVQJr+KZSUF0mbeqlWInsCxhJUiT544kIWLQQHtNHgkYzezozlnwd+CP0wrUdKEDB"
    "QbZYZLfgTcmcmrOXaMnFTggqRAumEmN3NegaFo+tpFbpvrFjy7lVAvpAGpUKiAl6KGtuvm"
    "BWslmaKVVZOn1IN9Sv6pXNqpqAyqJZegKqJ6AjxqZT4tvmTHVmh28qz2yctFl1ZpdPQdfO"
    "uz0xwmztuNO1cQr6/5ta+v+bCv3/TSGfGN9UDRAOm/cQ3aPDwzrGq8PDcuMVvMuluqJeQF"
    "TOWb/eXl+V+SHHJHk3c9sM0P8hLsTv45FWAS6AISwrpd7+ecf+YdZrHDpYO8vquofZ3/8P"
    "a7bmRA=="
)
