"""tf2onnx's command, which reads _FusedConv2D also with TensorFlow 2.12 and later, and layers models.

These want the types of the fused arguments in an attribute that files of TensorFlow.js do not have:
TArgs, as many times T as there are arguments.

A layers model (--tfjs-layers) is read by the package of tensorflowjs_converter, as Keras, in the same process.
"""

import runpy
import sys
import types

from tf2onnx import tfjs_utils

shapes = tfjs_utils.get_output_shapes


def with_types(node_def, *args, **kwargs):
    attr = node_def.attr
    if node_def.op == "_FusedConv2D" and "TArgs" not in attr:
        attr["TArgs"].list.type.extend([attr["T"].type] * attr["num_args"].i)
    return shapes(node_def, *args, **kwargs)


def convert_layers(model_json, output, opset):
    # The package imports these for other formats.
    for name in ("tensorflow_decision_forests", "jax", "jax.experimental", "jax.experimental.jax2tf"):
        sys.modules.setdefault(name, types.ModuleType(name))
    from tensorflowjs.converters import keras_tfjs_loader

    import tf2onnx

    model = keras_tfjs_loader.load_keras_model(model_json)
    tf2onnx.convert.from_keras(model, opset=int(opset), output_path=output)


if sys.argv[1] == "--tfjs-layers":
    _, _, path, _, output, _, opset = sys.argv
    convert_layers(path, output, opset)
else:
    tfjs_utils.get_output_shapes = with_types
    runpy.run_module("tf2onnx.convert", run_name="__main__")
