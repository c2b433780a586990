/**
 * A bundle that answers: loaded, unloaded and loaded again on demand, and replaced by a newly published one while requests
 * are served.
 */

import type { Logger } from "pino";
import { openBundle } from "../../node/bundle.ts";
import { BundleOnDisk, type Refusal } from "./bundleOnDisk.ts";
import { HostedModel, type ModelUse } from "./hostedModel.ts";
import { type Model, type ModelInfo, type ModelOptions, readModelInfo } from "./model.ts";
import { ModelUnavailable } from "./modelErrors.ts";
import type { ModelRoom, Tenant } from "./modelRoom.ts";
import { ModelStatistics } from "./statistics.ts";

export interface HostOptions extends ModelOptions {
  readonly path: string;
  readonly log: Logger;
  /** Where loaded models have their places. */
  readonly room: ModelRoom;
  /** How often new bundles are looked for; 0: never. */
  readonly reloadSeconds: number;
  readonly onReload?: (outcome: "swapped" | "refused") => void;
  readonly onLoad?: (outcome: "loaded" | "failed" | "unloaded") => void;
  /** Called for each request that used a model. */
  readonly onUse?: (model: ModelInfo, use: ModelUse) => void;
}

/** `failed`: the bundle on disk cannot be loaded. */
export type HostState = "loaded" | "loading" | "unloaded" | "failed";

export class ModelHost implements Tenant {
  readonly #options: HostOptions;
  readonly #disk: BundleOnDisk;
  #info: ModelInfo | undefined;
  #statistics = new ModelStatistics();
  #hosted: HostedModel | undefined;
  /** Whether requests load it. */
  #wanted = true;
  /** Whether this content was loaded before. */
  #proven = false;
  #checking = false;
  #loading: Promise<void> | undefined;
  #reloading: Promise<void> | undefined;
  /** Loading, reloading and unloading come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;
  #lastUsed = performance.now();
  /** Pending closes of replaced models. */
  readonly #closing = new Set<Promise<void>>();

  /** @throws Error if the bundle cannot be used. */
  static async open(options: HostOptions): Promise<ModelHost> {
    const host = await ModelHost.read(options);
    await host.#inTurn(() => host.#load());
    return host;
  }

  /**
   * Reads the manifest alone; the first request loads the model.
   *
   * @throws Error if it cannot be read.
   */
  static async read(options: HostOptions): Promise<ModelHost> {
    const host = new ModelHost(options);
    await host.#readInfo();
    return host;
  }

  private constructor(options: HostOptions) {
    this.#options = options;
    this.#disk = new BundleOnDisk(options.path, options.reloadSeconds * 1000);
  }

  /** What is known of the model, loaded or not. */
  get model(): ModelInfo {
    return this.#info!;
  }

  get loaded(): Model | undefined {
    return this.#hosted?.model;
  }

  /** Statistics of the bundle that answers, since it was first loaded. */
  get statistics(): ModelStatistics {
    return this.#statistics;
  }

  get path(): string {
    return this.#options.path;
  }

