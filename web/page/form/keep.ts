/**
 * Nothing that was entered is lost by a reload, or by leaving the page and coming Back: the address follows the form, as a
 * link to it, and the tab's session storage has what a link has not.
 */

import { InputError } from "../../../predictor/errors.ts";
import type { BundleInfo } from "../../worker/protocol.ts";
import type { GivenFile } from "../inputs/pageType.ts";
import { fromFragment, linkTo } from "../link.ts";
import { detailOf } from "../problems.ts";
import type { Form } from "./form.ts";
import { loadFile, removeFile, removeOldFiles, storeFile } from "./keptFiles.ts";

/** Milliseconds without a change after which the address follows; WebKit takes 100 changes in 30 seconds. */
const FOLLOW_DELAY = 400;

/** What the tab's session storage has. */
interface Kept {
  /** The fragment in the address when this was stored: with another one, the address counts. */
  readonly address: string;
  /** The form that it was entered in. */
  readonly form: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** Keys of the stored files, by input. */
  readonly files: Readonly<Record<string, string>>;
}

export interface Keeper {
  /** Fills a form that is new on the page: from the one before it, from this tab's session, or from the address. */
  fill(form: Form): void;
  /** To be called when the form has changed. */
  formChanged(): void;
  /** To be called when the form was given a file, which takes a while to be stored. */
  fileGiven(): void;
  /** Stores the form at once. */
  save(): void;
}

export function startKeeping(): Keeper {
  const files = keepFiles();
  let form: Form | undefined;
  /** The fragment, unless it was changed by others, who will be heard of. */
  let address = location.hash;
  let timer = 0;

  const store = () => {
    if (form) writeSession(form, address, files.keysOf(form.files()));
  };
  const save = () => {
    clearTimeout(timer);
    if (!form || location.hash !== address) return;
    follow(form);
    address = location.hash;
    store();
  };
  const formChanged = () => {
    clearTimeout(timer);
    timer = window.setTimeout(save, FOLLOW_DELAY);
  };

  window.addEventListener("hashchange", () => {
    address = location.hash;
    if (form && !isLinkTo(form, location.href)) fillFromAddress(form);
    // The page's own places are not links.
    formChanged();
  });
  window.addEventListener("pagehide", store);
  // The last that a browser says to a page that it ends in the background.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") store();
  });
  stayAtThisAddress();

  return {
    fill(next) {
      const before = form;
      form = next;
      if (before) {
        next.restore(before.keep(), before.files());
        return;
      }
      const kept = readSession(next.bundle);
      if (kept && (kept.address === location.hash || !holdsItem(next, location.hash))) {
        restore(next, kept, files);
      } else fillFromAddress(next);
      void removeOldFiles();
    },
    formChanged,
    // Not within a change of the whole form, when other inputs are still to be filled.
    fileGiven: () => void window.setTimeout(store),
    save,
  };
}

function restore(form: Form, kept: Kept, files: KeptFiles): void {
  try {
    form.restore(kept.values, files.load(kept.files));
  } catch {
    // Another build of the page has stored it.
    form.fill({});
  }
}

function fillFromAddress(form: Form): void {
  try {
    const item = fromFragment(location.hash, form.links);
    if (item) form.fill(item);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    form.showError(error.field, detailOf(error));
  }
}

function holdsItem(form: Form, fragment: string): boolean {
  try {
    return fromFragment(fragment, form.links) !== undefined;
  } catch {
    return true;
  }
}

function isLinkTo(form: Form, url: string): boolean {
  return linkTo(form.entered(), form.links, url).url === url;
}

function follow(form: Form): void {
  const { url } = linkTo(form.entered(), form.links, location.href);
  if (url === location.href) return;
  try {
    history.replaceState(history.state, "", url);
  } catch {
    // Too many changes for the browser: the next one will do.
  }
}

/** A link to a place on this page moves the focus there, and leaves the address alone. */
function stayAtThisAddress(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href^='#']");
    const place = link && document.getElementById(link.getAttribute("href")!.slice(1));
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    place.scrollIntoView();
    place.focus({ preventScroll: true });
  });
}

interface KeptFiles {
  /** Stores those that are new, and removes those that are gone. */
  keysOf(files: ReadonlyMap<string, GivenFile>): Readonly<Record<string, string>>;
  /** Files that were stored before a reload, by their keys. */
  load(keys: Kept["files"]): ReadonlyMap<string, GivenFile>;
}

function keepFiles(): KeptFiles {
  const stored = new Map<string, { given: GivenFile; key: string }>();
  return {
    keysOf(files) {
      for (const [name, { given, key }] of stored) {
        if (files.get(name) === given) continue;
        stored.delete(name);
        void removeFile(key);
      }
      for (const [name, given] of files) {
        if (stored.has(name)) continue;
        // A key of its own for each file: a tab that was duplicated must not find the other one's.
        const key = Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
        stored.set(name, { given, key });
        void storeFile(key, given);
      }
      return Object.fromEntries([...stored].map(([name, { key }]) => [name, key]));
    },
    load(keys) {
      for (const [name, key] of Object.entries(keys)) {
        const given = loadFile(key);
        stored.set(name, { given, key });
        // Once more, as its time counts.
        void storeFile(key, given);
      }
      return new Map([...stored].map(([name, { given }]) => [name, given]));
    },
  };
}

/** Storage key of this page: other folders of the same origin may hold pages of their own. */
const sessionKey = () => `marquee:entered ${new URL(".", document.baseURI).pathname}`;

/** Two forms with the same inputs can be filled with the same. */
function nameOf({ inputs }: BundleInfo): string {
  return Object.entries(inputs)
    .map(([name, { type }]) => `${name}:${type}`)
    .join(" ");
}

function readSession(bundle: BundleInfo): Kept | undefined {
  try {
    const kept = JSON.parse(sessionStorage.getItem(sessionKey()) ?? "null") as Kept | null;
    return kept?.form === nameOf(bundle) ? kept : undefined;
  } catch {
    return undefined; // storage is forbidden
  }
}

function writeSession(form: Form, address: string, files: Kept["files"]): void {
  const kept: Kept = { address, form: nameOf(form.bundle), values: form.keep(), files };
  try {
    const isEmpty = Object.keys(kept.values).length === 0 && Object.keys(files).length === 0;
    // First of all: what was entered before must not come back where the new is too large.
    sessionStorage.removeItem(sessionKey());
    if (!isEmpty) sessionStorage.setItem(sessionKey(), JSON.stringify(kept));
  } catch {
    // Storage is forbidden or full: the address has all that fits into a link.
  }
}
