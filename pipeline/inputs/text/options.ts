/** Options of a text: type, range, default and help text. */

import * as z from "zod";
import {
  attention,
  backboneLayers,
  backbonePooling,
  gridBits,
  path,
  positive,
  RECURRENT,
  share,
  shareBelowOne,
  size,
  training,
} from "../../config/fields.ts";

/** How a text is read, see `TextSpec`. */
export type TextForm = "title" | "plain";

/** How an input's options depend on its texts. */
export interface TextKind {
  readonly form: TextForm;
  /** False: no spaces are between words. */
  readonly spaces?: false | undefined;
}

/**
 * Defaults of a text's options that depend on its form: titles are short, and n-grams help where words are rare. A
 * plain text's were chosen on folds of Reuters-21578's train split. Without spaces, what counts as a word is a clause: its
 * words are found among its n-grams, most of two or three characters, and there are fewer clauses than words.
 */
const NGRAMS = { ngramMin: 3, ngramMax: 5 } as const;
const TEXT_DEFAULTS = {
  title: {
    words: { least: 12, most: 300 },
    piecesPerWord: 24,
    buckets: 8192,
    ...NGRAMS,
    regression: "logistic",
    c: 2,
  },
  plain: {
    words: { least: 300, most: 300 },
    piecesPerWord: 1,
    buckets: 0,
    ...NGRAMS,
    regression: "svm",
  },
  unspaced: {
    ...{
      words: { least: 100, most: 100 },
      piecesPerWord: 64,
      buckets: 8192,
      ngramMin: 2,
      ngramMax: 3,
    },
    regression: "svm",
  },
} as const;

/** Fewest and most words kept per text where no option says it. */
export interface KeptWords {
  readonly least: number;
  readonly most: number;
}

function describeWords({ least, most }: KeptWords): string {
  if (least === most) return String(most);
  return `${least}, or as many as keep 99 % of the training texts whole, up to ${most}`;
}

export function keptWords(kind: TextKind): KeptWords {
  return defaultsOf(kind).words;
}

function defaultsOf({ form, spaces }: TextKind) {
  return TEXT_DEFAULTS[form === "plain" && spaces === false ? "unspaced" : form];
}

/** How often a word counts beside an n-gram where no option says it. Pretrained vectors stand for words, too. */
const WORD_WEIGHT = { alone: 3, withVectors: 1 } as const;

/** C of plain texts where no option says it; chosen with the regression. */
export const PLAIN_C = { logistic: 20, svm: 1 } as const;

/**
 * Which occurrences of a word are read where no option says it. On folds of Reuters-21578's train split, the mean AP@5 is
 * 0.002 higher with `doubling`. Encoders that read words in order need all of them, and titles repeat few.
 */
export function repeatsOf(
  form: TextForm,
  { repeats, encoder }: Pick<TextOptions, "repeats" | "encoder">,
): "all" | "doubling" {
  return repeats ?? (form === "plain" && encoder === "linear" ? "doubling" : "all");
}

const positiveNumber = z.number().positive();

