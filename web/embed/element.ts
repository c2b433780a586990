/**
 * The web component `<marquee-predict src="...">`: a bundle's form and answer in any page. Importing this module defines it.
 *
 * @module
 */

import type { CallError } from "../page/engine/callError.ts";
import type { Client } from "../page/engine/client.ts";
import { serverJson } from "../page/serverJson.ts";
import { en } from "../strings/en/page.en.ts";
import { setStrings } from "../strings/strings.ts";
import type { ItemAnswer } from "../worker/protocol.ts";
import { type Answer, type Item, type ModelName, PredictError } from "./api.ts";
import { type OpenedClient, openClient } from "./openClient.ts";
import { styleSheet } from "./styles.ts";
import { createView, type Kept, type View } from "./view.ts";

// It speaks English: a site has its own way to choose a language.
setStrings(en, "en");

export const NAME = "marquee-predict";
/** Milliseconds without a change after which the model is asked, as on the page. */
const ASK_DELAY = 120;

/** Its events, each with `detail`. They do not leave the component's parents: `answer` bubbles, the others do not. */
export interface MarqueePredictEvents {
  ready: CustomEvent<ModelName>;
  /** The answer to what is entered, explained, whenever it changes; null where nothing is entered any more. */
  answer: CustomEvent<Answer | null>;
  error: CustomEvent<PredictError>;
}

/** While one bundle is open. */
interface Opened {
  readonly view: View;
  readonly client: Promise<OpenedClient>;
  close(): void;
}

/**
 * @example
 * <script type="module" src="marquee-predict/dist/element.js"></script>
 * <marquee-predict src="https://example.org/model/"></marquee-predict>
 */
export class MarqueePredict extends HTMLElement {
  static readonly observedAttributes = ["src", "runtime"];
  #opened: Opened | undefined;
  #timer = 0;
  /** Counts requests: an answer to an earlier one is dropped. */
  #latest = 0;
  #isConnected = false;
  /** Set before the form was there. */
  #waiting: Item | undefined;
  /** What was entered for the bundle before. */
  #kept: Kept | undefined;

  /** URL of the bundle's folder, relative to the page. */
  get src(): string {
    return this.getAttribute("src") ?? "";
  }
  set src(url: string) {
    this.setAttribute("src", url);
  }

  /** URL of the folder of onnxruntime-web's files, see `OpenOptions`. */
  get runtime(): string {
    return this.getAttribute("runtime") ?? "";
  }
  set runtime(url: string) {
    this.setAttribute("runtime", url);
  }

  /** What is entered, right or wrong, without files. Setting it replaces everything; a file is a Blob. */
  get item(): Item {
    return this.#opened?.view.form?.entered() ?? this.#waiting ?? {};
  }
  set item(item: Item) {
    const form = this.#opened?.view.form;
    if (form) form.fill(item);
    else this.#waiting = item;
  }

  connectedCallback(): void {
    this.#isConnected = true;
    this.#open();
  }

  disconnectedCallback(): void {
    this.#isConnected = false;
    this.#close();
  }

  attributeChangedCallback(_name: string, before: string | null, now: string | null): void {
    if (!this.#isConnected || before === now) return;
    this.#close();
    this.#open();
  }

  #open(): void {
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open", delegatesFocus: true });
    root.adoptedStyleSheets = [styleSheet(getComputedStyle(this).colorScheme)];
    const view = createView(root);
    if (this.src === "") {
      this.#fail(view, new PredictError(`<${NAME}> has no src, the URL of a bundle's folder`));
      return;
    }
    const ending = new AbortController();
    let early: Client | undefined;
    const client = openClient(
      this.src,
      { runtime: this.runtime || undefined, signal: ending.signal },
      {
        onClient: (started) => {
          early = started;
        },
        onLoading: ({ loaded, total }) => view.loading(loaded, total),
        onBundle: (bundle) => {
          view.build(bundle, this.#kept, {
            onChange: () => this.#changed(),
            onGiven() {},
            give: (input, file) => early!.call("file", { input, file }),
          });
          if (this.#waiting) view.form?.fill(this.#waiting);
          this.#waiting = undefined;
          this.#kept = undefined;
        },
      },
    );
    const opened: Opened = {
      view,
      client,
      close() {
        ending.abort();
        client.then(
          (started) => started.retire(),
          () => {},
        );
      },
    };
    this.#opened = opened;
    client.then(
      ({ model: { name, version, synthetic } }) => {
        if (this.#opened !== opened) return;
        view.ready();
        this.#tell("ready", { name, version, synthetic });
        void this.#ask();
      },
      (error: Error) => {
        if (this.#opened === opened) this.#fail(view, new PredictError(error.message));
      },
    );
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#latest++;
    this.#kept = this.#opened?.view.keep() ?? this.#kept;
    this.#opened?.close();
    this.#opened = undefined;
  }

  #changed(): void {
    this.#latest++;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#ask(), ASK_DELAY);
  }

  async #ask(): Promise<void> {
    const opened = this.#opened;
    if (!opened?.view.form) return;
    const turn = ++this.#latest;
    try {
      const client = await opened.client;
      const item = opened.view.form.read();
      const isEmpty = Object.keys(item).length === 0;
      const answer = isEmpty ? undefined : await client.call("answer", item);
      if (turn !== this.#latest) return;
      this.#show(opened.view, client, answer);
    } catch (error) {
      if (turn !== this.#latest) return;
      const { message, field } = error as CallError;
      opened.view.showError(error as CallError);
      this.#tell("error", new PredictError(message, field));
    }
  }

  #show(view: View, client: OpenedClient, answer: ItemAnswer | undefined): void {
    const known = answer && Object.keys(answer.explanation.inputs).length > 0 ? answer : undefined;
    const hadAnswer = view.show(known);
    if (known) this.#tell("answer", serverJson(known, client.model));
    else if (hadAnswer) this.#tell("answer", null);
  }

  #fail(view: View, error: PredictError): void {
    view.failed(error.message);
    this.#tell("error", error);
  }

  #tell<Name extends keyof MarqueePredictEvents>(
    name: Name,
    detail: MarqueePredictEvents[Name]["detail"],
  ): void {
    this.dispatchEvent(new CustomEvent(name, { detail, bubbles: name === "answer" }));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    [NAME]: MarqueePredict;
  }
}

if (!customElements.get(NAME)) customElements.define(NAME, MarqueePredict);
