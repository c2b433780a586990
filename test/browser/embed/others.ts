/** The package, the component and the page in a frame in Firefox and WebKit, on an isolated page of another origin. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { OTHER_BROWSERS } from "../harness/otherBrowsers.ts";
import { assertSameAnswer } from "../page/openPage.ts";
import { withPackage } from "./package.ts";
import { type Host, MOVIE, type Sites } from "./sites.ts";

type Explained = Readonly<{ explanation: { inputs: object } }>;

export function testOthers(sites: () => Sites): void {
  for (const browser of OTHER_BROWSERS.filter(({ name }) => !name.includes("fingerprinting"))) {
    describe(browser.name, () => {
      let host: Host | string;
      before(async () => {
        host = await sites().openHostIn(browser, "/isolated");
      });
      after(async () => {
        if (typeof host === "object") await host.close();
      });

      test("openPredictor: the server's answers, a file, a mistake by name, and threads", async (t) => {
        if (typeof host === "string") return t.skip(host);
        const result = await withPackage(
          sites(),
          host,
          async ({ openPredictor }, { bundle, poster, more: movie }) => {
            const predictor = await openPredictor(bundle);
            const blob = new Blob([Uint8Array.from(poster)]);
            const plain = await predictor.predict(movie);
            const explained = await predictor.predict(
              { ...movie, poster: blob },
              { explain: true },
            );
            const wrong = await predictor.predict({ ratings: [{ stars: 6 }] }).then(
              () => "no error",
              ({ name, field, message }) => `${name}: ${field}: ${message}`,
            );
            const { threads } = predictor;
            predictor.close();
            const cores = navigator.hardwareConcurrency;
            return { plain, explained, wrong, threads, cores };
          },
          MOVIE,
        );
        assertSameAnswer(result.plain, await sites().answer(MOVIE));
        assertSameAnswer(
          result.explained,
          await sites().answer({ ...MOVIE, poster: sites().poster, explain: true }),
        );
        assert.equal(
          result.wrong,
          "PredictError: ratings[0].stars: ratings[0].stars: 6 is outside 1 to 5",
        );
        assert.equal(result.threads > 1, result.cores > 1, `${result.threads} threads`);
      });

      test("the component: what is typed and set is answered as the server does", async (t) => {
        if (typeof host === "string") return t.skip(host);
        const { typed, set, shown, wrong } = await host.evaluate(
          async ([element, bundle, bytes]) => {
            await import(element);
            const component = document.createElement("marquee-predict");
            const told = (name: string) =>
              new Promise<unknown>((resolve) => {
                const tell = (event: Event) => resolve((event as CustomEvent).detail);
                component.addEventListener(name, tell, { once: true });
              });
            const failed = told("error").then((error) => {
              throw error;
            });
            const ready = Promise.race([told("ready"), failed]);
            component.setAttribute("src", bundle);
            document.body.append(component);
            await ready;
            const inside = component.shadowRoot!;
            const type = async (id: string, value: string, event: string) => {
              const next = told(event);
              const field = inside.getElementById(id) as HTMLInputElement;
              field.value = value;
              field.dispatchEvent(new Event("input", { bubbles: true }));
              return next;
            };
            const typed = await type("title", "Heat (1995)", "answer");
            // The title alone may be answered before the poster is read.
            const next = new Promise<Explained>((resolve) => {
              component.addEventListener("answer", (event) => {
                const answer = (event as unknown as CustomEvent<Explained>).detail;
                if ("poster" in answer.explanation.inputs) resolve(answer);
              });
            });
            const poster = new Blob([Uint8Array.from(bytes)]);
            Object.assign(component, { item: { title: "Heat (1995)", poster } });
            const set = await next;
            const shown = inside.querySelector("[part=verdict]")!.textContent;
            const error = (await type("year", "12345", "error")) as { field?: string };
            component.remove();
            return { typed, set, shown, wrong: error.field };
          },
          [sites().urls.element, sites().urls.bundle, [...sites().poster]] as const,
        );
        assertSameAnswer(typed, await sites().answer({ title: "Heat (1995)", explain: true }));
        const movie = { title: "Heat (1995)", poster: sites().poster };
        assertSameAnswer(set, await sites().answer({ ...movie, explain: true }));
        assert.match(shown, /\w/);
        assert.equal(wrong, "year");
      });

      test("the page in a frame: its messages", async (t) => {
        if (typeof host === "string") return t.skip(host);
        const { ready, filled, asked, error, height } = await host.evaluate(
          async ([src, movie]) => {
            type Message = Readonly<Record<string, unknown>>;
            const frame = document.createElement("iframe");
            const told = (isIt: (message: Message) => boolean) =>
              new Promise<Message>((resolve) => {
                window.addEventListener("message", function tell({ source, data, origin }) {
                  if (source !== frame.contentWindow || !isIt(data)) return;
                  window.removeEventListener("message", tell);
                  resolve({ ...data, origin });
                });
              });
            const of = (type: string) => told((message) => message.type === type);
            const send = (message: Message) =>
              frame.contentWindow!.postMessage({ marquee: 1, ...message }, "*");
            Object.assign(frame, { src, title: "Genres", allow: "cross-origin-isolated" });
            const failed = of("error").then(({ message }) => {
              throw new Error(String(message));
            });
            const [loaded, resized] = [Promise.race([of("ready"), failed]), of("resize")];
            document.querySelector("main")!.append(frame);
            const ready = await loaded;
            const answered = of("answer");
            send({ type: "set", item: { title: "Heat" } });
            const filled = await answered;
            const replied = told(({ id }) => id === 7);
            send({ type: "predict", id: 7, item: movie });
            const asked = await replied;
            const refused = of("error");
            send({ type: "predict", id: 8, item: { year: "soon" } });
            const { field } = await refused;
            const { height } = await resized;
            frame.remove();
            return { ready, filled, asked, error: field, height };
          },
          [sites().urls.page, MOVIE] as const,
        );
        assert.equal(ready.origin, sites().server);
        assertSameAnswer(filled.answer, await sites().answer({ title: "Heat", explain: true }));
        assertSameAnswer(asked.answer, await sites().answer(MOVIE));
        assert.equal(error, "year");
        assert.ok((height as number) > 100, `${height}`);
      });
    });
  }
}
