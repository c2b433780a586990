import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRandom, type Random } from "../../../pipeline/common/random.ts";

function draw(random: Random, n: number): number[] {
  return Array.from({ length: n }, () => random.next());
}

describe("createRandom", () => {
  it("gives equal numbers for equal seeds and others for other seeds", () => {
    assert.deepEqual(draw(createRandom(7), 20), draw(createRandom("7"), 20));
    assert.notDeepEqual(draw(createRandom(7), 20), draw(createRandom(8), 20));
  });

  it("keeps its numbers from version to version", () => {
    const random = createRandom(42);
    const ints = Array.from({ length: 6 }, () => random.int(1000));
    assert.deepEqual(ints, [650, 191, 301, 693, 550, 607]);
  });

  it("takes no seed that is not finite", () => {
    assert.throws(() => createRandom(Number.NaN), /finite number or a string, got NaN/);
  });

  it("is uniform in [0, 1)", () => {
    const values = draw(createRandom("uniform"), 20_000);
    assert.ok(values.every((v) => v >= 0 && v < 1));
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    assert.ok(Math.abs(mean - 0.5) < 0.01, `mean ${mean}`); // standard error is 0.002
  });

  it("draws every integer of a range about equally often", () => {
    const random = createRandom("dice");
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[random.int(6)]!++;
    // Chi-square with 5 degrees of freedom exceeds 20.5 once in a thousand seeds.
    const chi = counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0);
    assert.ok(chi < 20.5, `counts ${counts.join(" ")}`);
    assert.equal(random.int(1), 0);
    assert.ok(random.int(2 ** 32) < 2 ** 32);
  });

  it("rejects ranges it cannot draw from", () => {
    for (const n of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) {
      assert.throws(() => createRandom(1).int(n), /needs an integer n in 1\.\.2\^32/);
    }
  });

  it("draws normal numbers of mean 0 and variance 1", () => {
    const random = createRandom("normal");
    const values = Array.from({ length: 20_000 }, () => random.normal());
    const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
    const beyond = values.filter((v) => Math.abs(v) > 1.96).length / values.length;
    assert.ok(Math.abs(mean) < 0.03, `mean ${mean}`);
    assert.ok(Math.abs(variance - 1) < 0.04, `variance ${variance}`);
    assert.ok(Math.abs(beyond - 0.05) < 0.008, `beyond 1.96: ${beyond}`);
  });

  it("shuffles arrays and typed arrays into each order about equally often", () => {
    const random = createRandom("shuffle");
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const cards = Uint8Array.of(0, 1, 2);
      random.shuffle(cards);
      const key = cards.join("");
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.equal(counts.size, 6);
    for (const [order, n] of counts) assert.ok(Math.abs(n - 1000) < 120, `${order}: ${n}`);
    const words = ["a", "b", "c", "d"];
    random.shuffle(words);
    assert.deepEqual([...words].sort(), ["a", "b", "c", "d"]);
  });

  it("forks streams that depend on the seed and the names alone", () => {
    const early = createRandom(1).fork("dropout");
    const parent = createRandom(1);
    draw(parent, 100);
    parent.fork("other");
    const expected = draw(early, 10);
    assert.deepEqual(draw(parent.fork("dropout"), 10), expected);
    assert.notDeepEqual(draw(createRandom(2).fork("dropout"), 10), expected);
    assert.notDeepEqual(draw(createRandom(1).fork("shuffle"), 10), expected);
    assert.notDeepEqual(
      draw(createRandom(1).fork("a").fork("b"), 5),
      draw(createRandom(1).fork("a,b"), 5),
    );
  });

  it("continues from a state that went through JSON", () => {
    const random = createRandom("checkpoint");
    random.normal();
    const saved: number[] = JSON.parse(JSON.stringify(random.getState()));
    const expected = [random.normal(), random.next(), random.int(99)];
    const resumed = createRandom("another seed");
    resumed.setState(saved);
    assert.deepEqual([resumed.normal(), resumed.next(), resumed.int(99)], expected);
  });

  it("rejects a broken state", () => {
    for (const state of [[], [1, 2, 3], [0, 0, 0, 0], [1, 2, 3, 0.5], [2 ** 31, 0, 0, 0]]) {
      assert.throws(() => createRandom(1).setState(state), /four signed 32-bit integers/);
    }
  });
});
