/** A type of input that nobody needs: on or off, a column of tables. What a new type has to write, and where. */

/** By path. */
export const TOY_FILES: Readonly<Record<string, string>> = {
  "predictor/inputs/toy.ts": `
    import * as z from "zod";
    import { InputError } from "../errors.ts";
    export const toy = {
      spec: z.strictObject({
        type: z.literal("toy"), group: z.string().optional(), known: z.int(),
      }),
      encoder: (name, spec) => (item) => {
        const value = item[name];
        if (value !== undefined && typeof value !== "string") throw new InputError(name, "is no switch");
        return value === undefined ? 0 : value === "on" ? 1 : -1;
      },
      absent: () => 0,
      isPresent: (value) => value !== 0,
      tensorNames: (name) => [name],
      collate: (name, spec, rows) => ({
        [name]: { type: "float32", dims: [rows.length, 1], data: Float32Array.from(rows) },
      }),
    };
  `,
  "pipeline/inputs/toy/data.ts": `
    import * as z from "zod";
    import { READ } from "../../dataset/inputData.ts";
    import { toText } from "../../dataset/tables/values.ts";
    const schema = z.strictObject({ type: z.literal("toy"), ...READ });
    export const toy = {
      schema,
      column: (name, { column }) => column ?? name,
      namesGraphInput: true,
      declare: () => ({ type: "toy" }),
      read: (given) => ({ value: toText(given) }),
    };
  `,
  "pipeline/inputs/toy/fit.ts": `
    import { tableOptions } from "../table/fit.ts";
    export const toy = {
      fit: (name, declared, context) => ({
        type: "toy",
        spec: { ...declared, known: 1 },
        options: tableOptions(name, declared, context),
      }),
    };
  `,
  "pipeline/inputs/toy/tower.ts": `
    import * as tf from "@tensorflow/tfjs-layers";
    import { connect } from "../../model/connect.ts";
    import { graphInput } from "../../model/towerType.ts";
    import { denseRows } from "../../regression/sparseRows.ts";
    const dense = (units, name, how) =>
      tf.layers.dense({ units, useBias: false, kernelInitializer: "zeros", name, ...how });
    export const toy = {
      columns: (inputs, { labels }) => inputs.map(([name]) => {
        const value = graphInput(name, [1]);
        const square = connect(tf.layers.multiply({ name: name + "_features" }), [value, value]);
        const linear = connect(dense(labels, name + "_linear"), value);
        const linearModel = () =>
          connect(dense(labels, name + "_fitted", { trainable: false }), value);
        const inputs = new Map([[name, [value]]]);
        return { inputs, presence: square, features: value, linear, linearModel };
      }),
      linearParts: (inputs) => inputs.map(([name, input]) => ({
        weight: name + "_fitted/kernel",
        features: 1,
        rows: (tensorsOf) => denseRows(tensorsOf(name, input)[0], 1),
      })),
    };
  `,
  "pipeline/inputs/toy/report.ts": `
    export const toyFacts = (input, name) => ({ ["Items with a " + name]: "some" });
    export const toyExample = { value: () => "on" };
  `,
};

/** What each table gets: a line in place of one that is there, and the import. */
export const TABLE_ROWS: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  "predictor/inputs/types.ts": [
    [
      "import { type TextSpec, text }",
      'import { toy } from "./toy.ts";\nimport { type TextSpec, text }',
    ],
    ["const TYPES = {", "const TYPES = { toy,"],
    ['z.discriminatedUnion("type", [', 'z.discriminatedUnion("type", [ toy.spec,'],
  ],
  "pipeline/inputs/options.ts": [["number: undefined,", "number: undefined, toy: undefined,"]],
  "pipeline/inputs/data.ts": [
    [
      "import { type DeclaredText, text }",
      'import { toy } from "./toy/data.ts";\nimport { type DeclaredText, text }',
    ],
    ["const TYPES = {", "const TYPES = { toy,"],
    ['z.discriminatedUnion("type", [', 'z.discriminatedUnion("type", [ toy.schema,'],
  ],
  "pipeline/inputs/fit.ts": [
    [
      "import { type TextInput, text }",
      'import { toy } from "./toy/fit.ts";\nimport { type TextInput, text }',
    ],
    ["const TYPES = {", "const TYPES = { toy,"],
  ],
  "pipeline/inputs/columns.ts": [
    ["import { category }", 'import { toy } from "./toy/tower.ts";\nimport { category }'],
    ["const TYPES = {", "const TYPES = { toy,"],
  ],
  "pipeline/inputs/report.ts": [
    [
      "import { describeText,",
      'import { toyExample, toyFacts } from "./toy/report.ts";\nimport { describeText,',
    ],
    ["const FACTS = {", "const FACTS = { toy: toyFacts,"],
    ["const EXAMPLES = {", "const EXAMPLES = { toy: toyExample,"],
  ],
};

/** Items whose lamp tells the kind. */
export function lines(): string {
  const items = Array.from({ length: 60 }, (_, i) => ({
    ...(i % 7 === 0 ? {} : { lamp: i % 2 === 0 ? "on" : "off" }),
    price: (i * 37) % 11,
    kind: i % 2 === 0 ? "bright" : "dark",
  }));
  return `${items.map((item) => JSON.stringify(item)).join("\n")}\n`;
}
