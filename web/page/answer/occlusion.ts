/** A map of where the model looks on the poster, computed on request and drawn over it. */

import type { PosterSpec } from "../../../predictor/preprocess/poster.ts";
import type { LabelScore } from "../../../predictor/targets/targetType.ts";
import type { OcclusionMap } from "../../worker/protocol.ts";
import { byId, create } from "../dom.ts";
import type { CallError, CallOptions } from "../engine/client.ts";

/** A drop of probability from which on the strongest colour is used: smaller ones are not exaggerated. */
const NOTABLE = 0.02;
/** Percentage points below which no part counts as supporting a genre. */
const NEGLIGIBLE = 0.05;
/** Opacity of the strongest colour, 0 to 255: the poster stays visible under it. */
const MAX_ALPHA = 200;
/** Warm where the part supports the genre, cold where it speaks against it. */
const FOR = [255, 120, 20] as const;
const AGAINST = [40, 120, 255] as const;

export interface OcclusionPanel {
  /** Prepares the panel for a new answer and removes the map of the last one. */
  show(poster: string | undefined, scores: readonly LabelScore[]): void;
}

export type ComputeMap = (options: CallOptions) => Promise<OcclusionMap>;

/** @param compute Asks the model for the map of the current movie. */
export function startOcclusion(size: PosterSpec, compute: ComputeMap): OcclusionPanel {
  const [start, cancel] = [byId("occlusion-start"), byId("occlusion-cancel")];
  const progress = byId<HTMLProgressElement>("occlusion-progress");
  const genre = byId<HTMLSelectElement>("occlusion-genre");
  const canvas = byId<HTMLCanvasElement>("occlusion-map");
  const text = byId("occlusion-text");
  const explanation = text.textContent!.trim();
  let map: OcclusionMap | undefined;
  let running: AbortController | undefined;
  byId("occlusion-frame").style.aspectRatio = `${size.width} / ${size.height}`;

  const update = () => {
    canvas.hidden = map === undefined;
    byId("occlusion-scale").hidden = map === undefined;
    start.hidden = running !== undefined || map !== undefined;
    cancel.hidden = running === undefined;
    progress.hidden = running === undefined;
    if (map) text.textContent = draw(canvas, map, genre.value);
  };

  async function run(): Promise<void> {
    const controller = new AbortController();
    running = controller;
    progress.value = 0;
    text.textContent = explanation;
    update();
    cancel.focus();
    const result = await computeOrExplain(compute, controller.signal, progress);
    // Another answer came meanwhile and cancelled this run.
    if (running !== controller) return;
    running = undefined;
    map = result.map;
    const hadFocus = document.activeElement === cancel;
    update();
    if (result.error) text.textContent = result.error;
    if (hadFocus) (map ? genre : start).focus();
  }

  start.addEventListener("click", () => void run());
  cancel.addEventListener("click", () => running?.abort());
  genre.addEventListener("change", update);
  return {
    show(poster, scores) {
      running?.abort();
      running = undefined;
      map = undefined;
      byId("occlusion").hidden = poster === undefined;
      text.textContent = explanation;
      if (poster) byId<HTMLImageElement>("occlusion-image").src = poster;
      genre.replaceChildren(
        ...scores.map(({ label }) => create("option", { value: label }, label)),
      );
      update();
    },
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
    return { error: `The map could not be computed: ${(error as Error).message}` };
  }
}

/** @returns What the map shows, in words. */
function draw(
  canvas: HTMLCanvasElement,
  { rows, columns, drops }: OcclusionMap,
  label: string,
): string {
  const values = drops[label]!;
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), NOTABLE);
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
  const points = Math.max(...values) * 100;
  const place = placeOf((Math.floor(at / columns) + 0.5) / rows, ((at % columns) + 0.5) / columns);
  const sentence =
    points < NEGLIGIBLE
      ? `No part of the poster supports ${label}.`
      : `The ${place} matters most for ${label}: covering it lowers the probability by ${points.toFixed(1)} points.`;
  canvas.setAttribute("aria-label", sentence);
  return sentence;
}

/** @param y From the top, and `x` from the left, 0 to 1. */
function placeOf(y: number, x: number): string {
  const third = (at: number, names: readonly string[]) => names[Math.min(2, Math.floor(at * 3))]!;
  const [vertical, horizontal] = [
    third(y, ["upper", "", "lower"]),
    third(x, ["left", "", "right"]),
  ];
  const place = [vertical || (horizontal && "middle"), horizontal || (vertical && "middle")];
  return place.join(" ").trim() || "centre";
}
