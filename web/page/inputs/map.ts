/** A map of where the model looks on an image, computed on request and drawn over it. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { strings } from "../../strings/strings.ts";
import type { OcclusionMap } from "../../worker/protocol.ts";
import { create, heading } from "../dom.ts";
import type { CallError, CallOptions } from "../engine/callError.ts";
import { drawPicture } from "../picture.ts";
import type { TargetView } from "../targets/targetView.ts";
import type { ExplanationContext, ExplanationPanel } from "./pageType.ts";

/** Opacity of the strongest colour, 0 to 255: the image stays visible under it. */
const MAX_ALPHA = 200;
/** Warm where the part supports what is predicted, cold where it speaks against it. */
const FOR = [255, 120, 20] as const;
const AGAINST = [40, 120, 255] as const;

type ComputeMap = (options: CallOptions) => Promise<OcclusionMap>;

export function createMap(context: ExplanationContext<ImageSpec>): ExplanationPanel {
  const { spec, noun, target, field, occlude } = context;
  const parts = createParts(context);
  const { element, start, cancel, progress, choice, canvas, picture, scale, text } = parts;
  const explanation = text.textContent!;
  let map: OcclusionMap | undefined;
  let running: AbortController | undefined;
  parts.frame.style.aspectRatio = `${spec.width} / ${spec.height}`;

  const update = () => {
    canvas.hidden = map === undefined;
    scale.hidden = map === undefined;
    start.hidden = running !== undefined || map !== undefined;
    cancel.hidden = running === undefined;
    progress.hidden = running === undefined;
    if (map) text.textContent = draw(canvas, map, { output: choice.value, noun, target });
  };

  async function run(): Promise<void> {
    const controller = new AbortController();
    running = controller;
    progress.value = 0;
    text.textContent = explanation;
    update();
    cancel.focus();
    const result = await computeOrExplain(occlude, controller.signal, progress);
    // Another answer came meanwhile and cancelled this run.
    if (running !== controller) return;
    running = undefined;
    map = result.map;
    const hadFocus = document.activeElement === cancel;
    update();
    if (result.error) text.textContent = result.error;
    if (hadFocus) (map ? (choice.options.length > 1 ? choice : element) : start).focus();
  }

  start.addEventListener("click", () => void run());
  cancel.addEventListener("click", () => running?.abort());
  choice.addEventListener("change", update);
  return {
    element,
    show(answer) {
      running?.abort();
      running = undefined;
      map = undefined;
      const whole = field.picture?.();
      element.hidden = whole === undefined;
      text.textContent = explanation;
      if (whole) drawPicture(picture, whole);
      const outputs = target.outputs(answer);
      choice.replaceChildren(
        ...outputs.map((output) => create("option", { value: output }, strings.label(output))),
      );
      parts.choiceLabel.hidden = outputs.length < 2;
      update();
    },
  };
}

function createParts({ noun, id, isOneOfSeveral, target }: ExplanationContext<ImageSpec>) {
  const texts = strings.inputs;
  const choice = create("select", { id: id("map-choice") });
  const choiceLabel = create(
    "label",
    { className: "inline" },
    create("span", {}, texts.mapFor),
    choice,
  );
  const picture = create("canvas", { className: "occlusion-picture", "aria-hidden": "true" });
  const canvas = create("canvas", {
    id: id("map"),
    role: "img",
    "aria-label": texts.mapOf(noun),
    hidden: true,
  });
  const frame = create("div", { className: "occlusion-frame" }, picture, canvas);
  const text = create("p", { role: "status" }, texts.mapExplained(noun, target.map.quantity));
  const scale = create(
    "div",
    { className: "scale", hidden: true },
    create("span", {}, target.map.ends[0]),
    create("span", { className: "scale-bar", "aria-hidden": "true" }),
    create("span", {}, target.map.ends[1]),
  );
  const progress = create("progress", {
    max: 1,
    value: 0,
    "aria-label": texts.computingMap,
    hidden: true,
  });
  const start = create("button", { type: "button", id: id("map-start") }, texts.showMap);
  const cancel = create(
    "button",
    { type: "button", id: id("map-cancel"), hidden: true },
    texts.cancel,
  );
  const element = create(
    "section",
    { className: "card", "aria-labelledby": id("map-heading"), tabIndex: -1 },
    create(
      "div",
      { className: "card-head" },
      heading(
        id("map-heading"),
        isOneOfSeveral ? texts.whereModelLooksOn(noun) : texts.whereModelLooks,
      ),
      choiceLabel,
    ),
    create(
      "div",
      { className: "occlusion" },
      frame,
      create(
        "div",
        {},
        text,
        scale,
        progress,
        create("div", { className: "buttons" }, start, cancel),
      ),
    ),
  );
  return {
    element,
    choice,
    choiceLabel,
    picture,
    canvas,
    frame,
    text,
    scale,
    progress,
    start,
    cancel,
  };
}

/** Neither a map nor an error where the computation was cancelled. */
async function computeOrExplain(
  compute: ComputeMap,
  signal: AbortSignal,
  progress: HTMLProgressElement,
): Promise<{ map?: OcclusionMap; error?: string }> {
  try {
    const onProgress = (done: number, total: number) => {
      progress.value = done / total;
    };
    return { map: await compute({ signal, onProgress }) };
  } catch (error) {
    if ((error as CallError).cancelled) return {};
    return { error: strings.inputs.noMap((error as Error).message) };
  }
}

/** @returns What the map shows, in words. */
function draw(
  canvas: HTMLCanvasElement,
  { rows, columns, drops }: OcclusionMap,
  { output, noun, target }: { output: string; noun: string; target: TargetView },
): string {
  const values = drops[output]!;
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), target.map.notable);
  // One pixel per cell, which the browser smooths as it enlarges.
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (const [i, value] of values.entries()) {
    const strength = Math.abs(value) / most;
    image.data.set([...(value > 0 ? FOR : AGAINST), Math.round(MAX_ALPHA * strength)], 4 * i);
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  const at = values.indexOf(Math.max(...values));
  const place = placeOf((Math.floor(at / columns) + 0.5) / rows, ((at % columns) + 0.5) / columns);
  const drop = Math.max(...values);
  const sentence = target.map.describe({ output, noun, place, drop });
  canvas.setAttribute("aria-label", sentence);
  return sentence;
}

/** @param y From the top, and `x` from the left, 0 to 1. */
function placeOf(y: number, x: number): string {
  const third = (at: number) => Math.min(2, Math.floor(at * 3));
  return strings.inputs.places[third(y)]![third(x)]!;
}
