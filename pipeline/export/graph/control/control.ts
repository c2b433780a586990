/** The table of the operators that decide what is computed: loops, conditions, functions. */
import { refuse, Unavailable } from "../../errors.ts";
import { isConstant, type Tensor } from "../../ir.ts";
import type { Emission, Region } from "../emission.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import type { Edge, FunctionDef, NodeDef } from "../graphDef.ts";
import { isList, type Value } from "../value.ts";
import { type Branch, branch } from "./branch.ts";
import { predicateOf } from "./conditions.ts";
import type { Frame } from "./frames.ts";
import { loop } from "./loop.ts";
import { stepOf } from "./step.ts";

export interface ControlOperator {
  /** What is written before the node. */
  needs(emission: Emission, node: NodeDef): readonly Edge[];
  /** The node's outputs; one that does not exist here is undefined. */
  write(emission: Emission, node: NodeDef): Value | (Value | undefined)[];
}

const inputs: ControlOperator["needs"] = (_, node) => node.inputs;

const first = (edge: Edge | undefined): Edge => edge ?? refuse("an input is missing");

/** What comes into a loop. Values it carries are read by the loop itself. */
const Enter: ControlOperator = {
  needs: inputs,
  write: (emission, node) => emission.need(first(node.inputs[0])),
};

/** A value after its loop. */
const Exit: ControlOperator = {
  needs: ({ structure: { frames } }, { name }) =>
    frames.ofExit.get(name)?.frame.variables.map(({ init }) => init) ?? [],
  write: (emission, { name }) => {
    const exit = emission.structure.frames.ofExit.get(name) ?? refuse("belongs to no loop");
    return [frameResults(emission, exit.frame)[exit.variable]];
  },
};

/** The values after a loop that is a frame; written once. */
function frameResults(emission: Emission, frame: Frame): readonly Value[] {
  const { loops } = emission;
  if (loops.has(frame.name)) {
    const done = loops.get(frame.name);
    if (done) return done;
    throw new Unavailable();
  }
  loops.set(frame.name, undefined);
  const { variables, inside } = frame;
  const condition = frame.condition ?? refuse(`the loop "${frame.name}" has no condition`);
  const places = new Map<string, number>();
  for (const [k, variable] of variables.entries()) {
    places.set(`${variable.merge}:0`, k);
    if (variable.switch !== undefined) places.set(`${variable.switch}:1`, k);
  }
  const variable = ({ node, index }: Edge) => places.get(`${node}:${index}`);
  const results = loop(emission.b, {
    name: frame.name.replace(/\/while_context$/, ""),
    inits: variables.map(({ init }) => emission.need(init)),
    size: inside.size,
    step(b, before, trial = false) {
      const region = emission.inside(
        b,
        {
          given(edge) {
            const k = variable(edge);
            return k === undefined ? undefined : before(k);
          },
          inside: (name) => inside.has(name),
        },
        trial ? { refused: [] } : {},
      );
      return stepOf(
        { region, at: condition, variable },
        { region, at: variables.map(({ next }) => next), variable },
      );
    },
  });
  loops.set(frame.name, results);
  return results;
}

/** The value of a predicate where it is known: a constant, or inside a branch of it. */
function sideOf(emission: Emission, predicate: Edge): number | undefined {
  const { key, edge } = predicateOf(emission.nodes, predicate);
  for (let at: Emission | undefined = emission; at; at = at.outer)
    if (at.nodes === emission.nodes && at.region?.branch?.predicate === key)
      return at.region.branch.side;
  const value = emission.value(edge);
  return value && !isList(value) && isConstant(value) ? (value.data[0] ? 1 : 0) : undefined;
}

/** Hands its value on at the output that the predicate chooses. */
const Switch: ControlOperator = {
  needs: inputs,
  write(emission, node) {
    const side = sideOf(emission, first(node.inputs[1]));
    if (side === undefined) refuse("no Merge joins the branches that it opens");
    const value = emission.need(first(node.inputs[0]));
    return side === 0 ? [value, undefined] : [undefined, value];
  },
};

