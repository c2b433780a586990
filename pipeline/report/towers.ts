/** How each tower was trained: losses of training and held-out items in one chart, and the metric beside it. */

import { formatScore } from "../evaluate/table.ts";
import type { EpochRecord } from "../train/records.ts";
import type { TowerHistory } from "../train/trainTowers.ts";
import { type Curve, curveChart } from "./charts.ts";
import { formatDuration } from "./format.ts";
import { type Html, howToRead, html, key, table } from "./markup.ts";
import type { RunRecord } from "./runRecord.ts";
import { HELD_OUT, TRAINING } from "./style.ts";

export function towerSections({ towers, monitoredFold, dataset }: RunRecord): Html {
  const { items } = dataset.nouns;
  return html`<h3>Training of the towers</h3>
${howToRead(`a tower that learns lowers both losses. Where the loss of held-out ${items} rises again while that of the training
${items} goes on falling, the tower learns them by heart (over-fitting): early stopping takes the weights of the marked
epoch. A wide gap between the two at the end says that there are too few ${items} for so many parameters, or too little
dropout (variance); two high losses close together say that the tower is too small, or trained too shortly (bias). The
training loss is measured with dropout and before each step's update, so that it may be the larger one at first. Beside
the losses is the metric of the held-out ${items}. The two need not turn at the same epoch: a loss also counts how sure
wrong answers are.`)}
${towers.map((tower) => towerCurves(tower, monitoredOf(tower, monitoredFold), dataset))}`;
}

/** The same tower in the fold that measured every epoch, where the published towers held nothing out. */
function monitoredOf({ tower, fold, history }: TowerHistory, monitored: readonly TowerHistory[]) {
  if (fold !== undefined || history.some(isMeasured)) return undefined;
  return monitored.find((other) => other.tower === tower && other.history.some(isMeasured));
}

const isMeasured = ({ validation }: EpochRecord) => Number.isFinite(validation);

function towerCurves(
  { tower: input, fold, history, bestEpoch, leftOut }: TowerHistory,
  monitored: TowerHistory | undefined,
  { nouns: { item, items } }: RunRecord["dataset"],
): Html {
  const tower = fold === undefined ? input : `${input}, fold ${fold}`;
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  if (!best) {
    return html`<h4>${tower}</h4>
<p>Not trained: ${leftOut ?? `no training ${item} has this input`}.</p>\n`;
  }
  const { metric } = best;
  const seconds = formatDuration(history.reduce((sum, epoch) => sum + epoch.seconds, 0));
  const scored = isMeasured(best) ? best : monitored?.history.at(-1);
  if (best.learningRate === 0) {
    return html`<h4>${tower}</h4>
<p>A convex problem, solved by Newton's method in ${seconds}. Mean loss on the training ${items}
${best.loss.toFixed(4)}${scored ? `; on ${heldOut(monitored, items)} ${scored.validationLoss.toFixed(4)}, ${metric} ${formatScore(scored.validation)}` : ""}.</p>\n`;
  }
  const shown = monitored?.history ?? history;
  const isHeld = shown.some(isMeasured);
  const chosen = isMeasured(best)
    ? `, with a validation ${metric} of ${formatScore(best.validation)} on the ${items} that have this input`
    : `, the last one, because no ${item} was held out`;
  const mark = isMeasured(best) ? { mark: bestEpoch } : {};
  return html`<h4>${tower}</h4>
<p>${history.length} ${history.length === 1 ? "epoch" : "epochs"} in ${seconds}. The weights are those of epoch
${bestEpoch}${chosen}.${monitored ? ` The curves are those of the first fold, which measured every epoch on ${heldOut(monitored, items)}.` : ""}</p>
<div class="pair">
<figure>${curveChart(lossesOf(shown, mark), {
    description: `Losses of the ${tower} tower per epoch`,
    axis: "loss",
  })}
<figcaption>Loss per epoch: ${isHeld ? html`${key(TRAINING)} training ${items}, ${key(HELD_OUT)} ${heldOut(monitored, items)}` : `training ${items}`}.</figcaption></figure>
${
  isHeld
    ? html`<figure>${curveChart(
        [{ points: pointsOf(shown, ({ validation }) => validation), colour: HELD_OUT, ...mark }],
        { description: `${metric} of the ${tower} tower per epoch`, axis: metric },
      )}
<figcaption>${metric} of ${heldOut(monitored, items)} per epoch${isMeasured(best) ? "; the line marks the epoch whose weights are used" : ""}.</figcaption></figure>`
    : ""
}
</div>
<details><summary>Every epoch</summary>
${epochTable(shown, metric)}</details>\n`;
}

function heldOut(monitored: TowerHistory | undefined, items: string): string {
  return monitored ? `${items} of the fold that was held out` : `validation ${items}`;
}

function lossesOf(history: readonly EpochRecord[], mark: Pick<Curve, "mark">): Curve[] {
  return [
    { points: pointsOf(history, ({ loss }) => loss), colour: TRAINING },
    {
      points: pointsOf(history, ({ validationLoss }) => validationLoss),
      colour: HELD_OUT,
      ...mark,
    },
  ].filter(({ points }) => points.length > 0);
}

function pointsOf(history: readonly EpochRecord[], pick: (record: EpochRecord) => number) {
  return history
    .map((record) => ({ x: record.epoch, y: pick(record) }))
    .filter(({ y }) => Number.isFinite(y));
}

function epochTable(history: readonly EpochRecord[], metric: string): Html {
  const figure = (value: number, text: string) => (Number.isFinite(value) ? text : "-");
  return table(
    ["epoch", "loss", "held-out loss", `held-out ${metric}`, "learning rate", "time"],
    history.map(({ epoch, loss, validation, validationLoss, learningRate, seconds }) => [
      epoch,
      loss.toFixed(4),
      figure(validationLoss, validationLoss.toFixed(4)),
      figure(validation, formatScore(validation)),
      learningRate.toPrecision(3),
      formatDuration(seconds),
    ]),
    [true, true, true, true, true, true],
  );
}
