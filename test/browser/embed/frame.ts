/** The page in a frame of another origin. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSameAnswer } from "../page/openPage.ts";
import { hostPages, MOVIE, type Sites, startOrigin } from "./sites.ts";

/** What the frame has told the page so far. */
type Message = Readonly<Record<string, unknown>> & { readonly type: string };

export function testFrame(sites: () => Sites): void {
  for (const path of ["/plain", "/isolated"] as const) {
    test(`the page in a frame of a ${path.slice(1)} site: its messages, and no masthead`, async () => {
      const page = await sites().openHost(path);
      await page.evaluate((src) => {
        const told: unknown[] = [];
        Object.assign(window, { told });
        window.addEventListener("message", ({ data, source, origin }) => {
          if (source === document.querySelector("iframe")!.contentWindow)
            told.push({ ...data, origin });
        });
        const frame = document.createElement("iframe");
        Object.assign(frame, { src, title: "Genres", allow: "cross-origin-isolated" });
        document.querySelector("main")!.append(frame);
      }, sites().urls.page);
      const messages = async (type: string, count: number): Promise<Message[]> => {
        await page.waitForFunction(
          ([wanted, length]) => {
            const { told } = window as unknown as { told: Message[] };
            return told.filter((message) => message.type === wanted).length >= Number(length);
          },
          [type, count] as const,
        );
        const all = await page.evaluate(() => (window as unknown as { told: Message[] }).told);
        return all.filter((message) => message.type === type);
      };
      const send = (message: unknown) =>
        page.evaluate(
          ([data, bytes]) => {
            const given = data as { item?: Record<string, unknown> };
            if (given.item?.poster)
              given.item.poster = new Blob([Uint8Array.from(bytes as number[])]);
            document.querySelector("iframe")!.contentWindow!.postMessage(given, "*");
          },
          [message, [...sites().poster]] as const,
        );
      const [ready] = await messages("ready", 1);
      assert.equal(ready!.marquee, 1);
      assert.equal(ready!.origin, sites().server);
      assert.equal((ready!.model as { name: string }).name, "tiny");
      assert.deepEqual(Object.keys(ready!.inputs as object), [
        "title",
        "year",
        "poster",
        "ratings",
      ]);

      const frame = page.frames().find((each) => each.url().startsWith(sites().server))!;
      assert.equal(await frame.evaluate(() => self.crossOriginIsolated), path === "/isolated");
      assert.ok(await frame.locator(".masthead").isHidden());
      assert.equal(
        await frame.evaluate(() => getComputedStyle(document.documentElement).backgroundColor),
        "rgba(0, 0, 0, 0)",
      );
      const early = await messages("resize", 1);
      const before = early.at(-1)!.height as number;
      await frame.getByLabel("Movie title").fill("Heat");
      assertSameAnswer(
        (await messages("answer", 1))[0]!.answer,
        await sites().answer({ title: "Heat", explain: true }),
      );
      // The answer takes room: what comes before it may be a size from before, too.
      for (let count = early.length + 1, height = before; height <= before; count++) {
        height = (await messages("resize", count)).at(-1)!.height as number;
      }

      await send({ marquee: 1, type: "predict", id: 7, item: { ...MOVIE, poster: true } });
      const asked = (await messages("answer", 2))[1]!;
      assert.equal(asked.id, 7);
      assertSameAnswer(asked.answer, await sites().answer({ ...MOVIE, poster: sites().poster }));
      assert.equal(await frame.getByLabel("Movie title").inputValue(), "Heat", "the form stays");
      await send({ marquee: 1, type: "set", item: { title: "Alien", poster: true } });
      await page.waitForFunction(() => {
        const { told } = window as unknown as { told: Message[] };
        return told.some(({ answer }) => {
          const { explanation } = (answer ?? {}) as { explanation?: { inputs: object } };
          return explanation && Object.keys(explanation.inputs).join() === "title,poster";
        });
      });
      assert.equal(await frame.getByLabel("Movie title").inputValue(), "Alien");
      await send({ marquee: 1, type: "predict", id: 8, item: { year: "soon" } });
      await send({ marquee: 2, type: "predict" });
      await send({ marquee: 1, type: "dance" });
      const errors = await messages("error", 3);
      assert.deepEqual(
        errors
          .map(({ id, field, message }) => ({ id, field, message }))
          .sort((a) => (a.id ? -1 : 1)),
        [
          { id: 8, field: "year", message: 'year: "soon" is not a whole number' },
          {
            ...{ id: undefined, field: undefined },
            message: "messages of version 2 are not supported; this page has version 1",
          },
          {
            ...{ id: undefined, field: undefined },
            message: 'there is no message "dance"; send "set" or "predict"',
          },
        ],
      );
      await page.close();
    });
  }

  test("sites that the server does not name cannot show the page, nor talk to it", async () => {
    const other = await startOrigin(hostPages(() => ({ cdn: "", bundle: "" })));
    const page = await sites().context.newPage();
    const refusals: string[] = [];
    page.on("console", (message) => refusals.push(message.text()));
    await page.goto(`${other.url}/plain`);
    await page.evaluate((src) => {
      document.querySelector("main")!.innerHTML = `<iframe src="${src}" title="Genres"></iframe>`;
    }, sites().urls.page);
    while (!refusals.some((text) => /frame-ancestors/.test(text))) {
      await page.waitForEvent("console");
    }
    const answer = await fetch(sites().server);
    assert.match(
      answer.headers.get("content-security-policy")!,
      /;frame-ancestors 'self' http:[^;]*;/,
    );
    await page.close();
    await other.close();
  });
}