/** The value of the branch that was taken. */
const Merge: ControlOperator = {
  needs: ({ structure: { conditions } }, { name }) => {
    const predicate = conditions.get(name)?.predicate;
    return predicate ? [predicate] : [];
  },
  write(emission, { name, inputs: edges }) {
    const done = emission.merged.get(name);
    if (done) return done;
    const condition =
      emission.structure.conditions.get(name) ?? refuse("its inputs do not come from one Switch");
    const { predicate, together, inside } = condition;
    const side = sideOf(emission, predicate);
    if (side !== undefined) return emission.need(first(edges[condition.inputs[side]!]));
    const { key } = predicateOf(emission.nodes, predicate);
    const inputAt = (merge: string, s: number): Edge =>
      first(
        emission.nodes.get(merge)?.inputs[emission.structure.conditions.get(merge)!.inputs[s]!],
      );
    const write =
      (s: number): Branch =>
      (b) => {
        const region: Region = {
          given: () => undefined,
          inside: (node) => inside.has(node),
          branch: { predicate: key, side: s },
        };
        const inner = emission.inside(b, region);
        return together.map((merge) => inner.need(inputAt(merge, s)));
      };
    const sides = [write(0), write(1)] as const;
    const values = branch(emission.b, name, scalar(emission.need(predicate)), sides);
    for (const [i, merge] of together.entries()) emission.merged.set(merge, values[i]!);
    return emission.merged.get(name)!;
  },
};

function scalar(value: Value): Tensor {
  return isList(value) ? refuse("its condition is a list of tensors") : value;
}

function functionOf(
  { model: { functions } }: Emission,
  { attrs }: NodeDef,
  attr: string,
): FunctionDef {
  const name = attrs.functionName(attr);
  return functions.get(name) ?? refuse(`the library has no function "${name}" (${attr})`);
}

/** The body of a function, written with `b` where it is called. */
function called(
  emission: Emission,
  b: FoldingBuilder,
  callee: FunctionDef,
  argument: (i: number) => Value | undefined,
  trial = false,
): Emission {
  const region: Region = {
    given: ({ node }) => {
      const i = callee.inputs.indexOf(node);
      return i < 0 ? undefined : argument(i);
    },
    inside: () => true,
  };
  return emission.inside(b, region, { callee, ...(trial ? { refused: [] } : {}) });
}

/** Attributes name the functions of the condition and of the body; outputs are the variables after the loop. */
const While: ControlOperator = {
  needs: inputs,
  write(emission, node) {
    const condition = functionOf(emission, node, "cond");
    const body = functionOf(emission, node, "body");
    const inits = node.inputs.map((edge) => emission.need(edge));
    return loop(emission.b, {
      name: node.name,
      inits,
      size: condition.nodes.size + body.nodes.size,
      step(b, before, trial) {
        const place = <T>(callee: FunctionDef, at: T) => ({
          region: called(emission, b, callee, before, trial),
          at,
          variable: ({ node: name }: Edge) => {
            const k = callee.inputs.indexOf(name);
            return k < 0 ? undefined : k;
          },
        });
        return stepOf(place(condition, first(condition.outputs[0])), place(body, body.outputs));
      },
    });
  },
};

/** The first input chooses between two functions, whose arguments are the others. */
const If: ControlOperator = {
  needs: inputs,
  write(emission, node) {
    const [predicate, ...args] = node.inputs.map((edge) => emission.need(edge));
    const write =
      (attr: string): Branch =>
      (b) => {
        const callee = functionOf(emission, node, attr);
        const inner = called(emission, b, callee, (i) => args[i]);
        return callee.outputs.map((edge) => inner.need(edge));
      };
    const condition = scalar(predicate ?? refuse("has no condition"));
    return branch(emission.b, node.name, condition, [write("else_branch"), write("then_branch")]);
  },
};

/** A call of a function; its nodes are written in place. */
const Call: ControlOperator = {
  needs: inputs,
  write(emission, node) {
    const args = node.inputs.map((edge) => emission.need(edge));
    const callee = functionOf(emission, node, "f");
    const inner = called(emission, emission.b, callee, (i) => args[i]);
    return callee.outputs.map((edge) => inner.need(edge));
  },
};

/** `LoopCond` and `NextIteration` are parts of a loop, which reads them itself. */
export const CONTROL: Readonly<Record<string, ControlOperator>> = {
  Enter,
  Exit,
  If,
  Merge,
  PartitionedCall: Call,
  StatefulPartitionedCall: Call,
  StatelessIf: If,
  StatelessWhile: While,
  Switch,
  While,
};
