/** Which inputs share a tower: a number beside another input, and tables of numbers and categories. */

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
  const beside = new Map<string, string>();
  for (const [name, input] of Object.entries(inputs)) {
    const { group } = input;
    if (group === undefined || group === name) continue;
    const field = `inputs.${name}.group`;
    const main = inputs[group];
    if (main === undefined || isColumn(main)) {
      checkGroupName(field, group, main === undefined ? isReserved : () => false);
      continue;
    }
    checkBeside(field, { group, main, input });
    const other = beside.get(group);
    if (other !== undefined) {
      throw new InputError(
        field,
        `is "${group}", beside which "${other}" stands already; one number can: name another group, or leave it out`,
      );
    }
    beside.set(group, name);
  }
}

/** @throws InputError unless a number may stand beside the input that its group is named after. */
function checkBeside(
  field: string,
  {
    group,
    main,
    input,
  }: { readonly group: string; readonly main: DeclaredInput; readonly input: DeclaredInput },
): void {
  const { takesBeside = [] } = inputDataOf(main);
  if (takesBeside.includes(input.type)) return;
  throw new InputError(
    field,
    `is "${group}", the tower of an input of type ${main.type}, which ${input.type} inputs cannot share; leave the group out, or name one of numbers and categories`,
  );
}

function checkGroupName(field: string, group: string, isReserved: (name: string) => boolean): void {
  const problem = inputName.safeParse(group).error?.issues[0]?.message;
  const why =
    problem !== undefined
      ? `which ${problem}`
      : /^[A-Z]/.test(group)
        ? "which makes no flags, because it begins with a capital"
        : isReserved(group)
          ? "which is the name of something else"
          : undefined;
  if (why !== undefined) throw new InputError(field, `is "${group}", ${why}; give it another name`);
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
