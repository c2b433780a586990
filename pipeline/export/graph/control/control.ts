/** The table of the operators that decide what is computed: loops, conditions, functions. */
import { refuse, Unavailable } from "../../errors.ts";
import { isConstant, type Tensor } from "../../ir.ts";
import type { FoldingBuilder } from "../fold/builder.ts";
import type { Edge, FunctionDef, NodeDef } from "../graphDef.ts";
import { isList, type Value } from "../value.ts";
import { type Branch, branch } from "./branch.ts";
import { predicateOf } from "./conditions.ts";
import type { Frame } from "./frames.ts";
import { loop } from "./loop.ts";
import type { Region, Scope } from "./scope.ts";
import { stepOf } from "./step.ts";

export interface ControlOperator {
  /** What is written before the node. */
  needs(scope: Scope, node: NodeDef): readonly Edge[];
  /** The node's outputs; one that does not exist here is undefined. */
  write(scope: Scope, node: NodeDef): Value | (Value | undefined)[];
}

const inputs: ControlOperator["needs"] = (_, node) => node.inputs;

const first = (edge: Edge | undefined): Edge => edge ?? refuse("an input is missing");

/** What comes into a loop. Values it carries are read by the loop itself. */
const Enter: ControlOperator = {
  needs: inputs,
  write: (scope, node) => scope.need(first(node.inputs[0])),
};

/** A value after its loop. */
const Exit: ControlOperator = {
  needs: ({ structure: { frames } }, { name }) =>
    frames.ofExit.get(name)?.frame.variables.map(({ init }) => init) ?? [],
  write: (scope, { name }) => {
    const exit = scope.structure.frames.ofExit.get(name) ?? refuse("belongs to no loop");
    return [frameResults(scope, exit.frame)[exit.variable]];
  },
};

/** The values after a loop that is a frame; written once. */
function frameResults(scope: Scope, frame: Frame): readonly Value[] {
  const { loops } = scope;
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
  const results = loop(scope.b, {
    name: frame.name.replace(/\/while_context$/, ""),
    inits: variables.map(({ init }) => scope.need(init)),
    size: inside.size,
    step(b, before, trial = false) {
      const region = scope.inside(
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
function sideOf(scope: Scope, predicate: Edge): number | undefined {
  const { key, edge } = predicateOf(scope.nodes, predicate);
  for (let at: Scope | undefined = scope; at; at = at.outer)
    if (at.nodes === scope.nodes && at.region?.branch?.predicate === key)
      return at.region.branch.side;
  const value = scope.value(edge);
  return value && !isList(value) && isConstant(value) ? (value.data[0] ? 1 : 0) : undefined;
}

/** Hands its value on at the output that the predicate chooses. */
const Switch: ControlOperator = {
  needs: inputs,
  write(scope, node) {
    const side = sideOf(scope, first(node.inputs[1]));
    if (side === undefined) refuse("no Merge joins the branches that it opens");
    const value = scope.need(first(node.inputs[0]));
    return side === 0 ? [value, undefined] : [undefined, value];
  },
};

/** The value of the branch that was taken. */
const Merge: ControlOperator = {
  needs: ({ structure: { conditions } }, { name }) => {
    const predicate = conditions.get(name)?.predicate;
    return predicate ? [predicate] : [];
  },
  write(scope, { name, inputs: edges }) {
    const done = scope.merged.get(name);
    if (done) return done;
    const condition =
      scope.structure.conditions.get(name) ?? refuse("its inputs do not come from one Switch");
    const { predicate, together, inside } = condition;
    const side = sideOf(scope, predicate);
    if (side !== undefined) return scope.need(first(edges[condition.inputs[side]!]));
    const { key } = predicateOf(scope.nodes, predicate);
    const inputAt = (merge: string, s: number): Edge =>
      first(scope.nodes.get(merge)?.inputs[scope.structure.conditions.get(merge)!.inputs[s]!]);
    const write =
      (s: number): Branch =>
      (b) => {
        const region: Region = {
          given: () => undefined,
          inside: (node) => inside.has(node),
          branch: { predicate: key, side: s },
        };
        const inner = scope.inside(b, region);
        return together.map((merge) => inner.need(inputAt(merge, s)));
      };
    const sides = [write(0), write(1)] as const;
    const values = branch(scope.b, name, scalar(scope.need(predicate)), sides);
    for (const [i, merge] of together.entries()) scope.merged.set(merge, values[i]!);
    return scope.merged.get(name)!;
  },
};

function scalar(value: Value): Tensor {
  return isList(value) ? refuse("its condition is a list of tensors") : value;
}

function functionOf(
  { model: { functions } }: Scope,
  { attrs }: NodeDef,
  attr: string,
): FunctionDef {
  const name = attrs.functionName(attr);
  return functions.get(name) ?? refuse(`the library has no function "${name}" (${attr})`);
}

/** The body of a function, written with `b` where it is called. */
function called(
  scope: Scope,
  b: FoldingBuilder,
  callee: FunctionDef,
  argument: (i: number) => Value | undefined,
  trial = false,
): Scope {
  const region: Region = {
    given: ({ node }) => {
      const i = callee.inputs.indexOf(node);
      return i < 0 ? undefined : argument(i);
    },
    inside: () => true,
  };
  return scope.inside(b, region, { callee, ...(trial ? { refused: [] } : {}) });
}

/** Attributes name the functions of the condition and of the body; outputs are the variables after the loop. */
const While: ControlOperator = {
  needs: inputs,
  write(scope, node) {
    const condition = functionOf(scope, node, "cond");
    const body = functionOf(scope, node, "body");
    const inits = node.inputs.map((edge) => scope.need(edge));
    return loop(scope.b, {
      name: node.name,
      inits,
      size: condition.nodes.size + body.nodes.size,
      step(b, before, trial) {
        const place = <T>(callee: FunctionDef, at: T) => ({
          region: called(scope, b, callee, before, trial),
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
  write(scope, node) {
    const [predicate, ...args] = node.inputs.map((edge) => scope.need(edge));
    const write =
      (attr: string): Branch =>
      (b) => {
        const callee = functionOf(scope, node, attr);
        const inner = called(scope, b, callee, (i) => args[i]);
        return callee.outputs.map((edge) => inner.need(edge));
      };
    const condition = scalar(predicate ?? refuse("has no condition"));
    return branch(scope.b, node.name, condition, [write("else_branch"), write("then_branch")]);
  },
};

/** A call of a function; its nodes are written in place. */
const Call: ControlOperator = {
  needs: inputs,
  write(scope, node) {
    const args = node.inputs.map((edge) => scope.need(edge));
    const callee = functionOf(scope, node, "f");
    const inner = called(scope, scope.b, callee, (i) => args[i]);
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
