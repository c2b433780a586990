/** The models that are served, and which of them a request asks for. */

import type { ModelHost } from "./host.ts";
import type { Model } from "./model.ts";

/** What a request says of the model that is to answer; the default one where it says nothing. */
export interface ModelRef {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

/** Answered with 404. */
export class ModelNotFound extends Error {
  override readonly name = "ModelNotFound";
}

export class Models {
  readonly #host: ModelHost;

  constructor(host: ModelHost) {
    this.#host = host;
  }

  /** The host of the model that answers where a request names none. */
  get default(): ModelHost {
    return this.#host;
  }

  /**
   * Runs `work` on the model that is asked for, which stays open until `work` is done.
   *
   * @throws ModelNotFound if no such model is served.
   */
  async use<T>(ref: ModelRef, work: (model: Model) => Promise<T>): Promise<T> {
    return this.#host.use(async (model) => work(checkRef(ref, model)));
  }

  /**
   * What is served under the name.
   *
   * @throws ModelNotFound if no such model is served.
   */
  find(ref: ModelRef): Model {
    return checkRef(ref, this.#host.model);
  }

  close(): Promise<void> {
    return this.#host.close();
  }
}

/** @throws ModelNotFound unless the model is the one that is asked for. */
function checkRef({ name, version }: ModelRef, model: Model): Model {
  const { manifest } = model;
  if (name !== undefined && name !== manifest.name) {
    throw new ModelNotFound(`there is no model "${name}"; this is ${manifest.name}`);
  }
  if (version !== undefined && version !== model.version) {
    throw new ModelNotFound(
      `there is no version "${version}" of ${manifest.name}; this is ${model.version}`,
    );
  }
  return model;
}
