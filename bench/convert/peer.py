"""tf2onnx's command, which reads _FusedConv2D also with TensorFlow 2.12 and later.

These want the types of the fused arguments in an attribute that files of TensorFlow.js do not have:
TArgs, as many times T as there are arguments.
"""

import runpy

from tf2onnx import tfjs_utils

shapes = tfjs_utils.get_output_shapes


def with_types(node_def, *args, **kwargs):
    attr = node_def.attr
    if node_def.op == "_FusedConv2D" and "TArgs" not in attr:
        attr["TArgs"].list.type.extend([attr["T"].type] * attr["num_args"].i)
    return shapes(node_def, *args, **kwargs)


tfjs_utils.get_output_shapes = with_types
runpy.run_module("tf2onnx.convert", run_name="__main__")
