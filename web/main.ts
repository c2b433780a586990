/** The page: a form on one side, the answer on the other, and the model in a worker. */

import { startAnswer } from "./page/answer/answer.ts";
import { byId } from "./page/dom.ts";
import { startEngine } from "./page/engine/engine.ts";
import { startExamples } from "./page/form/examples.ts";
import { startLink } from "./page/form/link.ts";
import { startPoster } from "./page/form/poster.ts";
import { startRatings } from "./page/form/ratings.ts";
import { startTitle } from "./page/form/title.ts";
import { startLoading } from "./page/loading.ts";
import { createMovieState } from "./page/movie.ts";
import { startOffline } from "./page/offline.ts";
import { showRuns, startRuns } from "./page/runs.ts";

const loading = startLoading();
const state = createMovieState();
// The model loads while the form is set up.
const starting = startEngine(new URL("model/", document.baseURI).href, {
  onLoading: loading.onLoading,
  onReport: showRuns,
});
startRuns();
const title = startTitle(state);
const poster = startPoster(state, async (file) => (await starting).call("poster", file));

const ratings = starting.then(({ model }) => startRatings(state, model.ratings));
ratings.catch(() => {}); // reported below, for the whole page
const form = { title, poster, ratings };
startExamples(form);
startLink(form);
byId("clear").addEventListener("click", async (event) => {
  event.preventDefault();
  title.set("", "");
  byId("title").focus();
  void poster.set(undefined);
  (await ratings).set([]);
});

try {
  const engine = await starting;
  loading.done();
  startOffline();
  startAnswer(state, engine, () => poster.url);
} catch (error) {
  loading.failed((error as Error).message);
}
