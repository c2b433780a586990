/** Answers in the server's form. */

import type { AnswerJson } from "../../predictor/answerTypes.ts";
import type { ModelInfo } from "../worker/protocol.ts";

/** The JSON that POST /v1/predict answers with: the answer, and which model gave it. */
export function serverJson<Json extends AnswerJson>(
  answer: Json,
  { name, version, synthetic }: Pick<ModelInfo, "name" | "version" | "synthetic">,
) {
  return { ...answer, model: { name, version, synthetic } };
}
