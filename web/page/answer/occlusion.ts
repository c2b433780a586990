/** The map of where the model looks on the poster, computed when asked for and drawn over it. */

import type { LabelScore } from "../../../predictor/predictor.ts";
import type { PosterSpec } from "../../../predictor/preprocess/poster.ts";
import type { OcclusionMap } from "../../worker/protocol.ts";
import { byId, create } from "../dom.ts";
import type { CallError, CallOptions } from "../engine/client.ts";

/** Drop that gets the strongest colour at least: smaller ones are not made to look large. */
const NOTABLE = 0.02;
/** Strongest colour, 0 to 255: the poster stays visible under it. */
const OPAQUE = 200;
/** Warm: the part speaks for the genre; cold: against it. */
const FOR = [255, 120, 20] as const;
const AGAINST = [40, 120, 255] as const;

export interface OcclusionPanel {
  /** A new answer: the map of the old one is gone. */
  show(poster: string | undefined, genres: readonly LabelScore[]): void;
}

/** @param compute Asks the model for the map of the movie at hand. */
export function startOcclusion(
  size: PosterSpec,
  compute: (options: CallOptions) => Promise<OcclusionMap>,
): OcclusionPanel {
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

  start.addEventListener("click", async () => {
    const run = new AbortController();
    running = run;
    progress.value = 0;
    text.textContent = explanation;
    update();
    cancel.focus();
    let fault: string | undefined;
    let found: OcclusionMap | undefined;
    try {
      found = await compute({
        signal: run.signal,
        onProgress: (done, total) => {
          progress.value = done / total;
        },
      });
    } catch (error) {
      if (!(error as CallError).cancelled) fault = `The map failed: ${(error as Error).message}`;
    }
    // Another answer came meanwhile, and took this run away.
    if (running !== run) return;
    running = undefined;
    map = found;
    const hadFocus = document.activeElement === cancel;
    update();
    if (fault) text.textContent = fault;
    if (hadFocus) (map ? genre : start).focus();
  });
  cancel.addEventListener("click", () => running?.abort());
  genre.addEventListener("change", update);

  return {
    show(poster, genres) {
      running?.abort();
      running = undefined;
      map = undefined;
      byId("occlusion").hidden = poster === undefined;
      text.textContent = explanation;
      if (poster) byId<HTMLImageElement>("occlusion-image").src = poster;
      genre.replaceChildren(
        ...genres.map(({ label }) => create("option", { value: label }, label)),
      );
      update();
    },
  };
}

/** @returns What the picture shows, in words. */
function draw(
  canvas: HTMLCanvasElement,
  { rows, columns, drops }: OcclusionMap,
  label: string,
): string {
  const values = drops[label]!;
  const most = values.reduce((max, value) => Math.max(max, Math.abs(value)), NOTABLE);
  // One pixel a cell; the browser's own smoothing does the rest.
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(columns, rows);
  for (const [i, value] of values.entries()) {
    const strength = Math.abs(value) / most;
    image.data.set([...(value > 0 ? FOR : AGAINST), Math.round(OPAQUE * strength)], 4 * i);
  }
  canvas.getContext("2d")!.putImageData(image, 0, 0);
  const at = values.indexOf(Math.max(...values));
  const points = Math.max(...values) * 100;
  const place = placeOf((Math.floor(at / columns) + 0.5) / rows, ((at % columns) + 0.5) / columns);
  const sentence =
    points < 0.05
      ? `No part of the poster speaks for ${label}.`
      : `The ${place} speaks most for ${label}: covered, it costs ${points.toFixed(1)} points.`;
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
