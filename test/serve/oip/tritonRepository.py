"""Loads, unloads and asks about models by NVIDIA's client: tritonRepository.py HOST:PORT MODEL KEY"""

import sys

import tritonclient.http as http
from tritonclient.utils import InferenceServerException

url, model, key = sys.argv[1:]
client = http.InferenceServerClient(url)
headers = {"x-api-key": key}


def state():
    rows = client.get_model_repository_index(headers=headers)
    return [row["state"] for row in rows if row["name"] == model]


assert state() == ["READY"], state()
client.unload_model(model, headers=headers)
assert state() == ["UNAVAILABLE"], state()
assert not client.is_model_ready(model, headers=headers)
client.load_model(model, headers=headers)
assert state() == ["READY"], state()
assert client.is_model_ready(model, headers=headers)
try:
    client.load_model(model, headers=headers, config="{}")
    raise AssertionError("the configuration was ignored, and nothing was said")
except InferenceServerException as error:
    assert "is not supported" in error.message(), error.message()

config = client.get_model_config(model, headers=headers)
assert config["max_batch_size"] > 0, config
metadata = client.get_model_metadata(model, headers=headers)
for kind in ("input", "output"):
    assert [t["name"] for t in config[kind]] == [t["name"] for t in metadata[f"{kind}s"]]
    for described, tensor in zip(config[kind], metadata[f"{kind}s"]):
        assert described["data_type"] == f"TYPE_{tensor['datatype']}"
        assert [-1, *described["dims"]] == tensor["shape"]
statistics = client.get_inference_statistics(model, headers=headers)["model_stats"][0]
assert statistics["name"] == model and statistics["version"] == metadata["versions"][0]