const textFields = (defaults: (typeof TEXT_DEFAULTS)[keyof typeof TEXT_DEFAULTS]) =>
  z.strictObject({
    maxWords: positive
      .optional()
      .describe(`words kept per text (default: ${describeWords(defaults.words)})`),
    repeats: z
      .enum(["all", "doubling"])
      .optional()
      .describe(
        `occurrences of a word that are read: all, or doubling: the 1st, 2nd, 4th, 8th and so on${"c" in defaults ? " (default: all)" : " (default: doubling in the linear encoder, else all)"}`,
      ),
    piecesPerWord: positive
      .default(defaults.piecesPerWord)
      .describe("token ids per word: the word and its n-grams"),
    minTitles: positive.default(2).describe("texts a word must occur in to get its own id"),
    ngramMin: positive
      .default(defaults.ngramMin)
      .describe("shortest character n-gram, including word boundaries"),
    ngramMax: positive.default(defaults.ngramMax).describe("longest character n-gram"),
    buckets: z
      .int()
      .min(0)
      .default(defaults.buckets)
      .describe("hash buckets for n-grams; 0: no n-grams"),
    dimensions: size.default(64).describe("size of a token vector"),
    encoder: z
      .enum(["linear", "bag", "rnn", "lstm", "gru"])
      .default("linear")
      .describe(
        "linear: logistic regression on TF-IDF; bag: mean of learned vectors; rnn, lstm, gru: a recurrent network over them",
      ),
    regression: z
      .enum(["logistic", "svm"])
      .default(defaults.regression)
      .describe(
        "linear encoder: logistic regression, or where the target is labels, calibrated linear support vector machines",
      ),
    wordWeight: positiveNumber
      .optional()
      .describe(
        `linear encoder: weight of a word relative to an n-gram (default: ${WORD_WEIGHT.alone}, with pretrained vectors ${WORD_WEIGHT.withVectors})`,
      ),
    inverseRegularisation: ("c" in defaults
      ? positiveNumber.default(defaults.c)
      : positiveNumber.optional()
    ).describe(
      `linear encoder: C of its regression, which is fitted without epochs${"c" in defaults ? "" : ` (default: ${PLAIN_C.svm}, of logistic regression ${PLAIN_C.logistic})`}`,
    ) as z.ZodOptional<z.ZodNumber>,
    bidirectional: z.boolean().default(false).describe("read the text in both directions"),
    attention: attention("words"),
    units: size
      .default(64)
      .describe("size of the encoder's state and of the attention's hidden layer"),
    embeddings: path
      .optional()
      .describe("file of word vectors in word2vec or GloVe text format; they stay frozen"),
    embeddingsDimensions: z
      .int()
      .min(0)
      .default(6)
      .describe(
        "dimensions kept per word vector, the ones most informative about labels; 0: keep the vector unchanged",
      ),
    embeddingsWords: z
      .int()
      .min(0)
      .default(5000)
      .describe(
        "words kept besides those in training texts: the most informative about labels, or else, as with a teacher, the file's first",
      ),
    embeddingsBits: gridBits.describe(
      "bits that the numbers of a word vector are quantised to; fewer make a smaller download",
    ),
    backbone: path
      .optional()
      .describe(
        "pretrained ONNX encoder whose features join those of the words: a folder in the layout of Transformers.js",
      ),
    backboneLayers: backboneLayers
      .optional()
      .describe("outputs of its graph that become features (default: the one that is made for it)"),
    backbonePooling,
    backboneRole: z
      .enum(["encoder", "teacher"])
      .default("encoder")
      .describe(
        "encoder: it becomes part of the graph; teacher: it gives the words of the embeddings additional vectors, and stays out of the graph",
      ),
    backboneShare: share
      .default(0.5)
      .describe(
        "linear encoder: share of the backbone's regression in the logits, or of that on the vectors it taught, beside that of the words",
      ),
    backboneInverseRegularisation: positiveNumber
      .default(1)
      .describe("linear encoder: C of the backbone's regression"),
    tokenDropout: shareBelowOne.default(0.3).describe("share of the tokens dropped in training"),
    dropout: shareBelowOne
      .default(0.3)
      .describe("share of the text's features set to zero in training"),
    ...training({ epochs: 40, batchSize: 64, learningRate: 2e-3, weightDecay: 0.1 }),
  });

/** @param name Of the input, for errors. */
export const textSection = (name: string, kind: TextKind) =>
  textFields(defaultsOf(kind))
    .refine(({ ngramMin, ngramMax }) => ngramMin <= ngramMax, {
      path: ["ngramMin"],
      error: ({ input }) => {
        const { ngramMin, ngramMax } = input as z.infer<ReturnType<typeof textFields>>;
        return `must be at most ${name}.ngramMax, got ${ngramMin} and ${ngramMax}`;
      },
    })
    .refine(({ encoder, attention }) => encoder !== "linear" || attention === "none", {
      path: ["attention"],
      error: `needs an encoder that learns vectors; choose a ${name}.encoder other than linear`,
    })
    .refine(
      ({ backboneRole, backbone, embeddings, embeddingsDimensions, encoder }) =>
        backboneRole === "encoder" ||
        (backbone !== undefined &&
          embeddings !== undefined &&
          embeddingsDimensions > 0 &&
          encoder === "linear"),
      {
        path: ["backboneRole"],
        error: `teacher needs a ${name}.backbone, ${name}.embeddings of at least one dimension, and the encoder linear`,
      },
    )
    .refine(({ encoder, bidirectional }) => !bidirectional || RECURRENT.has(encoder), {
      path: ["bidirectional"],
      error: `needs a recurrent encoder; set ${name}.encoder to rnn, lstm or gru`,
    });

export type TextOptions = z.infer<ReturnType<typeof textFields>>;

/** How often a word counts beside an n-gram, in the linear encoder; 1 where there are no n-grams. */
export function wordWeightOf({ wordWeight, embeddings, buckets }: TextOptions): number {
  if (buckets === 0) return 1;
  return wordWeight ?? (embeddings === undefined ? WORD_WEIGHT.alone : WORD_WEIGHT.withVectors);
}

/** Whether words have n-grams: the first of their pieces is the word itself. */
export function hasNgrams({
  piecesPerWord,
  buckets,
}: Pick<TextOptions, "piecesPerWord" | "buckets">): boolean {
  return piecesPerWord > 1 && buckets > 0;
}
