/** The linear text encoder, on titles, against its definition, its fit against the exact minimum, and both exported. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildInferenceModel, buildTower } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import type { ImageInput } from "../../../pipeline/model/modelInputs.ts";
import { getWeights } from "../../../pipeline/model/weights.ts";
import { fitLogistic } from "../../../pipeline/regression/logistic.ts";
import { predictLinear, type SparseRows } from "../../../pipeline/regression/sparseRows.ts";
import { fitSvm } from "../../../pipeline/regression/svm.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fitAtOnce } from "../../../pipeline/train/fitAtOnce.ts";
import { fitLinearText } from "../../../pipeline/train/linearText.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { collate } from "../../../predictor/item.ts";
import type { MovieFeatures } from "../../../predictor/movie.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import { tiny, towerWeights, withInput, withoutYear } from "../tinyModel.ts";
import { exported } from "./wholeModel.ts";

before(async () => {
  await startBackend("wasm");
});

const words = {
  dimensions: 2,
  vectors: new Map([
    ["war", Float32Array.of(1, -1)],
    ["wedding", Float32Array.of(-0.5, 2)],
    ["peace", Float32Array.of(0.25, 0.75)],
  ]),
};
const plain = tiny(40, { title: { encoder: "linear", inverseRegularisation: 1 } });
const { spec } = plain;
const { termWeights } = plain.parts.inputs.title;
const { maxWords: W, piecesPerWord: P } = spec.title;

/** The regression's terms, computed directly: TF-IDF of the tokens. */
function expectedTerms(tokens: Int32Array): Map<number, number> {
  const row = new Map<number, number>();
  const length = Math.hypot(...Array.from(tokens, (token) => termWeights[token]!));
  for (const token of tokens) {
    if (termWeights[token]! === 0) continue;
    row.set(token, (row.get(token) ?? 0) + termWeights[token]! / length);
  }
  return row;
}

/** The terms, then the bumps over the year. */
function expectedFeatures(tokens: Int32Array, year = 0, bumps = 17): Map<number, number> {
  const row = expectedTerms(tokens);
  for (let i = 0; i < bumps; i++) {
    const distance = (year - 1920 - 5 * i) / 6;
    row.set(termWeights.length + i, year === 0 ? 0 : 1.5 * (1 - Math.tanh(distance) ** 2));
  }
  return row;
}

function sparseOf(rows: readonly Map<number, number>[], columns: number): SparseRows {
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, row] of rows.entries()) offsets[i + 1] = offsets[i]! + row.size;
  const indices = Uint32Array.from(rows.flatMap((row) => [...row.keys()]));
  const values = Float64Array.from(rows.flatMap((row) => [...row.values()]));
  return { columns, offsets, indices, values };
}

/** Asserts that the logits [movies, L] are those of the regression on these features. */
function assertFitted(rows: readonly Map<number, number>[], columns: number, logits: Float32Array) {
  const { movies, prior } = plain;
  const sparse = sparseOf(rows, columns);
  for (const label of prior.keys()) {
    const targets = Uint8Array.from(movies, ({ target }) => target[label]!);
    const fit = fitLogistic(sparse, targets, 1);
    for (const [i, row] of rows.entries()) {
      let expected = fit.intercept - prior[label]!;
      for (const [column, value] of row) expected += fit.weights[column]! * value;
      const found = logits[i * prior.length + label]!;
      // Weights of terms are rounded to an 8-bit grid.
      assert.ok(Math.abs(found - expected) < 0.02, `${i}, ${label}: ${found}, not ${expected}`);
    }
  }
}

const tokensOf = (movies: readonly { readonly features: Pick<MovieFeatures, "title"> }[]) =>
  Int32Array.from(movies.flatMap(({ features }) => [...features.title.tokens]));

test("the fitted tower equals the logistic regression in its definition", async () => {
  const { movies, parts, source, config, target } = plain;
  const model = buildTower("title", parts, createRandom(1));
  const options = { input: "title", config, source, training: movies } as const;
  const { weights, history, bestEpoch } = await fitAtOnce(model, fitLinearText, {
    ...options,
    target,
    validation: movies,
    random: createRandom(2),
  });
  assert.equal(bestEpoch, 1);
  assert.equal(history.length, 1);
  assert.ok(history[0]!.validation > 0.9, `mAP@5 ${history[0]!.validation}`);
  assert.deepEqual(weights, await getWeights(model));

  const rows = movies.map(({ features }) => expectedFeatures(features.title.tokens, features.year));
  const years = Float32Array.from(movies, ({ features }) => features.year ?? 0);
  const logits = await forward(model, [tokensOf(movies), years]);
  assertFitted(rows, termWeights.length + 17, logits);
});

