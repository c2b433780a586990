/** How many models may be in memory, which of them leaves for another, and how many requests may wait for that. */

import { ModelUnavailable } from "./modelErrors.ts";

/** A model that takes a place in memory while it is loaded. */
export interface Tenant {
  /** When it was last asked, on the clock of `performance.now`. */
  readonly lastUsed: number;
  /** Whether requests are using it now. */
  readonly isInUse: boolean;
  /** Whether it is loaded, and nothing else is being done with it. */
  readonly canLeave: boolean;
  /** Takes no new requests, and closes with the last that uses it. */
  unload(): Promise<void>;
}

export interface RoomLimits {
  /** Models that are loaded at a time. */
  readonly places: number;
  /** Requests that wait for models at a time: they take places in the queue from those for loaded models. */
  readonly waiting: number;
}

export class ModelRoom {
  readonly #limits: RoomLimits;
  readonly #tenants = new Set<Tenant>();
  #waiting = 0;
  /** Called when a tenant has left, or may. */
  #changed: (() => void)[] = [];

  constructor(limits: RoomLimits) {
    this.#limits = limits;
  }

  /** Places that are free. */
  get free(): number {
    return this.#limits.places - this.#tenants.size;
  }

  /**
   * Takes a place. Where all are taken, the least recently used model leaves, one that is in use only if all are; its requests
   * are answered first.
   */
  async take(tenant: Tenant): Promise<void> {
    while (this.free <= 0) {
      const leaving = this.#leastUsed();
      if (leaving) await leaving.unload();
      // All are being loaded or closed.
      else await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    this.#tenants.add(tenant);
  }

  release(tenant: Tenant): void {
    this.#tenants.delete(tenant);
    this.notify();
  }

  /** To be called when a tenant may leave that could not before. */
  notify(): void {
    const waiting = this.#changed;
    this.#changed = [];
    for (const resolve of waiting) resolve();
  }

  /**
   * Waits for a model.
   *
   * @throws ModelUnavailable if too many requests wait; the signal's reason if it is aborted.
   */
  async wait(loading: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    // Loading goes on without this request, and may fail.
    loading.catch(() => {});
    if (this.#waiting >= this.#limits.waiting) {
      throw new ModelUnavailable(
        `the model is being loaded, and ${this.#waiting} requests wait for it or for others; try again later`,
      );
    }
    this.#waiting++;
    try {
      await unlessAborted(loading, signal);
    } finally {
      this.#waiting--;
    }
  }

  #leastUsed(): Tenant | undefined {
    const able = [...this.#tenants].filter(({ canLeave }) => canLeave);
    const idle = able.filter(({ isInUse }) => !isInUse);
    return (idle.length > 0 ? idle : able).sort((a, b) => a.lastUsed - b.lastUsed)[0];
  }
}

function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
