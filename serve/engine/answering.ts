/** Which version of a model answers a request that names none: by the split of its requests, or else the newest that works. */

import type { ModelHost } from "./host.ts";
import { pick, type Split } from "./traffic.ts";

export interface ServedVersion {
  /** Name of its folder; undefined where the model has one version without. */
  readonly folder: string | undefined;
  readonly host: ModelHost;
}

/** A model's versions, the newest first, and the split of its requests, if there is one. */
export interface ServedModel {
  readonly versions: readonly ServedVersion[];
  readonly split: Split | undefined;
}

/** @param point Where the request stands among those of the model, see `pointOf`. */
export function answering(model: ServedModel, point: number): ModelHost {
  const picked = pick(splitShares(model), point);
  if (picked) return picked.host;
  const usable = model.versions.filter(isUsable);
  const [newest] = usable;
  // One that was never loaded may turn out not to work: until then, an older one that does answers.
  const chosen = newest?.host.isProven
    ? newest
    : (usable.find(({ host }) => host.loaded) ?? newest ?? model.versions[0]!);
  return chosen.host;
}

/** The versions that should answer requests that name none, once they are loaded. */
export function wanted(model: ServedModel): readonly ModelHost[] {
  const shares = splitShares(model).filter(([, share]) => share > 0);
  if (shares.length > 0) return shares.map(([{ host }]) => host);
  return model.versions
    .filter(isUsable)
    .slice(0, 1)
    .map(({ host }) => host);
}

/** Percent of the requests that name no version. */
export function shareOf(model: ServedModel, { host }: ServedVersion): number {
  const shares = splitShares(model);
  if (shares.length === 0) return answering(model, 0) === host ? 100 : 0;
  const sum = shares.reduce((total, [, share]) => total + share, 0);
  const share = shares.find(([version]) => version.host === host)?.[1] ?? 0;
  return (100 * share) / sum;
}

/** The versions that can answer and their shares, in the split's order; empty if no such version has a share. */
function splitShares({ versions, split }: ServedModel): (readonly [ServedVersion, number])[] {
  if (!split) return [];
  const shares = [...split].flatMap(([folder, share]) =>
    versions
      .filter((version) => version.folder === folder && isUsable(version))
      .map((version) => [version, share] as const),
  );
  return shares.some(([, share]) => share > 0) ? shares : [];
}

const isUsable = ({ host }: ServedVersion): boolean => host.canAnswer;
