"""Sends items as they are by NVIDIA's client, as JSON and in binary: tritonRawClient.py HOST:PORT MODEL ITEMS_JSON"""

import base64
import json
import sys

import numpy as np
import tritonclient.http as http

url, model, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    items = json.load(file)

client = http.InferenceServerClient(url)
assert client.is_model_ready(model)
metadata = client.get_model_metadata(model)
assert [tensor["name"] for tensor in metadata["inputs"]] == ["title", "year", "poster", "ratings"]


def column(name, binary):
    values = [item.get(name) for item in items]
    if name == "year":
        return np.array([np.nan if value is None else value for value in values], np.float64)
    if name == "ratings":
        values = [None if value is None else json.dumps(value) for value in values]
    texts = [("" if value is None else value).encode() for value in values]
    # As JSON, the client sends texts: a file as base64.
    if name == "poster" and binary:
        texts = [base64.b64decode(text) for text in texts]
    return np.array(texts, np.object_)


answers = []
for binary in (False, True):
    inputs = []
    for tensor in metadata["inputs"]:
        # JSON has no NaN, and this client writes one: a year is a text there.
        values = column(tensor["name"], binary)
        datatype = tensor["datatype"]
        if tensor["name"] == "year" and not binary:
            texts = ["" if np.isnan(value) else str(int(value)) for value in values]
            values, datatype = np.array([text.encode() for text in texts], np.object_), "BYTES"
        values = values.reshape(-1, 1)
        given = http.InferInput(tensor["name"], values.shape, datatype)
        given.set_data_from_numpy(values, binary_data=binary)
        inputs.append(given)
    names = ["probabilities", "labels", "selected"]
    wanted = [http.InferRequestedOutput(name, binary_data=binary) for name in names]
    result = client.infer(model, inputs, outputs=wanted)
    outputs = []
    for name in names:
        values = result.as_numpy(name)
        texts = [value.decode() if isinstance(value, bytes) else value for value in values.ravel()]
        data = values.ravel().tolist() if name == "probabilities" else texts
        outputs.append({"name": name, "shape": list(values.shape), "data": data})
    answers.append(outputs)

print(json.dumps(answers))
