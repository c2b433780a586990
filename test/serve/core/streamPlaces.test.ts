/** Places of streams: half of the queue, in turns, and none while requests fill it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { StreamPlaces } from "../../../serve/core/streamPlaces.ts";
import { until } from "../../until.ts";

/** A queue of eight, of which requests have taken some. */
function createQueue(taken = 0) {
  const queue = {
    maxQueue: 8,
    depth: taken,
    /** How often there was no place. */
    refused: 0,
    tryPlace() {
      if (queue.depth >= queue.maxQueue) {
        queue.refused++;
        return undefined;
      }
      queue.depth++;
      return () => {
        queue.depth--;
      };
    },
  };
  return queue;
}

const never = new AbortController().signal;

test("streams take half of the queue, and the next in turn gets what is given back", async () => {
  const queue = createQueue();
  const places = new StreamPlaces(queue);
  const given = await Promise.all([1, 2, 3, 4].map(() => places.take(never)));
  assert.equal(queue.depth, 4);
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) void places.take(never).then(() => order.push(name));
  // Whoever is given a place is told in the same turn of the event loop.
  await turn();
  assert.deepEqual([order, queue.depth], [[], 4]);
  given[0]!();
  await turn();
  assert.deepEqual([order, queue.depth], [["a"], 4]);
  given[1]!();
  given[2]!();
  await turn();
  assert.deepEqual([order, queue.depth], [["a", "b", "c"], 4]);
});

test("while requests fill the queue, streams wait, and go on when there is room", async () => {
  const queue = createQueue(8);
  const places = new StreamPlaces(queue);
  let done = false;
  const taking = places.take(never).then((giveBack) => {
    done = true;
    return giveBack;
  });
  await until(() => queue.refused >= 3);
  assert.equal(done, false);
  queue.depth = 3;
  const giveBack = await taking;
  assert.equal(queue.depth, 4);
  giveBack();
  assert.equal(queue.depth, 3);
});

test("a stream that ends leaves its turn to the next", async () => {
  const queue = createQueue();
  const places = new StreamPlaces(queue);
  const given = await Promise.all([1, 2, 3, 4].map(() => places.take(never)));
  const end = new AbortController();
  const first = places.take(end.signal);
  const second = places.take(never);
  const reason = new Error("gone");
  end.abort(reason);
  await assert.rejects(first, reason);
  await assert.rejects(places.take(end.signal), reason);
  given[0]!();
  await second;
  assert.equal(queue.depth, 4);
});
