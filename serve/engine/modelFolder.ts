/** The models of a folder: those that come are added, those that go are retired, and what cannot be used is remembered. */

import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "pino";
import type { ServedVersion } from "./answering.ts";
import { filesOf } from "./bundleOnDisk.ts";
import type { ModelHost } from "./host.ts";
import {
  type Fault,
  type FoundBundle,
  isBundle,
  newestLast,
  scanRepository,
} from "./repository.ts";

/** A bundle that cannot be read, which is tried again when its files change. */
interface BrokenBundle extends Fault {
  readonly files: string;
}

interface Options {
  readonly root: string;
  readonly log: Logger;
  /** @throws Error if the bundle's manifest cannot be used. */
  readonly read: (bundle: FoundBundle) => Promise<ModelHost>;
  /** Whether the model stays though its folder is gone. */
  readonly stays: (name: string) => boolean;
}

/** A folder that is replaced by two renames is away for less. */
const REPLACING_MS = 50;

export class ModelFolder {
  readonly #options: Options;
  /** By name: versions, the newest first. */
  readonly models = new Map<string, readonly ServedVersion[]>();
  #broken = new Map<string, BrokenBundle>();
  #faults: readonly Fault[] = [];
  readonly #closing = new Set<Promise<void>>();
  #looking: Promise<void> | undefined;

  constructor(options: Options) {
    this.#options = options;
  }

  /** Folders that are not served, and why. */
  get faults(): readonly Fault[] {
    return [...this.#faults, ...this.#broken.values()];
  }

  /** @throws Error if the folder cannot be read. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Waits for retired models. */
  async close(): Promise<void> {
    await this.#looking?.catch(() => {});
    await Promise.all(this.#closing);
  }

  async #look(): Promise<void> {
    const { bundles, faults } = await scanRepository(this.#options.root);
    this.#reportNew(faults);
    this.#faults = faults;
    const broken = new Map<string, BrokenBundle>();
    for (const bundle of bundles) {
      if (this.#isServed(bundle)) continue;
      const fault = await this.#add(bundle);
      if (fault) broken.set(bundle.path, fault);
    }
    this.#broken = broken;
    const there = new Set(bundles.map(({ path }) => path));
    for (const [name, versions] of this.models) {
      for (const version of versions) {
        if (!there.has(version.host.path)) await this.#retireIfGone(name, version);
      }
    }
  }

  #reportNew(faults: readonly Fault[]): void {
    for (const fault of faults) {
      const { folder, reason } = fault;
      const known = this.#faults.some((old) => old.folder === folder && old.reason === reason);
      if (!known) this.#options.log.warn(fault, "a folder is not served");
    }
  }

  #isServed({ name, folder }: FoundBundle): boolean {
    return (this.models.get(name) ?? []).some((version) => version.folder === folder);
  }

  /** @returns Why it is not served, if it is not. */
  async #add(bundle: FoundBundle): Promise<BrokenBundle | undefined> {
    const { name, folder, path } = bundle;
    const { log, read } = this.#options;
    const before = this.#broken.get(path);
    const files = await filesOf(path);
    if (before?.files === files) return before;
    const where = folder === undefined ? name : `${name}/${folder}`;
    try {
      const host = await read(bundle);
      const versions = [...(this.models.get(name) ?? []), { folder, host }];
      versions.sort((a, b) => newestLast.compare(b.folder ?? "", a.folder ?? ""));
      this.models.set(name, versions);
      log.info({ folder: where, version: host.model.version }, "model found");
      return undefined;
    } catch (error) {
      const { message } = error as Error;
      log.error({ folder: where, reason: message }, "a bundle cannot be used");
      return { folder: where, reason: message.replaceAll(path, where), files };
    }
  }

  async #retireIfGone(name: string, version: ServedVersion): Promise<void> {
    const { log, stays } = this.#options;
    await pause(REPLACING_MS);
    if (isBundle(version.host.path)) return;
    const others = this.models.get(name)!.filter((each) => each !== version);
    if (others.length === 0 && stays(name)) return;
    if (others.length > 0) this.models.set(name, others);
    else this.models.delete(name);
    log.info({ model: name, version: version.host.model.version }, "model retired");
    const closing = version.host.close().finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }
}
