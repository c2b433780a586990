"""Speaks to a server by NVIDIA's client over gRPC: tritonClient.py HOST:PORT MODEL FEEDS_JSON

Prints the answers by way of asking, and the fields of the client's own messages.
"""

import json
import queue
import sys

import numpy as np
import tritonclient.grpc as grpc
from google.protobuf import descriptor_pb2
from tritonclient.grpc import model_config_pb2, service_pb2
from tritonclient.utils import InferenceServerException

TYPES = {"INT32": np.int32, "FP32": np.float32, "UINT8": np.uint8}


def inputs_of(metadata, feeds):
    for tensor in metadata.inputs:
        values = np.array(feeds[tensor.name]["data"], TYPES[tensor.datatype])
        values = values.reshape(feeds[tensor.name]["dims"])
        one = grpc.InferInput(tensor.name, list(values.shape), tensor.datatype)
        one.set_data_from_numpy(values)
        yield one


def numbers(result, names):
    return {name: result.as_numpy(name).flatten().tolist() for name in names}


def messages(module):
    """Fields by message: number, name, type, label."""
    file = descriptor_pb2.FileDescriptorProto()
    module.DESCRIPTOR.CopyToProto(file)
    found = {}

    def visit(message, path):
        found[path] = [[f.number, f.name, f.type, f.label] for f in message.field]
        for nested in message.nested_type:
            visit(nested, f"{path}.{nested.name}")

    for message in file.message_type:
        visit(message, f"{file.package}.{message.name}")
    return found


def main(address, model, path):
    with open(path, encoding="utf-8") as file:
        feeds = json.load(file)
    client = grpc.InferenceServerClient(address)
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready(model)
    assert client.get_server_metadata().name == "marquee"
    config = client.get_model_config(model).config
    assert (config.max_batch_size, config.input[0].name) == (16, "title_tokens"), config
    metadata = client.get_model_metadata(model)
    names = [output.name for output in metadata.outputs]
    inputs = list(inputs_of(metadata, feeds))
    answers = {}
    for packing in (None, "gzip", "deflate"):
        result = client.infer(model, inputs, request_id="ours", compression_algorithm=packing)
        assert result.get_response().id == "ours"
        answers[f"infer-{packing}"] = numbers(result, names)
    some = client.infer(model, inputs, outputs=[grpc.InferRequestedOutput(names[1])])
    assert [output.name for output in some.get_response().outputs] == names[1:2]

    done = queue.Queue()
    client.async_infer(model, inputs, callback=lambda result, error: done.put((result, error)))
    result, error = done.get(timeout=60)
    assert error is None, error
    answers["async"] = numbers(result, names)

    client.start_stream(callback=lambda result, error: done.put((result, error)))
    client.async_stream_infer(model, inputs, request_id="first")
    client.async_stream_infer("other", inputs)
    client.async_stream_infer(model, inputs, request_id="last")
    (first, _), (_, wrong), (last, _) = [done.get(timeout=60) for _ in range(3)]
    client.stop_stream()
    assert (first.get_response().id, last.get_response().id) == ("first", "last")
    assert 'no model "other"' in str(wrong), wrong
    answers["stream"] = numbers(last, names)

    try:
        client.infer("other", inputs)
        raise AssertionError("another model was accepted")
    except InferenceServerException as error:
        assert error.status() == "StatusCode.NOT_FOUND", error
    print(json.dumps({
        "answers": answers,
        "messages": {**messages(service_pb2), **messages(model_config_pb2)},
    }))


main(*sys.argv[1:])
