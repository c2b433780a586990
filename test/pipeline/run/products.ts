/** A generated shop: products with two texts, a picture and reviews, of which each tells other labels; and its description. */

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { createRandom, type Random } from "../../../pipeline/common/random.ts";

/** Words by label: of the name, and of the details. */
const WORDS: Readonly<Record<string, { name: string; details: string }>> = {
  shoes: { name: "boot sneaker sandal", details: "sole laces cushioned" },
  jackets: { name: "parka anorak coat", details: "hood waterproof zip" },
  hats: { name: "beanie cap beret", details: "brim knitted warm" },
};
const FILLERS = "plain sturdy light fine simple common".split(" ");
/** Only the picture tells it: such products are red, the others blue. */
const SALE = "sale";
const COLOURS = { sale: [220, 30, 30], other: [30, 40, 210] } as const;
const SIZE = 16;

/** As in dataset.json. */
export const PRODUCTS = {
  name: "shop",
  nouns: { item: "product", items: "products", label: "tag", labels: "tags" },
  items: "products.csv",
  id: "sku",
  inputs: {
    name: { type: "text" },
    details: { type: "text" },
    picture: { type: "image", column: "sku", folder: "pictures", extensions: ["png"] },
    reviews: {
      type: "ratings",
      table: "reviews.csv",
      ...{ item: "product", user: "customer", value: "points" },
    },
  },
  target: { type: "labels", column: "tags", separator: "|" },
  split: { test: 0.25, seed: 1 },
} as const;

export interface Shop {
  readonly root: string;
  /** Folder with dataset.json. */
  readonly data: string;
  remove(): Promise<void>;
}

export async function createShop(products = 80): Promise<Shop> {
  const root = await mkdtemp(join(tmpdir(), "marquee-shop-"));
  const data = join(root, "data");
  await mkdir(join(data, "pictures"), { recursive: true });
  const random = createRandom("shop");
  const rows = ["sku,name,details,tags"];
  const reviews = ["product,customer,points"];
  const kinds = Object.keys(WORDS);
  for (let i = 0; i < products; i++) {
    const sku = `p${i}`;
    const kind = kinds[i % kinds.length]!;
    const sale = random.next() < 0.4;
    const tags = sale ? [kind, SALE] : [kind];
    const { name, details } = WORDS[kind]!;
    rows.push(
      `${sku},${phrase(name, random)},"${phrase(details, random)}, ${i} in stock",${tags.join("|")}`,
    );
    await writePicture(join(data, "pictures", `${sku}.png`), sale ? "sale" : "other", random);
    // Customers like one kind each.
    for (let customer = 0; customer < 9; customer++) {
      if (random.next() < 0.4) continue;
      const likes = customer % kinds.length === i % kinds.length;
      reviews.push(`${sku},c${customer},${likes ? 5 : 1 + random.int(2)}`);
    }
  }
  await writeFile(join(data, "products.csv"), `${rows.join("\n")}\n`);
  await writeFile(join(data, "reviews.csv"), `${reviews.join("\n")}\n`);
  await writeFile(join(data, "dataset.json"), JSON.stringify(PRODUCTS));
  return { root, data, remove: () => rm(root, { recursive: true, force: true }) };
}

function phrase(words: string, random: Random): string {
  const choices = words.split(" ");
  return `${FILLERS[random.int(FILLERS.length)]!} ${choices[random.int(choices.length)]!}`;
}

/** No two alike: products with the same picture would be kept together in splits. */
async function writePicture(
  path: string,
  colour: keyof typeof COLOURS,
  random: Random,
): Promise<void> {
  const pixels = Uint8Array.from(
    { length: SIZE * SIZE * 3 },
    (_, i) => COLOURS[colour][i % 3]! + random.int(30),
  );
  const raw = { width: SIZE, height: SIZE, channels: 3 } as const;
  await sharp(pixels, { raw }).png().toFile(path);
}
