/** What makes the site an app that can be installed, and a link to it a card: manifest, icons, Open Graph. */

import { readFile } from "node:fs/promises";
import sharp from "sharp";
import type { HtmlTagDescriptor, Plugin, Rolldown } from "vite";

/** Its name has no hash: browsers know an app by its manifest's address. */
export const APP_MANIFEST = "manifest.webmanifest";

const NAME = "Marquee";
const DESCRIPTION = "Predictions from what you enter, computed on your own device.";
/** Grounds of the page and of the icon, as in style/colours.css and page/icon.svg. */
const LIGHT = "#f8f5ef";
const DARK = "#14110f";
const ICON_GROUND = "#241512";

const ICON = new URL("../page/icon.svg", import.meta.url);

interface Picture {
  /** The asset's name, before its hash. */
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Share of the shorter side that the icon takes; the rest, and its corners, are filled with its ground. */
  readonly share: number;
}

/** Systems cut a maskable icon to any shape within the middle 80 %. */
const ICONS = [
  { name: "app-icon-192.png", width: 192, height: 192, share: 1 },
  { name: "app-icon-512.png", width: 512, height: 512, share: 1 },
  { name: "app-icon-maskable.png", width: 512, height: 512, share: 0.8 },
] as const satisfies Picture[];
/** iOS rounds the corners itself. */
const TOUCH_ICON: Picture = { name: "app-icon-touch.png", width: 180, height: 180, share: 0.9 };
/** As large as the cards of social networks. */
const CARD: Picture = { name: "app-card.png", width: 1200, height: 630, share: 0.6 };

export interface AppOptions {
  /** Where the site will be, with a slash at its end: cards show their picture by an absolute address only. */
  readonly url?: string | undefined;
  /** Address of the program's source. */
  readonly source?: string | undefined;
}

export function appPlugin({ url, source }: AppOptions): Plugin {
  const pictures = [...ICONS, TOUCH_ICON, ...(url === undefined ? [] : [CARD])];
  return {
    name: "app",
    apply: "build",
    async buildStart() {
      const icon = await readFile(ICON);
      for (const picture of pictures) {
        this.emitFile({ type: "asset", name: picture.name, source: await draw(icon, picture) });
      }
    },
    generateBundle(_, bundle) {
      const source = JSON.stringify(appManifest(bundle));
      this.emitFile({ type: "asset", fileName: APP_MANIFEST, source });
    },
    transformIndexHtml: {
      order: "post",
      handler: (html, { bundle, path }) => {
        const page = url && new URL(path.replace(/^\/(index\.html)?/, ""), url).href;
        return tagsFor(html, bundle!, { url: page, source }).map((tag) => ({
          ...tag,
          // Behind the encoding, which must be among the first 1,024 bytes.
          injectTo: "head" as const,
        }));
      },
    },
  };
}

async function draw(icon: Buffer, { width, height, share }: Picture): Promise<Buffer> {
  const side = Math.round(Math.min(width, height) * share);
  const drawn = await sharp(icon, { density: 72 * (side / 32) })
    .resize(side)
    .png()
    .toBuffer();
  if (share === 1) return drawn;
  return sharp({ create: { width, height, channels: 3, background: ICON_GROUND } })
    .composite([{ input: drawn }])
    .png()
    .toBuffer();
}

function fileNamed(bundle: Rolldown.OutputBundle, name: string): string {
  const found = Object.values(bundle).find(
    (file) => file.type === "asset" && file.names.includes(name),
  );
  if (!found) throw new Error(`internal: the build has no ${name}`);
  return found.fileName;
}

function appManifest(bundle: Rolldown.OutputBundle) {
  return {
    name: NAME,
    short_name: NAME,
    description: DESCRIPTION,
    // Relative to the manifest, so that the site may lie under any path.
    start_url: "./",
    scope: "./",
    display: "standalone",
    background_color: LIGHT,
    theme_color: LIGHT,
    icons: ICONS.map(({ name, width, height }) => ({
      src: fileNamed(bundle, name),
      sizes: `${width}x${height}`,
      type: "image/png",
      purpose: name.includes("maskable") ? "maskable" : "any",
    })),
  };
}

function tagsFor(
  html: string,
  bundle: Rolldown.OutputBundle,
  { url, source }: AppOptions,
): HtmlTagDescriptor[] {
  const [, title = NAME] = /<title>([^<]*)<\/title>/.exec(html) ?? [];
  const [, description = DESCRIPTION] = /name="description"\s+content="([^"]*)"/.exec(html) ?? [];
  const link = (rel: string, href: string) => ({ tag: "link", attrs: { rel, href } });
  const meta = (property: string, content: string) => ({
    tag: "meta",
    attrs: { property, content },
  });
  const theme = (scheme: string, content: string) => ({
    tag: "meta",
    attrs: { name: "theme-color", media: `(prefers-color-scheme: ${scheme})`, content },
  });
  return [
    link("manifest", `./${APP_MANIFEST}`),
    link("apple-touch-icon", `./${fileNamed(bundle, TOUCH_ICON.name)}`),
    theme("light", LIGHT),
    theme("dark", DARK),
    meta("og:type", "website"),
    meta("og:site_name", NAME),
    meta("og:title", title),
    meta("og:description", description),
    ...(url === undefined
      ? []
      : [
          meta("og:url", url),
          meta("og:image", new URL(fileNamed(bundle, CARD.name), url).href),
          meta("og:image:width", String(CARD.width)),
          meta("og:image:height", String(CARD.height)),
        ]),
    ...(source === undefined ? [] : [link("code-repository", source)]),
  ];
}