  get state(): HostState {
    if (this.#hosted) return "loaded";
    if (this.#loading) return "loading";
    return this.refused ? "failed" : "unloaded";
  }

  /** Why an older bundle answers than the one on disk, or none; undefined if it is that one. */
  get refused(): Refusal | undefined {
    return this.#disk.refused;
  }

  /** Whether it answers or was seen to, and nobody has shelved it. */
  get isProven(): boolean {
    return this.#wanted && this.#proven;
  }

  /** Whether requests are answered, though the model may have to be loaded first. */
  get canAnswer(): boolean {
    return this.#wanted && this.state !== "failed";
  }

  get lastUsed(): number {
    return this.#lastUsed;
  }

  get isInUse(): boolean {
    return this.#hosted?.isInUse ?? false;
  }

  get canLeave(): boolean {
    return this.#hosted !== undefined && this.#pending === 0;
  }

  /**
   * Runs `work` on the current model, which stays open until `work` is done; loads it first if it is not.
   *
   * @param signal Ends the wait for loading.
   * @throws ModelUnavailable if it cannot be loaded, or not now.
   */
  async use<T>(work: (model: Model) => Promise<T>, signal?: AbortSignal): Promise<T> {
    // It may be unloaded again before this request gets its turn.
    while (!this.#hosted) await this.#waitUntilLoaded(signal);
    const hosted = this.#hosted;
    return hosted.use(work, (use) => {
      this.#lastUsed = performance.now();
      this.#options.onUse?.(hosted.model, use);
    });
  }

  /**
   * Loads the model, if it is not.
   *
   * @throws Error naming what is wrong with the bundle.
   */
  load(): Promise<void> {
    this.#loading ??= this.#inTurn(() => this.#load())
      .catch((error: Error) => {
        const { log, onLoad } = this.#options;
        log.error({ ...this.#labels(), reason: error.message }, "a model cannot be loaded");
        onLoad?.("failed");
        throw error;
      })
      .finally(() => {
        this.#loading = undefined;
      });
    return this.#loading;
  }

  /** Closes the model once the requests that use it are answered; the next request loads it again. */
  async unload(): Promise<void> {
    const { log, onLoad } = this.#options;
    if (!(await this.#leave())) return;
    onLoad?.("unloaded");
    log.info(this.#labels(), "model unloaded");
  }

  /** Unloads the model, which no request loads any more until `allow`. */
  async shelve(): Promise<void> {
    this.#wanted = false;
    await this.unload();
  }

  /** Has requests load the model again. */
  allow(): void {
    this.#wanted = true;
  }

  /** Reopens the bundle and swaps it in; one that cannot be used is refused, and the old model stays. */
  reload(): Promise<void> {
    const work = () => (this.#hosted ? this.#swap() : this.#readAgain());
    this.#reloading ??= this.#inTurn(work).finally(() => {
      this.#reloading = undefined;
    });
    return this.#reloading;
  }

  /** Reloads the bundle if it is another one. */
  async check(): Promise<void> {
    if (this.#checking) return;
    this.#checking = true;
    try {
      if (await this.#disk.isNew(this.#hosted !== undefined)) await this.reload();
    } finally {
      this.#checking = false;
    }
  }

  async close(): Promise<void> {
    this.#wanted = false;
    await this.#leave();
    await Promise.all(this.#closing);
  }

  /** Why it cannot be loaded, or not the newer bundle on disk, in words for clients. */
  unavailable(): ModelUnavailable {
    const { manifest, version } = this.model;
    const reason = this.refused?.reason ?? "see the log";
    return new ModelUnavailable(
      this.#hosted
        ? `the new bundle of the model ${manifest.name} is refused, and version ${version} still answers: ${reason}`
        : `version ${version} of the model ${manifest.name} cannot be loaded: ${reason}`,
    );
  }

  /** @returns Whether there was a model to close. */
  #leave(): Promise<boolean> {
    return this.#inTurn(async () => {
      const hosted = this.#hosted;
      if (!hosted) return false;
      this.#hosted = undefined;
      await this.#retire(hosted);
      this.#options.room.release(this);
      return true;
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#pending++;
    const result = this.#last.then(work).finally(() => {
      this.#pending--;
      this.#options.room.notify();
    });
    this.#last = result.catch(() => {});
    return result;
  }

  async #waitUntilLoaded(signal: AbortSignal | undefined): Promise<void> {
    const { name } = this.model.manifest;
    if (!this.#wanted) {
      throw new ModelUnavailable(`the model ${name} is unloaded; an operator has to load it`);
    }
    if (!(await this.#disk.isWorthTrying())) throw this.unavailable();
    try {
      await this.#options.room.wait(this.load(), signal);
    } catch (error) {
      if (error instanceof ModelUnavailable || signal?.aborted) throw error;
      throw this.unavailable();
    }
  }

  async #load(): Promise<void> {
    if (this.#hosted) return;
    const { path, precision, room, onLoad } = this.#options;
    // What cannot be used must not make others leave.
    if (!this.#proven) await this.#disk.reading(() => openBundle(path, precision));
    await room.take(this);
    try {
      await this.#openAndHost();
    } catch (error) {
      room.release(this);
      throw error;
    }
    this.#announce("model loaded");
    onLoad?.("loaded");
  }

  async #swap(): Promise<void> {
    const { onReload, log } = this.#options;
    const last = this.refused;
    const old = this.#hosted!;
    try {
      await this.#openAndHost();
      this.#announce("new model swapped in");
      onReload?.("swapped");
      // Its requests need not end before the host can be reloaded again.
      const closing = this.#retire(old).finally(() => this.#closing.delete(closing));
      this.#closing.add(closing);
    } catch (error) {
      const { reason, tries } = this.refused!;
      const details = { reason: (error as Error).message, serving: this.model.version, tries };
      if (last?.reason === reason) log.info(details, "new bundle refused again");
      else log.error(details, "new bundle refused; the old one stays");
      onReload?.("refused");
    }
  }

  #openAndHost(): Promise<void> {
    return this.#disk.reading(async () => {
      const before = { version: this.model.version, statistics: this.#statistics };
      const hosted = await HostedModel.open(this.path, this.#options, before);
      this.#hosted = hosted;
      this.#statistics = hosted.statistics;
      this.#info = hosted.model;
      this.#proven = true;
      this.#lastUsed = performance.now();
    });
  }

  /** What is known of a model that is not loaded. */
  async #readAgain(): Promise<void> {
    await this.#readInfo().catch(({ message }: Error) => {
      this.#options.log.error({ ...this.#labels(), reason: message }, "new bundle refused");
    });
  }

  #readInfo(): Promise<void> {
    return this.#disk.reading(async () => {
      this.#info = await readModelInfo(this.path, this.#options);
      this.#proven = false;
    });
  }

  #announce(message: string): void {
    const { log } = this.#options;
    const { provider, precision, refused, driftIssue } = this.#hosted!.model;
    if (driftIssue !== undefined) log.warn({ reason: driftIssue }, "not watching for drift");
    if (refused.length > 0) {
      const reasons = refused.map(({ provider: name, reason }) => `${name} (${reason})`);
      log.warn({ provider }, `running on ${provider}; passed over: ${reasons.join(", ")}`);
    }
    log.info({ ...this.#labels(), precision, provider }, message);
  }

  #labels() {
    return { model: this.model.manifest.name, version: this.model.version };
  }

  async #retire(hosted: HostedModel): Promise<void> {
    await hosted.retire().catch((error: Error) => {
      this.#options.log.error({ reason: error.message }, "failed to close a model");
    });
  }
}
