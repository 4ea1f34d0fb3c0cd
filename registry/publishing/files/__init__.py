"""The files that a fitted model may come in; none of them runs code when it is opened.

Rooms, from top to bottom; each imports only from rooms below it:

    model_files.py  which file is which
    onnx_file.py    an ONNX file as a model of its own, asked as it is
"""
