/** Sequences: numbers pasted into an area, or a JSON or CSV file. */

import type { SequenceSpec } from "../../../predictor/inputs/sequence.ts";
import { create, labelled } from "../dom.ts";
import { readParts, writeParts } from "./linkText.ts";
import { chooseFile, type LoadedFile, loadedFile } from "./loadedFile.ts";
import type { PageType } from "./pageType.ts";
import { parseSteps, writeSteps } from "./sequenceText.ts";

const AREA_ROWS = 5;

/** Steps, each a list of numbers, or a number where it is one; the predictor checks them. */
type Steps = readonly (number | readonly number[])[];

export const sequence = {
  createField({ name, spec, label, noun, id, onChange, showError }) {
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
      `${features === 1 ? "Numbers, one for each step" : `A line for each step, with ${features} numbers`}, or JSON. The model reads the first ${maxSteps} steps.`,
    );
    const load = create("button", { type: "button", id: id("load") }, "Load a CSV or JSON file");
    const typed = labelled(label, area);
    const changed = () => {
      typed.hidden = file.current() !== undefined;
      onChange();
    };
    const file: LoadedFile<Steps> = loadedFile({
      id,
      what: `the file of the ${noun}`,
      focusAfter: load,
      async read(given) {
        const steps = parseSteps(await given.text(), features, name) as Steps;
        if (Array.isArray(steps) && steps.length > 0) return steps;
        throw new Error(`${given.name} has no steps`);
      },
      describe: (from, steps) => {
        const most = steps.length > maxSteps ? `; the model reads the first ${maxSteps}` : "";
        return `${steps.length === 1 ? "1 step" : `${steps.length} steps`} from ${from}${most}`;
      },
      onChange: changed,
      showError: (detail) => showError(`This file ${detail}.`),
    });
    area.addEventListener("input", onChange);
    const chosen = chooseFile({
      button: load,
      id: id("file"),
      accept: ".csv,.tsv,.txt,.json,text/csv,text/plain,application/json",
      label: `File of the ${noun}`,
      take: file.load,
    });
    return {
      element: create(
        "div",
        {},
        typed,
        file.element,
        create("div", { className: "buttons" }, load),
        chosen,
      ),
      control: area,
      hint: note,
      focus: () => (typed.hidden ? load : area).focus(),
      read() {
        const steps = file.current() ?? (parseSteps(area.value, features, name) as Steps);
        // JSON may hold anything: the predictor says what is wrong with it.
        return Array.isArray(steps) && steps.length === 0 ? undefined : steps;
      },
      fill(value) {
        file.set(undefined);
        typed.hidden = false;
        area.value = writeSteps((value as Steps | undefined) ?? []);
      },
    };
  },

  inWords: (steps, noun) =>
    `${noun} with ${steps.length === 1 ? "1 step" : `${steps.length} steps`}`,

  link: {
    write: (steps) => writeParts(steps.map((step) => (Array.isArray(step) ? step : [step]))),
    read: (text, name) => readParts(text, name).map((step) => step.map(Number)),
  },

  describeError(place, detail) {
    const step = /^\[(\d+)\]/.exec(place)?.[1];
    return step === undefined ? undefined : `Step ${Number(step) + 1} ${detail}`;
  },
} satisfies PageType<SequenceSpec, Steps>;
