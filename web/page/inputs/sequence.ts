/** Sequences: numbers pasted into an area, or a JSON or CSV file. */

import { InputError } from "../../../predictor/errors.ts";
import type { SequenceSpec } from "../../../predictor/inputs/sequence.ts";
import { issueOf } from "../../../predictor/issues.ts";
import { strings } from "../../strings/strings.ts";
import { create, labelled } from "../dom.ts";
import { takeFiles } from "./dropping.ts";
import { readParts, writeParts } from "./linkText.ts";
import { chooseFile, type Loaded, type LoadedFile, loadedFile, readText } from "./loadedFile.ts";
import type { PageType } from "./pageType.ts";
import { parseSteps, writeSteps } from "./sequenceText.ts";

const AREA_ROWS = 5;

/** Steps, each a list of numbers, or a number where it is one; the predictor checks them. */
type Steps = readonly (number | readonly number[])[];

export const sequence = {
  createField({ name, root, spec, label, noun, id, onChange, showError }) {
    const texts = strings.inputs;
    const { features, maxSteps } = spec;
    const area = create("textarea", {
      id: id(),
      rows: AREA_ROWS,
      autocomplete: "off",
      spellcheck: false,
    });
    const note = create(
      "p",
      { className: "hint", id: id("hint") },
      texts.numbersPerStep(features, maxSteps),
    );
    const load = create("button", { type: "button", id: id("load") }, texts.loadSteps);
    const typed = labelled(label, area);
    const changed = () => {
      typed.hidden = file.current() !== undefined;
      onChange();
    };
    const file: LoadedFile<Steps> = loadedFile({
      id,
      what: texts.theFileOf(noun),
      focusAfter: load,
      async read(given) {
        const steps = parseSteps(await readText(given), features, name) as Steps;
        if (Array.isArray(steps) && steps.length > 0) return { from: given.name, value: steps };
        throw new InputError(name, issueOf(given.size === 0 ? "empty" : "noSteps"));
      },
      describe: (from, steps) => {
        const most = steps.length > maxSteps ? texts.readsFirst(maxSteps) : "";
        return texts.stepsFrom(steps.length, from) + most;
      },
      onChange: changed,
      showError: (detail) => showError(texts.thisFile(detail)),
    });
    area.addEventListener("input", onChange);
    const set = (text: string, loaded: Loaded<Steps> | undefined) => {
      file.set(loaded);
      typed.hidden = loaded !== undefined;
      area.value = text;
    };
    const chosen = chooseFile({
      button: load,
      id: id("file"),
      accept: ".csv,.tsv,.txt,.json,text/csv,text/plain,application/json",
      label: texts.fileOf(noun),
      take: file.load,
    });
    const element = create(
      "div",
      {},
      typed,
      file.element,
      create("div", { className: "buttons" }, load),
      chosen,
    );
    takeFiles(element, root, {
      reads: (kind) => kind === "table" || kind === "json",
      isEmpty: () => file.current() === undefined && area.value.trim() === "",
      take: file.load,
      refuse: showError,
    });
    return {
      element,
      control: area,
      hint: note,
      focus: () => (typed.hidden ? load : area).focus(),
      read() {
        const steps = file.current()?.value ?? (parseSteps(area.value, features, name) as Steps);
        // JSON may hold anything: the predictor says what is wrong with it.
        return Array.isArray(steps) && steps.length === 0 ? undefined : steps;
      },
      fill: (value) => set(writeSteps((value as Steps | undefined) ?? []), undefined),
      keep() {
        const loaded = file.current();
        return loaded || area.value.trim() !== "" ? { text: area.value, loaded } : undefined;
      },
      restore(kept) {
        const { text, loaded } = kept as { text: string; loaded?: Loaded<Steps> };
        set(text, loaded);
      },
    };
  },

  inWords: (steps, noun) => strings.inputs.nounWithSteps(noun, steps.length),

  link: {
    write: (steps) => writeParts(steps.map((step) => (Array.isArray(step) ? step : [step]))),
    read: (text, name) => readParts(text, name).map((step) => step.map(Number)),
  },

  describeError(place, detail) {
    const step = /^\[(\d+)\]/.exec(place)?.[1];
    return step === undefined ? undefined : strings.inputs.stepIs(Number(step) + 1, detail);
  },
} satisfies PageType<SequenceSpec, Steps>;
