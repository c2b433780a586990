/** Builds loops, conditions and functions as graph models have them. */
import type { LayersArtifacts } from "../../../../pipeline/export/convert.ts";
import { type Attrs, attr, type Dtype, GraphWriter, type Value } from "./graphs.ts";

export const int = (value: number): Value => ({ shape: [], dtype: "int32", data: [value] });
export const float = (value: number): Value => ({ shape: [], dtype: "float32", data: [value] });
export const ints = (...data: number[]): Value => ({ shape: [data.length], dtype: "int32", data });

/** Writes nodes under names of its own, after what they compute. */
export class Writer {
  readonly graph: GraphWriter;
  /** Begins every name. */
  readonly scope: string;
  private count = 0;
  private readonly functions: { writer: Writer; json: unknown }[] = [];

  constructor(scope = "", graph = new GraphWriter()) {
    this.scope = scope;
    this.graph = graph;
  }

  private name(what: string): string {
    return `${this.scope}${what}_${this.count++}`;
  }

  constant(value: Value): string {
    return this.graph.constant(this.name("const"), value);
  }

  op(op: string, inputs: readonly string[], attrs: Attrs = {}): string {
    return this.graph.node(op, this.name(op), inputs, attrs);
  }

  add(x: string, y: string | Value): string {
    return this.op("AddV2", [x, typeof y === "string" ? y : this.constant(y)]);
  }

  mul(x: string, y: string | Value): string {
    return this.op("Mul", [x, typeof y === "string" ? y : this.constant(y)]);
  }

  less(x: string, y: string | Value): string {
    return this.op("Less", [x, typeof y === "string" ? y : this.constant(y)]);
  }

  /** A loop of Enter, Merge, Switch, NextIteration and Exit nodes; the variables after it. */
  loop(
    inits: readonly string[],
    condition: (w: Writer, variables: readonly string[]) => string,
    body: (w: Writer, variables: readonly string[]) => readonly string[],
  ): string[] {
    const frame = this.name("while");
    const inner = new Writer(`${frame}/`, this.graph);
    const enter = (from: string, constant: boolean) =>
      inner.op("Enter", [from], {
        frame_name: attr.text(frame),
        is_constant: attr.flag(constant),
      });
    const merges = inits.map((init, k) => {
      const next = `${frame}/next_${k}`;
      return this.graph.node("Merge", `${frame}/merge_${k}`, [enter(init, false), next]);
    });
    const cond = inner.op("LoopCond", [condition(inner, merges)]);
    const switches = merges.map((merge) => inner.op("Switch", [merge, cond]));
    const after = body(
      inner,
      switches.map((name) => `${name}:1`),
    );
    for (const [k, value] of after.entries())
      this.graph.node("NextIteration", `${frame}/next_${k}`, [value]);
    return switches.map((name) => inner.op("Exit", [name]));
  }

  /** Brings a value of the graph around a loop into it. */
  invariant(value: string): string {
    const frame = this.scope.slice(0, -1);
    return this.op("Enter", [value], {
      frame_name: attr.text(frame),
      is_constant: attr.flag(true),
    });
  }

  /** Switch and Merge: the branches read what they are given. */
  choose(
    predicate: string,
    data: readonly string[],
    no: (w: Writer, data: readonly string[]) => string,
    yes: (w: Writer, data: readonly string[]) => string,
  ): string {
    const switches = data.map((value) => this.op("Switch", [value, predicate]));
    const results = [
      no(this, switches),
      yes(
        this,
        switches.map((name) => `${name}:1`),
      ),
    ];
    return this.op("Merge", results);
  }

  /** A function of the library, called by its name. */
  define(
    name: string,
    args: readonly { name: string; dtype: Dtype }[],
    body: (w: Writer, args: readonly string[]) => readonly string[],
  ): { func: { name: string } } {
    const writer = new Writer(`${name}/`);
    const results = body(
      writer,
      args.map((a) => a.name),
    );
    const { modelTopology } = writer.graph.artifacts();
    const json = {
      signature: {
        name,
        inputArg: args.map((a) => ({ name: a.name, ...attr.type(a.dtype) })),
        outputArg: results.map((_, i) => ({ name: `result_${i}`, type: "DT_FLOAT" })),
      },
      nodeDef: (modelTopology as { node: unknown[] }).node,
      ret: Object.fromEntries(results.map((edge, i) => [`result_${i}`, edge])),
    };
    this.functions.push({ writer, json });
    return { func: { name } };
  }

  artifacts(): LayersArtifacts {
    const own = this.graph.artifacts();
    const inner = this.functions.map(({ writer }) => writer.artifacts());
    const all = [own, ...inner];
    return {
      ...own,
      modelTopology: {
        ...(own.modelTopology as object),
        library: { function: this.functions.map(({ json }) => json) },
      },
      weightSpecs: all.flatMap(({ weightSpecs }) => weightSpecs),
      weightData: all.flatMap(({ weightData }) => weightData as ArrayBuffer[]),
    };
  }
}

/** A loop with a branch in its body: inputs n and x [2]; the name of its result. */
export function loopWithBranch(w: Writer): string {
  const n = w.graph.input("n", [], "int32");
  const [, result] = w.loop(
    [w.constant(int(0)), w.graph.input("x", [2])],
    (c, [i]) => c.less(i!, c.invariant(n)),
    (b, [i, v]) => {
      const next = b.choose(
        b.less(i!, int(2)),
        [v!],
        (no, [u]) => no.mul(u!, float(-1)),
        (yes, [u]) => yes.add(u!, float(5)),
      );
      return [b.add(i!, int(1)), next];
    },
  );
  return result!;
}
