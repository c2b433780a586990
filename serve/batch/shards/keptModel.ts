/** The model that a process keeps open from shard to shard. */

import type { Precision } from "../../../predictor/manifest.ts";
import type { Model } from "../../engine/model.ts";
import { openBatchModel } from "../answers.ts";

/** All that a model depends on. */
interface WantedModel {
  /** Folder of the bundle. */
  readonly path: string;
  readonly precision: Precision;
  /** Version that the bundle must have; see `versionOf`. */
  readonly version: string;
}

interface KeptModel {
  /**
   * The same as last time, or another one in its place: to be called when the last one's work is done.
   *
   * @throws Error if the model cannot be opened, or is another version; the next call tries again.
   */
  open(wanted: WantedModel): Promise<Model>;
  close(): Promise<void>;
}

export function keepModel(): KeptModel {
  let kept: { readonly key: string; readonly model: Model } | undefined;

  async function close(): Promise<void> {
    const last = kept;
    kept = undefined;
    await last?.model.close();
  }

  return {
    async open({ path, precision, version }) {
      const key = JSON.stringify([path, precision, version]);
      if (kept?.key === key) return kept.model;
      await close();
      // Each process runs the graph in one thread: more processes use more processors.
      const model = await openBatchModel(path, precision, { workers: 1, threads: 1 });
      if (model.version !== version) {
        await model.close();
        throw new Error(`${path} has changed meanwhile; run the command again`);
      }
      kept = { key, model };
      return model;
    },
    close,
  };
}