test("with support vector machines, logits are their margins by one scale and one offset for all labels", async () => {
  const title = { encoder: "linear", regression: "svm", inverseRegularisation: 0.5 } as const;
  const { movies, parts, source, config, target, prior } = tiny(40, { title });
  const logitsOf = async (seed: number) => {
    const model = buildTower("title", parts, createRandom(1));
    const options = { input: "title", config, source, training: movies, validation: [], target };
    await fitAtOnce(model, fitLinearText, { ...options, random: createRandom(seed) });
    const years = Float32Array.from(movies, ({ features }) => features.year ?? 0);
    return forward(model, [tokensOf(movies), years]);
  };
  const logits = await logitsOf(2);
  const rows = movies.map(({ features }) => expectedFeatures(features.title.tokens, features.year));
  const sparse = sparseOf(rows, termWeights.length + 17);
  const margins = [...prior.keys()].map((label) =>
    predictLinear(
      sparse,
      fitSvm(
        sparse,
        Uint8Array.from(movies, ({ target }) => target[label]!),
        0.5,
      ),
    ),
  );
  const pairs = margins.flatMap((ofLabel, label) =>
    [...ofLabel].map((margin, i) => ({
      margin,
      logit: logits[i * prior.length + label]! + prior[label]!,
    })),
  );
  pairs.sort((a, b) => a.margin - b.margin);
  const [low, high] = [pairs[0]!, pairs.at(-1)!];
  const scale = (high.logit - low.logit) / (high.margin - low.margin);
  assert.ok(scale > 1, `${scale}`);
  for (const { margin, logit } of pairs) {
    // Weights of terms are rounded to an 8-bit grid.
    const expected = low.logit + scale * (margin - low.margin);
    assert.ok(Math.abs(logit - expected) < 0.1, `${logit}, not ${expected}`);
  }
  assert.deepEqual(await logitsOf(2), logits);
  assert.notDeepEqual(await logitsOf(3), logits, "parts for calibration are drawn from the stream");
});

test("bumps go on to the last of the data's years", async () => {
  const { parts, config, target } = plain;
  const year = { ...parts.inputs.year, years: { first: 1920, last: 2020 } };
  const inputs = { ...parts.inputs, year };
  // Made later by 20 years, so that some are after 2000.
  const movies = plain.movies.map((movie) => ({
    ...movie,
    features: { ...movie.features, year: movie.features.year && movie.features.year + 20 },
  }));
  assert.ok(movies.some(({ features }) => features.year! > 2005));
  const model = buildTower("title", { ...parts, inputs }, createRandom(1));
  const options = { input: "title", config, target, training: movies, validation: [] } as const;
  const source = { ...plain.source, inputs };
  await fitAtOnce(model, fitLinearText, { ...options, source, random: createRandom(2) });
  const rows = movies.map(({ features }) =>
    expectedFeatures(features.title.tokens, features.year, 21),
  );
  const years = Float32Array.from(movies, ({ features }) => features.year ?? 0);
  const logits = await forward(model, [tokensOf(movies), years]);
  assertFitted(rows, termWeights.length + 21, logits);
});

test("without a number beside it, the regression is on the terms alone, and its feature, the presence, weighs 0", async () => {
  const { movies } = plain;
  const { parts, source, config, target } = withoutYear(plain);
  const model = buildTower("title", parts, createRandom(1));
  const options = { input: "title", config, source, training: movies, validation: [], target };
  const { weights } = await fitAtOnce(model, fitLinearText, {
    ...options,
    random: createRandom(2),
  });
  assert.deepEqual(weights.get("title_logits/kernel"), new Float32Array(3));
  const logits = await forward(model, [tokensOf(movies)]);
  assertFitted(
    movies.map(({ features }) => expectedTerms(features.title.tokens)),
    termWeights.length,
    logits,
  );

  const encoder = createMovieEncoder(spec);
  const logitsOf = async (title: string) =>
    [...(await forward(model, [encoder.encode({ title }).title.tokens]))].map((value) => value + 0);
  for (const silent of ["", "?!", "(1999)"]) assert.deepEqual(await logitsOf(silent), [0, 0, 0]);
  // A word that no training title has says only that there is a text.
  assert.deepEqual(await logitsOf("q"), [...weights.get("title_logits/bias")!]);
});

