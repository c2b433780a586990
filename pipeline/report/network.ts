/** A diagram of the network as SVG: a column for each tower, and the fusion below them. */

import { formatCount } from "./format.ts";
import { type Html, html } from "./markup.ts";
import type { LayerRecord, ModelRecord } from "./runRecord.ts";

/** In pixels; wide diagrams are scaled down by the page. */
const COLUMN = 236;
const GAP = 20;
const BOX = 40;
const STEP = 56;
const PADDING = 4;

/** Layers without parameters that say something of what a tower does; the others mask, reshape and join. */
const SHOWN = /Pooling2D|Dropout|Normalization/;
/** More boxes of a tower would be a wall. */
const MOST = 12;

interface Box {
  readonly title: string;
  readonly note: string;
}

/**
 * @param model Of at least one tower.
 * @param answer What comes out, e.g. "18 genres".
 */
export function networkDiagram({ parts, layers }: ModelRecord, answer: string): Html {
  const towers = parts.filter(({ inputs }) => inputs.length > 0);
  const columns = towers.map((part) => ({
    part,
    boxes: boxesOf(layers.filter((layer) => layer.part === part.name)),
  }));
  const tallest = Math.max(1, ...columns.map(({ boxes }) => boxes.length));
  const width = towers.length * (COLUMN + GAP) - GAP + 2 * PADDING;
  const fusionY = PADDING + STEP * (tallest + 1);
  const height = fusionY + STEP + BOX + PADDING;
  return html`<svg class="network" role="img" aria-label="Diagram of the network" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
${columns.map(({ part, boxes }, c) => {
  const x = PADDING + c * (COLUMN + GAP);
  const all = [{ title: part.name, note: part.inputs.join(", ") }, ...boxes];
  return html`${all.map((box, b) => draw(box, x, PADDING + b * STEP, COLUMN, b === 0))}
${all.map((_, b) => arrow(x + COLUMN / 2, PADDING + b * STEP + BOX, b === all.length - 1 ? fusionY : PADDING + (b + 1) * STEP))}`;
})}
${draw({ title: "logits × gates, + prior", note: "gates by inputs that are there, and by their amounts" }, PADDING, fusionY, width - 2 * PADDING, true)}
${arrow(width / 2, fusionY + BOX, fusionY + STEP)}
${draw({ title: "answer", note: answer }, PADDING, fusionY + STEP, width - 2 * PADDING, false)}
</svg>`;
}

/** Boxes of the layers; of very many, those with the most parameters. */
function boxesOf(layers: readonly LayerRecord[]): Box[] {
  const shown = layers.filter(
    ({ className, parameters }) => parameters > 0 || SHOWN.test(className),
  );
  const ranked = shown.toSorted((a, b) => b.parameters - a.parameters);
  const kept = new Set(ranked.slice(0, MOST));
  return shown
    .filter((layer) => kept.has(layer))
    .map((layer) => {
      const count = layer.parameters > 0 ? `${formatCount(layer.parameters)} parameters` : "";
      const note = [sizeOf(layer), count].filter((part) => part !== "").join(", ");
      return { title: layer.className, note };
    });
}

/** "[null,96,64,16]" without the batch: "96 × 64 × 16". Several outputs have no one size. */
function sizeOf({ outputShape }: LayerRecord): string {
  const shape: unknown = JSON.parse(outputShape);
  if (!Array.isArray(shape) || shape.some(Array.isArray)) return "";
  return shape
    .slice(1)
    .map((size) => size ?? "any")
    .join(" × ");
}

function draw({ title, note }: Box, x: number, y: number, width: number, isStrong: boolean): Html {
  const middle = x + width / 2;
  return html`<g><rect x="${x}" y="${y}" width="${width}" height="${BOX}" rx="6" fill="${isStrong ? "var(--panel)" : "none"}" stroke="var(--line)"/>
<text x="${middle}" y="${y + 17}" text-anchor="middle" font-size="13" font-weight="600" fill="currentColor">${title}</text>
<text x="${middle}" y="${y + 32}" text-anchor="middle" font-size="11" fill="var(--muted)">${note}</text></g>\n`;
}

function arrow(x: number, from: number, to: number): Html {
  return html`<path d="M${x} ${from}V${to - 1}m-4 -5l4 5l4 -5" fill="none" stroke="var(--muted)"/>\n`;
}
