"""Speaks to a server by NVIDIA's client, as JSON and in binary: tritonClient.py HOST:PORT MODEL FEEDS_JSON"""

import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

url, model, path = sys.argv[1:]
with open(path, encoding="utf-8") as file:
    feeds = json.load(file)
types = {"FP32": np.float32, "INT32": np.int32, "UINT8": np.uint8}

client = http.InferenceServerClient(url)
assert client.is_server_live() and client.is_server_ready() and client.is_model_ready(model)
server = client.get_server_metadata()
assert "binary_tensor_data" in server["extensions"], server
metadata = client.get_model_metadata(model)
version = metadata["versions"][0]
assert client.is_model_ready(model, version)

answers = {}
for binary in (False, True):
    inputs = []
    for tensor in metadata["inputs"]:
        values = np.array(feeds[tensor["name"]]["data"], types[tensor["datatype"]])
        values = values.reshape(feeds[tensor["name"]]["dims"])
        given = http.InferInput(tensor["name"], values.shape, tensor["datatype"])
        given.set_data_from_numpy(values, binary_data=binary)
        inputs.append(given)
    wanted = [http.InferRequestedOutput(t["name"], binary_data=binary) for t in metadata["outputs"]]
    for request in (
        dict(outputs=wanted),
        dict(outputs=wanted, model_version=version, request_id="ours"),
        dict(outputs=wanted, request_compression_algorithm="gzip"),
    ):
        result = client.infer(model, inputs, **request)
        if "request_id" in request:
            assert result.get_response()["id"] == "ours"
        for tensor in metadata["outputs"]:
            values = result.as_numpy(tensor["name"])
            assert values.dtype == types[tensor["datatype"]]
            key = f"{tensor['name']}-{'binary' if binary else 'json'}"
            answers[key] = values.ravel().tolist()

try:
    client.infer(model, inputs[:1])
    raise AssertionError("inputs are missing, and nothing was said")
except InferenceServerException as error:
    assert "inputs are missing" in error.message(), error.message()

print(json.dumps(answers))
