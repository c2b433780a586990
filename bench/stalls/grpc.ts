/** Measures calls over gRPC as requests over HTTP are measured: those that were made to stop the server, and a search. */

import { Piscina } from "piscina";
import { createRandom } from "../../pipeline/common/random.ts";
import { MESSAGES } from "./grpcMessages.ts";
import { MESSAGE_FRAMES, MESSAGE_UNITS, type MessageRecipe } from "./grpcRecipes.ts";
import type { SendingCall } from "./grpcSender.ts";
import type { Sent } from "./sender.ts";
import { type Stall, watch } from "./watch.ts";

const KEPT = 12;
const [MIN_BYTES, MAX_BYTES] = [1_000, 31_500_000];

interface Target {
  readonly address: string;
  readonly model: string;
}

interface Measured {
  readonly sent: Sent;
  readonly stall: Stall;
}

/** @param calls That the search makes. */
export async function measureCalls(target: Target, calls: number, seed: number): Promise<void> {
  const sender = new Piscina<SendingCall, Sent>({
    filename: new URL("./grpcSender.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
  });
  const measure = async (what: Omit<SendingCall, keyof Target>): Promise<Measured> => {
    const { result, stall } = await watch(() => sender.run({ ...target, ...what }));
    return { sent: result, stall };
  };
  try {
    // The first compile code and start threads.
    for (const bytes of [1000, 2_000_000]) {
      await measure({ recipe: { frame: "ints", unit: "01", bytes, isPacked: false } });
    }
    console.log("| call | MB | status | stall, ms | of it processor time | memory, MB |");
    console.log("| --- | --: | --: | --: | --: | --: |");
    for (const attack of Object.keys(MESSAGES)) console.log(row(attack, await measure({ attack })));
    await search(measure, calls, seed);
  } finally {
    await sender.destroy();
  }
}

async function search(
  measure: (what: { recipe: MessageRecipe }) => Promise<Measured>,
  calls: number,
  seed: number,
): Promise<void> {
  const random = createRandom(seed);
  const pick = <Value>(values: readonly Value[]): Value =>
    values[Math.floor(random.next() * values.length)]!;
  const frames = Object.keys(MESSAGE_FRAMES) as MessageRecipe["frame"][];
  const draw = (): MessageRecipe => ({
    frame: pick(frames),
    unit: pick(MESSAGE_UNITS),
    bytes: Math.round(MIN_BYTES * (MAX_BYTES / MIN_BYTES) ** random.next()),
    isPacked: random.next() < 0.2,
  });
  const change = (recipe: MessageRecipe): MessageRecipe =>
    pick([
      { ...recipe, unit: recipe.unit + pick(MESSAGE_UNITS) },
      { ...recipe, frame: pick(frames) },
      {
        ...recipe,
        bytes: Math.round(Math.min(MAX_BYTES, recipe.bytes * 4 ** (random.next() - 0.5))),
      },
    ]);
  const statuses = new Map<number, number>();
  const slowest: (Measured & { readonly recipe: MessageRecipe })[] = [];
  for (let i = 0; i < calls; i++) {
    const recipe =
      slowest.length > 0 && random.next() < 0.5 ? change(pick(slowest).recipe) : draw();
    const measured = await measure({ recipe });
    const { status } = measured.sent;
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    slowest.push({ ...measured, recipe });
    slowest.sort((a, b) => b.stall.cpu - a.stall.cpu);
    slowest.length = Math.min(slowest.length, KEPT);
  }
  console.log(
    `\nThe slowest of ${calls} calls, seed ${seed}; by status:`,
    Object.fromEntries(statuses),
  );
  for (const { recipe, ...measured } of slowest) console.log(row(JSON.stringify(recipe), measured));
}

function row(name: string, { sent, stall }: Measured): string {
  const { wall, cpu, memory } = stall;
  return `| ${name} | ${(sent.bytes / 1e6).toFixed(2)} | ${sent.status} | ${wall.toFixed(0)} | ${cpu.toFixed(0)} | ${(memory / 1e6).toFixed(0)} |`;
}
