/** A model in memory, what it has done, and the requests that use it. */

import { type Model, type ModelOptions, openModel } from "./model.ts";
import { ModelStatistics } from "./statistics.ts";

export interface ModelUse {
  readonly succeeded: boolean;
  readonly seconds: number;
}

export class HostedModel {
  readonly model: Model;
  readonly statistics: ModelStatistics;
  #requests = 0;
  /** Called with the last request. */
  #onUnused: (() => void) | undefined;

  /**
   * Opens the bundle at `path`.
   *
   * @param before Statistics to go on with, of the same version.
   * @throws Error naming what is wrong with the bundle.
   */
  static async open(
    path: string,
    options: ModelOptions,
    before: { readonly version: string; readonly statistics: ModelStatistics } | undefined,
  ): Promise<HostedModel> {
    // The trial batch is not counted.
    let counted = new ModelStatistics();
    const model = await openModel(path, {
      ...options,
      onBatch: (batch) => {
        counted.batch(batch);
        options.onBatch?.(batch);
      },
      onWait: (seconds) => {
        counted.wait(seconds);
        options.onWait?.(seconds);
      },
      onDecode: (seconds) => {
        counted.decode(seconds);
        options.onDecode?.(seconds);
      },
    });
    counted = before?.version === model.version ? before.statistics : new ModelStatistics();
    return new HostedModel(model, counted);
  }

  private constructor(model: Model, statistics: ModelStatistics) {
    this.model = model;
    this.statistics = statistics;
  }

  /** Whether requests are using it now. */
  get isInUse(): boolean {
    return this.#requests > 0;
  }

  /** Runs `work` on the model, which stays open until `work` is done. */
  async use<T>(work: (model: Model) => Promise<T>, onDone: (use: ModelUse) => void): Promise<T> {
    this.#requests++;
    const start = performance.now();
    let succeeded = false;
    try {
      const result = await work(this.model);
      succeeded = true;
      return result;
    } finally {
      this.#requests--;
      const seconds = (performance.now() - start) / 1000;
      this.statistics.request(succeeded, seconds);
      onDone({ succeeded, seconds });
      if (this.#requests === 0) this.#onUnused?.();
    }
  }

  /** Closes the model with the last request that uses it. */
  async retire(): Promise<void> {
    if (this.#requests > 0) {
      await new Promise<void>((resolve) => {
        this.#onUnused = resolve;
      });
    }
    await this.model.close();
  }
}
