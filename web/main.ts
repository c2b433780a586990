/** The page: a form on one side, the answer on the other, and the model in a worker. */

import "./noEval.ts";
import { type AnswerLoop, startAnswer } from "./page/answer/answer.ts";
import { showDocuments } from "./page/documents.ts";
import { byId } from "./page/dom.ts";
import { startEmbedding } from "./page/embedding.ts";
import { startEngine } from "./page/engine/engine.ts";
import { showExamples } from "./page/form/examples.ts";
import { buildForm, type Form } from "./page/form/form.ts";
import { startKeeping } from "./page/form/keep.ts";
import { startLoading } from "./page/loading.ts";
import { startOffline } from "./page/offline.ts";
import { showRuns, startRuns } from "./page/runs.ts";
import { inPageLanguage, showTexts } from "./page/texts.ts";
import { fillPage } from "./strings/html.ts";
import { startLanguageSwitch } from "./strings/languageSwitch.ts";
import { loadStrings } from "./strings/load.ts";
import { language, strings } from "./strings/strings.ts";
import type { BundleInfo } from "./worker/protocol.ts";

await loadStrings();
fillPage(strings.html, language!);
startLanguageSwitch(language!);
const embedding = startEmbedding();
let form: Form | undefined;
let answer: AnswerLoop | undefined;

const loading = startLoading(() => engine.retry());
const bundleFolder = new URL("model/", document.baseURI).href;
const engine = startEngine(bundleFolder, {
  onLoading: loading.onLoading,
  onBundle: showBundle,
  onReady() {
    loading.done();
    startOffline();
    embedding?.ready(engine);
    if (answer) answer.formChanged();
    else answer = startAnswer(form!, engine, embedding?.answered);
  },
  onFailed(error) {
    loading.failed(error);
    embedding?.failed(error.message);
  },
  onReport: showRuns,
});
startRuns();
const keeper = startKeeping();
byId("form").addEventListener("submit", (event) => event.preventDefault());
byId("clear").addEventListener("click", (event) => {
  event.preventDefault();
  form?.fill({});
  keeper.save();
  form?.focus();
});

/** The form can be filled in while the model is still loading, and after that has failed. */
function showBundle(given: BundleInfo): void {
  const bundle = inPageLanguage(given);
  // Reloaded: what is entered stays.
  if (JSON.stringify(bundle) === JSON.stringify(form?.bundle)) return;
  // Everything on the page belongs to the old bundle.
  if (answer) {
    location.reload();
    return;
  }
  showTexts(bundle);
  showDocuments(bundle, bundleFolder);
  form = buildForm(bundle, byId("fields"), {
    onChange() {
      answer?.formChanged();
      keeper.formChanged();
    },
    onGiven: keeper.fileGiven,
    give: (input, file, onProgress) => engine.call("file", { input, file }, { onProgress }),
  });
  embedding?.formBuilt(form);
  showExamples(form);
  keeper.fill(form);
  byId("form").hidden = false;
}
