/** Every operator of graph models: TensorFlow.js and ONNX Runtime give the same numbers, types and shapes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type Conversion, convert } from "../../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../../pipeline/export/errors.ts";
import { CONTROL } from "../../../../pipeline/export/graph/control/control.ts";
import { LISTS } from "../../../../pipeline/export/graph/control/lists.ts";
import { RANDOM } from "../../../../pipeline/export/graph/ops/random.ts";
import { TF_OPS } from "../../../../pipeline/export/graph/registry.ts";
import { without } from "../../../needs/needs.ts";
import { checkWithPython } from "../parity.ts";
import { CASES, graphOf, LAYOUTS, type LayoutName } from "./allCases.ts";
import { assertAgree, runConverted, runOriginal } from "./compare.ts";
import type { Value } from "./graphs.ts";
import type { OpCase } from "./opCases.ts";

type Made = ReturnType<typeof graphOf>;

const expectedOf = async ({ expected }: OpCase, { artifacts, feeds, edges }: Made) =>
  expected ?? (await runOriginal(artifacts, feeds, edges));

/** The conversion, or why it was refused. */
function converted({ artifacts }: Made): Conversion | ConvertError {
  try {
    return convert(artifacts);
  } catch (error) {
    if (error instanceof ConvertError) return error;
    throw error;
  }
}

/** Operators of which a case is refused: they need to know a size, or a parameter, at conversion. */
const REFUSED: Readonly<Record<LayoutName, readonly string[]>> = {
  fixed: [],
  constants: [],
  "dynamic batch": ["Split"],
  "dynamic sizes": [
    ...["AvgPool3D", "Conv3D", "Dilation2D", "GatherNd", "MatrixBandPart", "MaxPool3D"],
    ...["Split", "SplitV", "Squeeze"],
  ],
  "computed parameters": [
    ...["All", "Any", "ArgMax", "ArgMin", "EuclideanNorm", "Max", "Mean", "Min", "Prod", "Sum"],
    ...["BatchToSpaceND", "Concat", "ConcatV2", "Conv2DBackpropInput", "CropAndResize", "Cumsum"],
    ...["ExpandDims", "GatherV2", "LinSpace", "MatrixBandPart", "MirrorPad", "NonMaxSuppressionV5"],
    ...["OneHot", "ReverseV2", "SpaceToBatchND", "Split", "SplitV", "StridedSlice", "Transpose"],
    "UnsortedSegmentSum",
  ],
};

const graphs = new Map<string, Uint8Array>();
const refused = Object.fromEntries(
  Object.keys(LAYOUTS).map((name) => [name, new Set<string>()]),
) as Record<LayoutName, Set<string>>;

async function check(op: string, index: number, expected: readonly Value[], name: LayoutName) {
  const example = CASES[op]![index]!;
  const made = graphOf(op, example, LAYOUTS[name]);
  const conversion = converted(made);
  if (conversion instanceof ConvertError) {
    assert.match(conversion.message, /must be known at conversion|fixed shapes? \(--input-shape\)/);
    refused[name].add(op);
    return;
  }
  assertAgree(
    conversion,
    await runConverted(conversion, made.feeds),
    expected,
    example.tolerance ?? 1e-5,
  );
  if (name === "dynamic batch") graphs.set(`${op}_${index}`, conversion.onnx);
}

for (const [op, cases] of Object.entries(CASES)) {
  test(op, async () => {
    for (const [i, example] of cases.entries()) {
      const expected = await expectedOf(example, graphOf(op, example, LAYOUTS.fixed));
      for (const name of Object.keys(LAYOUTS) as LayoutName[]) {
        try {
          await check(op, i, expected, name);
        } catch (error) {
          throw new Error(`case ${i}, ${name}: ${(error as Error).message}`, { cause: error });
        }
      }
    }
  });
}

test("every operator of the table has cases, and nothing else has", () => {
  // random numbers cannot be compared: draws.test.ts
  const compared = Object.keys(TF_OPS).filter((name) => !(name in RANDOM));
  assert.deepEqual(Object.keys(CASES).sort(), compared.sort());
});

test("docs/converter.md has every one of them in its table, and no other", () => {
  const text = readFileSync("docs/converter.md", "utf8");
  const table = text.slice(text.indexOf("## Graph models"), text.indexOf("## The graph\n"));
  const names = [...table.matchAll(/^\| (\w[^|]*?) +\|/gm)]
    .map(([, cell]) => cell as string)
    .filter((cell) => cell !== "operator") // the heads
    .flatMap((cell) => cell.split(", "));
  const written = [TF_OPS, LISTS, CONTROL].flatMap(Object.keys);
  // what others read: constants, inputs, parts of a loop
  const read = ["Const", "Placeholder", "LoopCond", "NextIteration"];
  assert.deepEqual(names.sort(), [...written, ...read].sort());
});

test("what is refused where sizes or parameters are not known is listed here", () => {
  for (const name of Object.keys(LAYOUTS) as LayoutName[])
    assert.deepEqual([...refused[name]].sort(), [...REFUSED[name]].sort(), name);
});

test("onnx.checker accepts every graph", {
  skip: without("onnxChecker"),
}, () => {
  assert.ok(graphs.size > 0);
  checkWithPython(graphs);
});
