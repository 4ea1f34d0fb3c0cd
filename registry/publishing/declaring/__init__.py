"""How an endpoint is declared when a model is published for it.

Rooms, from top to bottom; each imports only from rooms below it:

    declaration.py     the endpoint.json that a publication needs: the one that is there, or a draft from model and data
    endpoint_draft.py  a first endpoint.json, guessed from a data frame
"""
