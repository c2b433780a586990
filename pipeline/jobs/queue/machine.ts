/** What a machine has, and whether that fits a job: equal data and versions are what makes outputs equal. */

import { IncompatibleError } from "../../../node/jobs/incompatible.ts";
import { FORMAT, type Identity } from "../../checkpoint/identity.ts";

export interface Machine {
  readonly versions: Readonly<Record<string, string>>;
  /** SHA-256 of the data set's tables. */
  readonly tables: string;
  /** The data set as people know it. */
  readonly dataset: string;
}

/** Packages that only one backend needs: others train the same without them, or with another version. */
const PACKAGES_OF: Readonly<Record<string, readonly string[]>> = {
  "tensorflow-gpu": ["@tensorflow/tfjs-node-gpu", "tensorflow"],
  tensorflow: ["@tensorflow/tfjs-node", "tensorflow-cpu"],
  webgpu: ["@tensorflow/tfjs-backend-webgpu", "webgpu"],
  wasm: ["@tensorflow/tfjs-backend-wasm"],
  cpu: ["@tensorflow/tfjs-backend-cpu"],
};

/** @throws IncompatibleError with everything that differs. */
export function checkMachine(machine: Machine, identity: Identity): void {
  const { format, options, data, versions } = identity;
  const backend = String(options.backend);
  const unused = Object.entries(PACKAGES_OF).flatMap(([name, packages]) =>
    name === backend ? [] : packages,
  );
  const names = new Set([...Object.keys(versions), ...Object.keys(machine.versions)]);
  const reasons = [...names].flatMap((name) => {
    const [wanted, here] = [versions[name], machine.versions[name]];
    if (wanted === here || unused.includes(name)) return [];
    return `${name} is ${here ?? "not installed"} here, the job needs ${wanted ?? "none"}`;
  });
  if (format !== FORMAT) reasons.push(`the job is of format ${format}, this program of ${FORMAT}`);
  if (data.tables !== machine.tables) {
    reasons.push(
      `the data set here is ${machine.dataset} (${machine.tables.slice(0, 8)}), the job's is another (${data.tables.slice(0, 8)}); give --data`,
    );
  }
  if (reasons.length > 0) throw new IncompatibleError(reasons.join("; "));
}

/**
 * The same for what is known only after the data set's images are decoded.
 *
 * @throws IncompatibleError
 */
export function checkData(here: Identity["data"], wanted: Identity["data"]): void {
  const reasons: string[] = [];
  if (here.tables !== wanted.tables) reasons.push("the tables were changed");
  if (here.posters !== wanted.posters) reasons.push("images differ, or decode to other pixels");
  for (const [name, digest] of Object.entries(wanted.files)) {
    if (here.files[name] !== digest) reasons.push(`the ${name} differ`);
  }
  if (reasons.length > 0) throw new IncompatibleError(reasons.join("; "));
}
