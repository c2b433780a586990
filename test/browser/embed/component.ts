/** The component in a page of another origin. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { assertAccessible } from "../harness/axe.ts";
import { assertSameAnswer } from "../page/openPage.ts";
import type { Sites } from "./sites.ts";

/** The component, as far as the test uses it. */
type MarqueePredict = HTMLElement & { src: string; item: Readonly<Record<string, unknown>> };

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
            told.push([name, detail instanceof Error ? detail.message : detail]);
          });
        }
        document.head.append(
          Object.assign(document.createElement("script"), { type: "module", src: element }),
        );
      },
      [sites().urls.element, sites().urls.bundle] as const,
    );
    const told = () => page.evaluate(() => (window as unknown as { told: unknown[] }).told);
    const next = async (name: string, count: number) => {
      await page.waitForFunction(
        ([wanted, length]) => {
          const { told } = window as unknown as { told: [string, unknown][] };
          return told.filter(([what]) => what === wanted).length >= Number(length);
        },
        [name, count] as const,
      );
      return (await told()).at(-1) as [string, unknown];
    };
    assert.deepEqual((await next("ready", 1))[0], "ready");
    await page.keyboard.press("Tab");
    await page.keyboard.type("Heat (1995)");
    assertSameAnswer(
      (await next("answer", 1))[1],
      await sites().answer({ title: "Heat (1995)", explain: true }),
    );
    await page.setInputFiles("marquee-predict input[type=file][accept='image/*']", {
      ...{ name: "poster.jpg", mimeType: "image/jpeg", buffer: sites().poster },
    });
    assertSameAnswer(
      (await next("answer", 2))[1],
      await sites().answer({ title: "Heat (1995)", poster: sites().poster, explain: true }),
    );
    await page.getByLabel("Year").fill("12345");
    assert.deepEqual((await next("error", 1))[0], "error");
    await page.getByRole("alert").filter({ hasText: "The year" }).waitFor();
    await page.evaluate(() => {
      document.querySelector<MarqueePredict>("marquee-predict")!.item = { ratings: [{ stars: 4 }] };
    });
    const [, rated] = await next("answer", 3);
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
    assert.deepEqual(await next("answer", 4), ["answer", null]);
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
