/** The models that are served, and which version of which of them answers a request. */

import type { Logger } from "pino";
import { openManifest } from "../../node/bundle.ts";
import { answering, type ServedModel, type ServedVersion, shareOf, wanted } from "./answering.ts";
import { type HostOptions, ModelHost } from "./host.ts";
import type { Model, ModelInfo } from "./model.ts";
import { ModelNotFound, ModelUnavailable } from "./modelErrors.ts";
import { ModelFolder } from "./modelFolder.ts";
import type { ModelRoom } from "./modelRoom.ts";
import type { Fault } from "./repository.ts";
import { pointOf, type Split } from "./traffic.ts";

/** What a request says of the model that is to answer; the default one where it says nothing. */
export interface ModelRef {
  readonly name?: string | undefined;
  /** Name of the version's folder, or the version that answers name. */
  readonly version?: string | undefined;
  /** Requests of the same key get the same version of a model whose requests are split; others any. */
  readonly key?: string | undefined;
  /** Ends the wait for a model that is being loaded. */
  readonly signal?: AbortSignal | undefined;
}

export interface ModelsOptions {
  readonly log: Logger;
  readonly room: ModelRoom;
  /** How often bundles are looked for; 0: never. */
  readonly reloadSeconds: number;
  /** The folder of all models, or the only bundle. */
  readonly source: { readonly root: string } | { readonly bundle: string };
  /** The model that answers where none is named. */
  readonly defaultName: string | undefined;
  readonly traffic: ReadonlyMap<string, Split>;
  /** Called when all models are closed. */
  readonly onClose: () => Promise<void>;
  /** Options of every host. */
  readonly host: Omit<HostOptions, "path" | "name" | "log" | "room" | "reloadSeconds">;
}

export class Models {
  readonly #options: ModelsOptions;
  readonly #folder: ModelFolder;
  #defaultName = "";
  #warming: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /**
   * Opens the default model, and as many others as there is room for.
   *
   * @throws Error if the default model cannot be used, or it is not clear which it is.
   */
  static async open(options: ModelsOptions): Promise<Models> {
    const models = new Models(options);
    try {
      await models.#open();
    } catch (error) {
      await models.close();
      throw error;
    }
    return models;
  }

