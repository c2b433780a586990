/** The component in a page of another origin. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "../harness/axe.ts";
import { assertSameAnswer } from "../page/openPage.ts";
import type { Sites } from "./sites.ts";

/** The component, as far as the test uses it. */
type MarqueePredict = HTMLElement & { src: string; item: Readonly<Record<string, unknown>> };

/** An event: its name, detail, and the title that was entered then. */
type Told = [name: string, detail: unknown, title: string | undefined];

export function testComponent(sites: () => Sites): void {
  test("the component: filled in by keyboard, it answers as the server does, and tells the site", async () => {
    const page = await sites().openHost("/strict");
    await page.evaluate(
      ([element, bundle]) => {
        document.querySelector("main")!.innerHTML =
          `<style>marquee-predict { --accent: rgb(1, 2, 3) } marquee-predict::part(verdict) { color: rgb(4, 5, 6) }</style>
           <marquee-predict src="${bundle}"></marquee-predict>`;
        const component = document.querySelector("marquee-predict")!;
        const told: unknown[] = [];
        Object.assign(window, { told });
        for (const name of ["ready", "answer", "error"]) {
          (name === "answer" ? window : component).addEventListener(name, (event) => {
            const { detail } = event as CustomEvent;
            const { title } = (component as MarqueePredict).item;
            told.push([name, detail instanceof Error ? detail.message : detail, title]);
          });
        }
        document.head.append(
          Object.assign(document.createElement("script"), { type: "module", src: element }),
        );
      },
      [sites().urls.element, sites().urls.bundle] as const,
    );
    /** The next event, which is of that name; while somebody types slowly, there are answers to what is there so far. */
    const next = async (name: string, typed?: string): Promise<unknown> => {
      const found = await page.waitForFunction((wanted) => {
        const { told } = window as unknown as { told: Told[] };
        const at = told.findIndex(([, , title]) => wanted === undefined || title === wanted);
        return at >= 0 && told.splice(0, at + 1);
      }, typed);
      const events = (await found.jsonValue()) as Told[];
      for (const [what, , title] of events) {
        assert.equal(what, name);
        assert.ok(typed?.startsWith(title!) ?? true, title);
      }
      return events.at(-1)![1];
    };
    await next("ready");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Heat (1995)");
    assertSameAnswer(
      await next("answer", "Heat (1995)"),
      await sites().answer({ title: "Heat (1995)", explain: true }),
    );
    await page.setInputFiles("marquee-predict input[type=file][accept='image/*']", {
      ...{ name: "poster.jpg", mimeType: "image/jpeg", buffer: sites().poster },
    });
    assertSameAnswer(
      await next("answer"),
      await sites().answer({ title: "Heat (1995)", poster: sites().poster, explain: true }),
    );
    await page.getByLabel("Year").fill("12345");
    await next("error");
    await page.getByRole("alert").filter({ hasText: "The year" }).waitFor();
    await page.evaluate(() => {
      document.querySelector<MarqueePredict>("marquee-predict")!.item = { ratings: [{ stars: 4 }] };
    });
    const rated = await next("answer");
    assertSameAnswer(rated, await sites().answer({ ratings: [{ stars: 4 }], explain: true }));
    const style = (selector: string, property: string) =>
      page
        .locator(`marquee-predict ${selector}`)
        .first()
        .evaluate((element, name) => getComputedStyle(element).getPropertyValue(name), property);
    assert.equal(await style("[part=verdict]", "color"), "rgb(4, 5, 6)");
    assert.equal(await style(".selected .bar-fill", "background-color"), "rgb(1, 2, 3)");
    assert.ok(await page.getByRole("button", { name: "Use the camera" }).isHidden());
    await assertAccessible(page);
    await page.evaluate(() => {
      document.querySelector<MarqueePredict>("marquee-predict")!.item = {};
    });
    assert.equal(await next("answer"), null);
    await page.evaluate(() => document.querySelector("marquee-predict")!.remove());
    await page.close();
  });

  test("a component without src, and one whose bundle is not there, say so and fire error", async () => {
    const page = await sites().openHost();
    const messages = await page.evaluate(
      async ([url, missing]) => {
        await import(url!);
        const fail = (src: string | undefined) =>
          new Promise<[string, string]>((resolve) => {
            const component = document.createElement("marquee-predict") as MarqueePredict;
            if (src !== undefined) component.src = src;
            component.addEventListener("error", (event) => {
              const shown = component.shadowRoot!.querySelector("[part=error]")!.textContent;
              resolve([(event as unknown as CustomEvent<Error>).detail.message, shown]);
            });
            document.body.append(component);
          });
        return [await fail(undefined), await fail(missing)];
      },
      [sites().urls.element, `${sites().cdn.url}/none`] as const,
    );
    for (const [told, shown] of messages) assert.equal(told, shown);
    await page.emulateMedia({ colorScheme: "dark" });
    const cards = await page.evaluate(() =>
      ["normal", "light dark", "dark", "light"].map((colorScheme) => {
        const place = Object.assign(document.createElement("div"), {
          innerHTML: "<marquee-predict>",
        });
        place.style.colorScheme = colorScheme;
        document.body.append(place);
        return getComputedStyle(place.firstElementChild!).getPropertyValue("--card");
      }),
    );
    assert.equal(cards[1], cards[2], "dark where the site is, too");
    assert.equal(cards[0], cards[3], "light where the site is");
    assert.notEqual(cards[0], cards[1]);
    assert.equal(messages[0]![0], "<marquee-predict> has no src, the URL of a bundle's folder");
    assert.match(messages[1]![0], /manifest\.json could not be downloaded/);
    await page.close();
  });
}
