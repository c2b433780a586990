/** All panels of the answer. */

import type { Item } from "../../../predictor/inputs/inputType.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer, OcclusionMap } from "../../worker/protocol.ts";
import { byId } from "../dom.ts";
import type { CallOptions } from "../engine/callError.ts";
import { type Form, hueOf } from "../form/form.ts";
import { itemInWords } from "../form/inWords.ts";
import type { ExplanationPanel } from "../inputs/pageType.ts";
import { pageType } from "../inputs/types.ts";
import type { TargetView } from "../targets/targetView.ts";
import { pageTarget } from "../targets/types.ts";
import { startEffects } from "./effects.ts";
import { showGains } from "./gains.ts";
import { startHistory } from "./history.ts";
import { type Given, type Measured, measuredCount } from "./missing.ts";
import { startSummaryBar } from "./summaryBar.ts";

/** Milliseconds without a change after which the answer is read out, and kept to be compared. */
const SETTLED_DELAY = 900;

export interface AnsweredItem {
  readonly answer: ItemAnswer;
  readonly item: Item;
}

export interface AnswerView {
  /** What is shown; undefined where nothing is. */
  current(): AnsweredItem | undefined;
  show(answered: AnsweredItem): void;
  /** Marks what is shown as the answer to an earlier item. */
  setStale(): void;
  /** Where nothing is entered: an example in its place; undefined: nothing. */
  showExample(example: AnsweredItem | undefined): void;
}

/** Asks for the map of an input's file. */
type Occlude = (input: string, options: CallOptions) => Promise<OcclusionMap>;

export function createAnswerView(form: Form, occlude: Occlude): AnswerView {
  const { bundle } = form;
  const target = pageTarget(bundle.target).createView(bundle.target, bundle.nouns);
  byId("scores-place").replaceChildren(target.element);
  const groups = bundle.groups.map(({ name }) => name);
  const measured = {
    groups,
    metrics: bundle.metrics,
    curves: curvesByGroup(form),
    figure: target.figure,
  };
  const effects = startEffects(target, groups);
  const panels = createPanels(form, target, occlude);
  const summaryBar = startSummaryBar();
  byId("synthetic").hidden = !bundle.synthetic;
  const texts = strings.answer;
  const history = startHistory(target);
  let shown: AnsweredItem | undefined;
  let settling = 0;
  /** All that an example has, too. */
  const draw = ({ answer }: AnsweredItem, isExample: boolean) => {
    byId("result").hidden = false;
    byId("result").toggleAttribute("data-example", isExample);
    byId("result").toggleAttribute("data-stale", false);
    byId("idle").hidden = !isExample;
    byId("answer-buttons").hidden = isExample;
    byId("answer-heading").textContent = isExample ? texts.exampleHeading : texts.heading;
    const { label, text, note } = target.show(answer);
    byId("verdict-label").textContent = isExample ? texts.exampleVerdict(label) : label;
    byId("verdict").textContent = text;
    byId("verdict-note").textContent = note ?? "";
    byId("verdict-note").hidden = note === undefined;
    effects.show(answer);
    for (const panel of panels) panel.show(answer);
  };
  return {
    current: () => shown,
    show(answered) {
      const { answer, item } = answered;
      shown = answered;
      draw(answered, false);
      const summary = target.summarise(answer);
      summaryBar.show(summary);
      const given = {
        groups: groups.filter((group) => answer.explanation.inputs[group]),
        counts: countsOf(item, measured.curves),
      };
      showGains(given, measured, howMeasured(form, given, measured.curves));
      clearTimeout(settling);
      settling = window.setTimeout(() => {
        byId("announce").textContent = summary;
        history.add(answered, itemInWords(form, item));
      }, SETTLED_DELAY);
    },
    setStale() {
      clearTimeout(settling);
      if (!shown) return;
      byId("result").toggleAttribute("data-stale", true);
      byId("verdict-label").textContent = texts.lastAnswer;
    },
    showExample(example) {
      shown = undefined;
      clearTimeout(settling);
      byId("announce").textContent = "";
      summaryBar.show("");
      byId("result").hidden = true;
      byId("idle").hidden = false;
      byId("gains").hidden = true;
      byId("idle-text").textContent = example
        ? texts.example(bundle.nouns.item, itemInWords(form, example.item))
        : texts.idle(bundle.nouns.item);
      byId("idle").toggleAttribute("data-example", example !== undefined);
      if (example) draw(example, true);
    },
  };
}

function curvesByGroup({ bundle }: Form): Measured["curves"] {
  return Object.fromEntries(
    bundle.curves.map((curve) => {
      const group = bundle.groups.find(({ inputs }) => inputs.includes(curve.input));
      return [group!.name, curve];
    }),
  );
}

/** Number of values of each list. */
function countsOf(item: Item, curves: Measured["curves"]): Given["counts"] {
  return Object.fromEntries(
    Object.entries(curves).map(([group, { input }]) => {
      const value = item[input];
      return [group, Array.isArray(value) ? value.length : 0];
    }),
  );
}

/** " with at most 5 of their ratings", as users may have fewer than the items on which figures were measured. */
function howMeasured({ bundle, context }: Form, given: Given, curves: Measured["curves"]): string {
  const how = bundle.groups.flatMap(({ name: group, inputs }) =>
    inputs.flatMap((name) => {
      const say = pageType(bundle.inputs[name]!).whenMeasured;
      const curve = curves[group];
      const { noun } = context(name);
      return say?.(noun, curve && measuredCount(curve, given.counts[group]!)) ?? [];
    }),
  );
  return how.map((text) => ` ${text}`).join();
}

/** The part of the explanation that each input has by its type, where it has one. */
function createPanels(form: Form, target: TargetView, occlude: Occlude): ExplanationPanel[] {
  const { inputs, groups } = form.bundle;
  const explained = Object.keys(inputs).filter(
    (name) => pageType(inputs[name]!).createExplanation !== undefined,
  );
  const panels = explained.map((name) => {
    const { createExplanation } = pageType(inputs[name]!);
    const panel = createExplanation!({
      ...form.context(name),
      isOneOfSeveral:
        explained.filter((other) => inputs[other]!.type === inputs[name]!.type).length > 1,
      target,
      field: form.field(name),
      occlude: (options) => occlude(name, options),
    });
    const group = groups.findIndex((other) => other.inputs.includes(name));
    panel.element.style.setProperty("--hue", hueOf(group));
    return panel;
  });
  byId("panels").replaceChildren(...panels.map(({ element }) => element));
  return panels;
}