  private constructor(options: ModelsOptions) {
    this.#options = options;
    const { source, log } = options;
    this.#folder = new ModelFolder({
      root: "root" in source ? source.root : "",
      log,
      read: ({ path, name }) => ModelHost.read(this.#hostOptions(path, name)),
      // What was loaded of it goes on answering.
      stays: (name) => name === this.#defaultName,
    });
  }

  /** The host of the version that answers where a request names no model. */
  get default(): ModelHost {
    return this.host({});
  }

  get defaultName(): string {
    return this.#defaultName;
  }

  /** All models by name, with their versions, the newest first. */
  get all(): ReadonlyMap<string, readonly ServedVersion[]> {
    return this.#folder.models;
  }

  /** Folders that are not served, and why. */
  get faults(): readonly Fault[] {
    return this.#folder.faults;
  }

  /** Models in memory. */
  get loaded(): Model[] {
    return this.hosts.flatMap((host) => host.loaded ?? []);
  }

  get hosts(): ModelHost[] {
    return [...this.all.values()].flatMap((versions) => versions.map(({ host }) => host));
  }

  /**
   * Runs `work` on the model that is asked for, which stays open until `work` is done; loads it first if it is not.
   *
   * @throws ModelNotFound if no such model is served; ModelUnavailable if it cannot be loaded, or not now.
   */
  async use<T>(ref: ModelRef, work: (model: Model) => Promise<T>): Promise<T> {
    const { name = this.#defaultName } = ref;
    const point = this.#options.traffic.has(name) ? pointOf(name, ref.key) : 0;
    for (;;) {
      const host = this.host(ref, point);
      let started = false;
      try {
        return await host.use((model) => {
          started = true;
          return work(model);
        }, ref.signal);
      } catch (error) {
        if (started || !(error instanceof ModelUnavailable) || host.canAnswer) throw error;
        // Where no version was named, another that works answers.
        if (this.host(ref, point) === host) throw error;
      }
    }
  }

  /**
   * What is known of the model that is asked for, loaded or not.
   *
   * @throws ModelNotFound if no such model is served.
   */
  find(ref: ModelRef): ModelInfo {
    return this.host(ref).model;
  }

  /**
   * The host of the model that is asked for.
   *
   * @param point Where the request stands among those of the model, see `pointOf`.
   * @throws ModelNotFound if no such model is served.
   */
  host({ name = this.#defaultName, version }: ModelRef, point = 0): ModelHost {
    const model = this.#model(name);
    if (version === undefined) return answering(model, point);
    const found =
      model.versions.find(({ folder }) => folder === version) ??
      model.versions.find(({ host }) => host.model.version === version);
    if (found) return found.host;
    const names = this.versionsOf(name);
    throw new ModelNotFound(
      `there is no version "${version}" of ${name}; ${choicesOf(names, "version")}`,
    );
  }

  /** Names of a model's versions in paths, the newest first. */
  versionsOf(name: string): string[] {
    return this.#model(name).versions.map(({ folder, host }) => folder ?? host.model.version);
  }

  /** Percent of the model's requests that the version gets, where these name no version. */
  shareOf(name: string, version: ServedVersion): number {
    return shareOf(this.#model(name), version);
  }

  /**
   * Loads the versions of a model that answer requests which name none; others are loaded when they are asked for.
   *
   * @throws ModelNotFound if no such model is served; ModelUnavailable saying why it cannot be loaded, or why an older
   *   bundle than the one on disk goes on answering.
   */
  async load(name: string): Promise<void> {
    if ("root" in this.#options.source) await this.#folder.look();
    for (const { host } of this.#model(name).versions) {
      host.allow();
      await host.check();
    }
    const hosts = wanted(this.#model(name));
    for (const host of hosts.length > 0 ? hosts : [answering(this.#model(name), 0)]) {
      await host.load().catch(() => {
        throw host.unavailable();
      });
      if (host.refused) throw host.unavailable();
    }
  }

  /**
   * Unloads all versions of a model; requests do not load it any more.
   *
   * @throws ModelNotFound if no such model is served.
   */
  async unload(name: string): Promise<void> {
    await Promise.all(this.#model(name).versions.map(({ host }) => host.shelve()));
  }

  /** Looks for models that are new or gone, and reloads the bundles of all others; the log says what cannot be used. */
  reload(): Promise<void> {
    return this.#update(async () => {
      for (const host of this.hosts) await host.reload();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#folder.close();
    await this.#warming;
    await Promise.all(this.hosts.map((host) => host.close()));
    await this.#options.onClose();
  }

  async #open(): Promise<void> {
    const { source, reloadSeconds } = this.#options;
    if ("bundle" in source) {
      // A bundle that comes later may have another name: clients go on with the one that they know.
      const { name } = await openManifest(source.bundle);
      const host = await ModelHost.open(this.#hostOptions(source.bundle, name));
      this.#defaultName = name;
      this.#folder.models.set(this.#defaultName, [{ folder: undefined, host }]);
    } else {
      await this.#folder.look();
      this.#defaultName = this.#chooseDefault(source.root);
      this.#checkTraffic();
      await this.#loadDefault();
      await this.#warm();
    }
    if (reloadSeconds === 0) return;
    const check = async () => {
      await Promise.all(this.hosts.map((host) => host.check()));
    };
    this.#timer = setInterval(() => void this.#update(check), reloadSeconds * 1000);
    this.#timer.unref();
  }

  #chooseDefault(root: string): string {
    const { defaultName } = this.#options;
    const names = [...this.all.keys()];
    const faults = this.faults.map(({ folder, reason }) => `${folder}: ${reason}`);
    if (names.length === 0) {
      throw new Error([`there is no bundle to serve in ${root}`, ...faults].join("; "));
    }
    if (defaultName === undefined) {
      if (names.length === 1) return names[0]!;
      throw new Error(
        `${root} holds the models ${names.join(", ")}; say which of them answers /v1/predict, as in --default-model ${names[0]}`,
      );
    }
    if (names.includes(defaultName)) return defaultName;
    const fault = this.faults.find(({ folder }) => folder.split("/")[0] === defaultName);
    throw new Error(
      fault
        ? `--default-model ${defaultName} cannot be served: ${fault.reason}`
        : `--default-model ${defaultName} is not in ${root}; ${choicesOf(names, "model")}`,
    );
  }

  /** @throws Error if a split names what is not there. */
  #checkTraffic(): void {
    const faults = this.faults.map(({ folder }) => folder);
    for (const [name, split] of this.#options.traffic) {
      const served = (this.all.get(name) ?? []).map(({ folder }) => `${name}/${folder}`);
      for (const version of split.keys()) {
        const folder = `${name}/${version}`;
        if (served.includes(folder) || faults.includes(folder)) continue;
        throw new Error(`--traffic: there is no folder ${folder} with a bundle`);
      }
    }
  }

  /** @throws Error if none of its versions can be loaded. */
  async #loadDefault(): Promise<void> {
    for (;;) {
      const host = this.default;
      if (host.loaded) return;
      try {
        await host.load();
      } catch (error) {
        if (this.default === host) throw error;
      }
    }
  }

  async #update(work: () => Promise<void>): Promise<void> {
    try {
      if ("root" in this.#options.source) await this.#folder.look();
      await work();
      await this.#warm();
    } catch (error) {
      this.#options.log.error(
        { reason: (error as Error).message },
        "cannot scan the models folder",
      );
    }
  }

  /** Loads what answers requests that name no version, while there is room; a newer version also if there is none. */
  #warm(): Promise<void> {
    this.#warming = this.#warming.then(async () => {
      for (const name of new Set([this.#defaultName, ...this.all.keys()])) {
        // It may be retired while others are loaded.
        const hosts = this.all.has(name) ? wanted(this.#model(name)) : [];
        for (const host of hosts) {
          if (this.#closed || host.state !== "unloaded" || !this.#shouldLoad(name, host)) continue;
          // Its log says why it cannot be loaded.
          await host.load().catch(() => {});
        }
      }
    });
    return this.#warming;
  }

  #shouldLoad(name: string, host: ModelHost): boolean {
    if (this.#options.room.free > 0) return true;
    return !host.isProven && (this.all.get(name) ?? []).some((other) => other.host.loaded);
  }

  #model(name: string): ServedModel {
    const versions = this.all.get(name);
    if (versions) return { versions, split: this.#options.traffic.get(name) };
    throw new ModelNotFound(
      `there is no model "${name}"; ${choicesOf([...this.all.keys()], "model")}`,
    );
  }

  #hostOptions(path: string, name?: string): HostOptions {
    const { log, room, reloadSeconds, host } = this.#options;
    return { ...host, path, name, log, room, reloadSeconds };
  }
}

/** "the only model is a", or "the models are a, b". */
function choicesOf(names: readonly string[], what: string): string {
  return names.length === 1
    ? `the only ${what} is ${names[0]}`
    : `the ${what}s are ${names.join(", ")}`;
}
