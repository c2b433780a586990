/** The page: a form on one side, the answer on the other, and the model in a worker. */

import { type AnswerLoop, startAnswer } from "./page/answer/answer.ts";
import { showDocuments } from "./page/documents.ts";
import { byId } from "./page/dom.ts";
import { startEngine } from "./page/engine/engine.ts";
import { showExamples } from "./page/form/examples.ts";
import { buildForm, type Form } from "./page/form/form.ts";
import { readLink, startLink } from "./page/form/link.ts";
import { startLoading } from "./page/loading.ts";
import { startOffline } from "./page/offline.ts";
import { showRuns, startRuns } from "./page/runs.ts";
import { inPageLanguage, showTexts } from "./page/texts.ts";
import { fillPage } from "./strings/html.ts";
import { startLanguageSwitch } from "./strings/languageSwitch.ts";
import { language, loadStrings, strings } from "./strings/strings.ts";
import type { BundleInfo } from "./worker/protocol.ts";

await loadStrings();
fillPage(strings.html, language);
startLanguageSwitch(language);
const loading = startLoading();
let form: Form | undefined;
let answer: AnswerLoop | undefined;

const bundleFolder = new URL("model/", document.baseURI).href;
const starting = startEngine(bundleFolder, {
  onLoading: loading.onLoading,
  onBundle: showBundle,
  onReport: showRuns,
});
startRuns();
startLink(() => form);
byId("form").addEventListener("submit", (event) => event.preventDefault());
byId("clear").addEventListener("click", (event) => {
  event.preventDefault();
  form?.fill({});
  form?.focus();
});

/** The form can be filled in while the model is still loading. */
function showBundle(given: BundleInfo): void {
  const bundle = inPageLanguage(given);
  showTexts(bundle);
  showDocuments(bundle, bundleFolder);
  form = buildForm(bundle, {
    onChange: () => answer?.formChanged(),
    give: async (input, file) => (await starting).call("file", { input, file }),
  });
  showExamples(form);
  readLink(form);
  byId("form").hidden = false;
}

try {
  const engine = await starting;
  loading.done();
  startOffline();
  answer = startAnswer(form!, engine);
} catch (error) {
  loading.failed((error as Error).message);
}
