/** Rungs: who goes on does not depend on who ends first, and nobody waits longer than that takes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { rungsOf } from "../../../pipeline/sweep/halving.ts";
import type { Entry } from "../../../pipeline/sweep/ranking.ts";
import { climb, climbFreely } from "../../../pipeline/sweep/schedule.ts";
import type { Objective } from "../../../pipeline/sweep/schema.ts";
import type { Plan, Trial } from "../../../pipeline/sweep/space.ts";

const OBJECTIVE: Objective = {
  ...{ input: "all inputs", group: "all movies", metric: "mAP@5" },
  better: "larger",
};

function planOf(trials: number): Plan {
  return {
    trials: Array.from({ length: trials }, (_, i) => ({ number: i + 1 }) as Trial),
    rungs: rungsOf(trials, 3, 1 / 9),
    notes: [],
  };
}

/** Trainings that end when the test says so, with the scores that it gives; NaN fails. */
function trainings(plan: Plan, scores: readonly number[]) {
  const begun: string[] = [];
  const open = new Map<string, () => void>();
  return {
    begun,
    open,
    train(trial: Trial, rung: number): Promise<Entry> {
      const name = `${rung}/${trial.number}`;
      begun.push(name);
      const mean = scores[trial.number - 1]!;
      const { input, group, metric } = OBJECTIVE;
      const outcome = Number.isNaN(mean)
        ? { error: "diverged" }
        : { figures: [{ input, group, metric, mean, std: 0 }] };
      const { share } = plan.rungs[rung]!;
      const result = { key: name, values: {}, share, seconds: 1, config: {}, ...outcome };
      return new Promise((resolve) =>
        open.set(name, () => resolve({ trial, rung, share, result })),
      );
    },
    async end(name: string): Promise<void> {
      open.get(name)!();
      open.delete(name);
      // All that follows from it happens in promises.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

const namesOf = (entries: readonly Entry[]) =>
  entries.map(({ trial, rung }) => `${rung}/${trial.number}`);

test("the same trials climb in the same order, whoever ends first", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constant(Number.NaN)), {
        minLength: 9,
        maxLength: 9,
      }),
      fc.infiniteStream(fc.nat()),
      async (scores, choices) => {
        fc.pre(scores.some((score) => !Number.isNaN(score)));
        const plan = planOf(9);
        const inTurn = trainings(plan, scores);
        const expected = climb(plan, OBJECTIVE, inTurn.train);
        const mixed = trainings(plan, scores);
        const found = climb(plan, OBJECTIVE, mixed.train);
        while (inTurn.open.size > 0) await inTurn.end([...inTurn.open.keys()][0]!);
        while (mixed.open.size > 0) {
          const names = [...mixed.open.keys()];
          await mixed.end(names[choices.next().value! % names.length]!);
        }
        assert.deepEqual(namesOf(await found), namesOf(await expected));
        assert.deepEqual(
          mixed.begun.toSorted(),
          inTurn.begun.toSorted(),
          "none is trained in vain",
        );
      },
    ),
    { numRuns: 30 },
  );
});

test("a trial goes on as soon as none that is still trained can take its place", async () => {
  const plan = planOf(9);
  const runs = trainings(plan, [9, 8, 7, 6, 5, 4, 3, 2, 1]);
  const climbing = climb(plan, OBJECTIVE, runs.train);
  for (const number of [1, 2, 3, 4, 5, 6]) await runs.end(`0/${number}`);
  assert.equal(runs.begun.length, 9, "three are still trained, and there are three places");
  await runs.end("0/7");
  assert.deepEqual(runs.begun.slice(9), ["1/1"]);
  await runs.end("0/8");
  assert.deepEqual(runs.begun.slice(9), ["1/1", "1/2"]);
  for (const name of ["0/9", "1/1", "1/2", "1/3", "2/1"]) await runs.end(name);
  assert.equal((await climbing).length, 9 + 3 + 1);
});

test("ASHA: whoever is free goes on with the best, and every trial is trained once a rung", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 1, max: 6 }),
      fc.infiniteStream(fc.nat()),
      async (scores, workers, choices) => {
        const plan = planOf(scores.length);
        const runs = trainings(plan, scores);
        const { train } = runs;
        const capacity = async () => workers;
        const climbing = climbFreely({ plan, objective: OBJECTIVE, eta: 3, train, capacity });
        await new Promise((resolve) => setImmediate(resolve));
        while (runs.open.size > 0) {
          assert.ok(runs.open.size <= workers);
          const names = [...runs.open.keys()];
          await runs.end(names[choices.next().value! % names.length]!);
        }
        const entries = await climbing;
        assert.equal(new Set(runs.begun).size, runs.begun.length);
        assert.equal(entries.filter(({ rung }) => rung === 0).length, scores.length);
        const top = entries.filter(({ rung }) => rung === plan.rungs.length - 1);
        assert.ok(top.length > 0, "somebody is trained with all epochs");
        const [best] = entries.toSorted((a, b) => scoreOf(b) - scoreOf(a));
        assert.ok(
          top.some((entry) => scoreOf(entry) === scoreOf(best!)),
          "the best is among them",
        );
      },
    ),
    { numRuns: 30 },
  );
});

function scoreOf({ result }: Entry): number {
  return result.figures![0]!.mean;
}

test("if every trial failed, the first one's error is given", async () => {
  const plan = planOf(3);
  for (const start of [
    (train: ReturnType<typeof trainings>["train"]) => climb(plan, OBJECTIVE, train),
    (train: ReturnType<typeof trainings>["train"]) =>
      climbFreely({ plan, objective: OBJECTIVE, eta: 3, train, capacity: async () => 3 }),
  ]) {
    const runs = trainings(plan, [Number.NaN, Number.NaN, Number.NaN]);
    const climbing = start(runs.train);
    const refused = assert.rejects(climbing, /no trial succeeded; .*diverged/);
    await new Promise((resolve) => setImmediate(resolve));
    while (runs.open.size > 0) await runs.end([...runs.open.keys()][0]!);
    await refused;
  }
});
