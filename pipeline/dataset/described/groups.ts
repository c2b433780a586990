/** Which inputs share a tower: several texts, a number beside another input, and tables of numbers and categories. */

import { InputError } from "../../../predictor/errors.ts";
import { inputName } from "../../../predictor/inputs/inputType.ts";
import { type DeclaredInput, type DeclaredInputs, inputDataOf } from "../../inputs/data.ts";
import { isColumn } from "../../inputs/options.ts";

/** Group of the numbers and categories that name none, where there are several. */
const TABLE = "table";

/**
 * @param isReserved Whether options or a part of the graph have a name already.
 * @throws InputError naming the input whose group cannot be.
 */
export function checkGroups(inputs: DeclaredInputs, isReserved: (name: string) => boolean): void {
  const groups = new Map<string, Named[]>();
  for (const [name, input] of Object.entries(inputs)) {
    const { group = name } = input;
    groups.set(group, [...(groups.get(group) ?? []), { name, input }]);
  }
  for (const [group, members] of groups) {
    const named = Object.hasOwn(inputs, group) ? inputs[group] : undefined;
    for (const { name } of members) {
      if (name === group || (named && !isColumn(named))) continue;
      checkGroupName(`inputs.${name}.group`, group, named ? () => false : isReserved);
    }
    const [main, ...others] = members.filter(({ input }) => !isColumn(input));
    if (!main) continue;
    if (named && ![main, ...others].some(({ name }) => name === group)) {
      throw new InputError(
        `inputs.${main.name}.group`,
        `is "${group}", the name of an input that has another tower; give the group a name of its own`,
      );
    }
    for (const other of others) checkTogether(group, main, other);
    checkBeside(
      group,
      main,
      members.filter(({ input }) => isColumn(input)),
    );
  }
}

interface Named {
  readonly name: string;
  readonly input: DeclaredInput;
}

/** @throws InputError unless two inputs may be read by one tower. */
function checkTogether(group: string, main: Named, other: Named): void {
  const { apart } = inputDataOf(main.input);
  if (!apart || main.input.type !== other.input.type) throw strangers(group, main, other);
  const why = apart(main.input, other.input);
  if (why !== undefined)
    throw new InputError(`inputs.${other.name}.group`, `is "${group}", ${why}`);
}

/** @throws InputError unless the columns may stand beside the input that the tower is of. */
function checkBeside(group: string, main: Named, [first, ...others]: readonly Named[]): void {
  const { takesBeside = [], whyAlone } = inputDataOf(main.input);
  for (const column of [...(first ? [first] : []), ...others]) {
    if (!takesBeside.includes(column.input.type)) throw strangers(group, main, column, whyAlone);
  }
  const [second] = others;
  if (second === undefined) return;
  throw new InputError(
    `inputs.${second.name}.group`,
    `is "${group}", which "${first!.name}" is already beside; only one number can be: name another group, or leave it out`,
  );
}

function strangers(group: string, main: Named, { name, input }: Named, why?: string): InputError {
  // The field is that of an input that names the group.
  const [field, type, other] =
    input.group === undefined
      ? [main.name, input.type, main.input.type]
      : [name, main.input.type, input.type];
  return new InputError(
    `inputs.${field}.group`,
    `is "${group}", the tower of an input of type ${type}, which ${other} inputs cannot share${why === undefined ? "" : `, ${why}`}; leave the group out, or name one of numbers and categories`,
  );
}

function checkGroupName(field: string, group: string, isReserved: (name: string) => boolean): void {
  const problem = inputName.safeParse(group).error?.issues[0]?.message;
  const why =
    problem !== undefined
      ? `which ${problem}`
      : /^[A-Z]/.test(group)
        ? "which cannot become a flag, because it begins with a capital letter"
        : isReserved(group)
          ? "which is already the name of something else"
          : undefined;
  if (why !== undefined) throw new InputError(field, `is "${group}", ${why}; give it another name`);
}

/**
 * Puts the numbers that are taken from a text in that text's group.
 *
 * @throws InputError naming a number that names another.
 */
export function withTexts(inputs: DeclaredInputs): DeclaredInputs {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => {
      const text = "from" in input ? input.from?.input : undefined;
      if (text === undefined) return [name, input];
      const group = inputs[text]?.group ?? text;
      if (input.group !== text && input.group !== group) {
        throw new InputError(
          `inputs.${name}.group`,
          `cannot be trained: a number shares the tower of the text that it is taken from, "${text}"; leave the group out`,
        );
      }
      return [name, { ...input, group }];
    }),
  );
}

/** Puts the numbers and categories that name no group in one, where there are several. */
export function withTable(inputs: DeclaredInputs): DeclaredInputs {
  const named = new Set(Object.values(inputs).map(({ group }) => group));
  const columns = Object.entries(inputs).filter(
    ([name, input]) => isColumn(input) && input.group === undefined && !named.has(name),
  );
  if (columns.length < 2) return inputs;
  const group = freeName(inputs);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      columns.some(([column]) => column === name) ? { ...input, group } : input,
    ]),
  );
}

function freeName(inputs: DeclaredInputs): string {
  const taken = new Set(
    Object.entries(inputs).flatMap(([name, { group = name }]) => [name, group]),
  );
  let name = TABLE;
  for (let n = 2; taken.has(name); n++) name = `${TABLE}${n}`;
  return name;
}