test("without a number, word vectors follow the presence among the features", async () => {
  const small = tiny(40, { title: { encoder: "linear" }, words });
  const { parts, source, config, target, movies } = withoutYear(small);
  const model = buildTower("title", parts, createRandom(1));
  const options = { input: "title", config, source, training: movies, validation: [], target };
  const { weights } = await fitAtOnce(model, fitLinearText, {
    ...options,
    random: createRandom(2),
  });
  const kernel = weights.get("title_logits/kernel")!;
  // The presence, then mean, largest and smallest value of two dimensions each; three labels.
  assert.equal(kernel.length, (1 + 3 * 2) * 3);
  assert.deepEqual(kernel.subarray(0, 3), new Float32Array(3));
  assert.ok(kernel.subarray(3).some((value) => value !== 0));
  await exported({ ...withoutYear(small), movies });
});

test("without words and year, logits are 0; with unknown words, they depend on the year only", async () => {
  const { movies, parts, source, config, target } = plain;
  const model = buildTower("title", parts, createRandom(1));
  await fitAtOnce(model, fitLinearText, {
    input: "title",
    config,
    source,
    training: movies,
    target,
    validation: [],
    random: createRandom(2),
  });
  const encoder = createMovieEncoder(spec);
  const logitsOf = async (movie: { title?: string; year?: number }) => {
    const { title, year = 0 } = encoder.encode(movie);
    const logits = await forward(model, [title.tokens, Float32Array.of(year)]);
    return [...logits].map((value) => value + 0);
  };
  assert.deepEqual(await logitsOf({}), [0, 0, 0]);
  const unknown = await logitsOf({ title: "q", year: 1990 });
  assert.deepEqual(unknown, await logitsOf({ year: 1990 }));
  assert.notDeepEqual(unknown, await logitsOf({ year: 1960 }));
});

test("no random numbers are drawn for weights that are fitted", async () => {
  const drawn: string[] = [];
  const stream = createRandom(1);
  const model = buildTower("title", plain.parts, {
    ...stream,
    fork(name) {
      drawn.push(name);
      return stream.fork(name);
    },
  });
  assert.ok(!drawn.includes("title_term_logits/embeddings"), drawn.join(", "));
  const terms = (await getWeights(model)).get("title_term_logits/embeddings")!;
  assert.ok(terms.every((value) => value === 0));
});

test("without training titles, the tower's weights are 0", async () => {
  const { parts, source, config, target } = plain;
  const model = buildTower("title", parts, createRandom(1));
  const result = await fitAtOnce(model, fitLinearText, {
    input: "title",
    config,
    source,
    target,
    training: [],
    validation: [],
    random: createRandom(2),
  });
  assert.equal(result.bestEpoch, 0);
  assert.ok(result.weights.get("title_term_logits/embeddings")!.every((value) => value === 0));
});

test("words that have only a vector can be in training titles", async () => {
  const { movies, parts, spec, source, config, target } = tiny(40, {
    title: { encoder: "linear" },
    words,
  });
  assert.ok(spec.title.vectorWords.includes("peace"));
  const title = (text: string) => createMovieEncoder(spec).encode({ title: text });
  // One movie's title has such a word.
  const training = movies.map((movie, i) =>
    i === 3 ? { ...movie, features: { ...movie.features, ...title("War Peace") } } : movie,
  );
  const model = buildTower("title", parts, createRandom(1));
  const { history } = await fitAtOnce(model, fitLinearText, {
    input: "title",
    config,
    source,
    training,
    target,
    validation: [],
    random: createRandom(2),
  });
  assert.ok(Number.isFinite(history[0]!.loss));
});

for (const [name, small] of [
  ["without word vectors", plain],
  ["with word vectors", tiny(40, { title: { encoder: "linear" }, words })],
] as const) {
  test(`${name}, the exported graph computes the same, and attention is distributed over the words`, async () => {
    const outputs = await exported(small);
    const attention = outputs.title_attention!.data as Float32Array;
    for (const [i, { features }] of small.movies.entries()) {
      const shares = [...attention.subarray(i * W, (i + 1) * W)];
      const known = features.title.tokens.some((token) => (termWeights[token] ?? 0) > 0);
      const sum = shares.reduce((total, share) => total + share, 0);
      assert.ok(Math.abs(sum - (known ? 1 : 0)) < 1e-5, `${sum}`);
      for (const [w, share] of shares.entries()) {
        assert.ok(share >= 0);
        if (features.title.tokens[w * P] === 0) assert.equal(share, 0);
      }
    }
  });
}

