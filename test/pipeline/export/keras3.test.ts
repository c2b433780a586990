/** Files of Keras 3, and of Keras 2 with functions of TensorFlow, against what Keras computed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../pipeline/export/convert.ts";
import { without } from "../../needs/needs.ts";
import { KERAS2, KERAS3, readKeras2, readKeras3 } from "./keras3.ts";
import { checkWithPython, type Feed, runOnnx } from "./parity.ts";

const graphs = new Map<string, Uint8Array>();

const files = [
  ...KERAS3.map((name) => ({ name, ...readKeras3(name) })),
  ...KERAS2.map((name) => ({ name: `${name} of Keras 2`, ...readKeras2(name) })),
];

for (const { name, artifacts, fixture } of files) {
  test(`${name} equals Keras`, async () => {
    const conversion = convert(artifacts);
    graphs.set(name, conversion.onnx);
    const actual = await runOnnx(conversion, fixture.inputs);
    assert.equal(actual.length, fixture.outputs.length);
    for (const [i, want] of fixture.outputs.entries()) {
      const got = actual[i] as Feed;
      assert.deepEqual([...got.shape], want.shape, conversion.outputs[i]?.name);
      for (const [k, value] of want.data.entries())
        assert.ok(
          Math.abs(Number(got.data[k]) - value) <= 1e-5 * Math.max(1, Math.abs(value)),
          `output ${i}[${k}]: onnx ${got.data[k]}, Keras ${value}`,
        );
    }
    // Normalization counts what it has seen, which inference does not need; old recurrent layers are slow, and no more.
    const expected = /normalization\/(count|vars\/2)$|computes hardSigmoid/;
    assert.deepEqual(
      conversion.warnings.filter((warning) => !expected.test(warning)),
      [],
    );
  });
}

test("onnx.checker accepts every graph", {
  skip: without("onnxChecker"),
}, () => {
  assert.ok(graphs.size > 0);
  checkWithPython(graphs);
});