test("half precision distinguishes years: probabilities change by less than 0.01", async () => {
  const { movies, parts, source, config, prior, target } = plain;
  const tower = buildTower("title", parts, createRandom(1));
  const { weights } = await fitAtOnce(tower, fitLinearText, {
    input: "title",
    config,
    source,
    training: movies,
    target,
    validation: [],
    random: createRandom(2),
  });
  const all = new Map([
    ...(await towerWeights(parts, createRandom)),
    ...weights,
    ...fusionWeights(prior, { kernel: new Float32Array(18), bias: Float32Array.of(1, 0, 0) }),
  ]);
  const model = buildInferenceModel(parts, all);
  const years = Array.from({ length: 110 }, (_, i) => 1900 + i);
  const encoder = createMovieEncoder(spec);
  const feeds = collate(
    years.map((year) => encoder.encode({ title: "War Wedding", year })),
    spec,
  );
  const answers = [];
  for (const precision of ["fp32", "fp16"] as const) {
    const { onnx } = await exportGraph(model, parts, { name: "tiny", synthetic: true }, precision);
    const session = await openSession(onnx, { threads: 1 });
    answers.push((await session.run(feeds)).probabilities!.data as Float32Array);
    await session.close();
  }
  for (const [i, value] of answers[0]!.entries()) {
    assert.ok(Math.abs(value - answers[1]![i]!) < 0.01, `${value}, ${answers[1]![i]}`);
  }
});

test("words and a backbone's features have regressions of their own, averaged by the backbone's share", async () => {
  const [size, c] = [6, 0.5];
  const random = createRandom("features");
  const values = plain.movies.map(() => Float32Array.from({ length: size }, () => random.normal()));
  const movies = plain.movies.map((movie, i) => ({
    ...movie,
    features: { ...movie.features, title: { ...movie.features.title, ids: Int32Array.of(i) } },
  }));
  const features = {
    ...{ file: "", size, views: 1, close() {} },
    read: (key: string, _: number, out: Float32Array, at: number) =>
      out.set(values[Number(key)]!, at),
  };
  const moments = { mean: new Float32Array(size), std: new Float32Array(size).fill(1) };
  const fit = async (backboneShare: number) => {
    const backbone = {
      kind: "onnx",
      features: size,
      ...moments,
    } as unknown as ImageInput["backbone"];
    const title = plain.parts.inputs.title;
    const options = { ...title.options, backboneShare, backboneInverseRegularisation: c };
    const { parts, source } = withInput(plain, "title", { options, backbone } as Partial<
      typeof title
    >);
    const { weights } = await fitAtOnce(
      buildTower("title", parts, createRandom(1)),
      fitLinearText,
      {
        ...{ input: "title", config: plain.config, target: plain.target, validation: [] },
        source: { ...source, features: { title: features } },
        training: movies,
        random: createRandom(2),
      },
    );
    const kernel = weights.get("title_logits/kernel")!;
    return {
      terms: weights.get("title_term_logits/embeddings")!,
      ofYears: kernel.subarray(0, kernel.length - size * 3),
      pretrained: kernel.subarray(kernel.length - size * 3),
    };
  };
  const [words, both, pretrained] = [await fit(0), await fit(0.5), await fit(1)];
  assert.ok(words.pretrained.every((weight) => weight === 0));
  assert.ok([...pretrained.terms, ...pretrained.ofYears].every((weight) => weight === 0));
  const halved = (weights: Float32Array) => weights.map((weight) => weight / 2);
  assert.deepEqual(both.terms, halved(words.terms));
  assert.deepEqual(both.ofYears, halved(words.ofYears));
  assert.deepEqual(both.pretrained, halved(pretrained.pretrained));
  // The features alone: the regression on vectors of about length 1.
  const rows = sparseOf(
    values.map((row) => new Map(row.entries())),
    size,
  );
  const root = Math.sqrt(size);
  const scaled = { ...rows, values: rows.values.map((value) => value / root) };
  const targets = Uint8Array.from(movies, ({ target }) => target[0]!);
  for (const [k, weight] of fitLogistic(scaled, targets, c).weights.entries())
    assert.ok(Math.abs(pretrained.pretrained[k * 3]! - weight / root) < 1e-4);
});
